#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace's account of each connection, held against that of the programs themselves: in namespaces, containers,
# with every family and every end, and in the situations in which a tracer is tempted to say more than it knows.
#
# Usage: truth_vm_test.sh [smcx-|rxe-]KERNEL. It boots once, and then calls itself in the VM. With rxe- it is SMC-R over
# soft-RoCE, with smcx- our own stack. From the environment come
#   STAGES    which ones, of those below; one that stands there several times is run so often
#   LOAD      so many busy loops beside it, and how fast anything goes must not matter
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
. "$TOP/tests/tracer/trace.sh"
. "$TOP/tests/kmod/stack.sh"
over=loopback mode=2
if [[ ${1-} == rxe-* ]]; then over=rxe mode=1; fi
stack_of "${1#rxe-}"
readonly STAGES=${STAGES:-foreign truth owners stale declines idle causes nested pressed} LOAD=${LOAD:-0}

# ---- in the VM ------------------------------------------------------------------------

set_up() {
	address=127.0.0.1 bind=()
	ip link set lo up
	modprobe nf_tables 2>/dev/null || :
	if [[ $over == rxe ]]; then
		# In a shell of its own, as it has variables of the same names.
		# shellcheck disable=SC2016 # the inner shell's
		bash -euo pipefail -c '
			. "$1/lab/scenarios/common.sh"
			work=$(mktemp -d) SCENARIO=rxe
			enable_smc "$UEID"
			rxe_pair' bash "$TOP"
		address=10.9.0.2 bind=(--bind 10.9.0.1)
	elif [[ ! $module ]] && grep -q '^SMC ' /proc/net/protocols; then
		smc-ctl ueid add SMCKIT.LAB # it is built in
	else
		load_stack
	fi
}

inode() {
	stat -Lc %i "$1"
}

# exchange NAME SERVER_FAMILY CLIENT_FAMILY N [OPTION...]: N connections, two at a time, each end with a log of its own.
# In logs/NAME stands what an event has to have beside that.
server_run=() client_run=() cgroup=/sys/fs/cgroup server_netns=/proc/self/ns/net client_netns=/proc/self/ns/net
exchange() {
	local name=$1 served=$2 asked=$3 n=$4 options=("${@:5}") server client log=$SMCKIT_OUT/logs/$1
	mkdir -p "$log"
	echo "$(inode "$cgroup") $(inode "$server_netns") $(inode "$client_netns")" >"$log/place"
	rm -f /run/ready
	"${server_run[@]}" smc-xfer server -f "$served" -b "$address" -p 0 -n "$n" -t 120 --ready-file /run/ready \
		--log "$log/server" "${options[@]}" >"$log/server.said" 2>&1 &
	server=$!
	until_true test -s /run/ready
	"${client_run[@]}" smc-xfer client -f "$asked" -p "$(</run/ready)" -n "$n" -P 2 -t 120 "${bind[@]}" \
		--log "$log/client" "${options[@]}" "${to:-$address}" >"$log/client.said" 2>&1 &
	client=$!
	wait "$client" || :
	wait "$server" || :
}

