#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A file of events before the tools that people have: capinfos, tshark without
# our plugin, editcap, and Wireshark's live pipe.
#
# Prints TAP. EVENT_FILE is the program event_file of this folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
: "${EVENT_FILE:=$here/../../build/tests/tracer/event_file}"

for tool in capinfos tshark editcap; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing: install wireshark-common and tshark"
done
[[ -x $EVENT_FILE ]] || skip_all "$EVENT_FILE is missing: build it"
export HOME=$work XDG_CONFIG_HOME=$work # no plugin and no preference of the user's
file=$work/events.pcapng
"$EVENT_FILE" "$file"

# fields FILTER FIELD...: of the packets that match
fields() {
	local filter=$1 arguments=() field
	shift
	for field; do
		arguments+=(-e "$field")
	done
	tshark -r "$file" -Y "$filter" -T fields -E separator='|' "${arguments[@]}" 2>/dev/null
}

# packets FILTER: how many match
packets() {
	fields "$1" frame.number | wc -l
}

# info PATTERN: how many lines of capinfos match
info() {
	grep -cE "$1" "$work/capinfos" || :
}

# ---- capinfos -------------------------------------------------------------------

ok "capinfos reads it" capinfos "$file"
capinfos "$file" >"$work/capinfos"
all=$(packets frame)
is "the link type is that of exported PDUs" "$(info '^File encapsulation: +Wireshark Upper PDU export$')" 1
is "every packet is counted" "$(info "^Number of packets: +$all\$")" 1
is "time has nanoseconds" "$(info '^First packet time: .*20\.123456789$')" 1
is "the system is told" "$(info '^Capture oper-sys: +Linux 6\.12\.0-test$')" 1
is "the program is told" "$(info '^Capture application: +smc-trace 0\.1\.0$')" 1
is "the command is told" "$(info '^Capture comment: +Linux 6\.12\.0-test; smc-trace -w events\.pcapng$')" 1
interfaces=$(info 'Name = ')
is "each interface has one statistics block" "$(info 'Number of stat entries = 1$')" "$interfaces"

# ---- tshark without the plugin --------------------------------------------------

is "interfaces have names by device and class" \
	"$(fields frame frame.interface_name | sort -u | paste -sd ' ')" \
	"loopback-ism:cdc mlx5_0:cdc mlx5_0:llc smc:clc smc:life"
is "direction, id, and comment of the first packet" \
	"$(fields 'frame.number == 1' frame.packet_flags_direction frame.packet_id frame.comment)" \
	"0x00000001|1|SMC-R Proposal v1, subnet 192.168.1.0/24; pid 4711 (curl)"
is "both directions can be filtered" \
	"$(($(packets 'frame.packet_flags_direction == 1') + $(packets 'frame.packet_flags_direction == 2')))" \
	"$(packets 'frame.packet_id')"
is "loss can be filtered" \
	"$(fields 'frame.drop_count > 0' frame.number frame.drop_count | head -n 2 | paste -sd ' ')" \
	"6|1 11|2"
is "the sender is the source" \
	"$(fields 'frame.number < 4' _ws.col.Source _ws.col.Destination | paste -sd ' ')" \
	"192.0.2.1|192.0.2.2 192.0.2.1|192.0.2.2 2001:db8::1|2001:db8::2"
is "ports are told" "$(fields 'frame.number == 1' exported_pdu.src_port exported_pdu.dst_port)" "40000|443"
is "the dissector's name is told" "$(fields frame exported_pdu.prot_name | sort | uniq -c | xargs)" "$all smcx.event"
is "CDC has no comment" "$(packets 'frame.interface_name matches "cdc$" and frame.comment')" 0
is "no packet is malformed" "$(packets '_ws.malformed')" 0
is "nothing is said against the file" "$(tshark -r "$file" 2>&1 >/dev/null | grep -v '^Running as user' || :)" ""

# ---- other ways -----------------------------------------------------------------

editcap "$file" "$work/edited.pcapng"
is "editcap keeps every packet" "$(capinfos -c -M -T -r "$work/edited.pcapng" | cut -f 2)" "$all"
is "a pipe is read as well" "$(tshark -r - -T fields -e frame.number <"$file" 2>/dev/null | wc -l)" "$all"

tap_end
