#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lists of connections and of link groups, conversations and endpoints, and the fields that make SMC-R's data
# part of its TCP connection. They are compared with captures/README.md, with the input of smc-synth, and with
# counts of packets without the plugin's cursors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# list FILE STATISTIC [OPTION...]: the rows; cells are divided by tabs.
list() {
	smcx_tshark -r "$1" -q -z "$2" "${@:3}" 2>&1 | grep -E '^ *[0-9-]+  ' | sed -E 's/^ +//; s/  +/\t/g'
}

# cells FILE STATISTIC COLUMN...: of the rows, with blanks in between.
cells() {
	list "$1" "$2" | awk -F '\t' -v columns="${*:3}" '{
		n = split(columns, c, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $c[i], i < n ? " " : "\n"
	}'
}

# below FILE: the lines below the list of connections.
below() {
	smcx_tshark -r "$1" -q -z smcx,conns 2>&1 | grep -vE '^ *(No\.|[0-9-]+ )|^SMC connections'
}

# Columns of the list of connections, and of that of link groups.
number=1 stream=2 client=3 server=4 kind=5 version=6 group=7 links=8 eid=9 handshake=10 by_client=11 by_server=12
client_blocked=13 end=15 why=16
g_kind=2 g_version=3 g_client=4 g_server=5 g_eid=6 g_links=7 g_conns=8 g_by_client=9 g_by_server=10 g_first=11 g_end=13

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"

# ---- recorded: the transport of each, and its end ---------------------------------------------

while read -r name wanted; do
	is "recorded__$name" "$(cells "$captures/$name.pcapng" smcx,conns $number $kind $version $group $links $eid \
		$by_client $by_server $client_blocked $end | paste -sd';')" "$wanted"
done <<'END'
smcr-first-contact 0 SMC-R 2.1 0 1 SMCKIT.LAB 16 15 - closed
smcr-second-connection 0 SMC-R 2.1 0 1 SMCKIT.LAB 16 15 - closed;1 SMC-R 2.1 0 1 SMCKIT.LAB 16 15 - closed
smcr-abort 0 SMC-R 2.1 0 1 SMCKIT.LAB 8 6 - aborted by the client
smcr-half-close 0 SMC-R 2.1 0 1 SMCKIT.LAB 8 6 - closed
smcr-port-443 0 SMC-R 2.1 0 1 SMCKIT.LAB 16 15 - closed
smcr-urgent 0 SMC-R 2.1 0 1 SMCKIT.LAB 35 0 - closed
smcr-write-blocked 0 SMC-R 2.1 0 1 SMCKIT.LAB 40960 0 41.321 ms closed
smcr-test-link 0 SMC-R 2.1 0 1 SMCKIT.LAB 16 15 - closed
smcr-http 0 SMC-R 2.1 0 1 SMCKIT.LAB 80 20242 - closed
smcr-two-vms 0 SMC-R 2.1 0 1 SMCKIT.LAB 18 15 - closed
smcd-loopback 0 SMC-D 2.1 0 - SMCKIT.LAB ? ? - its TCP closed
smcd-loopback-ipv6 0 SMC-D 2.1 0 - SMCKIT.LAB ? ? - its TCP closed
smcd-netns 0 SMC-D 2.1 0 - SMCKIT.LAB ? ? - its TCP closed
END

# Every recorded fallback: TCP, for the reason that captures/README.md has.
for file in "$captures"/fallback-*.pcapng; do
	name=$(basename "$file" .pcapng)
	reason=$(sed -nE "s/^\| \`$name.pcapng\`.* Reason ([0-9a-f]{8}).*/\1/p" "$captures/README.md")
	[[ $name != fallback-plain-* ]] || continue
	# There it is the reason of the client's kernel, which says no more than that the peer has declined.
	[[ $name != fallback-declined ]] || reason=03030000
	is "fallback__$name" "$(cells "$file" smcx,conns $kind $end)" "TCP closed"
	is "fallback__${name}__reason" "$(cells "$file" smcx,conns $why | grep -oE '0x[0-9a-f]{8}')" "0x$reason"
