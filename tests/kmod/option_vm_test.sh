#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The SMC option where TCP has none, by TCP sockets of the module option/: who sees it, and what is on the wire.
# Usage: option_vm_test.sh [KERNEL]   7.2-stock; "debug" has TCP's own switched off, and its checkers on
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP KERNEL=${1:-7.2-stock}
. "$TOP/tests/tap.sh"
out=$work/out
mkdir "$out"

[[ $KERNEL != 7.2-stock ]] || ((EUID == 0)) || skip_all "the compiler of 7.2-stock needs root"

# Runs in the VM: each round leaves NAME.seen and NAME.pcap in $SMCKIT_OUT.
cat >"$work/rounds" <<'EOF_ROUNDS'
# start_dump DEVICE NAME; stop_dump: when all has been written.
start_dump() {
	tcpdump --immediate-mode -U -B 65536 -i "$1" -w "$SMCKIT_OUT/$2.pcap" 'tcp or ip6 proto 6' \
		2>"$SMCKIT_OUT/$2.tcpdump" &
	dump=$!
	until grep -s 'listening on' "$SMCKIT_OUT/$2.tcpdump" >/dev/null; do sleep 0.1; done
}

stop_dump() {
	sleep 1
	kill "$dump"
	wait "$dump"
}

# round DEVICE NAME [PARAMETER...]
round() {
	start_dump "$1" "$2"
	dmesg -C
	insmod "$ko" "${@:3}" || echo "failed $?" >"$SMCKIT_OUT/$2.failed"
	dmesg | sed -n 's/.*option_test: \(.*, offered\|.*: error\)/\1/p' >"$SMCKIT_OUT/$2.seen"
	! test -e /sys/module/option_test || rmmod option_test
	stop_dump
}

set -e
ko=$1 all=${2-}
round lo plain

# Both ends of the wire compute checksums by themselves, so what is on it is whole.
unshare --net sleep 1000 &
server=$!
until [[ $(readlink /proc/$server/ns/net) != $(readlink /proc/self/ns/net) ]]; do sleep 0.1; done
ip link add va type veth peer name vb netns "$server"
ethtool -K va tx off >/dev/null
nsenter -t "$server" -n ethtool -K vb tx off >/dev/null
ip address add 192.0.2.1/24 dev va
ip address add 2001:db8::1/64 dev va nodad
ip link set va up
nsenter -t "$server" -n sh -c 'ip address add 192.0.2.2/24 dev vb; ip address add 2001:db8::2/64 dev vb nodad
	ip link set lo up; ip link set vb up'
round va wire server_pid="$server"
kill "$server"

sysctl -q net.ipv4.tcp_syncookies=2
round lo cookies
sysctl -q net.ipv4.tcp_syncookies=1

# The debug kernel is built without them.
if [[ $all ]]; then
	# The SYN-ACK is lost once, behind our hook, then before it.
	for place in input output; do
		nft -f - <<-END
			table inet lossy {
				chain loss {
					type filter hook $place priority raw; policy accept;
					tcp flags & (syn | ack) == (syn | ack) numgen inc mod 2 0 drop
				}
			}
		END
		round lo "lost-$place"
		nft delete table inet lossy
	done
	sysctl -q net.ipv4.tcp_fastopen=0x607
	round lo fast variant=fast
	sysctl -q net.ipv4.tcp_fastopen=1
	round lo signed variant=signed
fi
EOF_ROUNDS

