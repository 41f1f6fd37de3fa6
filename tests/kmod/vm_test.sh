#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smcx.ko in a VM: it loads and goes, sockets of every family carry every byte over SMC-D on loopback and between
# network namespaces, and over TCP where an end is TCP or a step fails; each way to end; each fault knob. A report
# in the kernel log fails the run (lab/vm sees to that).
#
#	 namespace c                     namespace s
#	 vc 10.8.0.1 ------------------- vs 10.8.0.2
#
# Usage: vm_test.sh KERNEL. It builds the module, boots once, and calls itself in the VM, which prints the TAP.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:$TOP/build/tests/kmod:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-${1-6.12}"

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	# No exec: tap.sh's trap has to run. The plan and the cases are the VM's.
	"$TOP/lab/vm" --timeout "$(vm_limit 1400)" "$kernel" -- "$0" "$kernel" in-vm
	exit
fi

. "$TOP/tests/kmod/guest.sh"

# ---- the module ----------------------------------------------------------------

refuses_beside_in_tree() {
	modprobe smc || return
	! insmod "$module" 2>/dev/null || return
	dmesg | grep 'smcx: not loaded: another SMC stack' && rmmod smc && return
	dmesg | tail -n 5
	return 1
}

if modprobe -n smc 2>/dev/null; then
	ok load__refuses_beside_in_tree refuses_beside_in_tree
fi
ok load__loads load_smcx ueid=SMCKIT.TEST gid=00112233-4455-6677-8899-aabbccddeeff
is load__gid "$(<"$SMCX_DEBUG/gid")" 00112233-4455-6677-8899-aabbccddeeff
ip link set lo up

# ---- transfers -----------------------------------------------------------------

for direction in c2s s2c both echo pingpong; do
	ok "transfer__$direction" transfer smc smc smc 127.0.0.1 -B 300k -d "$direction"
done
ok transfer__big_buffer transfer smc smc smc 127.0.0.1 -B 3m -d both --rcvbuf 1m --sndbuf 1m
ok transfer__small_messages transfer smc smc smc 127.0.0.1 -B 50k -m 37 -d both --nodelay
ok transfer__urgent transfer smc smc smc 127.0.0.1 -B 200k --oob
ok transfer__smc6 transfer smc smc6 smc6 ::1 -B 300k -d both
ok transfer__mapped transfer smc smc6 smc6 ::ffff:127.0.0.1 -B 300k -d both
ok transfer__ipproto transfer smc ipproto-smc ipproto-smc 127.0.0.1 -B 300k -d both
ok transfer__ipproto6 transfer smc ipproto-smc ipproto-smc ::1 -B 300k -d both
ok transfer__ipproto_with_af_smc transfer smc smc ipproto-smc 127.0.0.1 -B 300k -d both
connections=30 parallel=10
ok transfer__30_connections transfer smc smc smc 127.0.0.1 -B 50k -d both
connections=1 parallel=1

make_netns() {
	ip netns add c && ip netns add s &&
		ip link add vc netns c type veth peer name vs netns s &&
		ip -n c address add 10.8.0.1/24 dev vc && ip -n s address add 10.8.0.2/24 dev vs &&
		ip -n c link set vc up && ip -n s link set vs up
}

ok netns__made make_netns
server_ns=s client_ns=c
ok netns__smc transfer smc smc smc 10.8.0.2 -B 300k -d both
ok netns__fallback transfer tcp smc tcp 10.8.0.2 -B 300k -d both
server_ns='' client_ns=''

# ---- fallback ------------------------------------------------------------------

ok fallback__tcp_client transfer tcp smc tcp 127.0.0.1 -B 300k -d both
ok fallback__tcp_server transfer tcp tcp smc 127.0.0.1 -B 300k -d both
ok fallback__tcp_server_ipproto transfer tcp tcp ipproto-smc ::1 -B 300k -d both
ok fallback__server_first transfer tcp tcp smc 127.0.0.1 -B 100k -d both --server-first --banner hello
ok fallback__half_close transfer tcp tcp smc 127.0.0.1 -B 100k -d both --close half
ok fallback__urgent transfer tcp tcp smc 127.0.0.1 -B 100k --oob