done
plain=$captures/fallback-plain-server.pcapng
is fallback__no_option "$(cells "$plain" smcx,conns $number $kind $by_client $by_server $end $why)" \
	"- TCP 15 0 closed no SMC option in the SYN-ACK"
is fallback__no_option_of_the_client "$(list "$captures/fallback-plain-client.pcapng" smcx,conns)" ""
is fallback__no_option_of_the_client_reported "$(below "$captures/fallback-plain-client.pcapng")" \
	"TCP connections without SMC in their SYN: 1"
is fallback__who_declines "$(cells "$captures/fallback-bogus-token.pcapng" smcx,conns $why)" \
	"out of memory (0x01010000), says the client"

# ---- bytes, counted otherwise -------------------------------------------------------------------

# rdma FILE: bytes of RDMA WRITEs, by the sender's address: payloads of packets, each number once.
rdma() {
	values "$1" 'infiniband.bth.opcode in {6..11}' ip.src infiniband.bth.psn infiniband.bth.opcode \
		infiniband.bth.padcnt udp.length |
		awk '!seen[$1, $2]++ { # BTH, ICRC and UDP have 24 bytes, RETH 16
			n[$1] += $5 - 24 - $4 - ($3 == 6 || $3 == 10 || $3 == 11 ? 16 : 0) }
			END { print n["10.9.0.1"] + n["10.9.2.2"], n["10.9.0.2"] + n["10.9.2.1"] }'
}

# rdma_once FILE: the same between two VMs, of which b is the client, where a failover writes bytes again: each place of the buffer once,
# which has room for all of them. Links differ in the MAC address, and version 1 goes by IPv6.
rdma_once() {
	values "$1" infiniband.reth eth.src infiniband.reth.va infiniband.reth.dmalen | awk '
		{ client = $1 ~ /:0b(:0[01])?$/ }
		!seen[client, $2]++ { n[client] += $3 }
		END { print n[1] + 0, n[0] + 0 }'
}

# tcp FILE: payload of TCP without CLC; the SYN's sender first.
tcp() {
	values "$1" tcp tcp.srcport tcp.len smc.length tcp.flags | awk -F '\t' '{
		if (!client)
			client = $1
		split($3, clc, ",")
		n[$1 == client] += $2
		for (i in clc)
			n[$1 == client] -= clc[i]
	}
	END { print n[1] + 0, n[0] + 0 }'
}

# sums FILE: both, by the list.
sums() {
	cells "$1" smcx,conns $by_client $by_server | awk '{ c += $1; s += $2 } END { print c + 0, s + 0 }'
}

for file in "$captures"/smcr-*.pcapng; do
	name=$(basename "$file" .pcapng)
	counted=rdma
	[[ $name != smcr-v1* && $name != smcr-failover ]] || counted=rdma_once
	is "bytes__$name" "$(sums "$file")" "$("$counted" "$file")"
done
options=(-o tcp.desegment_tcp_streams:FALSE)
for file in "$captures"/fallback-*.pcapng; do
	name=$(basename "$file" .pcapng)
	# The one is of CLC in pieces, the other is no connection with SMC.
	[[ $name != fallback-cut-proposal && $name != fallback-plain-client ]] || continue
	is "bytes__$name" "$(sums "$file")" "$(tcp "$file")"
done
options=()

# ---- every pass says the same, and a filter chooses --------------------------------------------------

for name in smcr-second-connection fallback-declined smcd-loopback; do
	is "passes__$name" "$(list "$captures/$name.pcapng" smcx,conns -2)" "$(list "$captures/$name.pcapng" smcx,conns)"
