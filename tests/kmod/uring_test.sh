#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sockets by io_uring (kmod_uring): TCP's on this machine, or an SMC stack's in a VM.
#
# Usage: uring_test.sh [[smcx-]KERNEL]
# As for tests/kmod/stack.sh: smcx-KERNEL is smcx.ko on that kernel.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
PATH=$TOP/build/tests/kmod:$TOP/build/lab/tools:/usr/sbin:$PATH
mapfile -t cases < <(kmod_uring)

if [[ $# == 0 ]]; then
	status=0
	kmod_uring tcp exit >"$work/try" 2>&1 || status=$?
	[[ $status != 2 ]] || skip_all "$(<"$work/try")"
	for name in "${cases[@]}"; do
		ok "uring__tcp_$name" timeout 120 kmod_uring tcp "$name"
	done
	tap_end
fi

stack_of "$1"
if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	status=0
	"$TOP/lab/vm" --timeout 800 "$kernel" -- "$0" "$1" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

stat_of() {
	smc-ctl stats | sed -n "s/^$1=//p"
}

# by_smc PROTOCOL CASE: and its connections were SMC-D, by the kernel's own count.
by_smc() {
	local before
	before=$(stat_of smcd.client_v2)
	timeout 200 kmod_uring "$1" "$2" || return
	(($(stat_of smcd.client_v2) > ${before:-0})) && return
	smc-ctl stats | head -n 20
	return 1
}

load_stack
ip link set lo up
for name in "${cases[@]}"; do
	ok "uring__smc_$name" by_smc smc "$name"
	ok "uring__ipproto_$name" by_smc ipproto "$name"
done
ok sockets__none_is_left none_is_left
[[ ! $module ]] || ok module__goes rmmod smcx
tap_end