# declined KNOB TURN: the first message that carries a DMB is Accept, the second Confirm. Its content cannot be
# attached to: both ends go on with TCP, and no byte is lost.
declined() {
	echo "1 $2" >"$SMCX_DEBUG/fault/$1"
	transfer tcp smc smc 127.0.0.1 -B 300k -d both || return
	[[ $(grep -c 'smcx_fallback:' "$TRACE/trace") == 2 ]] && drained && return
	grep smcx_ "$TRACE/trace"
	return 1
}

for name in acc_token acc_gid; do
	ok "fallback__${name}_in_accept" declined "$name" 1
	ok "fallback__${name}_in_confirm" declined "$name" 2
done

# ---- the end -------------------------------------------------------------------

for how in normal half abort linger0; do
	for closer in client server; do
		ok "close__${how}_by_$closer" transfer smc smc smc 127.0.0.1 -B 100k -d both --close "$how" \
			--closer "$closer"
	done
done
ok close__linger transfer smc smc smc 127.0.0.1 -B 100k --linger 5

# killed END: with kill -9 in the middle of a transfer; the other end sees its end, and nothing is left.
killed() {
	local server client pid
	rm -f "$work/port"
	smc-xfer server -p 0 -n 1 --ready-file "$work/port" -B 1g -d both -t 10 >"$work/server" 2>&1 &
	server=$!
	while [[ ! -s $work/port ]]; do sleep 0.05; done
	smc-xfer client -p "$(<"$work/port")" -B 1g -d both -t 10 127.0.0.1 >"$work/client" 2>&1 &
	client=$!
	sleep 0.5
	[[ $1 == server ]] && pid=$server || pid=$client
	kill -9 "$pid"
	wait "$server" "$client" 2>/dev/null || :
	intact && drained
}

hasty() {
	kmod_hasty 300 && drained
}

# A connection that is aborted while sendmsg() is under way: the bytes that are sent count, the error is for the next
# call, once, and only then comes EOF.
aborted_in_send() {
	local status=0
	echo "1 2" >"$SMCX_DEBUG/fault/conn_abort"
	timeout 300 python3 - <<-'END' || status=1
		import errno, socket
		a = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		a.bind(("127.0.0.1", 0))
		a.listen(1)
		b = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		b.connect(a.getsockname())
		c = a.accept()[0]
		sent = b.send(bytes(1000000))
		assert 0 < sent < 1000000, sent
		for end, error in ((b, errno.ECONNABORTED), (c, errno.ECONNRESET)):
		    got = 0
		    try:
		        while True:
		            part = len(end.recv(100000))
		            assert part, "EOF and no error after %d bytes" % got
		            got += part
		    except OSError as e:
		        assert e.errno == error, e
		    assert end.recv(1) == b""
	END
	echo 0 >"$SMCX_DEBUG/fault/conn_abort"
	drained && return "$status"
}

ok close__aborted_in_send aborted_in_send
ok close__in_handshake hasty
ok close__server_killed killed server
ok close__client_killed killed client
ok close__all_buffers_free drained

# ---- corners -------------------------------------------------------------------

prepare_corners() {
	ip link add d0 type dummy && ip link set d0 up && ip address add 192.0.2.1/24 dev d0 &&
		ip address add fe80::1/64 dev d0 nodad &&
		echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir /sys/fs/cgroup/corners &&
		# A fault that only the timer would mend hangs.
		echo 600 >/sys/module/smcx/parameters/clc_wait
}

ok corners__prepared prepare_corners
for name in $(kmod_corners); do
	ok "corners__tcp_$name" timeout 200 kmod_corners tcp "$name"
	ok "corners__smc_$name" timeout 200 kmod_corners smc "$name"
done

# order_where_every_second_is_declined: by the server, whose work item has more to do then than the client.
order_where_every_second_is_declined() {
	local status=0
	echo "-1 2" >"$SMCX_DEBUG/fault/no_eid"
	timeout 200 kmod_order smc || status=$?
	echo 0 >"$SMCX_DEBUG/fault/no_eid"
	return "$status"
}