done
second=$captures/smcr-second-connection.pcapng
is passes__with_a_tree "$(list "$second" smcx,conns -Y smcx.conn)" "$(list "$second" smcx,conns)"
is filter__conn "$(cells "$second" 'smcx,conns,smcx.conn == 1' $number $server)" "1 10.9.0.2:41405"
is filter__none "$(list "$second" 'smcx,conns,smcx.conn == 7')" ""
is ends__ipv6 "$(cells "$captures/smcd-loopback-ipv6.pcapng" smcx,conns $client $server)" "[::1]:43798 [::1]:46365"
is ends__stream "$(cells "$second" smcx,conns $stream $handshake | paste -sd';')" "0 140.873 ms;1 14.998 ms"

# ---- made: data that is not in the capture --------------------------------------------------------------

is made__lost "$(cells "$work/stream-lost.pcap" smcx,conns $by_client $by_server)" "43 40042 (3000 lost)"
is made__blocked "$(cells "$work/rule-cdc-window.pcap" smcx,conns $client_blocked $end)" "0.200 ms open"
is made__links "$(cells "$work/link-two-links.pcap" smcx,conns $links $end)" "1, 2 closed"
is made__half_closed "$(cells "$work/data.pcap" smcx,conns $by_client $by_server $end)" \
	"600 75000 half-closed by the client"
is made__no_option "$(cells "$work/option-syn-only.pcap" smcx,conns $number $kind $by_client $by_server $why)" \
	"- TCP 50 70 no SMC option in the SYN-ACK"
is made__no_proposal "$(cells "$work/option-http.pcap" smcx,conns $number $kind $why)" "- TCP no Proposal"
is made__no_syn "$(cells "$work/mid-capture.pcap" smcx,conns $number $kind $handshake $end)" \
	"0 SMC-R 0.400 ms its TCP closed"
is made__link_group_ends "$(cells "$work/llc-delete-link.pcap" smcx,conns $by_client $end)" "? its link group ended"

# Without the handshake it is not known which end is the client's, and what was sent before.
smcx_tshark -r "$captures/smcr-write-blocked.pcapng" -Y infiniband -w - >"$work/roce.pcapng" 2>/dev/null
chmod a+r "$work/roce.pcapng"
is made__roce_only_has_no_ports "$(cells "$work/roce.pcapng" smcx,conns $client $server | grep -c ':')" 0
is made__roce_only_is_marked "$(cells "$work/roce.pcapng" smcx,conns $client $server $kind | sort -u)" \
	"10.9.0.2? 10.9.0.1? SMC-R"
is made__roce_only_reported "$(below "$work/roce.pcapng" | grep -c 'at least\|is the client is not known')" 2

# ---- traced ----------------------------------------------------------------------------------------------

traced=$smcx_top/tests/tracer/loopback.pcapng
is traced__loopback "$(cells "$traced" smcx,conns $stream $client $server $kind $version $eid $by_client $by_server $end)" \
	"- 127.0.0.1:43448 127.0.0.1:35831 SMC-D 2.1 SMCKIT.LAB 23 15 closed"
is traced__fallback "$(cells "$work/events-trouble.pcap" smcx,conns $kind $by_client $why)" \
	"TCP ? no usable SMC device (0x03030000)"
is traced__freed "$(cells "$work/events-life.pcap" smcx,conns $kind $by_client $by_server $end)" "SMC-R 81 5000 closed"
is traced__groups "$(cells "$traced" smcx,groups $g_kind $g_conns $g_by_client $g_by_server)" "SMC-D 1 23 15"

# ---- link groups ---------------------------------------------------------------------------------------------

two=$captures/smcr-two-vms.pcapng
is groups__ends "$(cells "$two" smcx,groups $g_client $g_server)" \
	"smckit 15266@52:54:00:00:00:0b smckit 25202@52:54:00:00:00:0a"
is groups__links "$(cells "$two" smcx,groups $g_kind $g_version $g_eid $g_links)" \
	"SMC-R 2.1 SMCKIT.LAB 1 (0x000011/0x000011) down, 2 (?/0x000012) refused"
