#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Payment for DMBs: each end's memory cgroup for its own, whichever thread has made them; and what happens where the
# group may not have so much: TCP, and nobody is killed for it.
#
# Usage: memcg_vm_test.sh KERNEL
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
PATH=$TOP/build/lab/tools:/usr/sbin:$PATH
stack_of "smcx-${1-6.12}"

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	status=0
	"$TOP/lab/vm" --timeout "$(vm_limit 1200)" "$kernel" -- "$0" "$kernel" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

. "$TOP/tests/kmod/guest.sh"
groups=/run/smckit-cgroup many=16
readonly IPPROTO_TCP=6 IPPROTO_SMC=256

make_groups() {
	mkdir "$groups"
	mount -t cgroup2 none "$groups"
	echo +memory >"$groups/cgroup.subtree_control"
	mkdir "$groups/server" "$groups/client"
}

# in_group NAME COMMAND...: in the background, for it does not come back.
in_group() {
	echo "$BASHPID" >"$groups/$1/cgroup.procs"
	exec "${@:2}"
}

# kernel_memory NAME: bytes that the group pays for in the kernel.
kernel_memory() {
	awk '$1 == "kernel" { print $2 }' "$groups/$1/memory.stat"
}

# hold: as many connections as $many, which stay until $work/end is there.
hold() {
	rm -f "$work/port" "$work/end"
	in_group server smc-xfer server -f smc -p 0 --timeout 60 -n "$many" --ready-file "$work/port" --rcvbuf 1m -B 50k \
		-d both --hold-file "$work/end" >"$work/server" 2>&1 &
	server=$!
	while [[ ! -s $work/port ]]; do sleep 0.1; done
	in_group client smc-xfer client -f smc -p "$(<"$work/port")" --timeout 60 -n "$many" -P "$many" --rcvbuf 1m \
		-B 50k -d both --hold-file "$work/end" 127.0.0.1 >"$work/client" 2>&1 &
	client=$!
}

# over: they end well, with every byte right.
over() {
	local status=0
	touch "$work/end"
	wait "$client" || status=$?
	wait "$server" || status=$?
	[[ $status == 0 ]] || head -n 4 "$work/server" "$work/client"
	return "$status"
}

# wait_for DMBS
wait_for() {
	local end=$((SECONDS + 60))
	until [[ $(count dmbs) == "$1" ]]; do
		((SECONDS < end)) || { cat "$SMCX_DEBUG/counts" "$work/client" && return 1; }
		sleep 0.2
	done
}

# Half of the DMBs are each end's, and beside them a connection takes little: sockets, and TCP's. In a DMB of 1 MiB only what
# was written to is there.
each_pays_its_own() {
	local name half grown status=0
	declare -A before
	for name in server client; do
		before[$name]=$(kernel_memory "$name")
	done
	hold
	wait_for $((2 * many)) || status=1
	half=$(($(count dmb_bytes) / 2))
	for name in server client; do
		grown=$(kernel_memory "$name")
		grown=$((grown - before[$name]))
		echo "$name: $grown bytes, and its DMBs have $half"
		((grown >= half && grown < half + 4 * 1024 * 1024 && half >= many * 50 * 1024 &&
			half < many * 256 * 1024)) || status=1
	done
	over || status=1
	drained || status=1
	cp "$work/tap" "$work/paid"
	return "$status"
}