# in_container COMMAND...: with a cgroup and a PID namespace. Its own pid is not the one on the host, so that
# goes into its log, too; /proc is still the host's.
in_container() {
	# shellcheck disable=SC2016 # it is the inner shell's
	sh -c 'echo $$ >/sys/fs/cgroup/box/cgroup.procs; exec "$@"' sh unshare -p -f bash -c '
		read -r pid rest </proc/self/stat
		for ((i = 1; i <= $#; i++)); do
			[[ ${!i} != --log ]] || log=$((i + 1))
		done
		echo "$pid" >"${!log}.pid"
		exec "$@"' bash "$@"
}

two_namespaces() {
	local name
	for name in one two; do
		ip netns add "$name"
		ip -n "$name" link set lo up
	done
	ip link add v1 netns one type veth peer name v2 netns two
	ip -n one address add 10.1.0.1/24 dev v1
	ip -n two address add 10.1.0.2/24 dev v2
	ip -n one link set v1 up
	ip -n two link set v2 up
}

# Cases for the loopback device only: other addresses, and other network namespaces.
exchange_elsewhere() {
	local address=::1 to=
	exchange ipv6 smc6 smc6 3 -d both -B 70001
	address=::
	to=127.0.0.1
	exchange dual smc6 smc 3 -d both -B 1000
	to=::ffff:127.0.0.1
	exchange mapped smc6 smc6 3 -d both -B 1000
	two_namespaces
	address=10.1.0.1 to='' server_netns=/run/netns/one client_netns=/run/netns/two
	server_run=(ip netns exec one) client_run=(ip netns exec two)
	exchange netns smc smc 4 -d echo -B 7777
	server_run=() client_run=() server_netns=/proc/self/ns/net client_netns=/proc/self/ns/net
}

guest_truth() {
	mkdir -p /sys/fs/cgroup/box
	start_trace truth
	exchange both smc smc 6 -d both -B 200001 -m 777
	exchange echo smc smc 3 -d echo -B 30000 --closer server
	exchange half smc smc 3 -d both -B 5000 --close half
	exchange linger0 smc smc 3 -d both -B 5000 --close linger0 --expect any
	exchange abort smc smc 3 -d both -B 5000 --close abort --expect any
	server_run=(in_container) client_run=(in_container) cgroup=/sys/fs/cgroup/box
	exchange container smc smc 3 -d both -B 3000
	server_run=() client_run=() cgroup=/sys/fs/cgroup
	exchange server_plain tcp smc 3 -d both -B 100
	exchange client_plain smc tcp 3 -d both -B 100
	exchange plain tcp tcp 3 -d both -B 100
	[[ $over == rxe ]] || exchange_elsewhere
	smc-xfer client -f smc -p 5999 -n 3 -P 1 "${bind[@]}" "$address" >/dev/null 2>&1 || :
	sleep 1.5
	stop_trace
}

# Sockets that fall back by an option, of processes that have nothing to do with the connections before, whose sockets lay at
# the same addresses in memory.
guest_owners() {
	exchange before smc smc 20 -B 10
	start_trace owners
	exchange owners smc smc 20 -B 10
	for _ in 1 2 3; do
		python3 -c '
import os, socket
sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256) for _ in range(8)]
for s in sockets:
	s.setsockopt(socket.IPPROTO_TCP, 30, 1) # TCP_FASTOPEN_CONNECT
print(os.getpid())'
	done >"$SMCKIT_OUT/culprits"
	rm -f /run/listening
	python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
s.bind((sys.argv[1], 5001))
s.listen(8)
print(os.getpid(), file=open("/run/listening", "w"), flush=True)
for _ in range(3):
	c, peer = s.accept()
	c.sendall(b"x")
	c.close()' "$address" &
	until_true test -s /run/listening
	cp /run/listening "$SMCKIT_OUT/fastopen"
	# Linux 6.12 does not wake who waits for data at what such a listener has accepted: so it does not.
	smc-xfer client -f smc -p 5001 -n 3 -P 1 -d s2c --text x "${bind[@]}" --log "$SMCKIT_OUT/fastopen.log" "$address" >/dev/null 2>&1 || :
	wait $! || :
	sleep 0.5
	stop_trace
}

# A connection that is refused, and six seconds later one of the very same addresses.
guest_stale() {
	local before
	start_trace stale
	# shellcheck disable=SC2016 # python's
	cat >/run/connect.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[2] if len(sys.argv) > 2 else sys.argv[1], 5777))
try:
	s.connect((sys.argv[1], 5002))
	s.sendall(b"x")
except ConnectionRefusedError:
	sys.exit(7)
