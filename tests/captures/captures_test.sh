#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The files of captures/ are sound, are in README.md, and match their descriptions there. Their
# contents are checked without our plugin, by built-in fields and bytes.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
CAPTURES=$TOP/captures
. "$TOP/tests/tap.sh"
command -v tshark >/dev/null || skip_all "tshark is missing"
. "$TOP/tests/dissect/tshark.sh"

# The output of capinfos is kept in $info.
sound() {
	local line
	for line in "File type:.*pcapng" "Capture comment:  *smckit scenario .*, Linux 6" \
		"Name = " "Description = " "Strict time order:  *True"; do
		grep -Eq "$line" <<<"$info" || { echo "capinfos has no '$line'" && return 1; }
	done
	[[ $(sed -n 's/^Capture duration: *\([0-9]*\)\..*/\1/p' <<<"$info") -lt 60 ]] ||
		{ echo "longer than a minute" && return 1; }
	[[ $(sed -n 's/^First packet time: *\(20[2-9][0-9]\)-.*/\1/p' <<<"$info") ]] ||
		{ echo "not of these years" && return 1; }
}

listed() {
	local frames
	frames=$(sed -n 's/^Number of packets: *//p' <<<"$info")
	grep -q "^| \`$1.pcapng\` | $frames |" "$CAPTURES/README.md" ||
		{ echo "README.md has no row with $1.pcapng and $frames frames" && return 1; }
}

# has NAME MINIMUM MAXIMUM FILTER: so many frames match.
has() {
	local n
	n=$(smcx_tshark --builtin -r "$CAPTURES/$1.pcapng" -Y "$4" 2>/dev/null | wc -l)
	[[ $n -ge $2 && $n -le $3 ]] || { echo "$n frames match $4" && return 1; }
}

# The SYN option as Wireshark shows it; an eyecatcher in TCP; a Decline with its reason.
option='tcp.options.experimental.exid == 0xe2d4'
clc='tcp.payload[0:3] == e2:d4:c3'
reason() {
	printf 'tcp.payload[0:5] == e2:d4:c3:d9:04 && tcp.payload[16:4] == %s' \
		"$(sed 's/../&:/g;s/:$//' <<<"$1")"
}
# SENDs of RoCE: RC Send Only is opcode 4; the first byte is the message's type.
message() {
	printf 'infiniband.bth.opcode == 4 && udp contains %s:2c:00' "$1"
}
cdc='infiniband.bth.opcode == 4 && udp contains fe:2c'

for file in "$CAPTURES"/*.pcapng; do
	name=$(basename "$file" .pcapng)
	info=$(capinfos "$file" 2>/dev/null) || :
	ok "${name}__sound" sound
	ok "${name}__listed" listed "$name"
done
ok all__recordable diff <("$CAPTURES/record" --list | cut -d' ' -f1 | sort) \
	<(cd "$CAPTURES" && basename -s .pcapng -a -- *.pcapng | sort)
ok all__below_a_megabyte test "$(du -sk --apparent-size "$CAPTURES" | cut -f1)" -lt 1024

for name in smcr-first-contact smcr-abort smcr-half-close smcr-port-443 smcr-urgent \
	smcr-write-blocked smcr-test-link smcr-two-vms smcr-http; do
	ok "${name}__options" has $name 2 2 "$option"
	ok "${name}__three_clc" has $name 3 3 "$clc"
	ok "${name}__confirm_link" has $name 2 9 "$(message 21)"
	ok "${name}__cdc" has $name 4 20 "$cdc"
	ok "${name}__rdma_write" has $name 1 99 "infiniband.reth"
done
ok second_connection__six_clc has smcr-second-connection 6 6 "$clc"
ok second_connection__one_confirm_link has smcr-second-connection 2 2 "$(message 21)"
ok second_connection__confirm_rkey has smcr-second-connection 4 4 "$(message 26)"
ok first_contact__payload has smcr-first-contact 1 1 'frame contains "Hello over RDMA."'
ok port_443__port has smcr-port-443 2 2 "tcp.flags.syn == 1 && tcp.port == 443"
ok test_link__req_and_response has smcr-test-link 4 40 "$(message 27)"
ok http__request has smcr-http 1 1 'frame contains "GET /file.txt HTTP/1.1"'
ok two_vms__delete_link has smcr-two-vms 2 40 "$(message 24)"
ok write_blocked__16k has smcr-write-blocked 2 9 "infiniband.reth.dmalen == 16384"
# Version 1: its messages have the length of 44 in their second byte, and their RoCE goes by IPv6. ADD_LINK_CONT is 3.
for name in smcr-v1 smcr-v1-failover; do
	ok "${name}__three_clc" has $name 3 3 "$clc"
	ok "${name}__accept_and_confirm_of_version_1" has $name 2 2 "$clc && tcp.payload[7:1] & 10 && tcp.len == 68"
	ok "${name}__rocev1_gids" has $name 10 999 "ipv6.addr == fe80::/10 && udp.port == 4791"
	ok "${name}__add_link" has $name 2 4 'infiniband.bth.opcode == 4 && udp contains 02:2c'
done
ok v1_failover__add_link_cont has smcr-v1-failover 2 8 'infiniband.bth.opcode == 4 && udp contains 03:2c:00'
for name in smcr-failover smcr-v1-failover; do
	ok "${name}__path_lost" has $name 2 2 "infiniband.bth.opcode == 4 && (udp contains 20:01:00:01:00:00 || udp contains 60:01:00:01:00:00)"
	ok "${name}__by_both_links" test "$(smcx_tshark --builtin -r "$CAPTURES/$name.pcapng" -Y infiniband.reth -T fields -e eth.src | sort -u | wc -l)" == 4
done
for name in smcd-loopback smcd-loopback-ipv6 smcd-netns; do
	ok "${name}__three_clc" has $name 3 3 "$clc"
	ok "${name}__no_data" has $name 0 0 'frame contains "Hello"'
done
ok ipv6__addresses has smcd-loopback-ipv6 12 99 "ipv6.addr == ::1"
ok plain_server__one_option has fallback-plain-server 1 1 "$option"
ok plain_client__one_option has fallback-plain-client 0 0 "tcp.flags.syn == 1 && tcp.flags.ack == 1 && $option"
ok plain_server__no_clc has fallback-plain-server 0 0 "$clc"
ok plain_client__no_clc has fallback-plain-client 0 0 "$clc"
ok cut_proposal__segments has fallback-cut-proposal 50 60 "tcp.len == 3"
ok declined__data_behind has fallback-declined 1 1 \
	"$(reason 03030000) && tcp.len > 44 && frame contains \"Hello after the Decline.\""
while read -r case kernels code _; do
	[[ $kernels == 6* && $case != plain-* && $case != declined ]] || continue
	ok "fallback_${case}__decline_$code" has "fallback-$case" 1 1 "$(reason "$code")"
	ok "fallback_${case}__data_by_tcp" has "fallback-$case" 1 1 'tcp.payload contains "Hello"'
done < <("$TOP/lab/scenarios/fallback" --list)
tap_end
