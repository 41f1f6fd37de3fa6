#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The application's bytes: Follow gives back the sent bytes, and the dissector of the TCP port reads
# them, whatever way the WRITEs went.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
: "${XFER_BYTES:=$smcx_top/build/tests/dissect/xfer_bytes}"

# The bytes that the client (or server) of a connection has sent: follow FILE CONN client|server
follow() {
	smcx_tshark -r "$1" -q -z "follow,smcx,raw,$2" 2>/dev/null | grep -E '^\s?[0-9a-f]+$' |
		if [[ $3 == client ]]; then grep -v $'^\t' || :; else grep $'^\t' | tr -d '\t' || :; fi |
		xxd -r -p
}

checksum() {
	sha256sum | cut -d' ' -f1
}

# same NAME FILE CONN SIDE COMMAND...: the side has sent the output of the command.
same() {
	is "follow__$1" "$(follow "$2" "$3" "$4" | checksum)" "$("${@:5}" | checksum)"
}

repeat() { # TEXT BYTES
	local text=$1
	while ((${#text} < $2)); do
		text+=$text
	done
	printf %s "${text:0:$2}"
}

body() { # BYTES
	repeat abcdefghijklmnopqrstuvwxyz "$1"
}

page() {
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n'
	body 40000
}

requests() { # N
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'GET /big HTTP/1.1\r\nHost: server.example\r\n\r\n'
	done
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"

# Recorded transfers.
c() { echo "$captures/smcr-$1.pcapng"; }
same first_contact "$(c first-contact)" 0 client printf %s "Hello over RDMA."
same first_contact_back "$(c first-contact)" 0 server printf %s "Hello yourself."
same second "$(c second-connection)" 1 client printf %s "Hello over RDMA."
same half_close "$(c half-close)" 0 client printf %s Question
same half_close_back "$(c half-close)" 0 server printf %s Answer
same abort "$(c abort)" 0 client printf %s ABCDEFGH
same abort_back "$(c abort)" 0 server printf %s unread
same urgent "$(c urgent)" 0 client printf %s "Before and behind the urgent byte.!"
same write_blocked "$(c write-blocked)" 0 client repeat 0123456789abcdef 40960

# RDMA loses packets and sends them again, with old sequence numbers.
same loss "$(c loss)" 0 client "$XFER_BYTES" 61440 client
same loss_back "$(c loss)" 0 server "$XFER_BYTES" 61440 server
same loss_heavy "$(c loss-heavy)" 0 client "$XFER_BYTES" 81920 client

# curl and nginx: after the head comes the file.
web_file() {
	awk 'BEGIN { for (i = 1; i <= 1100; i++) print "line " i " of a file" }' | dd bs=20000 count=1 \
		iflag=fullblock status=none
}
is follow__web "$(follow "$(c http)" 0 server | sed '1,/^\r$/d' | checksum)" "$(web_file | checksum)"

# Two links, of which the first one is lost amid the bytes; the text is what smc-xfer was called with.
repeated() {
	yes "$1" | tr -d '\n' | head -c 15360
}
for name in smcr-failover smcr-v1-failover; do
	same "$name-client" "$captures/$name.pcapng" 0 client repeated "Over either link. "
	same "$name-server" "$captures/$name.pcapng" 0 server repeated "And back. "
done

# Made ones: the same bytes, whatever the order and the number of times.
for name in wrap again swapped late; do
	same "$name" "$work/stream-$name.pcap" 0 server page
done
same wrap_client "$work/stream-wrap.pcap" 0 client requests 2
request=$'GET /a HTTP/1.1\r\nHost: server.example\r\n\r\n'
same failover "$work/link-two-links.pcap" 0 client printf %s "$request$request$request"
for conn in 0 1 2; do
	same "three_$conn" "$work/link-three-conns.pcap" $conn client printf %s "$request$request"
done
is follow__lost_is_told "$(follow "$work/stream-lost.pcap" 0 server | strings |
	grep -o '\[3000 bytes missing in capture file\]')" "[3000 bytes missing in capture file]"
is follow__ends "$(smcx_tshark -r "$work/stream-wrap.pcap" -q -z follow,smcx,ascii,0 2>/dev/null |
	grep -E '^(Filter|Node)')" \
	$'Filter: smcx.conn eq 0\nNode 0: 192.0.2.1:54000\nNode 1: 192.0.2.2:80'

# The port's dissector.
is http__uri "$(values "$(c http)" http.request http.request.uri)" /file.txt
is http__web "$(values "$(c http)" http http.request.method http.response.code http.content_length \
	http.request_in smcx.data.reassembled_length | paste -sd/)" \
	$'GET\t\t\t\t/\t200\t20000\t17\t20242'
wrap=$work/stream-wrap.pcap
is http__methods "$(values "$wrap" http.request http.request.uri | xargs)" "/big /big"
is http__answer "$(values "$wrap" http.response http.response.code http.content_length \
	smcx.data.reassembled_length)" $'200\t40000\t40042'
is http__request_of_the_answer "$(values "$wrap" http.response http.request_in)" 14
is http__says_its_stream "$(values "$wrap" http smcx.conn smcx.tcp_stream | sort -u)" $'0\t0'
is http__parts "$(values "$wrap" http.response smcx.data.part_in | tr , "\n" | wc -l)" 42
for name in again swapped late; do
	is "http__$name" "$(values "$work/stream-$name.pcap" http.response http.content_length \
		smcx.data.reassembled_length)" $'40000\t40042'
done
# From 4.4 on tshark writes bytes, not text.
is http__until_close "$(values "$work/stream-until-close.pcap" http.response frame.number http.file_data |
	sed 's/756e74696c2074686520656e640a/until the end\\n/')" $'34\tuntil the end\\n'
is http__connections_apart "$(values "$work/link-three-conns.pcap" http.request smcx.conn | xargs)" \
	"0 1 2 0 1 2"
is tls__record "$(values "$work/stream-tls.pcap" tls.record.length tls.record.length \
	smcx.data.reassembled_length)" $'5000\t5005\n100\t'
is resp__reply "$(values "$work/stream-resp.pcap" 'frame.number == 26' _ws.col.Info)" \
	"Response: value"
is lookalike__is_no_clc "$(values "$work/stream-lookalike.pcap" 'smc.clc_msg == 4' frame.number)" ""
options=(-2)
is http__two_passes "$(values "$wrap" http.response http.content_length \
	smcx.data.reassembled_length)" $'40000\t40042'
is http__jump_to_the_whole "$(values "$wrap" 'smcx.data.reassembled_in' smcx.data.reassembled_in |
	sort -u)" 129
options=(-o smcx.hand_over:FALSE)
is pref__hand_over "$(values "$wrap" http frame.number)" ""
options=(-o smcx.desegment:FALSE)
is pref__desegment "$(values "$wrap" 'smcx.data.reassembled_length' frame.number)" ""
tap_end
