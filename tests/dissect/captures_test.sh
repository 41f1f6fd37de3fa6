#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin on every recorded capture: nothing malformed, nothing undissected, every RDMA SEND
# decoded; beside it what the built-in makes of the same SENDs. TAP.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"

# RC SEND in all its forms; those that are not CDC are LLC, in the lab always of version 2.
send='infiniband.bth.opcode <= 5 || infiniband.bth.opcode in {22, 23}'
llc='infiniband.bth.opcode == 4 && !(udp contains fe:2c)'
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"

frames() { # FILE FILTER
	smcx_tshark -r "$1" -Y "$2" 2>/dev/null | wc -l
}

builtin_frames() {
	smcx_tshark --builtin -r "$1" -Y "$2" 2>/dev/null | wc -l
}

# SMC's own messages with an expert info of Warning and up, or anything malformed in any frame.
sound() {
	local faulty
	faulty=$(smcx_tshark -r "$1" -Y '_ws.malformed || smcx.unclaimed' 2>&1)
	[[ ! $faulty ]] || { echo "$faulty" && return 1; }
	# An abort is no fault of the message that says it; one recording is of a peer that breaks rules.
	[[ $1 != */fallback-wrong-mode.* ]] || return 0
	# Soft-RoCE leaves the checksum of UDP out over IPv6, too, and Wireshark minds.
	faulty=$(smcx_tshark -r "$1" -o udp.ignore_ipv6_zero_checksum:TRUE \
		-Y 'smcx && _ws.expert.severity >= "Warning" && !smcx.cdc.aborted' 2>&1)
	[[ ! $faulty ]] || { echo "$faulty" && return 1; }
}

every_send() {
	local sends
	sends=$(frames "$1" "$send")
	((sends > 0)) && [[ $(frames "$1" "($send) && smcx") == "$sends" ]]
}

for file in "$here"/../../captures/*.pcapng; do
	name=$(basename "$file" .pcapng)
	ok "${name}__no_fault" sound "$file"
	[[ $name != smcr-* ]] || ok "${name}__every_send" every_send "$file"
done

# It can fail: a capture with a fault is not sound.
"$SMC_SYNTH" bad-trailer -o "$work/bad.pcap"
ok "sound__sees_a_fault" eval '! sound "$work/bad.pcap"'

# The reason for a plugin: Linux writes the length of version 2 in its own byte order.
first=$here/../../captures/smcr-first-contact.pcapng
is "first_contact__llc" "$(frames "$first" "$llc")" 8
is "first_contact__llc_by_the_plugin" "$(frames "$first" "($llc) && smc.llc_msg")" 8
is "first_contact__llc_by_the_built_in" "$(builtin_frames "$first" "($llc) && smc")" 0
tap_end
