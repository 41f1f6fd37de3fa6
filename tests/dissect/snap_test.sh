#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that a snap length has cut: what was captured is shown and learnt from as in the whole
# capture, the cut is a note, and nothing is blamed for it.
#
#   snap_test.sh [--full]   every snap length for the recorded captures
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
full=${1-}

# Headers before the TCP payload and before the RDMA payload of the recorded captures, and what is
# needed of a CLC message to know all about the connection: up to the address of the RMB.
readonly tcp=66 rdma=54 needed=$((66 + 60))
# The keys of the RMBs on a second link end ADD_LINK, and without them nobody knows whose the bytes are that go by it.
readonly needed_of_two_links=146

# cut NAME CAPTURE SNAPLEN: makes NAME-SNAPLEN, and a line for smcx_each.
cut() {
	editcap -s "$3" "$2" "$work/cut/$1-$3.pcap"
	printf '%s\t%s\n' "$work/cut/$1-$3.pcap" "$1-$3" >>"$work/list"
}

# cut_rdma NAME SNAPLEN: makes of captures/NAME.pcapng NAME_rdma, and NAME_rdma-SNAPLEN, in which only frames without TCP are cut,
# as by an interface of their own; and lines for smcx_each.
cut_rdma() {
	local name=$1_rdma
	if [[ ! -e $work/cut/$name.pcap ]]; then
		smcx_tshark -r "$captures/$1.pcapng" -Y tcp -w - >"$work/tcp.pcap"
		smcx_tshark -r "$captures/$1.pcapng" -Y '!tcp' -w - >"$work/rdma.pcap"
		mergecap -w "$work/cut/$name.pcap" "$work/tcp.pcap" "$work/rdma.pcap"
		printf '%s\t%s\n' "$work/cut/$name.pcap" "$name" >>"$work/list"
	fi
	editcap -s "$2" "$work/rdma.pcap" "$work/rdma_cut.pcap"
	mergecap -w "$work/cut/$name-$2.pcap" "$work/tcp.pcap" "$work/rdma_cut.pcap"
	printf '%s\t%s\n' "$work/cut/$name-$2.pcap" "$name-$2" >>"$work/list"
	of_rdma+=("$name-$2")
}

# dissect: all that are listed.
dissect() {
	chmod -R a+rX "$work/cut"
	smcx_each -T json --no-duplicate-keys -j "frame smcx infiniband _ws.malformed _ws.expert" <"$work/list"
	(cd "$smcx_out" && grep -vx 0 -- *.rc | sed 's/\.rc:/\ttshark ends with /') >>"$work/said" || :
}

# compare CONNS NAME-SNAPLEN...: wrong values of the cut ones go to $work/said. After each comes
# a line of its name alone. jq takes longer to start than to compare.
compare() {
	printf '%s\n' "${@:2}" | sed -E 's|(.*)-.*|\1\n&|' |
		(cd "$smcx_out" && xargs -r -n 200 jq -rn --arg conns "$1" -f "$here/snap.jq") >>"$work/said" 2>&1 || :
}