END
	refused stale_refused python3 /run/connect.py "$address" "${bind[@]:1}"
	sleep 6
	rm -f /run/ready
	smc-xfer server -f smc -b "$address" -p 5002 -n 1 -B 1 --ready-file /run/ready >/dev/null 2>&1 &
	until_true test -s /run/ready
	before=$(date +%s%N)
	python3 /run/connect.py "$address" "${bind[@]:1}"
	echo $(($(date +%s%N) - before)) >"$SMCKIT_OUT/stale.ns"
	wait $! || :
	sleep 0.5
	stop_trace
}

# Diagnoses that a peer makes up are passed on as they are.
guest_declines() {
	local diagnosis peer
	start_trace declines
	for diagnosis in 0badc0de 00000001 03030000 deadbeef; do
		rm -f /run/ready
		{
			echo recv-clc
			echo "send $("$TOP/build/lab/scenarios/clc-bytes" decline "reason=$diagnosis")"
			sleep 1
		} | smc-rawpeer --timeout 15 --ready-file /run/ready listen "$address" 0 >/dev/null 2>&1 &
		peer=$!
		until_true test -s /run/ready
		echo "$diagnosis $(</run/ready)" >>"$SMCKIT_OUT/declines.sent"
		timeout 15 smc-xfer client -f smc -p "$(</run/ready)" -B 1 "${bind[@]}" "$address" >/dev/null 2>&1 || :
		kill "$peer" 2>/dev/null || :
		wait "$peer" || :
	done
	sleep 0.5
	stop_trace
}

# Others' connections, link groups and buffers under a filter on sockets; the first ones that there are.
guest_foreign() {
	start_trace foreign --port 4242
	exchange foreign smc smc 4 -d both -B 1000
	sleep 0.5
	stop_trace
}

# Connections that are older than the trace, and idle.
guest_idle() {
	local server client
	rm -f /run/ready /run/hold
	smc-xfer server -f smc -p 5040 -t 300 -b "$address" -n 1 -B 10 --hold-file /run/hold --ready-file /run/ready >/dev/null 2>&1 &
	server=$!
	until_true test -s /run/ready
	smc-xfer client -f smc -p 5040 -t 300 -B 10 --hold-file /run/hold "${bind[@]}" "$address" >/dev/null 2>&1 &
	client=$!
	until_true smc-ctl wait --port 5040 --state ACTIVE --count 2 --timeout 0
	start_trace idle
	sleep 0.5
	stop_trace
	echo "$server $client" >"$SMCKIT_OUT/idle.pids"
	touch /run/hold
	wait "$server" "$client" || :
}

# Sockets as no tool has them: of a listener that shares its port with one that has no SMC, and with options that SMC has
# and does not have.
odd_sockets() {
	cat >/run/odd.py <<'END'
import socket, sys, threading
address, bind = sys.argv[1], sys.argv[2:]
SMC, FASTOPEN, FASTOPEN_CONNECT, MSG_FASTOPEN = 256, socket.TCP_FASTOPEN, 30, 0x20000000

def serve(port, protocol, level=socket.SOL_SOCKET, option=socket.SO_REUSEPORT):
	s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.setsockopt(level, option, 1)
	s.bind((address, port))
	s.listen(16)
	def accept():
		while True:
			c, _ = s.accept()
			# See above: nobody wakes it.
			while option != FASTOPEN and c.recv(4096):
				pass
			c.close()
	threading.Thread(target=accept, daemon=True).start()

def client(port, level=None, option=None, flags=None):
	s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SMC)
	if level is not None:
		s.setsockopt(level, option, 1)
	if bind:
		s.bind((bind[0], 0))
	if flags:
		s.sendto(b"hello", flags, (address, port))
	else:
		s.connect((address, port))
	s.close()

serve(5101, SMC)
serve(5101, 0)
for _ in range(16):
	client(5101)