is groups__end "$(cells "$two" smcx,groups $g_first $g_end)" "6 frame 41, by the server: ended by the operator"
is groups__sums "$(cells "$second" smcx,groups $g_conns $g_by_client $g_by_server $g_end)" "2 32 30 open"
is groups__two_links "$(cells "$work/link-two-links.pcap" smcx,groups $g_links $g_by_client $g_by_server)" \
	"1 (0x000111/0x000222) down, 2 (0x000121/0x000232) up 123 132"
is groups__declined "$(cells "$captures/fallback-bogus-token.pcapng" smcx,groups $g_conns $g_end)" \
	"0 its first connection is TCP"
is groups__smcd "$(cells "$captures/smcd-loopback.pcapng" smcx,groups $g_client $g_links $g_by_client)" \
	"smckit GID 0xd64b35877c54d4c0 - ?"

# ---- conversations and endpoints -------------------------------------------------------------------------------

# table FILE NAME: its rows, with single blanks.
table() {
	smcx_tshark -r "$1" -q -z "$2,smcx" 2>&1 | grep -E '^[0-9[].*:[0-9]+ ' | tr -s ' ' | sed 's/ bytes//g; s/ $//'
}

is tables__conversations "$(table "$second" conv | cut -d' ' -f1-3 | sort)" \
	$'10.9.0.1:39077 <-> 10.9.0.2:41405\n10.9.0.1:60585 <-> 10.9.0.2:35819'
# Packets and bytes in all; those that are sent; those that are received.
is tables__endpoints "$(table "$second" endpoints | sort)" "$(sort <<'END'
10.9.0.1:60585 13 879 7 528 6 351
10.9.0.2:35819 13 879 6 351 7 528
10.9.0.1:39077 13 755 7 456 6 299
10.9.0.2:41405 13 755 6 299 7 456
END
)"
is tables__ipv6 "$(table "$captures/smcd-loopback-ipv6.pcapng" conv | cut -d' ' -f1-3)" "[::1]:43798 <-> [::1]:46365"
is tables__traced "$(table "$work/events-smcr.pcap" endpoints | cut -d' ' -f1 | sort | paste -sd' ')" \
	"192.0.2.1:40000 192.0.2.2:443"

# ---- part of a TCP connection ------------------------------------------------------------------------------------

http=$captures/smcr-http.pcapng
frames() { # FILE FILTER [OPTION...]
	smcx_tshark -r "$1" -Y "$2" "${@:3}" 2>&1 | wc -l
}
is stream__all_of_a_connection "$(frames "$http" 'smcx.conn == 0 && !(tcp.stream == 0)')" 0
is stream__has_data "$(frames "$http" 'tcp.stream == 0 && smcx.write.length')" 21
is stream__of_each "$(frames "$second" 'smcx.conn == 1 && !(tcp.stream == 1)')" 0
is stream__once_a_frame "$(values "$http" smcx tcp.stream | sort | uniq -c | awk '$2 != "" { print $2 }')" 0
is stream__by_preference "$(frames "$http" 'tcp.stream == 0 && infiniband' -o smcx.as_tcp:FALSE)" 0
is stream__follow_http "$(smcx_tshark -r "$http" -q -z follow,http,raw,0 2>&1 | grep -xE '\s?[0-9a-f]+' | tr -d '\n\t')" \
	"$(smcx_tshark -r "$http" -q -z follow,smcx,raw,0 2>&1 | grep -xE '\s?[0-9a-f]+' | tr -d '\n\t')"
# The key is that of tests/synth/tls_session.h.
is stream__follow_tls "$(smcx_tshark -r "$work/stream-tls-psk.pcap" -q -z follow,tls,ascii,0 \
	-o tls.psk:736d636b69742d64656d6f2d6b657921 2>&1 | sed 's/^\t//' | grep -E '^(Hello|AMDR)')" \
	$'Hello by TLS over RDMA\nAMDR revo SLT yb olleH'
is stream__flow_has_ports "$(smcx_tshark -r "$http" -q -z 'flow,any,standard,smcx.conn' 2>&1 |
	grep -oE '^\|[^(]*\([0-9]+\)' | grep -oE '[0-9]+\)' | sort -u)" "58726)"
tap_end
