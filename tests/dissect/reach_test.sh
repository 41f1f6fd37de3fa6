#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# HTTP over SMC-R whatever is below: RoCEv1, RoCEv2, a VLAN, InfiniBand with LIDs; SMC-Rv1 and v2; SMC-D's
# CDC in both byte orders; CLC that TCP brings out of order.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# Request and answer are read, and of the one connection.
is_read() {
	is "$1" "$(values "$2" http http.request.method http.response.code smcx.conn smcx.link |
		paste -sd/)" $'GET\t\t0\t1/\t200\t0\t1'
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
is_read reach__rocev1 "$work/reach-rocev1.pcap"
is_read reach__vlan "$work/reach-vlan.pcap"
is reach__vlan_tag "$(values "$work/reach-vlan.pcap" smcx vlan.id | sort -u)" 100

# InfiniBand's LIDs are in no message: CONFIRM_LINK joins them with the queue pairs of CLC.
mergecap -a -w "$work/infiniband.pcapng" "$work/reach-handshake.pcap" "$work/reach-infiniband.pcap"
chmod a+r "$work/infiniband.pcapng"
is_read reach__infiniband "$work/infiniband.pcapng"
is reach__infiniband_alone "$(values "$work/reach-infiniband.pcap" smcx.unknown.rkey frame.number |
	wc -l)" 2
is reach__version_1 "$(values "$work/llc-v1.pcap" 'smc.llc_msg == 1' smcx.conn smcx.lgr \
	smcx.tcp_stream smcx.link | sort -u)" $'\t0\t0\t1'
is reach__smcd_orders "$(values "$work/events-smcd.pcap" smcx.cdc_smcd.type \
	smcx.cdc_smcd.prod_count smcx.conn | sort -u)" $'65792\t0'
options=(-o tcp.reassemble_out_of_order:TRUE)
is reach__clc_out_of_order "$(values "$work/out-of-order.pcap" smc.clc_msg smcx.conn smc.clc_msg |
	sort -u | wc -l)" 3
tap_end
