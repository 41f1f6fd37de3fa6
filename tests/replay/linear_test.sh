#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# extract takes time in proportion to a capture, whoever has made it: four times as much of it is about four times the work of a
# processor, and far from sixteen times. Usage: linear_test.sh SMC-REPLAY LARGE. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 large=$2 capture=$TOP/captures/smcr-first-contact.pcapng
. "$TOP/tests/tap.sh"

# Milliseconds of a processor, the least of three runs: what runs beside can only add to it.
cost() {
	local least=999999 ms TIMEFORMAT=%U
	for _ in 1 2 3; do
		ms=$({ time "$replay" extract "$1" >"$work/script" 2>"$work/said"; } 2>&1)
		ms=$((10#${ms/[.,]/}))
		least=$((ms < least ? ms : least))
	done
	echo "$least"
}

# linear KIND N: there is enough to measure, and four times as much of it is not sixteen times the work.
linear() {
	local once more
	"$large" "$1" "$2" "$capture" "$work/once.pcap" &&
		"$large" "$1" "$(($2 * 4))" "$capture" "$work/more.pcap" || return 1
	once=$(cost "$work/once.pcap")
	more=$(cost "$work/more.pcap")
	echo "$once ms, then $more ms"
	((more <= 8 * once + 80))
}
# Of each kind as many as took seconds when every one was compared with all before it.
ok pairs linear pairs 50000
ok rkeys linear rkeys 10000
ok flows linear flows 1000
# No more of it is lost than there was before.
rkeys_are_all_named() {
	"$large" rkeys 500 "$capture" "$work/some.pcap"
	"$replay" extract "$work/some.pcap" >"$work/script"
	[[ $(grep -c '^	let [$]rkey' "$work/script") -ge 500 && $(grep -c 'llc confirm_rkey' "$work/script") -ge 500 ]]
}
ok rkeys_are_all_named rkeys_are_all_named
tap_end
