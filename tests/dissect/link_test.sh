#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every LLC, CDC and RDMA WRITE names its connection, link group and link; also when frames are
# missing at the start, come after other captures, or in another order.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# Frames that the filter lets through, in a line.
numbers() {
	values "$1" "$2" frame.number | paste -sd' '
}

count() {
	values "$1" "$2" frame.number | wc -l
}

# Frames FROM to TO of a capture.
cut_out() { # FILE FROM-TO
	local to=$work/cut-$2.pcap
	editcap -F pcap -r "$1" "$to" "$2"
	chmod a+r "$to"
	echo "$to"
}

# Captures one after the other, whatever their times.
joined() { # NAME FILE...
	local to=$work/$1.pcap
	mergecap -F pcap -a -w "$to" "${@:2}"
	chmod a+r "$to"
	echo "$to"
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
three=$work/link-three-conns.pcap two=$work/link-two-links.pcap
rdma='smc.llc_msg == 0xfe || smcx.write.length'
place=(smcx.conn smcx.tcp_stream smcx.lgr smcx.link smcx.sender)

# First contact and reuse.
first=$captures/smcr-first-contact.pcapng second=$captures/smcr-second-connection.pcapng
is first_contact__every_message_is_named "$(numbers "$first" 'smcx && !smcx.lgr')" 4
is first_contact__places "$(values "$first" "$rdma" "${place[@]}" | sort -u)" \
	$'0\t0\t0\t1\t0\n0\t0\t0\t1\t1'
is first_contact__llc "$(values "$first" 'smc.llc_msg && smc.llc_msg != 0xfe' smcx.lgr smcx.link \
	smcx.tcp_stream | sort -u)" $'0\t1\t0'
is first_contact__jump "$(values "$first" 'frame.number == 19' smcx.conn.syn_in \
	smcx.conn.proposal_in smcx.conn.accept_in smcx.conn.confirm_in smcx.lgr.first_contact_in \
	smcx.link.up_in)" $'1\t4\t6\t8\t6\t12'
is first_contact__write_by_rkey "$(values "$first" smcx.write.length smcx.rkey_in smcx.write.rkey \
	smcx.write.offset smcx.write.length)" $'6\t0x000003dc\t0\t16\n8\t0x0000032b\t0\t15'
# From 4.4 on tshark writes True.
is reuse__group "$(values "$second" 'smc.clc_msg in {2, 3}' smcx.conn smcx.lgr smcx.lgr.reused |
	sed 's/True/1/')" \
	$'0\t0\t\n0\t0\t\n1\t0\t1\n1\t0\t'
is reuse__streams "$(values "$second" "$rdma" smcx.conn smcx.tcp_stream | uniq -c | xargs)" \
	"6 0 0 6 1 1"
is reuse__delete_rkey_names_the_connection "$(values "$second" \
	'smc.llc_msg == 0x29 && smc.delete.rkey.response == 0' smcx.conn | xargs)" "0 0 1 1"
is three__connections "$(values "$three" "$rdma" smcx.conn | uniq | xargs)" \
	"0 1 2 0 1 2 0 1 2"
is three__rkey_of_llc "$(values "$three" 'smcx.conn == 1 && smcx.write.length && smcx.sender == 0' \
	smcx.rkey_in | sort -u)" 14
is rmbes__connections "$(values "$work/link-rmbes.pcap" smcx.write.length smcx.conn \
	smcx.write.offset smcx.write.rkey)" \
	$'0\t0\t0x5f6e7d8c\n0\t0\t0x1f2e3d4c\n1\t0\t0x5f6e7d8c\n1\t0\t0x1f2e3d4c'

# Several links.
is links__numbers "$(values "$two" 'smcx.link' smcx.link | uniq | xargs)" "1 2 1 2"
is links__connection_moves "$(values "$two" "$rdma" smcx.conn smcx.link | uniq | tr '\t' . | xargs)" \
	"0.1 0.2"
is links__write_by_new_rkey "$(values "$two" 'smcx.write.length && smcx.link == 2' smcx.write.rkey \
	smcx.rkey_in | sort -u)" $'0x1f2e3e4c\t16\n0x5f6e7e8c\t14'
options=(-2)
is links__up_and_down "$(values "$two" 'smcx.link == 1' smcx.link.up_in smcx.link.down_in |
	sort -u)" $'\t38\n12\t38'
options=()

# A client asks for the end of a link, and the server's request is the answer if it is for that link, by whichever.
deletions() {
	values "$work/$1.pcap" 'smc.llc_msg == 0x24' frame.number smcx.request_in smcx.response_in | paste -sd/
}
options=(-2)
is links__asked_back_by_the_other_link "$(deletions link-asked-back)" $'22\t\t24/24\t22\t26/26\t24\t'
is links__another_is_no_answer "$(deletions link-asked-for-another)" $'22\t\t/24\t\t26/26\t24\t'
# Where the capture has cut the number of the link, it may be the one that is deleted: no answer is missed.
another=$work/link-asked-for-another.pcap
editcap -F pcap -s 58 "$(cut_out "$another" 22-22)" "$work/cut-number.pcap"
joined link-asked-for-what "$(cut_out "$another" 1-21)" "$work/cut-number.pcap" "$(cut_out "$another" 23-40)" >"$work/name"
is links__asked_for_a_link_that_is_cut "$(deletions link-asked-for-what)" $'22\t\t24/24\t22\t26/26\t24\t'
options=()