serve(5102, SMC, socket.IPPROTO_TCP, FASTOPEN)
client(5102)
client(5102)
serve(5103, SMC)
client(5103, socket.IPPROTO_TCP, FASTOPEN_CONNECT)
serve(5104, SMC)
client(5104, flags=MSG_FASTOPEN)
try:
	client(5105)
except ConnectionRefusedError:
	pass
serve(5106, SMC)
client(5106, socket.SOL_SOCKET, socket.SO_KEEPALIVE)
client(5106, socket.IPPROTO_TCP, socket.TCP_NODELAY)
END
	python3 /run/odd.py "$address" "${bind[@]:1}"
}

# The peer's bytes in place of CLC, from the port in causes.garbage.
garbage() {
	local peer
	rm -f /run/ready
	printf '%s\n' recv-clc 'text HTTP/1.1 400 Bad Request' |
		smc-rawpeer --timeout 15 --ready-file /run/ready listen "$address" 0 >/dev/null 2>&1 &
	peer=$!
	until_true test -s /run/ready
	cp /run/ready "$SMCKIT_OUT/causes.garbage"
	timeout 15 smc-xfer client -f smc -p "$(</run/ready)" -B 1 "${bind[@]}" "$address" >/dev/null 2>&1 || :
	kill "$peer" 2>/dev/null || :
	wait "$peer" || :
}

guest_causes() {
	start_trace causes
	sysctl -qw net.ipv4.tcp_syncookies=2
	exchange cookies smc smc 2 -B 10
	sysctl -qw net.ipv4.tcp_syncookies=1
	odd_sockets
	garbage
	sleep 0.5
	stop_trace
}

# Packets come by a timer's interrupt, and what TCP does with them comes between what processes do: hooks of both are
# called while they run.
guest_nested() {
	[[ $over != rxe ]] || return 0
	modprobe sch_netem 2>/dev/null || :
	tc qdisc add dev lo root netem delay 1ms
	start_trace nested
	exchange nested smc smc 200 -P 16 -B 10
	exchange nested_plain tcp smc 200 -P 16 -B 10
	sleep 0.5
	stop_trace
	tc qdisc del dev lo root
}

# The control ring is full, and what is known of a connection by its events alone is not known: its CDC is wanted all the same.
guest_pressed() {
	local server
	rm -f /run/ready
	smc-xfer server -f smc -p 5014 -t 300 -b "$address" -n 20 -B 1000 --ready-file /run/ready \
		>"$SMCKIT_OUT/pressed.server" 2>&1 &
	server=$!
	until_true test -s /run/ready
	start_trace pressed --control-ring 4 --port 5014
	kill -STOP "$child"
	smc-xfer client -f smc -p 5014 -n 20 -P 1 -B 1000 "${bind[@]}" "$address" >"$SMCKIT_OUT/pressed.said" 2>&1 || :
	kill -CONT "$child"
	wait "$server" || :
	sleep 1.5
	stop_trace
}

# Each turn has a folder of its own.
guest() {
	local turn=0 all=$SMCKIT_OUT
	set_up
	"$T" doctor >"$SMCKIT_OUT/doctor.err" 2>&1 || :
	for part in $(seq "$LOAD"); do
		while :; do :; done &
	done
	for part in $STAGES; do
		turn=$((turn + 1))
		SMCKIT_OUT=$all/$turn.$part
		mkdir "$SMCKIT_OUT"
		"guest_$part"
		stage "$part"
	done
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ----------------------------------------------------------------------

begin_host python3
build_stack

readonly EXCHANGES=(both echo half linger0 abort container server_plain client_plain plain ipv6 dual mapped netns)

# connections: what the programs say, a line of JSON for each end of each connection.
connections() {
	local log name side cgroup server_netns client_netns netns
	for name in "${EXCHANGES[@]}"; do
		log=$out/logs/$name
		[[ -e $log/place ]] || continue
		read -r cgroup server_netns client_netns <"$log/place"
		for side in server client; do
			netns=$server_netns
			[[ $side == server ]] || netns=$client_netns
			[[ ! -e $log/$side ]] || jq -Rc --arg name "$name" --arg cgroup "$cgroup" --arg netns "$netns" \
				--arg pid "$(cat "$log/$side.pid" 2>/dev/null || :)" 'split(" ") | select(.[1] != "0") | {
					name: $name, role: .[6], family: (.[7] | rtrimstr("6")),
					pid: (if $pid == "" then .[0] else $pid end | tonumber), local: (.[1] | tonumber),
					peer: (.[2] | tonumber), sent: (.[3] | tonumber), received: (.[4] | tonumber),
					cgroup: ($cgroup | tonumber), netns: ($netns | tonumber) }' "$log/$side"
		done
	done
}