# verdict TEST NAME-SNAPLEN...: nothing is said of all of these, and each is judged.
verdict() {
	local wrong
	wrong=$(printf '%s\n' "${@:2}" | awk -F'\t' 'NR == FNR { names[$1]; next }
		!($1 in names) { next }
		$2 != "" { if (++said[$1] <= 5) print $1 ": " $2; next }
		{ judged[$1] }
		END { for (name in names) if (!(name in judged)) print name ": cannot be judged" }' - "$work/said")
	if [[ $wrong ]]; then
		fail "$1" "$wrong"
	else
		pass "$1"
	fi
}

captures_for_each
mkdir "$work/cut"
"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"

# Recorded captures, around each boundary of headers and messages.
lengths=(56 70 84 100 115 120 126 134 200)
[[ ! $full ]] || mapfile -t lengths < <(seq 54 300)
few=(96 128 200)
exact=() loose=()
for capture in "$captures"/*.pcapng; do
	name=$(basename "$capture" .pcapng)
	printf '%s\t%s\n' "$capture" "$name" >>"$work/list"
	some=("${lengths[@]}")
	[[ $full || $name == smcr-@(first-contact|second-connection|http|write-blocked) || $name == smcd-netns ]] ||
		some=("${few[@]}")
	for length in "${some[@]}"; do
		cut "$name" "$capture" "$length"
		enough=$needed
		[[ $name != smcr-failover ]] || enough=$needed_of_two_links
		if ((length >= enough)); then exact+=("$name-$length"); else loose+=("$name-$length"); fi
	done
done
# Scenarios: every one at a length of its own.
# From 4.6 on TCP hands over what is sent again if it is cut, and keeps it if it is whole.
i=0 scenarios=() again=none
[[ $(smcx_tshark --version 2>/dev/null | grep -oEm 1 '[0-9]+\.[0-9]+') == 4.[0-5] ]] || again='@(retransmitted|out-of-order|answer-swapped)'
while IFS=$'\t' read -r name _; do
	case $name in
	llc-in-parts) continue ;; # its message is shown in another frame, see below
	# Whole, TCP keeps them: it waits for an end that never comes, or takes what comes late for sent again.
	bad-never-ends | clocks-*) continue ;;
	esac
	length=$((56 + i++ * 37 % 150))
	# shellcheck disable=SC2053 # a pattern
	[[ $name != $again ]] || continue
	printf '%s\t%s\n' "$work/$name.pcap" "$name" >>"$work/list"
	cut "$name" "$work/$name.pcap" $length
	scenarios+=("$name-$length")
done < <("$SMC_SYNTH" --list)
# Everywhere in LLC and CDC, where all connections are known. SMC-Rv1 goes by RoCE of IPv6, with a longer header.
of_rdma=()
for length in $(seq $((rdma - 2)) $((rdma + 8))); do
	cut_rdma smcr-second-connection "$length"
done
for length in $(seq $((rdma + 18)) $((rdma + 20 + 44))); do
	cut_rdma smcr-v1 "$length"
done
dissect
compare all "${exact[@]}"
compare known "${of_rdma[@]}"
compare any "${loose[@]}" "${scenarios[@]}"
for capture in "$captures"/*.pcapng; do
	name=$(basename "$capture" .pcapng)
	mapfile -t some < <(printf '%s\n' "${exact[@]}" "${loose[@]}" | grep -xE "$name-[0-9]+")
	verdict "cut__$name" "${some[@]}"
done
verdict cut__scenarios "${scenarios[@]}"
verdict cut__rdma_alone "${of_rdma[@]}"

# snap CAPTURE SNAPLEN: the cut capture's name.
snap() {
	editcap -s "$2" "$captures/$1.pcapng" "$work/$1-$2.pcapng" && chmod a+r "$work/$1-$2.pcapng"
	echo "$work/$1-$2.pcapng"
}

# Is something learnt by exactly the bytes that were captured?
two=$(snap smcr-second-connection 128)
is learnt__connections "$(values "$two" smcx.conn smcx.conn | sort -u | xargs)" "0 1"
is learnt__groups "$(values "$two" smcx.lgr smcx.lgr | sort -u | xargs)" 0
is learnt__data "$(values "$two" smcx.data smcx.conn | xargs)" \
	"$(values "$captures/smcr-second-connection.pcapng" smcx.data smcx.conn | xargs)"
is learnt__rkey_and_address "$(values "$(snap smcr-first-contact $needed)" smcx.write.offset smcx.write.offset | xargs)" \
	"$(values "$captures/smcr-first-contact.pcapng" smcx.write.offset smcx.write.offset | xargs)"
is learnt__no_address "$(values "$(snap smcr-first-contact $((needed - 1)))" smcx.write.offset smcx.write.offset)" ""
is learnt__token "$(values "$(snap smcr-first-contact $((tcp + 8 + 42)))" 'smc.llc_msg == 0xfe' smcx.conn | sort -u)" 0
is learnt__cursors "$(values "$(snap smcr-first-contact $((rdma + 26)))" smcx.cdc.sender_state smcx.cdc.sender_state | wc -l)" 4
is learnt__no_cursors "$(values "$(snap smcr-first-contact $((rdma + 25)))" smcx.cdc.sender_state frame.number)" ""
is learnt__link "$(values "$(snap smcr-first-contact $((rdma + 30)))" smcx.link smcx.link | sort -u)" 1

# How the cut is reported.
is told__note "$(values "$two" 'frame.number == 6' _ws.expert.severity _ws.expert.message)" \
	$'4194304\tCut by the capture: 62 of 160 bytes are there'
is told__info "$(values "$two" 'frame.number == 6' _ws.col.Info | grep -oE 'QP.*KiB|\[cut by the capture\]' | xargs)" \
	"$(values "$captures/smcr-second-connection.pcapng" 'frame.number == 6' _ws.col.Info | grep -o 'QP.*KiB') [cut by the capture]"
is told__nothing_more "$(values "$two" smcx _ws.col.Info | grep -c faulty || :)" 0
is told__nothing_of_a_whole_capture "$(values "$captures/smcr-first-contact.pcapng" smcx.cut frame.number)" ""
is told__write "$(values "$(snap smcr-http 96)" 'smcx.write.length == 1024' _ws.expert.message | tr , '\n' | grep Cut | sort -u)" \
	$'Cut by the capture: 26 of 1024 bytes are there\nCut by the capture: 42 of 1024 bytes are there'
is told__write_where_to "$(values "$work/smcr-http-96.pcapng" infiniband.reth.r_key infiniband.reth.r_key | sort -u)" \
	"$(values "$captures/smcr-http.pcapng" infiniband.reth.r_key infiniband.reth.r_key | sort -u)"
is told__header_of_a_write "$(values "$(snap smcr-first-contact $((rdma + 12)))" smcx.reth.vaddr smcx.reth.vaddr smcx.reth.rkey)" \
	"$(values "$captures/smcr-first-contact.pcapng" infiniband.reth infiniband.reth.va infiniband.reth.r_key)"

# In two passes the place of each message is that in the whole capture.
options=(-2)
is passes__two "$(values "$two" smcx frame.number smcx.conn smcx.lgr smcx.link)" \
	"$(values "$captures/smcr-second-connection.pcapng" smcx frame.number smcx.conn smcx.lgr smcx.link)"
options=()

# made NAME SNAPLEN FILTER FIELD...: values in a scenario's capture, cut.
made() {
	editcap -s "$2" "$work/$1.pcap" "$work/made.pcap" && chmod a+r "$work/made.pcap"
	values "$work/made.pcap" "${@:3}"
}
# A message of two TCP segments of which the second one is cut.
for n in 1 4 8; do
	is "segments__break_$n" "$(made break-$n 140 smc.clc_msg smc.clc_msg smcx.conn | xargs)" "1 0 2 0 3 0"
done
is segments__qpn "$(made break-4 140 'smc.clc_msg == 2' smc.accept.server.qp.number smc.accept.server.qp.number)" \
	"$(values "$work/break-4.pcap" 'smc.clc_msg == 2' smc.accept.server.qp.number smc.accept.server.qp.number)"
# RDMA over other layers than UDP: on Ethernet and on InfiniBand itself.
is layers__ethernet "$(made reach-rocev1 104 'smc.llc_msg && smcx.cut' smc.llc_msg | sort -u | xargs)" \
	"$(values "$work/reach-rocev1.pcap" smc.llc_msg smc.llc_msg | sort -u | xargs)"
# erf PDUS SNAPLEN: the packets of InfiniBand in exported PDUs as records of Endace's cards, cut.
erf() {
	local hex at=48 len wire body tags=48 # digits
	hex=$(xxd -p "$1" | tr -d '\n')
	{
		printf '%s%s' "${hex:0:40}" c5000000 # link type 197
		while ((at < ${#hex})); do
			len=$((16#${hex:at+22:2}${hex:at+20:2}${hex:at+18:2}${hex:at+16:2} * 2))
			body=${hex:at+32+tags:len-tags}
			wire=$((${#body} / 2))
			body=${body:0:$2*2}
			len=$((${#body} / 2 + 16))
			printf '%s%02x000000%02x000000' "${hex:at:16}" $len $((wire + 16))
			printf '0000000000000000%02x00%04x0000%04x%s' 21 $len $wire "$body"
			at=$((at + 32 + 16#${hex:at+22:2}${hex:at+20:2}${hex:at+18:2}${hex:at+16:2} * 2))
		done
	} | xxd -r -p >"$work/erf-$2.pcap"
	chmod a+r "$work/erf-$2.pcap"
	echo "$work/erf-$2.pcap"
}
pdus=$work/reach-infiniband.pcap
is layers__infiniband "$(values "$(erf "$pdus" 60)" 'smcx.cut' smc.llc_msg smcx.write.length | xargs)" \
	"$(values "$(erf "$pdus" 200)" smcx smc.llc_msg smcx.write.length | xargs)"
# A message of several packets, each of which is cut.
is long__first "$(made llc-in-parts 200 'smcx.cut && infiniband' _ws.expert.message | grep -c 'Cut by the capture' || :)" \
	"$(values "$work/llc-in-parts.pcap" 'infiniband.bth.opcode == 0' frame.number | wc -l)"
# Traced events.
is events__message "$(made events-smcr 300 'frame.number == 3' smc.clc_msg smcx.conn smcx.event.kind | xargs)" "2 0 1"
is events__note "$(made events-smcr 300 smcx.cut frame.number | xargs)" "$(values "$work/events-smcr.pcap" 'frame.len > 300' frame.number | xargs)"
is events__header "$(made events-smcr 100 'smcx.cut && smcx.event.kind' frame.number | wc -l)" \
	"$(values "$work/events-smcr.pcap" smcx frame.number | wc -l)"

# Packets that are not SMC's are as without the plugin.
foreign() { # SNAPLEN
	editcap -s "$1" "$work/foreign-sends.pcap" "$work/foreign.pcap" && chmod a+r "$work/foreign.pcap"
	smcx_tshark -r "$work/foreign.pcap" -V 2>/dev/null >"$work/foreign.with"
	smcx_tshark --builtin -r "$work/foreign.pcap" -V 2>/dev/null >"$work/foreign.without"
	diff "$work/foreign.without" "$work/foreign.with"
}
for length in 56 60 64 80 96; do
	ok "foreign__$length" foreign $length
done
tap_end
