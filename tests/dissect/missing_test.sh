#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Missing messages are reported, but only where the capture can show it; fields are
# described, and messages of other systems are read.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
options=(-2 -E occurrence=a)

# capture NAME: a scenario's file.
capture() {
	local file=$work/$1.pcap
	[[ -f $file ]] || "$SMC_SYNTH" "$1" -o "$file"
	chmod a+r "$file"
	echo "$file"
}

# Frames with an expert info about missing data, and its name: "FRAME NAME" a line.
readonly family='clc.no_answer clc.not_clc clc.echoed clc.clocks unknown.link llc.no_confirm_link'
missing() {
	local name filter='' fields=(frame.number)
	for name in $family; do
		filter+=${filter:+ || }smcx.$name
		fields+=("smcx.$name")
	done
	smcx_tshark -r "$1" -2 -Y "$filter" -T json 2>/dev/null |
		jq -r --arg family "$family" '($family | split(" ")) as $names | .[]._source.layers
			| .frame."frame.number" as $frame
			| [.. | objects | keys[] | select(startswith("smcx.")) | ltrimstr("smcx.")
				| select(IN($names[]))] | unique[] | $frame + " " + .'
}

# text NAME: the words of it.
text() {
	local name filter=''
	for name in $family; do
		filter+=${filter:+ || }smcx.$name
	done
	smcx_tshark -r "$(capture "$1")" -2 -Y "$filter" -T fields -e _ws.expert.message \
		-E occurrence=a -E 'aggregator=|' 2>/dev/null | tr '|' '\n' |
		grep -E 'Proposal|in the capture' || :
}

# ---- the answer that came, and its frame -----------------------------------------------------

while read -r name wanted; do
	is "missing__$name" "$(missing "$(capture "$name")")" "$wanted"
done <<'END'
answer-http 6 clc.not_clc
answer-tls 6 clc.not_clc
answer-ssh 6 clc.not_clc
answer-bytes 6 clc.not_clc
answer-echo 6 clc.echoed
silent-client-closes 6 clc.no_answer
silent-client-resets 6 clc.no_answer
silent-server-resets 6 clc.no_answer
silent-server-closes 6 clc.no_answer
silent-to-the-end 4 clc.no_answer
clocks-proposal 5 clc.clocks
clocks-accept 6 clc.clocks
link-in-no-packet 8 unknown.link
timeout-no-rdma 10 llc.no_confirm_link
timeout-no-request 12 llc.no_confirm_link
timeout-no-response 12 llc.no_confirm_link
timeout-all 14 llc.no_confirm_link
END

# Nothing is said where a capture cannot show it, or where all is right.
for name in proposal-at-the-end client-alone-silent answer-swapped link-at-the-end port-80 out-of-order retransmitted segments-1 decline-data-80 \
	decline-then-http option-http option-syn-only mid-capture mid-capture-80 several; do
	is "nothing__$name" "$(missing "$(capture "$name")")" ""