# Each end of a connection has the events that it has to have, and no others.
readonly WORDS='
def key: "\(.local) \(.peer)";
(map(select(.kind != 16 and .kind < 31 and .local_port != 0 and .peer_port != 0 and .peer_port != 5999)) |
	group_by("\(.local_port) \(.peer_port)") |
	map({key: "\(.[0].local_port) \(.[0].peer_port)", value: .}) | from_entries) as $events |
($ends | map({key: key, value: .}) | from_entries) as $by_key |
def other: $by_key["\(.peer) \(.local)"];
def kind($n): map(select(.kind == $n));
def wrong: . as $this | ($events[key] // []) as $e | (other.family // "none") as $others |
	[ if .family == "tcp" then
		if $e != [] then "TCP on its own has events" else empty end
	elif $others == "tcp" then
		if ($e | kind(29) | length) != 1 then "no fallback, or several" else empty end,
		if ($e | kind(29) | all(.message.ev_fallback.reason == "0x03010000" and .mode == 3) | not) then "reason" else empty end,
		if ($e | kind(21) + kind(23)) != [] then "a connection" else empty end
	else
		if ($e | kind(29)) != [] then "fallback" else empty end,
		if ($e | kind(21) | length) != 1 or ($e | kind(23) | length) != 1 then "not created and freed once" else empty end,
		if ($e | kind(23) | all(.mode == $mode) | not) then "mode" else empty end,
		if ($e | kind(23) | all(.owner == 1) | not) then "owner" else empty end,
		if ($e | kind(23) | all(.message.ev_conn.sent == $this.sent or
			($this.name == "abort" and .message.ev_conn.sent < $this.sent)) | not) then "bytes sent" else empty end,
		if ($e | kind(23) | all(.message.ev_conn.received == $this.received) | not) then "bytes received" else empty end
	end,
	if ($e | map(.sock) | unique | length > 1 or .[0] == 0) then "cookie" else empty end,
	if ($e | all(.pid == $this.pid and .comm == "smc-xfer") | not) then "pid" else empty end,
	if ($e | all(.cgroup == $this.cgroup) | not) then "cgroup" else empty end,
	if ($e | all(.netns == $this.netns) | not) then "netns" else empty end,
	if ($e | map(.role) | unique | . - [0] | . == [] or . == [if $this.role == "client" then 1 else 2 end] | not) then
		"role" else empty end ];
'

# truth JQ: of the events of the trace and the ends that the programs know.
truth() {
	jq -cs --argjson mode "$mode" --slurpfile ends "$work/ends" "$WORDS $1" "$work/truth.json"
}

check_truth() {
	local name
	session truth
	complete truth
	connections >"$work/ends"
	for name in $(jq -r .name "$work/ends" | sort -u); do
		is "truth__$name" "$(truth "\$ends[] | select(.name == \"$name\") | wrong as \$w | select(\$w != []) |
			[\$w, ., [\$events[key][]? | [.text, .pid, .comm, .sock, .cgroup, .netns, .role_text, .owner,
			.message.ev_conn]]]" 2>&1 | cut -c 1-1500 | sed -n 1,4p)" ""
	done
	# 30 connections, and 13 elsewhere.
	is truth__ends_that_the_programs_know "$(wc -l <"$work/ends")" "$([[ $over == rxe ]] && echo 60 || echo 86)"
	is truth__no_others "$(truth '$events | keys - ($by_key | keys) | .[]')" ""
	is truth__refused "$(truth 'map(select(.kind == 16 and .peer_port == 5999) |
		[.message.ev_syn.error, .comm, .pid != 0, .local_port != 0]) | unique')" '[[111,"smc-xfer",true,true]]'
	is truth__refused_each "$(truth 'map(select(.kind == 16 and .peer_port == 5999)) | length')" 3
}

check_owners() {
	session owners
	complete owners
	# The listener with TCP_FASTOPEN has fallen back before it has an address, too.
	is owners__fallbacks_are_the_culprits "$(jq -r --argjson listener "$(<"$out/fastopen")" \
		'select(.kind == 29 and .local_port == 0 and .pid != $listener) | .pid' "$work/owners.json" |
		sort -n | uniq -c | awk '{ print $1, $2 }')" "$(sort -n "$out/culprits" | sed 's/^/8 /')"
	is owners__none_else_falls_back "$(jq -c 'select(.kind == 29 and .local_port != 0 and .local_port != 5001 and
		.peer_port != 5001) | [.text, .pid, .comm]' "$work/owners.json")" ""
	# With net/smc such a listener's connections are TCP's; with smcx they stay SMC's.
	is owners__fastopen_listener "$(jq -r --argjson kind "$([[ $module ]] && echo 23 || echo 29)" \
		'select((.kind == 29 or .kind == 23) and .local_port == 5001 and .peer_port != 0) |
		"\(.kind == $kind) \(.pid) \(.peer_port) \(.role_text)"' "$work/owners.json" | sort)" \
		"$(awk -v pid="$(<"$out/fastopen")" '{ print "true", pid, $2, "server" }' "$out/fastopen.log" | sort)"
}

