#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The errors of ./dev when it cannot do its work: one clear line and a status, never a half-made thing.
# Programs in a folder of stubs play the broken machine. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
mkdir "$work/stubs" "$work/cache" "$work/checkout"
# For a user that may not read this one.
cp -r "$TOP/dev" "$TOP/packages.txt" "$TOP/lab" "$work/checkout"
chmod -R a+rX "$work"

# told STATUS REGEX COMMAND...: its status, and its last line on stderr.
told() {
	local status=$1 regex=$2 got=0
	"${@:3}" >"$work/stdout" 2>"$work/stderr" </dev/null || got=$?
	if ((got == status)) && tail -n 1 "$work/stderr" | grep -Eq -e "$regex"; then
		return
	fi
	printf 'status %d, wanted %d; wanted /%s/, stderr:\n' "$got" "$status" "$regex"
	sed 's/^/  /' "$work/stderr"
	return 1
}

# stub NAME SCRIPT: put a program before the real one.
stub() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/stubs/$1"
	chmod +x "$work/stubs/$1"
}

no_stubs() {
	rm -f "$work"/stubs/*
}

broken_machine=(env PATH="$work/stubs:$PATH" SMCKIT_CACHE="$work/cache")

as_nobody() {
	if ((EUID == 0)); then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

help() {
	"$TOP/dev" >&2
}
ok "no verb: help" told 0 'Without root it says what is missing' help
ok "unknown verb" told 2 "unknown verb 'tset': see ./dev --help" "$TOP/dev" tset
ok "unknown bench" told 2 'which bench\? One of: ' "$TOP/dev" bench nosuch
ok "unknown kernel" told 2 "unknown kernel '9.9': the known ones are .*6\.12" "$TOP/lab/vm" 9.9 -- true

stub dpkg-query 'exit 1'
ok "a package missing, no root" told 1 'run it as root, or install: build-essential' \
	as_nobody "${broken_machine[@]}" "$work/checkout/dev" build
if ((EUID == 0)); then
	stub apt-get 'echo "E: Unable to fetch some archives" >&2; exit 100'
	ok "a package missing, no network" told 1 'apt-get could not install .*is the network there\?' \
		"${broken_machine[@]}" "$TOP/dev" build
	# As Debian's invoke-rc.d asks, while apt-get runs; a script asked afterwards was there before.
	before=$(md5sum /usr/sbin/policy-rc.d 2>&1 || :)
	stub apt-get "for s in nginx postgresql ssh ssh.socket iperf3; do
		/usr/sbin/policy-rc.d \$s start; echo \$?; done >$work/policy; exit 100"
	ok "a package with a daemon" told 1 'apt-get could not install' "${broken_machine[@]}" "$TOP/dev" build
	is "no daemon of ours may start" "$(paste -sd ' ' "$work/policy")" "101 101 101 101 101"
	is "afterwards all is as before" "$(md5sum /usr/sbin/policy-rc.d 2>&1 || :)" "$before"
	stub df 'echo "Avail"; echo "12M"'
	ok "the disk is full at set-up" told 1 'has 12 MiB free and the set-up needs [0-9]+: make room' \
		"${broken_machine[@]}" "$TOP/dev" build
else
	skip "a package missing, no network" "needs root"
	skip "a package with a daemon" "needs root"
	skip "the disk is full at set-up" "needs root"
fi
no_stubs
stub df 'echo "Avail"; echo "12M"'
ok "the disk is full at the build" told 1 'has 12 MiB free and a build needs [0-9]+: make room' \
	"${broken_machine[@]}" "$TOP/dev" build
no_stubs
stub apt-get 'echo "E: network is unreachable" >&2; exit 100'
ok "no network and no kernel in the cache" told 123 'network' "${broken_machine[@]}" "$TOP/lab/kernel" 6.12
no_stubs
mkdir "$work/readonly"
chmod 555 "$work/readonly"
ok "a cache that cannot be written" told 123 'set SMCKIT_CACHE to a writable folder' \
	as_nobody env SMCKIT_CACHE="$work/readonly/cache" "$work/checkout/lab/kernel" 6.12
# A shell's background job ignores SIGINT, so ask for it back as a terminal would give it.
stub cmake 'sleep 30'
stub ninja 'exit 1'
interrupt() {
	PATH="$work/stubs:$PATH" setsid env --default-signal=INT "$TOP/dev" build &
	local pid=$!
	sleep 2
	kill -INT -- "-$pid"
	wait "$pid"
}
ok "Ctrl-C" told 130 'interrupted: nothing half-made is kept, run it again' interrupt

# The shell's error message goes to the output of the case.
ends_its_test() {
	local said status=0
	# shellcheck disable=SC2016 # for the other shell
	said=$(bash -euc '. "$1/tests/tap.sh"; bad() { echo "$unset"; }; ok bad bad; tap_end' - "$TOP") || status=$?
	[[ $status == 1 && $said == "not ok 1 - bad"*"unset: unbound variable" ]] && return
	echo "status $status: $said"
	return 1
}
ok "a case that ends its test has failed" ends_its_test
tap_end