given_back() {
	local name end=$((SECONDS + 20)) left=1
	while ((left && SECONDS < end)); do
		left=0
		sleep 0.5
		for name in server client; do
			(($(kernel_memory "$name") < 2 * 1024 * 1024)) || left=1
		done
	done
	((left == 0)) || grep -H '^kernel ' "$groups"/*/memory.stat
	return "$left"
}

# The server sleeps while clients connect, so that nothing but their DMBs fills its group; then it says back what it
# hears, from one after the other, as they have connected. The client is told by $work/go that it may speak.
readonly SERVER='
import os, signal, socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, int(sys.argv[3]))
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
listener.bind(("127.0.0.1", 0))
listener.listen(2500)
signal.signal(signal.SIGUSR1, lambda *_: None)
with open(sys.argv[1] + ".part", "w") as f:
    print(listener.getsockname()[1], file=f)
os.rename(sys.argv[1] + ".part", sys.argv[1])
signal.pause()
for i in range(int(sys.argv[2])):
    s = listener.accept()[0]
    s.settimeout(60)
    text = b""
    while len(text) < 5000:
        more = s.recv(5000 - len(text))
        if not more:
            sys.exit("%d: an end after %d bytes" % (i, len(text)))
        text += more
    s.sendall(text)
    s.close()
'
readonly CLIENT='
import os, socket, sys, time
socks = []
for i in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, int(sys.argv[4]))
    s.settimeout(60)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    socks.append(s)
print(len(socks), "connected", flush=True)
while not os.path.exists(sys.argv[3]):
    time.sleep(0.1)
for s in socks:
    said = os.urandom(5000)
    s.sendall(said)
    assert s.recv(5000, socket.MSG_WAITALL) == said
    assert not s.recv(1)
'

# Whether a step of a handshake, which others wait for as well, has begun to reclaim memory: lines of the trace.
waits_in_steps() {
	awk '
		{ match($0, /^ *.*-[0-9]+ +\[/); who = substr($0, RSTART, RLENGTH) }
		/workqueue_execute_start:/ { if ($0 ~ /function (hs|listen|abort|free)_work/) step[who] = $0; else delete step[who] }
		/workqueue_execute_end:/ { delete step[who] }
		/memcg_reclaim_begin:/ { all++; if (who in step) { waits++; last = step[who] } }
		END { printf "%d of %d\n%s", waits, all, waits ? last "\n" : ""; exit waits > 0 }
	' "$TRACE/trace"
}

# trace_waits ON
trace_waits() {
	local event
	for event in vmscan/mm_vmscan_memcg_reclaim_begin workqueue/workqueue_execute_{start,end}; do
		echo "$1" >"$TRACE/events/$event/enable"
	done
}

# limited PROTOCOL: the server may have less than the DMBs of its connections want. They go on with TCP, and it lives.
limited() {
	# Pages of files are given up before anything fails, so most of them have to go first.
	local status=0 kills falls many=2000
	[[ $kernel != debug ]] || many=500 # it makes some ten a second
	rm -f "$work/port" "$work/go" "$work/client"
	in_group server python3 -c "$SERVER" "$work/port" "$many" "$1" >"$work/server" 2>&1 &
	server=$!
	while [[ ! -s $work/port ]] && kill -0 "$server"; do sleep 0.1; done
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	echo 1G >"$groups/server/memory.reclaim" || : # it tells that so much is not there
	echo $(($(<"$groups/server/memory.current") + 512 * 1024)) >"$groups/server/memory.max"
	echo 65536 >"$TRACE/buffer_size_kb"
	echo >"$TRACE/trace"
	trace_waits 1
	python3 -c "$CLIENT" "$(<"$work/port")" "$many" "$work/go" "$1" >"$work/client" 2>&1 &
	client=$!
	while [[ ! -s $work/client ]] && kill -0 "$client"; do sleep 0.1; done
	trace_waits 0
	falls=$(grep -c 'smcx_fallback: .*server' "$TRACE/trace" || :)
	waits_in_steps >"$work/waits" || { cat "$work/waits" && status=1; }
	((falls > 0 && falls < many || $1 == IPPROTO_TCP)) || {
		echo "$falls of $many fell back" && status=1
		cat "$SMCX_DEBUG/counts" "$groups/server"/memory.{max,current,events}
		grep smcx_ "$TRACE/trace" | tail -n 3
	}
	echo max >"$groups/server/memory.max"
	kills=$(sed -n 's/^oom_kill //p' "$groups/server/memory.events")
	[[ $kills == 0 ]] || { echo "$kills killed" && status=1; }
	touch "$work/go"
	kill -USR1 "$server" || status=1
	wait "$client" || status=$?
	wait "$server" || status=$?
	[[ $status == 0 ]] || head -n 9 "$work/server" "$work/client"
	drained || status=1
	return "$status"
}

load_smcx ueid=SMCKIT.TEST
ulimit -n 4096
sysctl -qw net.core.somaxconn=4096
ip link set lo up
ok groups__made make_groups
ok memory__each_end_pays_for_its_own each_pays_its_own
note "$(cat "$work/paid")"
ok memory__is_given_back given_back
ok limit__tcp_has_enough limited "$IPPROTO_TCP"
ok limit__not_enough_for_all limited "$IPPROTO_SMC"
note "reclaims of memory within a step, of all that there were: $(<"$work/waits")"
ok limit__afterwards_as_before each_pays_its_own
ok module__goes rmmod smcx
tap_end