check_stale() {
	local ns
	session stale
	is stale__is_refused "$(<"$out/stale_refused.status")" 7
	is stale__port_of_the_refused "$(jq -r 'select(.kind == 16 and .message.ev_syn.error == 111).local_port' "$work/stale.json")" 5777
	"$T" conns --json "$out/stale.trace" >"$work/stale.conns"
	ns=$(<"$out/stale.ns")
	is stale__no_handshake_is_longer_than_its_connect \
		"$(jq -c "select(.handshake > $ns / 1e9)" "$work/stale.conns")" ""
	is stale__both_ends_have_one "$(jq -r 'select(.handshake > 0) | .side' "$work/stale.conns" | sort | xargs)" "client server"
}

check_declines() {
	local diagnosis port
	session declines
	while read -r diagnosis port; do
		is "declines__$diagnosis" "$(jq -r --argjson port "$port" 'select(.kind == 29 and .peer_port == $port) |
			.message.ev_fallback.diagnosis' "$work/declines.json" | xargs)" "0x$diagnosis"
	done <"$out/declines.sent"
}

check_foreign() {
	session foreign
	complete foreign
	is foreign__nothing_of_others "$(jq -c 'select(.kind < 31) | [.kind_text, .text]' "$work/foreign.json")" ""
}

check_idle() {
	session idle
	is idle__both_ends_are_seen_once "$(jq -r 'select(.seen and .kind == 22) | .pid' "$work/idle.json" | sort -n | xargs)" \
		"$(xargs -n 1 <"$out/idle.pids" | sort -n | xargs)"
}

# cause NAME PORT PATTERN: the only line of that port.
cause() {
	local line
	line=$(grep ":$2[ :]" "$work/causes.why" || :)
	is "causes__$1" "$(grep -cE -e "$3" <<<"$line") of $(grep -c . <<<"$line")" "1 of 1"
	[[ ! $line ]] || note "$line"
}

