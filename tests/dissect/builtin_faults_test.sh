#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults and gaps of Wireshark 4.0's own SMC dissector, beside the output of the
# plugin for the same bytes. The built-in's answers are kept in builtin/: when
# one changes, so has the reason for the row. "--record" writes them anew.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"
record=${1-}

# tsv [--builtin] SCENARIO FILTER FIELD...: the fields, frame by frame
tsv() {
	local builtin=() fields=() field scenario filter
	if [[ $1 == --builtin ]]; then
		builtin=(--builtin)
		shift
	fi
	scenario=$1 filter=$2
	shift 2
	for field; do
		fields+=(-e "$field")
	done
	smcx_tshark "${builtin[@]}" -r "$work/$scenario.pcap" -Y "$filter" -T fields "${fields[@]}" 2>&1 |
		sed 's/[[:space:]]*$//'
}

# shown [--builtin] SCENARIO FIELD...: fields as people see them
shown() {
	local builtin=() scenario pattern
	if [[ $1 == --builtin ]]; then
		builtin=(--builtin)
		shift
	fi
	scenario=$1
	shift
	pattern=$(IFS='|' && echo "$*")
	smcx_tshark "${builtin[@]}" -r "$work/$scenario.pcap" -T pdml 2>&1 |
		sed -nE "s/.*<field name=\"($pattern)\" showname=\"([^\"]*)\".*/\1: \2/p"
}

# The built-in still answers as it did. builtin ROW ANSWER
builtin() {
	local row=$1 answer=$2 file=$here/builtin/$1.txt
	if [[ $record == --record ]]; then
		printf '%s\n' "$answer" >"$file"
	fi
	note "built-in:"$'\n'"$answer"
	is "faults__$row: the built-in is as wrong as it was" "$answer" "$(cat "$file")"
}

# The plugin is right. ours ROW ANSWER WANTED
ours() {
	note "plugin:"$'\n'"$2"
	is "faults__$1: the plugin is right" "$2" "$3"
}

# Which of the wanted lines are not among those at hand? missing ANSWER WANTED
missing() {
	grep -vxF -f <(echo "$1") <<<"$2" || true
}

lines() { printf '%s\n' "$@"; }

row_ports() {
	local port wanted seen=() own=()
	for port in 22 80 443 3306 6379; do
		seen+=("$port $(tsv --builtin "port-$port" 'tcp.len > 0' frame.protocols smc.clc_msg |
			tr '\n\t' '  ')")
		own+=("$port $(tsv "port-$port" 'tcp.len > 0' smc.clc_msg | tr '\n' ' ')")
	done
	wanted=$(printf '%s 1 2 3 \n' 22 80 443 3306 6379)
	builtin ports "$(lines "${seen[@]}")"
	ours ports "$(lines "${own[@]}")" "${wanted%$'\n'}"
}

row_proposal_rfc() {
	local fields=(smc.length smc.outgoing.interface.subnet.mask smc.proposal.ipv6.prefix.value
		_ws.malformed) seen own length
	for length in 52 69; do
		seen+=$(tsv --builtin "proposal-rfc-$length" 'frame.number == 4' "${fields[@]}")$'\n'
		own+=$(tsv "proposal-rfc-$length" 'frame.number == 4' "${fields[@]}")$'\n'
	done
	builtin proposal_rfc "${seen%$'\n'}"
	ours proposal_rfc "${own%$'\n'}" $'52\t192.0.2.0\n69\t0.0.0.0\t2001:db8::'
}

row_llc_v2_little() {
	builtin llc_v2_little "$(tsv --builtin llc-v2-little 'frame.number >= 14 and smc.llc_msg' \
		smc.llc_msg)"
	ours llc_v2_little "$(tsv llc-v2-little 'frame.number >= 14 and smcx.llc.little_endian' \
		smc.llc_msg | uniq | tr '\n' ' ')" "0x21 0x22 0x24 0x26 0x27 0x29 0x25 "
}

row_add_link_response() {
	local response='frame.number == 16' fields=(smc.add.link.response smc.add.link.rkey_count
		smc.add.link.client_target_gid smc.add.link.rmb.RTok.Rkey2)
	builtin add_link_response "$(tsv --builtin llc-add-link-v2-big "$response" "${fields[@]}")"
	ours add_link_response "$(tsv llc-add-link-v2-big "$response" "${fields[@]}")" \
		$'1\t1\t::ffff:192.0.2.1\t0x1f2e3e4c'
}

row_fce_36() {
	local fields=(smc.accept.peer.host.name smc.accept.smc.version.relnum _ws.malformed)
	builtin fce_36 "$(tsv --builtin handshake-d-v20 'smc.clc_msg == 2' "${fields[@]}")"
	ours fce_36 "$(tsv handshake-d-v20 'smc.clc_msg == 2' "${fields[@]}" | tr -d ' ')" \
		$'server\t0'
}

row_write_lookalike() {
	builtin write_lookalike "$(tsv --builtin write-lookalike smc infiniband.bth.opcode \
		smc.llc_msg)"
	ours write_lookalike "$(tsv write-lookalike smcx frame.number)" ""
}

row_decline_and_data() {
	local data='tcp.len > 0' fields=(frame.number smc.clc_msg smc.length http.request.uri
		http.response.code)
	builtin decline_and_data "$(tsv --builtin decline-data "$data" "${fields[@]}")"
	ours decline_and_data "$(tsv decline-data-80 "$data" "${fields[@]}")" "$(
		printf '%s\t%s\t%s\t%s\t%s\n' 4 1 164 '' '' 6 2 160 '' '' 8 4 44 /index.html '' \
			10 4 44 '' '' 12 '' '' '' 200 14 '' '' /index.html '' 16 '' '' '' 200 |
			sed 's/[[:space:]]*$//'
	)"
}

