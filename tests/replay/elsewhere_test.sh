#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A capture of other machines is the same script: only the values of names are different. run_vm_test.sh
# replays such captures. Usage: elsewhere_test.sh SMC-REPLAY ELSEWHERE. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 elsewhere=$2
. "$TOP/tests/tap.sh"

# The script without examples of values, and without the comments that show them.
bare() {
	sed '/^\tlet /d; s/  # .*//' "$1"
}

moved() {
	"$elsewhere" "$1" "$work/moved.pcap"
	"$replay" extract -o "$work/here.smc" "$1" 2>"$work/said-here"
	"$replay" extract -o "$work/there.smc" "$work/moved.pcap" 2>"$work/said-there"
	diff <(bare "$work/here.smc") <(bare "$work/there.smc") && diff "$work/said-here" "$work/said-there"
}

# Addresses with ports of a capture.
ends() {
	tcpdump -nr "$1" tcp 2>/dev/null | awk '{ print $3; sub(":", "", $5); print $5 }' | sort -u
}

# One that stayed as it was would prove nothing: every end has to be another one, and every value of 4 bytes and more.
# Values of hardly more than zeros are not moved, as they would be found where nobody meant them.
other() {
	local kept
	kept=$(comm -12 <(ends "$1") <(ends "$work/moved.pcap")
		comm -12 <(grep '^	let ' "$work/here.smc" | sort) <(grep '^	let ' "$work/there.smc" | sort) |
			grep -vE '[$](vaddr|qpn|psn|chid|prefix_len|local_prefix_len|subnet|link_num|hostname)|0x0000[0-9a-f]{4}$|0x0{15}1$|0x00..0000$' || :)
	[[ ! $kept ]] || { echo "$kept" && return 1; }
}

for capture in "$TOP"/captures/*.pcapng; do
	ok "same_script: ${capture##*/}" moved "$capture"
	# The values in it are cut into segments.
	[[ $capture == */fallback-cut-proposal.pcapng ]] || ok "other_values: ${capture##*/}" other "$capture"
done
tap_end