# SMC-D, traced events.
is smcd__group "$(values "$captures/smcd-loopback.pcapng" smcx smcx.conn smcx.lgr)" \
	$'0\t\n0\t0\n0\t0'
is events__clc "$(values "$work/events-smcr.pcap" smc.clc_msg smcx.conn smcx.lgr | sort -u)" $'0\t0'
is events__llc_cdc "$(values "$work/events-smcr.pcap" smc.llc_msg smcx.conn smcx.lgr smcx.link |
	sort -u)" $'0\t0\t1'
is events__both_ends_are_one_connection "$(values "$here/../tracer/loopback.pcapng" \
	'smcx.cdc_smcd.type' smcx.conn smcx.lgr | sort -u)" $'0\t0'
is events__when_the_ports_are_gone "$(values "$here/../tracer/loopback.pcapng" \
	'smcx.event.kind == 23' smcx.conn | xargs)" "0 0"

# Parts that are not in the capture are reported.
mid=$(cut_out "$first" 10-40)
is mid__no_handshake "$(count "$mid" smcx.unknown.handshake)" 8
is mid__no_first_contact "$(count "$mid" smcx.unknown.first_contact)" 4
is mid__write_of_nobody "$(count "$mid" smcx.unknown.rkey)" 2
is mid__one_group "$(values "$mid" smcx smcx.lgr smcx.link | sort -u)" $'0\t1'
late=$(cut_out "$first" 18-40)
is late__both_ways_are_a_link "$(values "$late" smcx smcx.lgr | sort -u)" 0
is late__nothing_malformed "$(count "$late" _ws.malformed)" 0

# Two passes say the same of places.
two_passes() {
	local file options
	for file in "$captures"/smcr-*.pcapng "$work"/link-*.pcap "$work"/events-*.pcap; do
		options=()
		values "$file" '!smc.clc_msg' frame.number "${place[@]}" >"$work/one"
		options=(-2)
		values "$file" '!smc.clc_msg' frame.number "${place[@]}" >"$work/two"
		diff "$work/one" "$work/two" || { echo "$file" && return 1; }
	done
}
ok two_passes__same_places two_passes

# The names of a group.
is names__of_the_group "$(values "$first" 'frame.number == 19' smcx.lgr.eid smcx.lgr.host)" \
	$'SMCKIT.LAB\tsmckit,smckit'
is names__by_preference "$(smcx_tshark -r "$first" -o smcx.names:FALSE -Y smcx.lgr.eid 2>&1)" ""

# After another capture all numbers move on, and nothing else changes.
both=$(joined both "$first" "$second")
is merged__connections "$(values "$both" "$rdma" smcx.conn smcx.lgr | uniq -c | xargs)" \
	"6 0 0 6 1 1 6 2 1"
is merged__streams "$(values "$both" "$rdma" smcx.conn smcx.tcp_stream | sort -u | xargs)" \
	"0 0 1 1 2 2"

# Frames in another order: Confirm and CONFIRM_LINK trade places, CDC comes before its WRITE.
reordered=$(joined reordered "$(cut_out "$first" 1-7)" "$(cut_out "$first" 10-12)" \
	"$(cut_out "$first" 8-9)" "$(cut_out "$first" 13-17)" "$(cut_out "$first" 19-21)" \
	"$(cut_out "$first" 18-18)" "$(cut_out "$first" 22-40)")
is reordered__places "$(values "$reordered" "$rdma" "${place[@]}" | sort -u)" \
	$'0\t0\t0\t1\t0\n0\t0\t0\t1\t1'

# Each two neighbours in the other order: places and bytes stay the same. The handshake stays.
swapped_neighbours() {
	local k file seen
	for ((k = 9; k < 32; k += 2)); do
		file=$(joined "swap-$k" "$(cut_out "$first" "1-$((k - 1))")" \
			"$(cut_out "$first" "$((k + 1))-$((k + 1))")" "$(cut_out "$first" "$k-$k")" \
			"$(cut_out "$first" "$((k + 2))-40")")
		seen=$(values "$file" "$rdma" smcx.conn smcx.lgr | sort | uniq -c | xargs)
		[[ $seen == "6 0 0" ]] || { echo "frames $k and $((k + 1)): $seen" && return 1; }
		seen=$(values "$file" smcx.data smcx.data | xargs)
		[[ $seen == "48656c6c6f206f7665722052444d412e 48656c6c6f20796f757273656c662e" ]] ||
			{ echo "frames $k and $((k + 1)): bytes $seen" && return 1; }
	done
}
ok reordered__any_neighbours swapped_neighbours
tap_end
