#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Answers: why a connection is TCP, in words; requests and responses with their times; what cursors
# and flags of CDC mean. The rules one by one are synth_test.sh's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
options=(-2)

c() { echo "$captures/$1.pcapng"; }

# Why TCP: the end that says it, the reason, and what to do.
declare -A why=(
	[bogus-token]="the client says: out of memory. To do: give the host more memory"
	[cut-proposal]="the server says: no usable SMC-R device. To do: no RDMA device"
	[declined]="the server says: no usable SMC device. To do: see smcd device"
	[few-conns]="negotiation of the connections per link group failed. To do: set"
	[foreign-gid]="no SMC-Dv2 device reaches the peer. To do: no ISM device"
	[no-device]="the client says: no usable SMC device. To do:"
	[no-eid]="the server says: no user-defined EID in the Proposal. To do: give both"
	[no-ism]="no ISMv2 support in the hardware. To do: SMC-Dv2 needs"
	[no-links]="negotiation of the links per link group failed. To do: set"
	[no-rdma-device]="no usable SMC-R device. To do: no RDMA device"
	[no-ueid]="the client says: no usable SMC device. To do:"
	[other-eid]="the server says: no usable SMC device. To do:"
	[plain-server]="the SYN-ACK has no SMC option: peer did not offer SMC. To do: run"
	[prefix]="IP prefixes do not match. To do: SMC version 1 needs both hosts in one subnet"
	[v1-no-device]="the server says: no usable SMC device. To do:"
	[v20]="the server says: no usable SMC-R device. To do:"
	[wrong-mode]="the client says: SMC modes do not match. To do: one host has only SMC-R"
)
for name in "${!why[@]}"; do
	told=$(values "$(c "fallback-$name")" 'smcx.clc.declined || smcx.clc.no_option' \
		_ws.expert.message)
	ok "fallback__$name" grep -F "This connection is TCP, since" <<<"$told"
	ok "fallback__${name}_reason" grep -F "${why[$name]}" <<<"$told"
done

# Requests and responses.
first=$(c smcr-first-contact)
is pairs__clc "$(values "$first" smc.clc_msg smcx.request_in smcx.response_in)" \
	$'\t6\n4\t8\n6\t'
is pairs__llc "$(values "$first" 'smc.llc_msg && smc.llc_msg != 0xfe' smcx.request_in \
	smcx.response_in | paste -sd/)" $'\t12/10\t/\t16/14\t/\t35/33\t/\t39/37\t'
is pairs__time "$(values "$first" 'frame.number == 12' smcx.time)" 0.012855543
is pairs__handshake "$(values "$first" smcx.handshake_time smcx.handshake_time)" 0.116378807
is pairs__fallback_time "$(values "$(c fallback-prefix)" 'smc.clc_msg == 4' smcx.request_in)" 4
is pairs__delete_rkey_response_names_the_connection "$(values "$first" \
	'smc.delete.rkey.response == 1' smcx.conn | xargs)" "0 0"

# CDC.
is cdc__bytes "$(values "$first" 'smc.llc_msg == 0xfe' smcx.cdc.produced smcx.cdc.consumed \
	smcx.cdc.space smcx.cdc.unread)" \
	$'16\t0\t65520\t0\n15\t16\t65521\t0\n0\t15\t65536\t0\n0\t0\t65536\t0'
is cdc__wraps "$(values "$(c smcr-write-blocked)" 'smcx.cdc.produced > 0' smcx.cdc.produced \
	smcx.cdc.total smcx.cdc.space | paste -sd/)" \
	$'16384\t16384\t0/16384\t32768\t0/8192\t40960\t8192'
is cdc__window "$(values "$(c smcr-write-blocked)" smcx.cdc.full_in smcx.cdc.full_in \
	smcx.cdc.full_for | paste -sd/)" $'33\t0.040780715/55\t0.000540329'
is cdc__states_of_close "$(values "$first" 'smc.llc_msg == 0xfe' smcx.cdc.sender_state \
	smcx.cdc.receiver_state | paste -sd/)" $'1\t1/1\t1/20\t22/7\t7'
is cdc__states_of_half_close "$(values "$(c smcr-half-close)" 'smc.llc_msg == 0xfe' \
	smcx.cdc.sender_state smcx.cdc.receiver_state | paste -sd/)" \
	$'1\t1/20\t22/22\t20/25\t24/7\t7'
is cdc__states_of_abort "$(values "$(c smcr-abort)" smcx.cdc.aborted smcx.cdc.sender_state \
	smcx.cdc.receiver_state | paste -sd/)" $'20\t27/7\t7'
# States as tests/proto/net-smc.transcript has them.
"$SMC_SYNTH" --all "$work/synth"
chmod -R a+rX "$work"
ending() { # SCENARIO
	values "$work/synth/close-$1.pcap" 'smcx.cdc.sender_state > 1' smcx.cdc.sender_state \
		smcx.cdc.receiver_state | paste -sd/
}
is cdc__states_both_close "$(ending both)" $'20\t22/7\t7'
is cdc__states_half_close_both_ways "$(ending half)" $'20\t22/23\t21/21\t23/7\t7'
is cdc__states_abort "$(ending abort)" $'20\t27/7\t7'
is cdc__states_half_closed_end_is_aborted "$(ending half-abort)" $'20\t22/25\t7'
is cdc__states_both_half_closed_one_aborts "$(ending half-half-abort)" $'20\t22/23\t21/25\t7'
is cdc__states_half_closed_end_aborts "$(ending own-half-abort)" $'20\t22/20\t27/7\t7'
loopback=$here/../tracer/loopback.pcapng
is cdc__smcd_is_reckoned_at_each_end "$(values "$loopback" smcx.cdc.produced smcx.cdc.produced |
	xargs)" "15 15 23 23 0 0 0 0"
is cdc__smcd_space "$(values "$loopback" 'smcx.cdc.produced == 15' smcx.cdc.space | sort -u)" 65489
is cdc__smcd_data_is_in_no_packet "$(values "$(c smcd-loopback)" smcx.smcd.no_data frame.number)" 8
is again__rdma "$(values "$(c smcr-two-vms)" smcx.again frame.number | wc -l)" 8
tap_end
