#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# DMBs of programs in smcx.ko: the calls and their arguments between programs, heads at random to sockets, a program that is
# killed, and what is left behind. A report in the kernel log fails the run (lab/vm sees to that); on debug kmemleak is asked.
# Usage: player_vm_test.sh KERNEL [SECONDS]. It builds the module, boots, and calls itself there. TAP on stdout.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
readonly seconds=${2:-5} node=/dev/smcx-dmb
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:$TOP/build/tests/kmod:$TOP/build/replay:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-$1"

if [[ ${3-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	# No exec: tap.sh's trap has to run. The plan and the cases are the VM's.
	"$TOP/lab/vm" --timeout 1700 "$kernel" -- "$0" "$kernel" "$seconds" in-vm
	exit
fi

. "$TOP/tests/kmod/guest.sh"
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || :
load_smcx ueid=SMCKIT.LAB
ip link set lo up
scale=1
[[ $kernel != debug ]] || scale=4

# A capability is asked for, not a user alone.
needs_capability() {
	(exec 3<>"$node") || return
	! capsh --drop=cap_net_admin -- -c "exec 3<>$node" 2>/dev/null
}

# hold: a program with a DMB, which waits. Its process is in $holder.
hold() {
	exec {held}<>"$node"
}

stays_while_open() {
	hold
	! rmmod smcx 2>/dev/null || return
	exec {held}>&-
}

# Beyond the buffer there is no urgent byte; KASAN would tell.
cat >"$work/urgent.smc" <<'END'
smc-replay 1
import dmb.inc
case urgent-byte-behind-the-dmb
	needs ism dmb app
	client clc @dmb_proposal
	server clc @dmb_accept
	client clc @dmb_confirm
	server result ok
	client write $peer_dmb_token 0 "12345678"
	client dmb
		cdc_smcd prod_count=100000 urgent_pending=1 urgent_present=1
	server recv EAGAIN|ECONNABORTED|ECONNRESET
END
cat >"$work/silent.smc" <<'END'
smc-replay 1
import dmb.inc
case silent
	needs ism dmb app
	client clc @dmb_proposal
	server clc @dmb_accept
	client clc @dmb_confirm
	server result ok
	server silent 60000
END
cp "$TOP/replay/suite/dmb.inc" "$work"

replay() {
	local said
	said=$(smc-replay "$@" 2>&1) && [[ $said == *"# pass "[1-9]* ]] && return
	grep -A 4 -E '^not ok|^smc-replay:|^# pass' <<<"$said" | cut -c 1-200
	return 1
}

# In the middle of a connection: its peer is told, and nothing is left of either.
killed() {
	local pid i
	smc-replay run --role client "$work/silent.smc" >"$work/out" 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		[[ $(count dmbs) != 2 ]] || break
		sleep 0.05
	done
	[[ $(count dmbs) == 2 ]] || { cat "$work/out" && return 1; }
	kill -9 "$pid"
	wait "$pid" 2>/dev/null || :
	drained
}

no_leak() {
	local i
	[[ -e /sys/kernel/debug/kmemleak ]] || return 0
	# A DMB that is just being freed counts as lost at first.
	for i in 1 2 3; do
		echo scan >/sys/kernel/debug/kmemleak
		sleep 6
	done
	! grep -A 12 smcx /sys/kernel/debug/kmemleak
}

if command -v capsh >/dev/null; then
	ok open__needs_capability needs_capability
fi
ok calls__all kmod_player "$node" "$seconds" 1
ok calls__nothing_is_left drained
ok sockets__urgent_byte_behind_the_dmb replay run --role client --time-scale "$scale" "$work/urgent.smc"
ok sockets__heads_at_random replay suite --suite "$TOP/replay/suite" --only 'dmb/[a-d]*' --random 2 --seed 3 --time-scale "$scale"
ok sockets__nothing_is_left drained
ok killed__nothing_is_left killed
ok unload__not_while_open stays_while_open
ok unload__goes rmmod smcx
ok unload__node_is_gone test ! -e "$node"
ok unload__no_leak no_leak
tap_end
