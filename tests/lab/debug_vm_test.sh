#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel "debug": every checker it is made for reports a fault of the module faulty/, and lab/vm fails for it.
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/lab/lib/kernel_log.sh"

# vm LOG SCRIPT: with the module at $1, and `commit FAULT...` to have it do one thing wrong after the other.
vm() {
	"$TOP/lab/vm" --timeout 600 --log "$1" debug -- bash -ec '
		commit() {
			for fault in "$@"; do
				echo "faulty: $fault" >/dev/kmsg
				echo "$fault" >/sys/module/faulty/parameters/fault
			done
		}
		'"$2" bash "$ko"
}

# KASAN's report is the end of lockdep, so inversion comes before it. A device that is held is waited for ten seconds
# and then reported; kmemleak takes objects younger than five for something on its way.
commit_all() {
	local status=0
	vm "$work/log" '
		insmod "$1"
		unshare --net sh -c "echo device >/sys/module/faulty/parameters/fault"
		commit sleep shift inversion use-after-free pending-work leak
		for try in $(seq 100); do
			! dmesg | grep "unregister_netdevice: waiting for lo" || break
			sleep 1
		done
		sleep 6
		for scan in 1 2; do echo scan >/sys/kernel/debug/kmemleak; done' || status=$?
	echo "status $status"
	((status == 125))
}

# reports REGEX: among what fails a run.
reports() {
	kernel_log_reports "$work/log" >"$work/reports"
	grep -aE -e "$1" "$work/reports" || { cat "$work/reports" && return 1; }
}

debug__healthy_module_leaves_no_report() {
	vm "$work/healthy" '
		insmod "$1"
		commit none
		sleep 6
		for scan in 1 2; do echo scan >/sys/kernel/debug/kmemleak; done
		test -z "$(cat /sys/kernel/debug/kmemleak)"
		rmmod faulty'
}

# One allocation of the module's own code fails, and nobody else's.
debug__fails_allocations_of_a_module() {
	vm "$work/healthy" '
		insmod "$1"
		cd /sys/kernel/debug/failslab
		start=$(cat /sys/module/faulty/sections/.text)
		echo "$start" >require-start
		printf "0x%x\n" $((start + 0x10000)) >require-end
		echo 0 >verbose
		echo N >ignore-gfp-wait
		echo 100 >probability
		echo -1 >times
		! commit use-after-free
		echo 0 >times
		commit none'
}

debug__has_smc_with_loopback_as_modules() {
	vm "$work/healthy" '
		! test -e /sys/module/smc
		modprobe smc_diag
		dmesg | grep "adding smcd device loopback-ism"
		test -e /sys/kernel/btf/smc
		rmmod smc_diag smc'
}

ko=$("$TOP/lab/module" debug "$TOP/tests/lab/faulty" "$work/out" W=1) || {
	fail debug "the module could not be built"
	tap_end
}
ok debug__healthy_module_leaves_no_report debug__healthy_module_leaves_no_report
ok debug__fails_allocations_of_a_module debug__fails_allocations_of_a_module
ok debug__has_smc_with_loopback_as_modules debug__has_smc_with_loopback_as_modules
ok debug__reports_fail_the_run commit_all
ok debug__kasan_sees_use_after_free reports 'BUG: KASAN: slab-use-after-free in use_after_free'
ok debug__lockdep_sees_inversion reports 'WARNING: possible circular locking dependency detected'
ok debug__kmemleak_sees_leak reports 'kmemleak: [1-9][0-9]* new suspected memory leaks'
ok debug__atomic_sleep_is_seen reports 'BUG: sleeping function called from invalid context at .*faulty.c'
ok debug__ubsan_sees_shift reports 'UBSAN: shift-out-of-bounds in .*faulty.c'
ok debug__objects_see_pending_work reports 'WARNING: .* debug_print_object'
ok debug__held_device_is_seen reports 'unregister_netdevice: waiting for lo to become free'
tap_end
