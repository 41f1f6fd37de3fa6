#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run of smc-replay that a signal ends while a sysctl of the host is changed leaves the host as it was. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

if [[ ${1-} != inside ]]; then
	exec "$TOP/lab/vm" --timeout 240 6.12-lo -- "$TOP/tests/replay/host.sh" "${BASH_SOURCE[0]}" inside
fi

host() {
	sysctl -a 2>/dev/null | grep '^net\.smc\.'
	smc-ctl ueid
}
# ended_by SIGNAL: the whole process group gets it, as by Ctrl-C or a time-out, once the sysctl has changed.
ended_by() {
	local was pid n
	was=$(</proc/sys/net/smc/rmem)
	setsid "$TOP/build/replay/smc-replay" suite --suite "$TOP/replay/suite" --only 'host/rmem-of-*' >"$work/out" 2>&1 &
	pid=$!
	for ((n = 0; n < 3000; n++)); do
		[[ $(</proc/sys/net/smc/rmem) == "$was" ]] || break
		sleep 0.01
	done
	[[ $(</proc/sys/net/smc/rmem) != "$was" ]] || { echo "no case has changed it" && return 1; }
	kill -"$1" -- "-$pid"
	wait "$pid" || :
	for ((n = 0; n < 500; n++)); do
		[[ $(</proc/sys/net/smc/rmem) != "$was" ]] || return 0
		sleep 0.01
	done
	echo "net.smc.rmem is $(</proc/sys/net/smc/rmem), and was $was"
	return 1
}
before=$(host)
# Not INT: bash has jobs in the background ignore it.
for signal in TERM; do
	ok "put_back__after_$signal" ended_by "$signal"
	is "put_back__all_after_$signal" "$(host)" "$before"
done
tap_end