# order_where_workers_are_slow [KNOB]: they have TCP's lock while a Confirm comes, or, with the knob, a Decline.
order_where_workers_are_slow() {
	local status=0 name
	for name in hs_hold ${1-}; do
		echo "-1 3" >"$SMCX_DEBUG/fault/$name"
	done
	timeout 300 kmod_order smc || status=$?
	for name in hs_hold ${1-}; do
		echo 0 >"$SMCX_DEBUG/fault/$name"
	done
	return "$status"
}

ok corners__tcp_order timeout 200 kmod_order tcp
ok corners__smc_order timeout 200 kmod_order smc
ok corners__order_where_every_second_is_declined order_where_every_second_is_declined
ok corners__order_where_workers_are_slow order_where_workers_are_slow
ok corners__order_where_both_ends_decline order_where_workers_are_slow dmb_attach

# Some handshakes fail when accept() has taken the connection already; it goes on with the next, and nobody who waits
# in accept() is forgotten.
accept_where_handshakes_fail() {
	local status=0
	echo "-1 2" >"$SMCX_DEBUG/fault/no_eid"
	echo "-1 7" >"$SMCX_DEBUG/fault/clc_send"
	timeout 600 python3 - <<-'END' || status=1
		import concurrent.futures, socket
		IPPROTO_SMC, CLIENTS, SERVERS = 256, 6, 3
		listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SMC)
		listener.bind(("127.0.0.1", 0))
		listener.listen(100)
		def serve():
		    said = b""
		    while said != b"stop":
		        end = listener.accept()[0]
		        said = end.recv(4)
		        end.sendall(said)
		        end.close()
		def say(what, protocol):
		    end = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
		    try:
		        end.connect(listener.getsockname())
		    except OSError: # that is what the knob is for, and none of TCP's clients sends CLC
		        assert protocol == IPPROTO_SMC
		        return
		    end.sendall(what)
		    assert end.recv(4) == what
		    end.close()
		def client():
		    for i in range(100):
		        say(b"word", IPPROTO_SMC if i % 3 else 0)
		with concurrent.futures.ThreadPoolExecutor(CLIENTS + SERVERS) as pool:
		    servers = [pool.submit(serve) for _ in range(SERVERS)]
		    for done in [pool.submit(client) for _ in range(CLIENTS)]:
		        done.result()
		    for _ in servers:
		        say(b"stop", 0)
		    for done in servers:
		        done.result()
	END
	echo 0 >"$SMCX_DEBUG/fault/no_eid"
	echo 0 >"$SMCX_DEBUG/fault/clc_send"
	drained && return "$status"
}

ok corners__accept_where_handshakes_fail accept_where_handshakes_fail
# Silent peers do not keep others out.
ok corners__crowd timeout 200 kmod_hostile --crowd 1200
echo 6 >/sys/module/smcx/parameters/clc_wait

# The sockets that the cases made, and what was forbidden, are gone.
ok corners__none_is_left none_is_left
ok corners__all_buffers_free drained

# ---- readers that spin -----------------------------------------------------------

# ping_pong ROUNDS CPU CPU [WANTED]: two processes there; WANTED, a count: go on until it moves, for a minute.
ping_pong() {
	timeout 200 python3 - "$SMCX_DEBUG/counts" "$@" <<-'END'
		import os, socket, sys, time
		counts, rounds, here, there = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
		def count(name):
		    return int(dict(line.split() for line in open(counts))[name])
		a = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		a.bind(("127.0.0.1", 0))
		a.listen(1)
		b = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		b.connect(a.getsockname())
		c = a.accept()[0]
		if not os.fork():
		    b.close()
		    os.sched_setaffinity(0, {there})
		    while byte := c.recv(1):
		        c.send(byte)
		    os._exit(0)
		c.close()
		os.sched_setaffinity(0, {here})
		end = time.monotonic() + 60
		before = count(sys.argv[5]) if len(sys.argv) > 5 else None
		while True:
		    for i in range(rounds):
		        b.send(b"x")
		        b.recv(1)
		    if before is None or count(sys.argv[5]) > before or time.monotonic() > end:
		        break
	END
}