run_rounds() {
	local ko all=''
	ko=$("$TOP/lab/module" "$KERNEL" "$TOP/tests/kmod/option" "$work/module" W=1 2>"$work/said") || {
		cat "$work/said" && return 1
	}
	[[ ! -s $work/said ]] || { cat "$work/said" && return 1; }
	[[ $KERNEL != 7.2-stock ]] || all=all
	"$TOP/lab/vm" --timeout 1500 --out "$out" "$KERNEL" -- bash "$work/rounds" "$ko" ${all:+"$all"} &&
		! cat "$out"/*.failed 2>/dev/null
}

# wanted BOTH [WAY...]: what the module says if, where both ends offer, BOTH (0 or 1) has seen it.
wanted() {
	local way client server seen
	for way in "${@:2}"; do
		for offers in '1 1' '0 1' '1 0' '0 0'; do
			read -r client server <<<"$offers"
			seen=$((client & server & $1))
			echo "$way, offered by client $client server $server: seen by client $seen server $seen"
		done
	done
}

all_ways=(ipv4 ipv6 'mapped client' 'mapped server')

# seen ROUND BOTH [WAY...]
seen() {
	diff <(wanted "$2" "${@:3}") "$out/$1.seen"
}

# syns ROUND: a line for each SYN and SYN-ACK: IP version, SYN or SYN-ACK, the options.
syns() {
	tshark -r "$out/$1.pcap" -o tcp.check_checksum:TRUE -Y 'tcp.flags.syn == 1' -T fields -e ip.version \
		-e tcp.flags.ack -e tcp.options -e tcp.checksum.status -e ip.checksum.status -o ip.check_checksum:TRUE 2>/dev/null
}

# count ROUND REGEX
count() {
	syns "$1" | grep -cE -e "$2"
}

readonly SMC=0101fe06e2d4c3d9

# Four of 16 connections are by IPv6; the client offers in half of them, and the server, too, in a quarter. Nobody listens
# for one more, which is offered.
option__is_on_the_wire() {
	syns "$1"
	[[ $(count "$1" $'^4\t(0|False)\t'"[0-9a-f]*$SMC") == 7 && $(count "$1" $'^4\t(0|False)\t') == 13 ]] &&
		[[ $(count "$1" $'^4\t(1|True)\t'"[0-9a-f]*$SMC") == 3 && $(count "$1" $'^4\t(1|True)\t') == 12 ]] &&
		[[ $(count "$1" $'^6\t(0|False)\t'"[0-9a-f]*$SMC") == 2 && $(count "$1" $'^6\t(0|False)\t') == 4 ]] &&
		[[ $(count "$1" $'^6\t(1|True)\t'"[0-9a-f]*$SMC") == 1 && $(count "$1" $'^6\t(1|True)\t') == 4 ]]
}

# MSS, SACK permitted, time stamps, window scale, in TCP's order; ours comes last.
option__leaves_the_others() {
	[[ $(count plain .) -ge 32 ]] && ! syns plain | cut -f 3 | grep -vE "^0204[0-9a-f]{4}0402080a[0-9a-f]{16}010303[0-9a-f]{2}($SMC)?$"
}

# 1: Wireshark found it right. IPv6 itself has none.
option__checksums_are_right() {
	local bad
	bad=$(syns wire | awk -F '\t' '$4 != 1 || ($1 == 4 && $5 != 1)')
	[[ $(count wire .) -ge 32 && ! $bad ]] || { echo "$bad" && return 1; }
}

# A cookie has no place for it; the SYN still has it.
option__is_not_answered_with_a_cookie() {
	seen cookies 0 "${all_ways[@]}" && [[ $(count cookies $'\t(1|True)\t'"[0-9a-f]*$SMC") == 0 ]] &&
		[[ $(count cookies $'\t(0|False)\t'"[0-9a-f]*$SMC") -ge 8 ]]
}

# Each SYN-ACK was sent twice at least, with the option every time.
option__is_sent_again() {
	seen lost-input 1 "${all_ways[@]}" && [[ $(count lost-input $'\t(1|True)\t'"[0-9a-f]*$SMC") -ge 8 ]]
}

# One that was lost before we could remember the answer: either end may be without, but never one of them alone.
option__lost_before_it_was_sent() {
	[[ $(wc -l <"$out/lost-output.seen") == 16 ]] &&
		! grep -vE 'seen by client ([01]) server \1$' "$out/lost-output.seen" &&
		! grep -E 'offered by client . server 0.*seen by client 1|offered by client 0.*seen by client 1' "$out/lost-output.seen"
}

option__is_not_in_a_fast_open() {
	seen fast 0 "${all_ways[@]}" && syns fast && tshark -r "$out/fast.pcap" -Y 'tcp.flags.syn == 1 && tcp.len > 0' \
		2>/dev/null | grep . && [[ $(count fast "$SMC") == 0 ]]
}

option__is_not_in_a_signed_packet() {
	seen signed 0 ipv4 && [[ $(count signed '\s[0-9a-f]*1312[0-9a-f]{32}') == 8 && $(count signed "$SMC") == 0 ]]
}

ok "option__module_runs_on_$KERNEL" run_rounds
ok option__is_seen_by_both_who_offer seen plain 1 "${all_ways[@]}"
ok option__is_on_the_wire option__is_on_the_wire plain
ok option__leaves_the_others option__leaves_the_others
ok option__is_seen_between_namespaces seen wire 1 "${all_ways[@]}"
ok option__checksums_are_right option__checksums_are_right
ok option__is_not_answered_with_a_cookie option__is_not_answered_with_a_cookie
if [[ $KERNEL == 7.2-stock ]]; then
	for name in is_sent_again lost_before_it_was_sent is_not_in_a_fast_open is_not_in_a_signed_packet; do
		ok "option__$name" "option__$name"
	done
fi
tap_end