check_causes() {
	session causes
	complete causes
	cause syn_cookies "$(awk '{ print $2; exit }' "$out/logs/cookies/server")" '^2 x .*SYN cookies, which have no room'
	cause port_shared_with_tcp 5101 "the server's SMC socket has not seen the connection"
	# With smcx such a listener stays SMC's, and so do its connections.
	[[ ! $module ]] || is causes__option_of_the_listener "$(grep -c ':5102[ :]' "$work/causes.why") $(jq -r \
		'select(.kind == 23 and (.local_port == 5102 or .peer_port == 5102)).mode_text' "$work/causes.json" | sort | uniq -c |
		xargs)" "0 4 SMC-D"
	[[ $module ]] || cause option_of_the_listener 5102 '^2 x .*server python3/.*socket option not supported over SMC \(0x03060000\), found by the server'
	cause option_of_the_client 5103 '^1 x .*socket option not supported over SMC \(0x03060000\), found by the client'
	cause flag_of_the_client 5104 '^1 x .*socket option not supported over SMC \(0x03060000\), found by the client'
	cause refused 5105 '^1 x .*\(client python3/[0-9]*\) failed: the connection was refused'
	cause garbage "$(<"$out/causes.garbage")" "failed: .*in place of Accept came an HTTP response \('HTTP/1.1'\)"
	is causes__none_of_faultless_options "$(grep -c ':5106[ :]' "$work/causes.why")" 0
	is causes__listener_is_no_connection "$(grep -c '^1 x  a socket without a connection (of python3/' "$work/causes.why")" \
		"$([[ $module ]] && echo 0 || echo 1)"
}

# By the programs' logs: each connection's SYN and its answer, once at each end that has SMC.
# By the client's log for both ends: a server that is late may find the ports gone with the connection.
check_nested() {
	session nested
	complete nested
	is nested__options_of_each "$(jq -r 'select(.kind == 16) |
		[.local_port, .peer_port, .direction_text, .message.ev_syn.present] | @tsv' "$work/nested.json" |
		tr '\t' ' ' | sort)" \
		"$({ awk '{ print $2, $3, "sent", 1; print $2, $3, "received", 1; print $3, $2, "sent", 1; print $3, $2, "received", 1 }' \
			"$out/logs/nested/client"
			awk '{ print $2, $3, "sent", 1; print $2, $3, "received", 0 }' "$out/logs/nested_plain/client"; } | sort)"
	note "called while they ran: $(sed -E 's/.*name ([^ ]*) .*recursion_misses/\1/' "$out/nested.missed" | xargs)"
}

made_twenty() {
	grep -q '20 connections, 0 failed' "$out/pressed.said" && return
	tail -n 5 "$out/pressed.said" "$out/pressed.server"
	return 1
}

check_pressed() {
	session pressed
	ok pressed__programs_had_no_fault made_twenty
	ok pressed__counters_add_up counters_add_up pressed
	ok pressed__something_is_lost grep -Eq ' [1-9][0-9]* lost$' "$out/pressed.err"
	is pressed__no_cdc_is_filtered "$(jq -s 'map(select(.kind == 32)) | last.message.ev_counter |
		map(select(.hook >= 6 and .hook <= 9)) | [map(.filtered), map(.seen)] | map(add) | [.[0], .[1] > 0]' \
		"$work/pressed.json" | xargs)" "[ 0, true ]"
}

vm_options=(--env "STAGES=$STAGES" --env "LOAD=$LOAD")
in_vm 800 "$kernel" "${1-6.12-lo}"
says doctor__all_attached '^([0-9]+) of \1 hooks attached' doctor.err
all=$out turn=0
for part in $STAGES; do
	turn=$((turn + 1))
	out=$all/$turn.$part
	[[ ! -e $out/$part.status ]] || "check_$part"
done
tap_end