# spins CPU CPU: how often readers spun in 2000 round trips, in vain or not.
spins() {
	local before=$(($(count rx_polled) + $(count rx_spun)))
	ping_pong 2000 "$@" && echo $(($(count rx_polled) + $(count rx_spun) - before))
}

spins_where_it_pays() {
	local before
	before=$(count rx_polled)
	echo 1000 >/proc/sys/net/smc/spin_usec
	ping_pong 500 0 1 rx_polled && [[ $(count rx_polled) -gt $before ]] && return
	cat "$SMCX_DEBUG/counts" && return 1
}

# Nothing can come from a peer on the same processor while one spins. A reader may be alone there for a moment.
leaves_the_processor() {
	local n
	n=$(spins 0 0) && [[ $n -lt 200 ]] && return
	echo "$n times" && return 1
}

never_spins_without_it() {
	echo 0 >/proc/sys/net/smc/spin_usec
	spins 0 1
}

never_spins_on_one() {
	echo 1000 >/proc/sys/net/smc/spin_usec
	echo 0 >/sys/devices/system/cpu/cpu1/online
	spins 0 0
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

# One thread spins for as long as it takes, by SO_BUSY_POLL; another one reads without waiting.
others_read_meanwhile() {
	timeout 60 python3 - <<-'END'
		import os, socket, threading
		SO_BUSY_POLL = 46
		a = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		a.bind(("127.0.0.1", 0))
		a.listen(1)
		b = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		b.connect(a.getsockname())
		c = a.accept()[0]
		c.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 2**31 - 1)
		ready = threading.Event()
		def spin():
		    os.sched_setaffinity(0, {1})
		    ready.set()
		    assert c.recv(1) == b"x"
		thread = threading.Thread(target=spin)
		thread.start()
		os.sched_setaffinity(0, {0})
		ready.wait()
		for i in range(1000):
		    try:
		        c.recv(1, socket.MSG_DONTWAIT)
		        raise SystemExit("there is nothing")
		    except BlockingIOError:
		        pass
		b.send(b"x")
		thread.join()
	END
}

spin_usec_has_limits() {
	local wrong
	for wrong in -1 1001 x; do
		! { echo "$wrong" >/proc/sys/net/smc/spin_usec; } 2>/dev/null || { echo "$wrong is taken" && return 1; }
	done
}

is spin__by_default "$(</proc/sys/net/smc/spin_usec)" 50
ok spin__where_it_pays spins_where_it_pays
ok spin__not_where_others_want_the_processor leaves_the_processor
is spin__not_if_it_is_forbidden "$(never_spins_without_it)" 0
is spin__not_on_one_processor "$(never_spins_on_one)" 0
ok spin__others_read_meanwhile others_read_meanwhile
ok spin__limits spin_usec_has_limits
echo 50 >/proc/sys/net/smc/spin_usec

# ---- the limit of handshakes -----------------------------------------------------

# pressed LIMIT: a transfer to a listener with a backlog of one, beside a peer that offers SMC and says nothing.
pressed() {
	local server silent status=0 i
	echo 1 >/proc/sys/net/core/somaxconn
	echo "$1" >/proc/sys/net/smc/limit_smc_hs
	rm -f "$work/port"
	echo 1 >"$TRACE/events/smcx/smcx_syn_option/enable"
	echo >"$TRACE/trace"
	smc-xfer server -b 127.0.0.1 -p 0 -n 1 --timeout 20 --ready-file "$work/port" -B 10k -d both >"$work/server" 2>&1 &
	server=$!
	while [[ ! -s $work/port ]]; do sleep 0.05; done
	smc-rawpeer connect 127.0.0.1 "$(<"$work/port")" sleep 20000 >"$work/silent" 2>&1 &
	silent=$!
	for ((i = 0; i < 200; i++)); do
		! grep -q 'server option seen' "$TRACE/trace" || break
		sleep 0.05
	done
	smc-xfer client -p "$(<"$work/port")" --timeout 20 -B 10k -d both 127.0.0.1 >"$work/client" 2>&1 || status=$?
	kill "$silent" 2>/dev/null || :
	wait "$server" || status=$?
	echo 0 >/proc/sys/net/smc/limit_smc_hs
	echo 4096 >/proc/sys/net/core/somaxconn
	grep -E 'smcx_(syn_option|fallback|conn_create):' "$TRACE/trace"
	echo "status $status: $(cat "$work/silent" "$work/server" "$work/client")"
	[[ $status == 0 && $i -lt 200 ]]
}

