#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# System calls at random on sockets of smcx.ko, while sock_diag and netlink look at them: no call hangs, nothing is left,
# the module goes, and the kernel has nothing to say (lab/vm sees to that, and on debug KASAN, lockdep and kmemleak do).
# Usage: fuzz_calls_vm_test.sh [smcx-]KERNEL SECONDS [SEED]   TAP; the seed, if none is given, is a new one.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-smcx-6.12}"
seconds=${2-60} seed=${3-$SRANDOM}

if [[ ${4-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	note "seed $seed"
	"$TOP/lab/vm" --timeout $((seconds * 3 + 600)) "$kernel" -- "$0" "$1" "$seconds" "$seed" in-vm
	exit
fi

PATH=$TOP/build/lab/tools:$TOP/build/tests/kmod:$PATH

# Where the threads of a call that does not come back are.
stacks() {
	local task
	for task in /proc/[0-9]*/task/*; do
		[[ $(<"$task/comm") == kmod_fuzz_calls ]] || continue
		echo "$task: $(tr '\n' ' ' <"$task/stack")"
	done 2>/dev/null
	return 1
}

look_at_them() {
	while :; do
		smc-ctl diag
		smc-ctl lgr
		smc-ctl stats
	done
}

fuzz() {
	kmod_fuzz_calls "$seconds" "$seed" || stacks
}

# The last ends go by themselves, within the time that they may stay.
unloads() {
	local end=$((SECONDS + 120))
	while ((SECONDS < end)); do
		! rmmod smcx 2>/dev/null || return 0
		sleep 1
	done
	cat /proc/modules /sys/kernel/debug/smcx/counts
	return 1
}

load_stack
ip link set lo up
look_at_them >/dev/null 2>&1 &
looker=$!
ok "fuzz__every_call_comes_back" fuzz
kill "$looker"
wait "$looker" 2>/dev/null || :
ok "fuzz__nothing_is_left" none_is_left
if [[ $module ]]; then
	ok "fuzz__the_module_goes" unloads
fi
if [[ -e /sys/kernel/debug/kmemleak ]]; then
	ok "fuzz__nothing_leaks" no_leak
fi
tap_end
