#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smc-xfer over TCP on this machine: every direction with every end, and a checker that is shown
# to find what a relay spoils. Usage: xfer_test.sh FOLDER-OF-THE-TOOLS RELAY
set -euo pipefail
tools=$1 relay=$2
. "$(dirname "$0")/lib.sh"

host=127.0.0.1

# relayed DAMAGE OFFSET SERVER-STATUS PATTERN OPTION...: the server's message on a spoilt transfer.
relayed() {
	local damage=$1 offset=$2 want=$3 pattern=$4 real status=0
	shift 4
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 2 "$@" || return
	real=$port
	rm -f "$work/relay"
	"$relay" "$work/relay" "$real" "$damage" "$offset" &
	local pid=$!
	until_file "$work/relay" || return
	"$tools/smc-xfer" client -f tcp -p "$(<"$work/relay")" -t 2 "$@" $host
	wait "$server" || status=$?
	wait "$pid"
	cat "$work/server"
	[[ $status == "$want" ]] && grep -Eq "$pattern" "$work/server"
}

for direction in c2s s2c both echo pingpong; do
	for end in normal half abort linger0; do
		[[ $direction$end == c2sabort ]] && continue
		ok "transfer__${direction}_$end" transfer tcp $host -d $direction --close $end
	done
	for end in normal half abort linger0; do
		[[ $direction$end =~ ^(s2cabort|echohalf|pingponghalf)$ ]] && continue
		ok "transfer__${direction}_${end}_by_server" \
			transfer tcp $host -d $direction --close $end --closer server
	done
done

ok transfer__ipv6 transfer tcp ::1 -d both
ok transfer__one_byte transfer tcp $host -d both -B 1
ok transfer__odd_sizes transfer tcp $host -d both -B 100003 -m 777 --nodelay
ok transfer__large transfer tcp $host -d both -B 64m -m 1m
ok transfer__small_buffers transfer tcp $host -d echo -B 300k --sndbuf 4k --rcvbuf 4k
ok transfer__text transfer tcp $host -d both --text "hello, world" --reply "good day" --banner "220 "
ok transfer__text_repeated transfer tcp $host -d c2s --text ab -B 10001
ok transfer__server_first transfer tcp $host -d pingpong --server-first
ok transfer__urgent transfer tcp $host -d both --oob
ok transfer__linger transfer tcp $host -d c2s --linger 2
ok transfer__hold transfer tcp $host -d both --hold 0.2
ok transfer__seed transfer tcp $host -d both --seed 0xffffffffffffffff

# The log has a line for each end of each connection: the ports match, and so do the bytes.
logged() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 3 -d both -B 5000 --log "$work/log" || return
	"$tools/smc-xfer" client -f tcp -p "$port" -n 3 -d both -B 5000 --log "$work/log" $host || return
	wait "$server"
	cat "$work/log"
	[[ $(wc -l <"$work/log") == 6 ]] &&
		[[ $(awk '$7 == "client" { print $8, $3, $2, $5, $4, $6 }' "$work/log" | sort) == \
			$(awk '$7 == "server" { print $8, $2, $3, $4, $5, $6 }' "$work/log" | sort) ]] &&
		[[ $(awk -v port="$port" -v pid="$server" '$7 == "server" && $1 == pid && $2 == port && $4 == 5000' "$work/log" | wc -l) == 3 ]] &&
		says "No such file" 2 "$tools/smc-xfer" client -f tcp -p "$port" --log "$work/none/log" $host
}
ok log__a_line_for_each_end logged

parallel() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 50 -t 10 -d both -B 50k || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 10 -d both -B 50k -n 50 -P 10 --json $host \
		>"$work/client" || return
	cat "$work/client"
	wait "$server" &&
		jq -e '.connections == 50 and .failed == 0 and .received == 50 * 51200' "$work/client"
}
ok transfer__parallel parallel

bound() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 5 || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 5 --bind 127.0.0.2 $host && wait "$server" || return
	says "Cannot assign requested address" 2 \
		"$tools/smc-xfer" client -f tcp -p "$port" --bind 192.0.2.1 $host
}
ok transfer__bound bound

held() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 10 --hold-file "$work/go" || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 10 --hold-file "$work/go" $host &
	local client=$!
	sleep 0.2
	kill -0 $client || return
	: >"$work/go"
	wait $client && wait "$server"
}
ok transfer__hold_file held

ends_by_signal() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 || return
	"$tools/smc-xfer" client -f tcp -p "$port" $host || return
	kill -TERM "$server"
	wait "$server" && grep "1 connections, 0 failed" "$work/server"
}
ok server__until_sigterm ends_by_signal

ready_fd() {
	"$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 0.2 --ready-fd 7 7>"$work/fd"
	[[ $(<"$work/fd") =~ ^[0-9]+$ ]]
}
ok server__ready_fd ready_fd

ok check__relay_alone_is_no_fault relayed none 0 0 "0 failed" -d both
ok check__first_byte relayed flip 0 1 "wrong byte at offset 2 " -d c2s
ok check__tenth_byte relayed flip 10 1 "wrong byte at offset 10 of the client's stream: expected" -d c2s
ok check__last_byte relayed flip 1048575 1 "wrong byte at offset 1048575 " -d both
ok check__lost_byte relayed drop 5000 1 "wrong byte at offset 5000 " -d both
ok check__doubled_byte relayed double 70001 1 "wrong byte at offset 70002 " -d c2s
ok check__byte_too_many relayed double 2 1 "after the end of the client's stream, at offset 3" -d c2s --text aaa
ok check__cut relayed cut 3000 1 "ended too early, after 3000 bytes" -d c2s
ok check__text relayed flip 4 1 "offset 4 .*expected 0x6f, got 0x6e" -d c2s --text hello

wrong_seed() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 2 --seed 1 || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 2 --seed 2 $host
	exits 1 wait "$server"
}
ok check__other_seed wrong_seed

# An end that is not the planned one: EOF where a reset should be.
wrong_end() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 2 --close linger0 || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 2 --close normal $host || return
	exits 1 wait "$server" && grep "by EOF, not by a reset" "$work/server"
}
ok check__other_end wrong_end

no_urgent() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 2 --oob || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 2 $host || return
	exits 1 wait "$server" && grep "urgent byte did not come" "$work/server"
}
ok check__urgent_missing no_urgent

silent_server() {
	start_server "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 1 -d s2c --server-first || return
	"$tools/smc-xfer" client -f tcp -p "$port" -t 1 -d both -B 2m $host
	exits 1 wait "$server"
}
ok check__more_than_planned silent_server
ok timeout__nobody_connects says "timed out" 3 "$tools/smc-xfer" server -f tcp -b $host -p 0 -n 1 -t 0.2
ok error__nobody_listens says "connect: Connection refused" 2 "$tools/smc-xfer" client -f tcp -p 1 $host

ok usage__help says "verify every byte" 0 "$tools/smc-xfer" --help
ok usage__no_role exits 64 "$tools/smc-xfer"
ok usage__no_port says "port is missing" 64 "$tools/smc-xfer" server
ok usage__no_address exits 64 "$tools/smc-xfer" client -p 1
ok usage__address says "not an address for the family smc" 64 "$tools/smc-xfer" client -p 1 ::1
ok usage__number says "not a number" 64 "$tools/smc-xfer" client -p 1 -B 10x $host
ok usage__negative says "not a number" 64 "$tools/smc-xfer" client -p 1 -B -1 $host
ok usage__direction says "not one of" 64 "$tools/smc-xfer" client -p 1 -d sideways $host
ok usage__abort_without_bytes says "abort needs bytes" 64 "$tools/smc-xfer" client -p 1 --close abort $host
ok usage__deadlock says "does not go with" 64 "$tools/smc-xfer" client -p 1 -d echo --close half --closer server $host
ok usage__no_message exits 64 "$tools/smc-xfer" client -p 1 -m 0 $host
tap_end
