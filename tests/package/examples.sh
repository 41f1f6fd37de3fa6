#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the VM of install_test.sh: the first example of each man page, in a Debian that has the packages. Usage: examples.sh ROOT
set -euo pipefail

root=$1
cd "$SMCKIT_OUT"
PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
for folder in proc sys dev; do
	mount --rbind "/$folder" "$root/$folder"
done
mount -t tmpfs tmpfs "$root/run"

# example PAGE [COMMAND...]: in the Debian; what stands in the page is a script there.
example() {
	timeout -k 20 150 "${@:2}" chroot "$root" bash -c "cd /tmp && . ./$1" >"$1" 2>&1 || echo "status $?" >>"$1"
}

until_true() {
	for _ in {1..600}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

example smcx.4
lsmod >modules
ln -sf captures/fallback-v1-no-device.pcapng "$root/tmp/handshake.pcapng"
ln -sf captures/fallback-prefix.pcapng "$root/tmp/capture.pcapng"
example smcx.7
# The tracer's example is about port 443; it ends by Ctrl-C.
chroot "$root" bash -c '. /tmp/smc-trace.8' >smc-trace.8 2>&1 &
until_true grep -q tracing smc-trace.8
cat >"$root/tmp/nginx.conf" <<'CONF'
events { }
http { server { listen 443; return 200 "hello"; } }
CONF
chroot "$root" smc-run -q nginx -c /tmp/nginx.conf -g 'daemon off; pid /run/other.pid;' &
until_true chroot "$root" smc-run -q curl -s -o /dev/null http://127.0.0.1:443/
pkill -INT -x smc-trace
# The server of the page starts while its client asks for the first time.
sed -i '$s/curl /curl --retry 30 --retry-connrefused /' "$root/tmp/smc-run.8"
example smc-run.8
pkill -x nginx || :
example smc-replay.8
pkill -x smc-run || :
