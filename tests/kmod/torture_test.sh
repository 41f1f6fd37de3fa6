#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod_torture against TCP, on this machine: what it thinks of stream sockets has to be true of TCP's. And against
# sockets with a fault each, which it has to find.
#
# Usage: torture_test.sh [SECONDS]
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
T=$TOP/build/tests/kmod/kmod_torture BAD=$TOP/build/tests/kmod/kmod_bad_sockets.so
seconds=${1-4}

passes() {
	"$T" --patience 60 "$@"
}

# counts WHAT AT_LEAST: in the summary that the last case left.
counts() {
	local n
	n=$(sed -n "s/^torture: seed=.* $1=\([0-9]*\).*/\1/p" "$work/summary")
	((n >= $2)) && return
	echo "$1=$n, not $2 at least"
	cat "$work/summary"
	return 1
}

random() {
	passes --seed 1 --seconds "$seconds" >"$work/summary" && counts bytes_verified 1000000 &&
		counts ops 1000 && counts splices 10 && counts resets_expected 1 && return
	cat "$work/summary"
	return 1
}

ipv6() {
	[[ -e /proc/net/if_inet6 && -n $(cat /proc/net/if_inet6) ]] || return 77
	passes --seed 2 --seconds 1 --family both
}

short() {
	passes --short 2000 >"$work/summary" && counts connections 2000
}

concurrent() {
	# 2000, if this machine's limit of files allows.
	local n=2000
	(($(ulimit -Hn) > 3000)) || n=200
	passes --concurrent "$n" >"$work/summary" && counts connections "$n"
}

# finds FAULT STATUS REGEX
finds() {
	local got=0
	BAD_SOCKETS=$1 LD_PRELOAD=$BAD "$T" --seed 3 --seconds 4 --patience 8 --fail-fast >"$work/summary" 2>&1 || got=$?
	[[ $got =~ ^$2$ ]] && grep -Eq "$3" "$work/summary" && return
	echo "status $got, not $2; wanted: $3"
	cat "$work/summary"
	return 1
}

usage() {
	local got=0
	"$T" --proto nosuch >"$work/summary" 2>&1 || got=$?
	[[ $got == 64 ]]
}

ok random__tcp_keeps_the_rules random
status=0
ipv6 >"$work/ipv6" || status=$?
case $status in
77) skip random__tcp_by_ipv6 "there is no IPv6" ;;
*) is random__tcp_by_ipv6 "$status" 0 ;;
esac
ok short__tcp short
ok concurrent__tcp concurrent
ok finds__a_wrong_byte finds byte 1 'BROKEN (bytes|peek)'
ok finds__a_lost_byte finds lose 1 'BROKEN (bytes|peek)'
ok finds__an_early_eof finds eof 1 'BROKEN early-eof'
ok finds__a_reset_without_cause finds reset 1 'BROKEN reset'
ok finds__a_peek_that_takes finds peek 1 'BROKEN (peek|bytes)'
ok finds__bytes_sent_twice finds twice 1 'BROKEN (bytes|excess)'
ok finds__bytes_dropped finds drop 1 'BROKEN (bytes|early-eof)'
ok finds__a_hang finds hang 3 'HANG: worker'
ok usage__unknown_protocol usage
tap_end