limited() {
	pressed 1 >"$work/pressed" && grep 'client reason=03010000' "$work/pressed" && return
	cat "$work/pressed"
	return 1
}

unlimited() {
	pressed 0 >"$work/pressed" && ! grep -q smcx_fallback "$work/pressed" && return
	cat "$work/pressed"
	return 1
}

limit_of_socket() {
	echo 1 >/proc/sys/net/smc/limit_smc_hs
	python3 -c '
import socket
SOL_SMC, SMC_LIMIT_HS = 286, 1
s = socket.socket(43, socket.SOCK_STREAM)
assert s.getsockopt(SOL_SMC, SMC_LIMIT_HS) == 1
s.setsockopt(SOL_SMC, SMC_LIMIT_HS, 0)
assert s.getsockopt(SOL_SMC, SMC_LIMIT_HS) == 0
for wrong in (lambda: s.setsockopt(SOL_SMC, 2, 0), lambda: s.setsockopt(SOL_SMC, SMC_LIMIT_HS, b"x")):
	try:
		wrong()
	except OSError:
		continue
	raise SystemExit("taken")'
	local status=$?
	echo 0 >/proc/sys/net/smc/limit_smc_hs
	return $status
}

ok limit__beyond_it_is_tcp limited
ok limit__without_it_is_smc unlimited
ok limit__of_a_socket limit_of_socket
ok limit__all_buffers_free drained

# ---- knobs ---------------------------------------------------------------------

# knob NAME KIND: once in three connections, it ends in fallback or a clean error, no byte is wrong, and afterwards
# all is as before.
knob() {
	local name=$1 hits=0 status=0
	echo "3 2" >"$SMCX_DEBUG/fault/$name"
	# A link group is made when there is none to join.
	[[ $name != lgr_create ]] || echo 8 >"$SMCX_DEBUG/fault/lgr_join"
	# A wait for what does not come takes as long; on debug all else takes its time, too.
	patience=3 connections=4
	[[ $kernel != debug ]] || patience=10
	both_ends smc smc 127.0.0.1 -B 150k -d both
	patience=20 connections=1
	echo 0 >"$SMCX_DEBUG/fault/$name"
	echo 0 >"$SMCX_DEBUG/fault/lgr_join"
	read -r _ _ _ hits <"$SMCX_DEBUG/fault/$name"
	[[ $hits -gt 0 ]] || { echo "never hit" && status=1; }
	intact || status=1
	[[ $client_status != 124 && $client_status -lt 128 ]] || { echo "client: $client_status" && status=1; }
	drained || status=1
	[[ $status == 0 ]] || head -n 4 "$work/server" "$work/client"
	return "$status"
}

# The list is read before the first knob is set: it holds the hits, so that its lines move.
names=$(cut -f 1 "$SMCX_DEBUG/fault/list")
for name in $names; do
	ok "knob__$name" knob "$name"
done
ok knob__all_is_well_afterwards transfer smc smc smc 127.0.0.1 -B 300k -d both

# ---- and out -------------------------------------------------------------------

unload() {
	drained && rmmod smcx
}

ok unload__no_buffer_no_module unload
ok unload__loads_again load_smcx
ok unload__no_ueid_no_smc transfer tcp smc smc 127.0.0.1 -B 100k -d both
ok unload__again unload
tap_end