done
# In a capture of TCP alone, indeed no packet has the link.
for file in "$(capture client-alone)" "$(capture answer-lost)" "$captures"/*.pcapng; do
	is "nothing__$(basename "${file%.pcap*}")" \
		"$(missing "$file" | grep -v unknown.link || :)" ""
done

is text__http "$(text answer-http)" \
	'The Proposal of frame 4 is answered with "HTTP/1.1 400 Bad Request", no CLC: the peer knows no SMC, but echoes option 254. To do: stop the echo (server or a device between), or keep SMC off this peer [CLC-02]'
is text__tls "$(text answer-tls | cut -d, -f1)" "The Proposal of frame 4 is answered with a TLS alert (10)"
is text__echo "$(text answer-echo | cut -d: -f1)" "The peer sends the Proposal of frame 4 back"
is text__silence "$(text silent-to-the-end | cut -d. -f1)" \
	"No answer to this Proposal is in the capture, which goes on for 10"
is text__client_closes "$(text silent-client-closes | sed "s,\. To do.*,,")" \
	"The client closes 2.000 s after its Proposal of frame 4, without a byte of answer, though TCP acknowledges it"
is text__clocks "$(text clocks-proposal | cut -d: -f1)" \
	"The Accept of frame 4 answers this Proposal and stands 0.000100 s before it"
is text__no_rdma "$(text timeout-no-rdma | cut -d: -f1)" \
	"No RDMA message at all is in the capture before this Decline"
is text__no_response "$(text timeout-no-response)" \
	"CONFIRM_LINK is in the capture, but no response to it before this Decline [LLC-09]"

# In a single pass too, but for what the end of the capture shows.
is single_pass__http "$(smcx_tshark -r "$(capture answer-http)" -q -z expert 2>&1 |
	grep -c 'SMCX  The Proposal of frame 4')" 1

# ---- fields ---------------------------------------------------------------------------------------

smcx_tshark -G fields 2>/dev/null | awk -F'\t' '$1 == "F" && $5 == "smcx"' >"$work/fields"
ok fields__are_there test "$(wc -l <"$work/fields")" -gt 250
is fields__all_are_described "$(awk -F'\t' '$8 == "" { print $3 }' "$work/fields")" ""
is fields__names_are_distinct_in_a_part "$(awk -F'\t' '{
		part = $3
		sub(/\.[^.]*$/, "", part)
		if (seen[part, $2]++) print $3, $2 }' "$work/fields")" ""
is fields__no_plain_reserved "$(awk -F'\t' '$2 == "Reserved"' "$work/fields")" ""
described() {
	awk -F'\t' -v name="$1" '$3 == name { print $8 }' "$work/fields"
}
is fields__unit_order_and_source "$(described smcx.v2_ext.max_links)" \
	"Links that the client takes in a link group; release 1. In Version 2 extension: byte 25; V2, Proposal"
is fields__host_order "$(described smcx.llc_v2.length | grep -o 'in the byte order of.*')" \
	"in the byte order of the sender's machine; V2, LLC; Linux"

# ---- the packet list -----------------------------------------------------------------------------

file=$(capture link-three-conns)
is info__clc "$(values "$file" 'smc.clc_msg == 1' _ws.col.Info | head -1 | cut -c1-40)" \
	"54000 → 80 SMC-R Proposal v2.1, 1 UEID"
is info__connection "$(values "$file" smc.clc_msg _ws.col.Info | grep -o 'connection [0-9]*' | sort | uniq -c | tr -s ' ')" \
	"$(printf ' 3 connection %d\n' 0 1 2)"
is info__llc "$(values "$file" 'smc.llc_msg == 0x21' _ws.col.Info | grep -c ', link group 0$')" 2
is info__cdc "$(values "$file" 'smc.llc_msg == 0xfe' _ws.col.Info | grep -vc ', connection [0-2]$')" 0

# ---- other systems ----------------------------------------------------------------------------------

shown() {
	smcx_tshark -r "$(capture "$1")" -V 2>/dev/null | sed -nE "s/^ *\[?($2): (.*[^]])\]?$/\1: \3/p" |
		tr -s ' ' | sort -u
}
is peer_id__instance_at_mac "$(shown host-zos "(Client's|Sender's) peer ID" | head -1 | grep -oE '[0-9a-f]{4}@([0-9a-f]{2}:){5}[0-9a-f]{2} ')" \
	"$(shown host-zos "(Client's|Sender's) peer ID" | head -1 | sed -E 's/.*\(0x(....)(..)(..)(..)(..)(..)(..)\)/\1@\2:\3:\4:\5:\6:\7 /')"
is host__zos "$(values "$(capture host-zos)" 'smc.clc_msg == 2' smc.accept.peer.host.name)" "SYS1.PLEX1-x"
is host__of_the_group "$(values "$(capture host-zos)" 'smc.clc_msg == 2' smcx.lgr.host)" "client,SYS1.PLEX1-x"
is host__unknown_code_is_kept "$(values "$(capture host-aix)" 'smc.clc_msg == 2' smc.accept.peer.host.name | sed 's/\\\\/\\/g' | cut -c1-16)" \
	'\xe2\xe8\xe2\xf1'
credits=$(capture credits)
is credits__announced "$(values "$credits" smcx.announce_credits.credits smcx.announce_credits.credits _ws.col.Info)" \
	"11"$'\t'"LLC ANNOUNCE_CREDITS, 11 credits, link group 0"
is credits__add_link "$(values "$credits" 'smcx.add_link.init_credits > 0' smcx.add_link.init_credits)" 12
is credits__cdc "$(values "$credits" 'smcx.cdc.credits > 0' smcx.cdc.credits)" 13
is credits__accept "$(values "$(capture credits-declined)" 'smcx.smcr.init_credits > 0' smcx.smcr.init_credits)" 16
is credits__decline "$(values "$(capture credits-declined)" 'smc.clc_msg == 4' _ws.col.Info | grep -o 'receive credits.*)')" \
	"receive credits could not be announced (0x09990004)"
is credits__no_pair "$(values "$credits" 'smcx.llc.unasked || smcx.llc.no_response' frame.number)" ""

# ---- options of other experiments --------------------------------------------------------------------

for name in fast-open fast-open-cut; do
	is "option__$name" "$(values "$(capture $name)" frame frame.protocols)" \
		"$(smcx_tshark --builtin -r "$(capture $name)" -T fields -e frame.protocols 2>/dev/null)"
	is "option__${name}_whole" "$(smcx_tshark -r "$(capture $name)" -V 2>&1 | grep -cE 'Malformed|SMCX|SMC')" 0
done
tap_end
