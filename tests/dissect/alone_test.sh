#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures of RDMA without the handshake, as tcpdump at a RoCE device makes them of connections that
# live for days; of one direction; of queue pairs whose numbers other protocols have afterwards.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# The packets of a capture that pass a filter of tshark: only NAME FILE FILTER
only() {
	local to=$work/$1.pcap
	smcx_tshark --builtin -r "$2" -Y "$3" -F pcap -w - >"$to" 2>/dev/null
	chmod a+r "$to"
	echo "$to"
}

# Bytes of each direction of each connection, as checksums in any order.
directions() { # FILE
	smcx_tshark -r "$1" -Y smcx.data.position -T fields -e smcx.conn -e smcx.data.sender -e smcx.data |
		awk -F'\t' '{ split($2, by, ","); n = split($3, bytes, ",")
			for (i = 1; i <= n; i++) sent[$1 "-" by[i] % 2] = sent[$1 "-" by[i] % 2] bytes[i] }
			END { for (s in sent) print s, sent[s] }' |
		while read -r side bytes; do
			xxd -r -p <<<"$bytes" | sha256sum | cut -c1-16
		done | sort | xargs
}

warnings() {
	values "$1" 'smcx && _ws.expert.severity >= 0x600000' frame.number | xargs
}

connections() {
	values "$1" smcx.conn smcx.conn | sort -un | wc -l
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
c() { echo "$captures/smcr-$1.pcapng"; }

# Without a handshake: the same bytes, from the same packets.
for name in first-contact http write-blocked half-close urgent two-vms second-connection; do
	only "$name" "$(c "$name")" udp >/dev/null
	is "roce_only__$name" "$(directions "$work/$name.pcap")" "$(directions "$(c "$name")")"
	is "roce_only__${name}_warns_of_nothing" "$(warnings "$work/$name.pcap")" ""
done
for name in stream-wrap stream-both stream-again link-three-conns; do
	only "alone-$name" "$work/$name.pcap" udp >/dev/null
	is "roce_only__$name" "$(directions "$work/alone-$name.pcap")" "$(directions "$work/$name.pcap")"
done
is roce_only__two_directions_are_one_connection "$(connections "$work/http.pcap")" 1
is roce_only__roles_are_not_known "$(values "$work/http.pcap" smcx.sender smcx.sender | sort -u | xargs)" "2 3"
options=(-2)
is roce_only__says_that_it_is_worked_out "$(values "$work/http.pcap" smcx.write.length smcx.write.derived |
	sed 's/True/1/' | sort -u)" 1
options=()
is roce_only__http "$(values "$work/http.pcap" http http.request.uri http.content_length | xargs)" \
	"/file.txt 20000"
options=(-d "smcx.conn==0,data")
is roce_only__decode_as "$(values "$work/http.pcap" http frame.number)" ""
options=(-o smcx.hand_over:FALSE)
is roce_only__hand_over "$(values "$work/http.pcap" http frame.number)" ""
options=()

# From the middle on: lines that follow on each other, and nothing before them.
lines_of() { # FILE
	smcx_tshark -r "$1" -Y smcx.data.position -T fields -e smcx.data.sender -e smcx.data |
		awk -F'\t' '{ split($1, by, ","); n = split($2, b, ","); for (i = 1; i <= n; i++) print by[i], b[i] }' |
		while read -r side bytes; do
			xxd -r -p <<<"$bytes" >>"$1.side-$((side % 2))"
		done
}
gaps_of() { # FILE: places where a line is not the one after that before it; the first is cut perhaps
	sed 1d "$1" | awk '{ if (n && $NF != n + 1) print "line " n " is before " $NF; n = $NF }'
}
for start in 30 61 122; do
	late=$(only "late-$start" "$work/alone-stream-both.pcap" "frame.number > $start")
	lines_of "$late"
	is "late_start__${start}_client" "$(for f in "$late".side-*; do sed '$d' "$f" >"$f.whole" && gaps_of "$f.whole"; done)" ""
	is "late_start__${start}_has_bytes" "$(cat "$late".side-* | wc -c | awk '{ print ($1 > 20000) }')" 1
done

# One direction: the handshake has one end, CDC the other one's token.
from_client=$(only from-client "$work/stream-both.pcap" "ip.src == 192.0.2.1")
is one_direction__is_one_connection "$(connections "$from_client")" 1
is one_direction__bytes "$(values "$from_client" smcx.data.length smcx.data.length | tr , '\n' |
	awk '{ n += $1 } END { print n }')" \
	"$(values "$work/stream-both.pcap" 'smcx.data.sender == 0' smcx.data.length | tr , '\n' |
		awk '{ n += $1 } END { print n }')"
tap_end
