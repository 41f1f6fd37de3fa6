#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Attacks of a user without rights on the sockets of others, in a VM: each case (strangers.c) over TCP first, whose
# answer is the right one, and then over smcx.ko.
#
# Usage: strangers_vm_test.sh KERNEL
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
PATH=$TOP/build/tests/kmod:$TOP/build/lab/tools:/usr/sbin:$PATH
stack_of "smcx-${1-6.12}"

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	status=0
	"$TOP/lab/vm" --timeout "$(vm_limit 1400)" "$kernel" -- "$0" "$kernel" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

. "$TOP/tests/kmod/guest.sh"
groups=/run/smckit-cgroup

# make_groups PROTOCOL: groups without rules.
make_groups() {
	mountpoint -q "$groups" || { mkdir -p "$groups" && mount -t cgroup2 none "$groups"; }
	mkdir "$groups/$1-server" "$groups/$1-client"
}

prepare() {
	make_groups tcp && make_groups smc && ip link set lo up &&
		ip link add d0 type dummy && ip link set d0 up && ip address add 192.0.2.1/24 dev d0 &&
		ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:01 dev d0
}

# can CASE: has this kernel what the case wants?
can() {
	case $1 in
	stuck_*) python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(323, 0) < 0)' ;;
	own_locks) [[ -e $TRACE/kprobe_events ]] ;;
	# Without CONFIG_INET_DIAG_DESTROY ss does nothing, and says nothing.
	destroyed_*) ss -K -Htln 'sport = :1' >/dev/null 2>&1 && grep -qw tcp_diag_destroy /proc/kallsyms ;;
	esac
}

# as_always PROTOCOL CASE
as_always() {
	timeout 300 kmod_strangers "$1" "$2" "$groups/$1-server" "$groups/$1-client"
}

# slow_workers CASE: they keep TCP's lock while a client's last message comes.
slow_workers() {
	local status=0
	echo "-1 3" >"$SMCX_DEBUG/fault/hs_hold"
	as_always smc "$1" || status=$?
	echo 0 >"$SMCX_DEBUG/fault/hs_hold"
	return "$status"
}

