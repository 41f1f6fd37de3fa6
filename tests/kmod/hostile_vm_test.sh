#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hostile peer in a VM: mutated CLC messages, slow ones, halves, early data. Meanwhile other sockets go on, and
# afterwards nothing is left: no socket, no memory, no report in the kernel's log (lab/vm looks). The kernel's own stack
# is brought down by it.
#
# Usage: hostile_vm_test.sh [smcx-]KERNEL MESSAGES
# As for tests/kmod/stack.sh: smcx-KERNEL is smcx.ko on that kernel.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack=${1-6.12-lo}
stack_of "$stack"
messages=${2-10000}

in_vm() {
	"$TOP/lab/vm" --mem 3072 --timeout 5400 "$@" "$kernel" -- "$0" "$stack" "$messages" in-vm
}

# Should the kernel's own stack stand it one day, in-tree.deviations is to be changed.
brought_down() {
	local status=0
	in_vm --log "$work/log" || status=$?
	[[ $status == 125 ]] && grep 'Kernel panic' "$work/log" && grep -E 'smc_(conn_create|rx_recvmsg|tx_sendmsg)\+' "$work/log"
}

if [[ ${3-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	if [[ ! $module ]]; then
		ok in_tree__is_brought_down brought_down
		tap_end
	fi
	status=0
	in_vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

PATH=$TOP/build/tests/kmod:$TOP/build/lab/tools:/usr/sbin:$PATH
known=()
[[ $module ]] || known=(--no-more --deviations "$TOP/tests/kmod/in-tree.deviations")
load_stack
ip link set lo up

# hostile N SEED: what it says is in hostile.SEED.
hostile() {
	kmod_hostile --messages "$1" --seed "$2" >"$work/hostile.$2" 2>&1 && return
	cat "$work/hostile.$2"
	return 1
}

# Sockets that wait (TIME-WAIT, half-open handshakes) are gone after a minute.
settled() {
	local end=$((SECONDS + 90)) left
	while ((SECONDS < end)); do
		left=$(smc-ctl diag) || return 1
		[[ $left == *_port=* || $(ss -Htan state time-wait | wc -l) -gt 100 ]] || return 0
		sleep 1
	done
	sed -n 1,10p <<<"$left"
	return 1
}

# used: memory in KiB that nobody else can have.
used() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemTotal/ { t = $2 } /^MemFree|^Cached|^Buffers/ { f += $2 } END { print t - f }' /proc/meminfo
}

# KASAN keeps what is freed for a while, a thirty-second of all memory at most; there kmemleak is asked as well.
memory_is_back() {
	local grown=$(($(used) - before)) allowed=$((16 * 1024))
	[[ $kernel != debug ]] || allowed=$((128 * 1024))
	((grown < allowed)) && return
	echo "$grown KiB more than before"
	return 1
}

others_went_on() {
	wait "$torture" && return
	cut -c 1-200 "$work/torture"
	return 1
}

# Memory that is allocated once and kept is allocated now.
ok hostile__first_messages hostile 100 1
ok sockets__settle_before settled
before=$(used)
kmod_torture --patience 120 --proto smc --seed 1 --workers 4 --connections 40 --seconds $((10 + messages / 100)) "${known[@]}" \
	>"$work/torture" 2>&1 &
torture=$!
begin=$SECONDS
ok hostile__messages hostile "$messages" 2
note "$((SECONDS - begin)) seconds"
note "$(sed -n 2p "$work/hostile.2")"
ok others__go_on others_went_on
note "$(grep seed= "$work/torture" | cut -c 1-200)"
ok sockets__none_is_left settled
ok memory__is_given_back memory_is_back
unload() {
	if [[ $module ]]; then
		rmmod smcx
	else
		rmmod smc_diag && rmmod smc
	fi
}
ok module__goes unload
[[ ! -e /sys/kernel/debug/kmemleak ]] || ok memory__none_is_lost no_leak
tap_end
