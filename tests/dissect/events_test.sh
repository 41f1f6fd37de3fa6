#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traced events through the plugin: the filters of packets find the messages in them, failures are
# reported with their reasons, connections are counted; and without the plugin they do no harm.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# numbers SCENARIO FILTER: of the frames that the filter lets through.
numbers() {
	smcx_tshark -r "$work/$1.pcap" -Y "$2" -T fields -e frame.number 2>&1 | paste -sd' '
}

# shown SCENARIO FILTER FIELD...: values of it.
shown() {
	values "$work/$1.pcap" "${@:2}"
}

# told SCENARIO EXPERT: its messages.
told() {
	shown "$1" "$2" _ws.expert.message
}

# Lines of the table of conversations without blanks and times.
conversations() {
	smcx_tshark -r "$work/$1.pcap" -q -z conv,smcx 2>&1 | grep '<->' | tr -s ' ' |
		sed 's/ [0-9.]* [0-9.]* *$//'
}

unharmed() {
	local out
	out=$(smcx_tshark --builtin -r "$1" -V 2>&1 >"$work/plain.txt")
	[[ ! $out ]] || { echo "$out" && return 1; }
	! grep -iE 'malformed|exception|dissector bug' "$work/plain.txt"
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"

# Messages: fields of packets, the tracer's beside them.
is messages__clc "$(numbers events-smcr 'smc.clc_msg')" "1 2 3 4 5 6"
is messages__clc_type "$(numbers events-smcr 'smc.clc_msg == 2')" "3 4"
is messages__llc "$(numbers events-smcr 'smc.llc_msg && smc.llc_msg != 0xfe')" "7 8 9"
is messages__cdc "$(numbers events-smcr 'smc.llc_msg == 0xfe')" "10 11"
is messages__smcx_field "$(numbers events-smcr 'smcx.proposal_hdr.eyecatcher')" "1 2"
is messages__direction "$(numbers events-smcr 'smc.clc_msg == 1 && smcx.event.direction == 2')" 1
is messages__owner "$(numbers events-smcr 'smcx.event.comm == "nginx" && smc.clc_msg == 3')" 6
is messages__columns "$(shown events-smcr 'frame.number == 3' _ws.col.Protocol _ws.col.Info)" \
	$'SMC-R\t> SMC-R Accept v2.1, first contact, 192.0.2.2, QP 0x000222, rkey 0x5f6e7d8c, 64 KiB'
is messages__smcd_byte_order "$(shown events-smcd smcx.cdc_smcd.prod_count smcx.cdc_smcd.prod_count)" \
	$'65792\n65792'
is messages__offset_of_the_body "$(numbers events-smcr 'smc.length == 164 && smcx.event.length == 164')" "1 2"

# Events without a message.
is life__kind "$(numbers events-life 'smcx.event.kind == 28')" 7
is life__all "$(numbers events-life smcx.event.kind | wc -w)" 18
is life__body "$(numbers events-life 'smcx.ev_conn.received == 5000')" 8
is life__state "$(shown events-life 'smcx.ev_state.now == 1' _ws.col.Info)" "socket INIT -> ACTIVE"
is life__name "$(numbers events-life 'smcx.ev_module.name == "smc"')" 16
is life__time "$(numbers events-life 'smcx.event.abs_time == "2023-11-14 22:13:20.000600007"')" 7
is life__address "$(numbers events-life '!(smcx.event.ip == 192.0.2.2 && smcx.event.port == 443)')" \
	"11 16 17 18"
is life__ipv6 "$(numbers events-ipv6 'smcx.event.ipv6 == 2001:db8::2')" 1
is life__columns_keep_the_tags "$(shown events-ipv6 smcx _ws.col.Source _ws.col.Destination)" \
	$'2001:db8::2\t2001:db8::1'

# Expert infos.
is trouble__fallback "$(numbers events-trouble 'smcx.event.kind == 29')" "1 2"
is trouble__fallback_told "$(told events-trouble smcx.event.fell_back | sed 's/ To do: [^.]*$//')" \
	$'Fallback to TCP: no usable SMC device.\nFallback to TCP: peer declined; the peer says: IP prefixes do not match.'
is trouble__fallback_to_do "$(told events-trouble smcx.event.fell_back | grep -c ' To do: ')" 2
is trouble__clc_failed_told "$(told events-trouble smcx.event.clc_failed | head -1)" \
	"CLC failed: Accept expected, Decline came: Protocol error"
is trouble__failed "$(numbers events-trouble smcx.event.failed)" "5 6 7"
is trouble__failed_told "$(told events-trouble 'smcx.event.failed && frame.number == 6')" \
	"connection created: no DMB left on the device"
is trouble__lost_told "$(told events-lost smcx.event.events_lost)" \
	"17 events of this hook were lost before this one"
is trouble__counters_lost_told "$(told events-counters-lost smcx.event.events_lost)" \
	"smc_wr_tx_send, CDC: lost 4 events for want of room in the ring and 3 that could not be read"
is trouble__counters_lost_add_up "$(numbers events-counters-lost smcx.event.miscounted)" ""
is trouble__miscounted_told "$(told bad-event-counters smcx.event.miscounted)" \
	"smc_wr_tx_send, CDC: 12 events were seen, but 11 are accounted for"
is trouble__truncated_told "$(told events-truncated smcx.event.truncated)" \
	"The tracer kept 134 of 164 bytes"
is trouble__truncated_is_no_fault "$(numbers events-truncated '_ws.expert.severity > "Note"')" ""
is bad__version_told "$(told bad-event-version smcx.event.unknown_version)" \
	"Version 9 of the event is not known: this plugin reads 1"
is bad__version_shows_no_field "$(numbers bad-event-version smcx.event.kind)" ""
is bad__kind_told "$(told bad-event-kind smcx.event.unknown_kind | cut -d, -f1)" \
	"Kind 99 of event is not known"
is bad__kind_shows_the_header "$(numbers bad-event-kind 'smcx.event.kind == 99')" 1
is bad__message "$(numbers bad-event-message smcx.fault.trailer)" 1
for name in bad-event-cut bad-event-short bad-event-huge bad-event-empty; do
	is "${name//-/_}__never_malformed" "$(numbers "$name" _ws.malformed)" ""
done

# Conversations: both directions of a connection are one.
is conversations__one "$(conversations events-smcr)" \
	"192.0.2.1:40000 <-> 192.0.2.2:443 5 528 bytes 6 776 bytes 11 1304 bytes"
is conversations__ipv6 "$(conversations events-ipv6)" \
	"[2001:db8::2]:443 <-> [2001:db8::1]:40000 0 0 bytes 1 56 bytes 1 56 bytes"
is conversations__without_addresses "$(conversations events-counters-lost)" ""

for file in "$work"/{events,bad-event}-*.pcap; do
	name=$(basename "$file" .pcap)
	ok "without_plugin__$name" unharmed "$file"
done
tap_end
