#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smc-rawpeer against itself, over the loopback interface. Usage: rawpeer_test.sh FOLDER-OF-THE-TOOLS
set -euo pipefail
tools=$1
. "$(dirname "$0")/lib.sh"
raw=$tools/smc-rawpeer
host=127.0.0.1
smc_option=fe06e2d4c3d9

ok usage__help says "recv-clc" 0 "$raw" --help
ok usage__no_role exits 64 "$raw"
ok usage__unknown_step says "no such step.*: frob" 64 "$raw" connect $host 1 frob
ok usage__argument_missing says ": recv" 64 "$raw" connect $host 1 eof recv
ok usage__argument_no_number exits 64 "$raw" connect $host 1 recv x
ok usage__cut_into_nothing exits 64 "$raw" connect $host 1 send-cut 0 00
ok usage__option_length says "the length is that of all" 64 "$raw" --option fe05e2d4c3d9 connect $host 1

[[ $(id -u) == 0 ]] || { skip option "needs root"; tap_end; }
if says "Operation not permitted|not permitted" 2 "$raw" connect $host 1 >"$work/probe" 2>&1; then
	skip option "BPF is not permitted here"
	tap_end
fi

# peers LISTEN-ARGUMENTS -- CONNECT-ARGUMENTS, PORT standing for the port; $served and $said: outputs
peers() {
	local listen=() status=0 client=0
	while [[ $1 != -- ]]; do
		listen+=("$1")
		shift
	done
	shift
	rm -f "$work/ready"
	"$raw" -t 5 --ready-file "$work/ready" "${listen[@]}" >"$work/server" 2>&1 &
	server=$!
	until_file "$work/ready" || return
	port=$(<"$work/ready")
	"$raw" -t 5 "${@//PORT/$port}" >"$work/client" 2>&1 || client=$?
	wait "$server" || status=$?
	served=$(<"$work/server") said=$(<"$work/client")
	printf 'server (%s):\n%s\nclient (%s):\n%s\n' $status "$served" $client "$said"
	[[ $client == 0 && $status == 0 ]]
}

both_options() {
	peers listen $host 0 eof -- connect $host PORT shutdown &&
		[[ $served == "peer-option $smc_option"$'\n'eof && $said == "peer-option $smc_option" ]]
}
ok option__both both_options

ipv6() {
	peers listen ::1 0 eof -- connect ::1 PORT shutdown && [[ $served == *$smc_option* && $said == *$smc_option* ]]
}
ok option__ipv6 ipv6

client_only() {
	peers --no-option listen $host 0 eof -- connect $host PORT shutdown &&
		[[ $served == *$smc_option* && $said == "peer-option none" ]]
}
ok option__client_only client_only

server_only() {
	peers listen $host 0 eof -- --no-option connect $host PORT shutdown &&
		[[ $served == "peer-option none"* && $said == *$smc_option ]]
}
ok option__server_only server_only

wrong_magic() {
	peers --option fe06e2d4c3d8 listen $host 0 eof -- --option fe04e2d4 connect $host PORT shutdown &&
		[[ $served == "peer-option none"* && $said == "peer-option none" ]]
}
ok option__wrong_magic wrong_magic

bytes() {
	printf '0a 0b\n0C:0d' >"$work/hex"
	printf 'xyz' >"$work/raw"
	peers listen $host 0 recv 4 recv 3 recv-any eof -- \
		connect $host PORT send-cut 1 "@$work/hex" send "@raw:$work/raw" sleep 200 text "Hi" close &&
		[[ $served == *$'recv 0a0b0c0d\nrecv 78797a\nrecv 4869\neof' ]]
}
ok steps__bytes bytes

# A message as long as a version 1 Decline: header with the length, body, trailer.
clc() {
	local message
	message=e2d4c3d904001c20$(printf '00%.0s' {1..16})e2d4c3d9
	peers listen $host 0 recv-clc eof -- connect $host PORT send-cut 3 "$message" close &&
		[[ $served == *"recv-clc $message"* ]]
}
ok steps__clc clc

lines() {
	rm -f "$work/ready"
	"$raw" -t 5 --ready-file "$work/ready" listen $host 0 recv-any expect-reset >"$work/server" 2>&1 &
	server=$!
	until_file "$work/ready" || return
	printf '# a comment\n\n  text with blanks in it \nsleep 200\nreset\n' |
		"$raw" connect $host "$(<"$work/ready")" || return
	wait "$server" && cat "$work/server" &&
		[[ $(sed -n 's/^recv //p' "$work/server") == $(printf 'with blanks in it ' | od -An -v -tx1 | tr -d ' \n') ]]
}
ok steps__from_stdin lines

bad_line() {
	rm -f "$work/ready"
	"$raw" -t 5 --ready-file "$work/ready" listen $host 0 eof >"$work/server" 2>&1 &
	server=$!
	until_file "$work/ready" || return
	echo frob | says "line: no such step" 64 "$raw" connect $host "$(<"$work/ready")" || return
	wait "$server"
}
ok steps__bad_line bad_line

unexpected() {
	peers listen $host 0 text abc close -- connect $host PORT eof && return 1
	[[ $said == *"partial 616263"*"eof: bytes from the peer" ]]
}
ok steps__bytes_instead_of_eof unexpected

early() {
	peers listen $host 0 text abc close -- connect $host PORT recv 4 && return 1
	[[ $said == *"partial 616263"*"recv: EOF from the peer" ]]
}
ok steps__eof_instead_of_bytes early

timeout() {
	rm -f "$work/ready"
	"$raw" -t 0.3 --ready-file "$work/ready" listen $host 0 silence 100 recv 1 >"$work/server" 2>&1 &
	server=$!
	until_file "$work/ready" || return
	"$raw" connect $host "$(<"$work/ready")" sleep 600
	exits 3 wait "$server"
}
ok steps__timeout timeout

ok cgroup__nothing_left bash -c '! find /sys/fs/cgroup /tmp -maxdepth 2 -name "smc-rawpeer.*" 2>/dev/null | grep .'
tap_end