# own_locks PROTOCOL: neither a client nor a server takes a lock that sleeps of the other's sockets, whatever it is for.
own_locks() {
	local probes=$TRACE/kprobe_events status=0
	{
		echo "p:smckit/lock lock_sock_nested sk=\$arg1"
		echo "p:smckit/fast __lock_sock_fast sk=\$arg1"
		echo "p:smckit/later smcx_later_enter sk=\$arg1"
	} >"$probes"
	echo >"$TRACE/trace"
	echo 1 >"$TRACE/events/smckit/enable"
	timeout 300 kmod_strangers "$1" own_locks >"$work/pids" || status=$?
	echo 0 >"$TRACE/events/smckit/enable"
	cp "$TRACE/trace" "$work/trace" # which is emptied when the probes go
	echo >"$probes"
	awk -v pids="$(<"$work/pids")" '
		BEGIN { split(pids, pid, " ") }
		/ sk=0x/ && match($0, /-[0-9]+ +\[/) {
			who = substr($0, RSTART + 1, RLENGTH) + 0
			sub(/.* sk=/, "")
			if (who == pid[1]) servers[$0]++
			if (who == pid[2]) clients[$0]++
		}
		END {
			for (sk in servers) { ours++; both += sk in clients }
			for (sk in clients) theirs++
			printf "sockets locked: %d by the server, %d by the client, %d by both\n", ours, theirs, both
			exit both || ours < 60 || theirs < 60
		}' "$work/trace" >"$work/locks" || { cat "$work/locks" && status=1; }
	return "$status"
}

# own_labels PROTOCOL: the label of an LSM comes to each accepted socket from its listener, and to ours as well as to
# TCP's. No LSM of the lab shows a program the label of a TCP socket, so it is the kernel's copying that is watched.
own_labels() {
	local probes=$TRACE/kprobe_events listeners=1 status=0
	[[ $1 == tcp ]] || listeners=2
	echo "p:smckit/label security_sk_clone from=\$arg1 to=\$arg2" >"$probes"
	echo >"$TRACE/trace"
	echo 1 >"$TRACE/events/smckit/enable"
	timeout 300 kmod_strangers "$1" own_locks >"$work/pids" || status=$?
	echo 0 >"$TRACE/events/smckit/enable"
	cp "$TRACE/trace" "$work/trace"
	echo >"$probes"
	awk -v wanted="$listeners" '
		match($0, /from=0x[0-9a-f]+/) { children[substr($0, RSTART + 5, RLENGTH - 5)]++ }
		END {
			for (sk in children) with_children += children[sk] >= 60
			printf "listeners whose label was copied at least 60 times: %d\n", with_children
			exit with_children != wanted
		}' "$work/trace" >"$work/labels" || { cat "$work/labels" && status=1; }
	return "$status"
}

# A connection that accept() has given to TCP is shown till TCP is done with it, keeps nothing, and outlives the module.
# Not where lockdep is: there the kernel itself holds the module of each socket's locks (sk_owner).
fallen_back_hold_nothing() {
	timeout 200 python3 - <<-'END'
		import ctypes, os, socket, struct, subprocess, time
		listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256)
		listener.bind(("127.0.0.1", 0))
		listener.listen(300)
		def shown():
		    said = subprocess.run(["smc-ctl", "diag"], capture_output=True, text=True).stdout
		    return said.count("_port=")
		def patiently(what):
		    end = time.time() + 60
		    while time.time() < end:
		        if what():
		            return True
		        time.sleep(0.1)
		empty = shown()
		pairs = []
		for i in range(200):
		    client = socket.create_connection(listener.getsockname())
		    pairs.append((client, listener.accept()[0]))
		many = shown()
		assert many > empty, "%d sockets shown, %d with all" % (empty, many)
		# One of them becomes a listener of TCP, and its children know nothing of us.
		again = pairs[3][1]
		libc = ctypes.CDLL(None, use_errno=True)
		assert not libc.connect(again.fileno(), struct.pack("=H14x", socket.AF_UNSPEC), 16)
		assert not libc.bind(again.fileno(), struct.pack("=H14x", socket.AF_INET), 16)
		again.listen(5)
		child_client = socket.create_connection(("127.0.0.1", again.getsockname()[1]))
		child = again.accept()[0]
		for pair in pairs[4:]:
		    for end in pair:
		        end.close()
		assert patiently(lambda: shown() - empty <= (many - empty) * 4 // 200), "%d are left" % shown()
		listener.close()
		if os.path.exists("/proc/lockdep"):
		    for end in (end for pair in pairs[:4] for end in pair):
		        end.close()
		    pairs = []
		assert patiently(lambda: os.system("rmmod smcx 2>/dev/null") == 0), "the module is held"
		for client, server in pairs[:3]:
		    client.sendall(b"hello")
		    assert server.recv(5) == b"hello"
		    client.close()
		    assert not server.recv(1)
		    server.close()
		child_client.sendall(b"hello")
		assert child.recv(5) == b"hello"
		child.close()
		child_client.close()
	END
}

load_smcx ueid=SMCKIT.TEST
ulimit -n 4096
sysctl -qw net.core.somaxconn=4096
ok prepared prepare
for name in $(kmod_strangers); do
	can "$name" || { note "$name: not on this kernel" && continue; }
	case $name in
	own_locks)
		for protocol in tcp smc; do
			ok "${protocol}__own_locks" own_locks "$protocol"
			note "$protocol: $(<"$work/locks")"
			! grep -qw security_sk_clone /proc/kallsyms || ok "${protocol}__own_labels" own_labels "$protocol"
		done
		;;
	*)
		ok "tcp__$name" as_always tcp "$name"
		ok "smc__$name" as_always smc "$name"
		;;
	esac
done
ok smc__closed_before_accept_with_slow_workers slow_workers closed_before_accept
ok sockets__none_is_left none_is_left
ok buffers__all_free drained
ok fallback__holds_nothing fallen_back_hold_nothing
[[ ! -e /sys/kernel/debug/kmemleak ]] || ok memory__none_is_lost no_leak
tap_end
