#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A capture of other machines is the same script: only the values of names are different. run_vm_test.sh
# replays such captures. Usage: elsewhere_test.sh SMC-REPLAY ELSEWHERE WRAP. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 elsewhere=$2 wrap=$3
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

# Nor does a tunnel between the two hosts change anything, nor two of them.
in_tunnel() {
	local from=$1 kind
	"$replay" extract -o "$work/here.smc" "$1" 2>/dev/null
	for kind in "${@:2}"; do
		"$wrap" "$kind" "$from" "$work/$kind.pcap" || return 1
		from=$work/$kind.pcap
	done
	"$replay" extract -o "$work/there.smc" "$from" 2>/dev/null
	diff <(bare "$work/here.smc") <(bare "$work/there.smc")
}
for kind in vxlan geneve gre gretap erspan1 erspan2 erspan3 mpls mpls-frame ipip; do
	ok "tunnel: $kind" in_tunnel "$TOP/captures/smcr-first-contact.pcapng" "$kind"
done
ok "tunnel: a tunnel in a tunnel" in_tunnel "$TOP/captures/smcr-first-contact.pcapng" mpls vxlan gre
# A snap length that was long enough for the packets, and is not for those of the tunnel.
cut() {
	"$wrap" vxlan "$TOP/captures/smcr-first-contact.pcapng" "$work/whole.pcap" || return 1
	editcap -s 150 "$work/whole.pcap" "$work/cut.pcap"
	! "$replay" extract "$work/cut.pcap" >"$work/script" 2>"$work/said" && grep -F 'were cut by a snap length' "$work/said"
}
ok "tunnel: cut by a snap length" cut
tap_end