row_sizes() {
	local answer wanted n sizes=(16 32 64 128 256 512)
	builtin sizes "$(shown --builtin sizes-r smc.accept.rmb.buffer.size)"
	answer=$(shown sizes-r smc.accept.rmb.buffer.size | sed 's/.*: //')
	wanted=$(for ((n = 0; n < 16; n++)); do
		((n < 6)) && echo "${sizes[n]} KiB ($n)" || echo "$((1 << (n - 6))) MiB ($n)"
	done)
	ours sizes "$answer" "$wanted"
}

row_llc_counts_and_types() {
	local fields=(smc.llc_msg smc.delete.rkey.count _ws.malformed)
	# The last three types of the scenario, after the handshake's 9 frames.
	local late='frame.number >= 42 and infiniband.bth.opcode == 4'
	builtin llc_counts "$(tsv --builtin bad-delete-rkey-255 smc.llc_msg "${fields[@]}")"
	ours llc_counts "$(tsv bad-delete-rkey-255 smcx.fault.rkey_count "${fields[@]}")" \
		$'0x09\t255'
	fields=(smc.llc_msg smc.request.add.link.response)
	builtin llc_types "$(tsv --builtin llc-v1 "$late" infiniband.bth.opcode "${fields[@]}")"
	ours llc_types "$(tsv llc-v1 "$late" "${fields[@]}" | tr '\n\t' ' /')" \
		"0x05/0 0x05/1 0x80 0x80 0x8a 0x8a "
}

row_eyecatcher_break() {
	builtin eyecatcher_break "$(tsv --builtin break-2 'tcp.len > 0' frame.protocols smc.clc_msg)"
	ours eyecatcher_break "$(tsv break-2 smc.clc_msg smc.clc_msg | tr '\n' ' ')" "1 2 3 "
}

row_cdc_names() {
	local wrap=smc.rmbe.ctrl.prod.wrap.seq curs=smc.rmbe.ctrl.peer.prod.curs
	builtin cdc_names "$(tsv --builtin reserved-cdc 'smc.llc_msg == 0xfe' "$wrap" "$curs")"
	ours cdc_names "$(tsv reserved-cdc 'smc.llc_msg == 0xfe' "$wrap" "$curs" \
		smcx.cdc.cons_wrap smcx.cdc.cons_count)" $'0\t44\t0\t7'
}

row_texts() {
	local decline=smc.peer.diag.info delete=smc.delete.link.reason.code
	local reject=smc.add.link.response.reject_reason wanted
	builtin texts "$(shown --builtin declines-v1 $decline | sed -n 1,3p
		shown --builtin llc-v1 $delete
		shown --builtin llc-refusals $reject)"
	wanted=$(lines "Peer diagnosis: out of memory (0x01010000)" \
		"Peer diagnosis: no usable SMC-R device (0x03030002)" \
		"Reason: unknown link (0x00100000)" "no alternate path (1)")
	ours texts "$(missing "$(
		shown declines-v1 $decline | sed 's/^[^:]*: //'
		shown llc-delete-link $delete | sed 's/^[^:]*: //'
		shown llc-refusals $reject | sed 's/.*: //'
	)" "$wanted")" ""
}

row_v2_values() {
	local accept='smc.clc_msg == 2' r=smcx.fce_smcr
	builtin v2_values "$(shown --builtin handshake-d-v21 smc.accept.smc.chid
		smcx_tshark --builtin -r "$work/handshake-r-v21.pcap" -Y "$accept" -T pdml |
			grep -oE 'name="smc[.](accept[^"]*|reserved)"' | sort -u)"
	ours v2_values "$(tsv handshake-d-v21 "$accept" smcx.accept_hdr.eyecatcher \
		smc.accept.smc.chid smcx.smcd_v2.gid_ext smcx.fce_smcd.feature_mask
		tsv handshake-r-v21 "$accept" $r.max_conns $r.max_links $r.feature_mask)" "$(
		printf '0xe2d4c3c4\t0xffff\t0x2222222222222223\t0x0001\n32\t2\t0x0001\n'
	)"
	skip "faults__iwarp" "upstream Linux has no SMC over iWARP (eRDMA kernels have), so nothing here shows what is right"
}

row_cdc_smcd() {
	local c=smcx.cdc_smcd
	builtin cdc_smcd "$(tsv --builtin cdc-smcd frame frame.protocols)"
	ours cdc_smcd "$(tsv cdc-smcd frame $c.prod_wrap $c.prod_count $c.cons_wrap $c.cons_count \
		$c.write_blocked $c.done_writing)" "$(
		printf '2\t65000\t1\t300\t1\t1\n%.0s' 1 2
	)"
}

row_option() {
	local syn='frame.number == 1'
	builtin option "$(tsv --builtin port-80 "$syn" tcp.options.experimental.exid \
		tcp.options.experimental.data)"
	ours option "$(tsv port-80 "$syn" smcx.tcp_option.kind smcx.tcp_option.length \
		smcx.tcp_option.magic)" $'254\t6\t0xe2d4c3d9'
}

mkdir -p "$here/builtin"
"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
row_ports
row_proposal_rfc
row_llc_v2_little
row_add_link_response
row_fce_36
row_write_lookalike
row_decline_and_data
row_sizes
row_llc_counts_and_types
row_eyecatcher_break
row_cdc_names
row_texts
row_v2_values
row_cdc_smcd
row_option
tap_end
