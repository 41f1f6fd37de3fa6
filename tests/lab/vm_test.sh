#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of lab/vm, lab/vm-pair and lab/kernel, as their user sees them. TAP on stdout; what the
# programs under test write to stderr is shown when a test fails.
# Usage: vm_test.sh [--slow]   the cases for every run, or all the others: most boot a VM or two
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# Files that the programs leave are then found here and nowhere else.
export TMPDIR=$tmp/programs
mkdir "$TMPDIR"
PATH=$root/lab:$PATH

# is WHAT EXPECTED GOT
is() {
	[[ $2 == "$3" ]] || { echo "$1: expected '$2', got '$3'" && return 1; }
}

# status EXPECTED COMMAND...
status() {
	local expected=$1 got=0
	shift
	"$@" || got=$?
	is "status of $*" "$expected" "$got"
}

# sample LINE...: does the scanner call it a report?
is_report() {
	printf '%s\n' "$@" >"$tmp/sample"
	(. lab/lib/kernel_log.sh && kernel_log_reports "$tmp/sample" >/dev/null)
}

scanner__sees_reports() {
	local line
	while read -r line; do
		is_report "[    0.000000] Linux version 6.12" "[   12.345678] $line" ||
			{ echo "not seen: $line" && return 1; }
		is_report "[   12.345678][  T123] $line" || { echo "not seen with caller: $line" && return 1; }
	done <<-'END'
		WARNING: CPU: 0 PID: 171 at net/smc/smc_core.c:123 smc_conn_free+0x1/0x2 [smc]
		WARNING: net/smc/smc_core.c:123 at smc_conn_free+0x1/0x2 [smc], CPU#0: test/171
		WARNING: possible circular locking dependency detected
		WARNING: inconsistent lock state
		WARNING: suspicious RCU usage
		BUG: kernel NULL pointer dereference, address: 0000000000000008
		BUG: unable to handle page fault for address: ffffc90000000000
		BUG: KASAN: slab-use-after-free in smc_cdc_rx_handler+0x1/0x2
		BUG: KFENCE: use-after-free read in smc_release+0x1/0x2
		BUG: sleeping function called from invalid context at mm/slab.c:1
		BUG: Bad page state in process test  pfn:01234
		watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [test:171]
		kernel BUG at net/smc/af_smc.c:1!
		Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
		BUG kmalloc-64 (Tainted: G           OE     ): Poison overwritten
		ref_tracker: net notrefcnt@ffff88800c0b2268 has 1/1 users at
		IPv4: Attempt to release TCP socket in state 1 ffff88800c0b2268
		Oops: 0002 [#1] PREEMPT SMP NOPTI
		general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
		Kernel panic - not syncing: Fatal exception
		UBSAN: array-index-out-of-bounds in net/smc/smc_llc.c:1:2
		rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
		rcu: INFO: rcu_preempt self-detected stall on CPU
		INFO: task test:171 blocked for more than 120 seconds.
		INFO: trying to register non-static key.
		kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
		refcount_t: underflow; use-after-free.
		unregister_netdevice: waiting for eth0 to become free. Usage count = 2
		Out of memory: Killed process 200 (tail) total-vm:233936kB
	END
}

scanner__ignores_harmless_lines() {
	local line
	while read -r line; do
		! is_report "[   12.345678] $line" || { echo "taken for a report: $line" && return 1; }
	done <<-'END'
		Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
		ACPI BIOS Error (bug): Could not resolve symbol [\_SB.PCI0], AE_NOT_FOUND
		smc: loading out-of-tree module taints kernel.
		smc: module verification failed: signature and/or required key missing - tainting kernel
		infiniband rxe0: rxe_modify_qp: returned err = -22
		Command line: console=ttyS0 oops=panic panic=-1
		kmemleak: Kernel memory leak detector initialized (mem pool available: 15837)
		Kernel command line: debug WARNING: BUG: Oops:
		FAULT_INJECTION: forcing a failure.
		rcu: INFO: Hierarchical RCU implementation.
		warning: 'test' uses wireless extensions
		Lock dependency validator: Copyright (c) 2006 Red Hat, Inc.
		reboot: machine restart
	END
}

scanner__leaves_out_what_is_allowed() (
	. lab/lib/kernel_log.sh
	printf '[    1.0] WARNING: %s\n' 'one at foo' 'two at bar' >"$tmp/sample"
	is "left" '[    1.0] WARNING: two at bar' "$(kernel_log_reports "$tmp/sample" 'at foo$')" &&
		status 1 kernel_log_reports "$tmp/sample" 'at foo$' 'bar'
)

usage__unknown_kernel_lists_the_known() {
	status 2 vm 9.99 -- true 2>"$tmp/err" && grep -q 'unknown kernel.*6\.12' "$tmp/err" &&
		status 2 kernel 9.99 2>/dev/null
}

usage__errors() {
	status 2 vm 6.12 && status 2 vm --mem much 6.12 -- true && status 2 vm --what 1 6.12 -- true &&
		status 2 vm --env novalue 6.12 -- true && status 2 vm --out "$tmp/none" 6.12 -- true &&
		status 2 vm-pair 6.12 -- true
}

# Neither apt nor a file of the cache is touched.
kernel__second_time_does_nothing() {
	local entry before
	entry=$(kernel 6.12) || return 1
	before=$(stat -c '%n %i %Y' "$entry" "${entry%@*}.current")
	mkdir -p "$tmp/second"
	printf '#!/bin/sh\necho "$0 $*" >>"%s"\nexit 100\n' "$tmp/apt" | tee "$tmp"/second/{apt-get,apt-cache,dpkg-deb,cpio} >/dev/null
	chmod +x "$tmp"/second/*
	is "entry" "$entry" "$(PATH=$tmp/second:$PATH kernel 6.12)" && is "apt" '' "$(cat "$tmp/apt" 2>/dev/null)" &&
		is "files" "$before" "$(stat -c '%n %i %Y' "$entry" "${entry%@*}.current")"
}

# apt fails as without a network; a cache of its own, with nothing in it or an outdated entry.
kernel__without_network() {
	local cache=$tmp/cache old=$tmp/cache/kernels/6.12@0123
	mkdir -p "$tmp/bin"
	printf '#!/bin/sh\nexit 100\n' | tee "$tmp/bin/apt-get" >"$tmp/bin/apt-cache"
	chmod +x "$tmp"/bin/apt-*
	SMCKIT_CACHE=$cache PATH=$tmp/bin:$PATH status 123 kernel 6.12 2>"$tmp/err" &&
		grep -q 'check the network' "$tmp/err" || { cat "$tmp/err" && return 1; }
	mkdir -p "$old" && echo 'linux-image-old=1' >"$old/packages"
	SMCKIT_CACHE=$cache PATH=$tmp/bin:$PATH status 0 kernel 6.12 >"$tmp/out" 2>"$tmp/err" &&
		is "entry" "$old" "$(<"$tmp/out")" && grep -q 'no network: using' "$tmp/err" &&
		is "left-overs" '' "$(find "$cache" -name '*.tmp.*')"
}

# A background process of the command does not keep the VM running.
vm__passes_exit_status() {
	status 3 vm --timeout 60 6.12 -- sh -c 'sleep 1000 & exit 3'
}

vm__command_not_found() {
	status 127 vm 6.12 -- no-such-command
}

vm__killed_by_signal() {
	status 143 vm 6.12 -- sh -c 'kill -TERM $$'
}

vm__passes_arguments() {
	local words=('a b' "it's" '"q"' "\$HOME \`id\`" '' $'new\nline' 'ü\n' '*' "'\\''")
	is "arguments" "$(printf '<%s>' "${words[@]}")" "$(vm 6.12 -- printf '<%s>' "${words[@]}")"
}

# Even to a reader who is slower than the guest, and apart from each other.
vm__passes_output_byte_by_byte() {
	vm 6.12 -- sh -c 'cat "$1"; echo "to stderr" >/dev/stderr' sh "$BASH" 2>"$tmp/err" |
		(sleep 5 && cat) >"$tmp/bytes"
	cmp "$BASH" "$tmp/bytes" && is "stderr" "to stderr" "$(<"$tmp/err")"
}

vm__reader_that_stops_early_does_not_block() {
	is "bytes" 5 "$(vm --timeout 60 6.12 -- cat "$BASH" | head -c 5 | wc -c)"
}

vm__sees_checkout_but_does_not_change_it() {
	local mark=tests/lab/mark.$$
	is "output" "$root/tests/lab root smckit" "$(cd tests/lab && vm 6.12 -- sh -c \
		'cd "$1" && touch "$2" && test -e "$2" && cd tests/lab && echo "$(pwd) $(id -un) $(hostname)"' \
		sh "$root" "$mark")" && [[ ! -e $mark ]]
}

vm__brings_out_files_and_variables() {
	mkdir "$tmp/out dir"
	SMCKIT_A=passed NOT_PASSED=1 vm --out "$tmp/out dir" --env 'MORE=a b' 6.12 -- \
		sh -c 'echo "$SMCKIT_A $MORE ${NOT_PASSED-unset}" >"$SMCKIT_OUT/file"' &&
		is "file" "passed a b unset" "$(<"$tmp/out dir/file")"
}

vm__mounts_what_tests_need() {
	vm 6.12 -- sh -ec 'for type in cgroup2 bpf debugfs tracefs; do grep -q " $type " /proc/mounts; done
		ip address show lo | grep -q 127.0.0.1; test -z "$(cat)"; test -w /tmp; test -w /run'
}

vm__panic_fails_the_run() {
	status 125 vm --log "$tmp/log" 6.12 -- sh -c 'echo c >/proc/sysrq-trigger' 2>"$tmp/err" &&
		grep -q 'Kernel panic' "$tmp/err" && grep -q 'Kernel panic' "$tmp/log"
}

# One that does not restart is ended long before its time is up.
vm__panic_that_stays_fails_the_run() {
	status 125 vm --log "$tmp/log" 6.12 -- sh -c 'echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger' 2>"$tmp/err" &&
		grep -q 'Kernel panic' "$tmp/log"
}

# A true WARN() of a module, built with what lab/kernel --headers offers.
vm__warning_fails_the_run() {
	mkdir "$tmp/module" && echo 'obj-m += warn.o' >"$tmp/module/Makefile"
	cat >"$tmp/module/warn.c" <<-'END'
		#include <linux/module.h>
		static int __init warn_init(void)
		{
			WARN(1, "on purpose\n");
			return 0;
		}
		module_init(warn_init);
		MODULE_DESCRIPTION("warns");
		MODULE_LICENSE("GPL");
	END
	make -s -C "$(kernel 6.12 --headers)" M="$tmp/module" W=1 modules &&
		status 125 vm --log "$tmp/log" 6.12 -- insmod "$tmp/module/warn.ko" 2>"$tmp/err" &&
		grep -q 'WARNING: .*warn_init' "$tmp/err" && grep -q 'on purpose' "$tmp/log" &&
		status 0 vm --allow-log 'at .*warn_init' 6.12 -- insmod "$tmp/module/warn.ko"
}

# Under TCG with a thread for each processor this died of "Oops: int3" within seconds.
vm__survives_patching_of_its_kernel() {
	vm --log /dev/null 6.12 -- sh -c 'busybox yes >/dev/null &
		for i in $(seq 200); do for on in 1 0; do echo $on >/proc/sys/kernel/sched_schedstats; done; done'
}

vm__timeout_ends_the_run() {
	status 124 vm --timeout 8 --log /dev/null 6.12 -- sleep 1000 2>"$tmp/err" &&
		grep -q 'out of time' "$tmp/err" && nothing_left
}

nothing_left() {
	is "files left" '' "$(ls -A "$TMPDIR")" && is "QEMU left" '' "$(pgrep -f "qemu.*$TMPDIR")"
}

# As a terminal does on Ctrl-C: to the whole process group. Only with job control does a program in
# the background have a group, and not ignore the signal.
vm__ctrl_c_leaves_nothing() {
	local pid
	for signal in INT:130 TERM:143; do
		set -m
		vm 6.12 -- sh -c 'echo started; sleep 1000' >"$tmp/started" &
		pid=$!
		set +m
		until grep -q started "$tmp/started" || ! kill -0 "$pid"; do sleep 0.1; done
		kill -"${signal%:*}" -- "-$pid"
		status "${signal#*:}" wait "$pid" && nothing_left || return 1
		: >"$tmp/started"
	done
}

# busybox has a ping that needs no package of its own.
pair__pings_over_the_wire() {
	cat >"$tmp/side" <<-'END'
		case $SMCKIT_ROLE in a) me=1 peer=2 ;; b) me=2 peer=1 ;; esac
		ip address add 192.0.2.$me/24 dev eth0
		ip link set eth0 up
		touch "$SMCKIT_OUT/$SMCKIT_ROLE.up"
		until [ -e "$SMCKIT_OUT/a.up" ] && [ -e "$SMCKIT_OUT/b.up" ]; do sleep 0.1; done
		busybox ping -c 2 192.0.2.$peer
		touch "$SMCKIT_OUT/$SMCKIT_ROLE.done"
		until [ -e "$SMCKIT_OUT/a.done" ] && [ -e "$SMCKIT_OUT/b.done" ]; do sleep 0.1; done
	END
	vm-pair --timeout 60 6.12 -- sh -e "$tmp/side" --- sh -e "$tmp/side" >"$tmp/pair" &&
		grep -q '^a: .*2 packets received' "$tmp/pair" &&
		grep -q '^b: .*2 packets received' "$tmp/pair" || { cat "$tmp/pair" && return 1; }
}

pair__each_has_its_kernel() {
	status 2 vm-pair 6.12,9.99 -- true --- true && vm-pair --timeout 60 6.12,6.1 -- uname -r --- uname -r >"$tmp/pair" &&
		grep -q '^a: 6\.12\.' "$tmp/pair" && grep -q '^b: 6\.1\.0-' "$tmp/pair" || { cat "$tmp/pair" && return 1; }
}

pair__fails_when_one_fails() {
	status 7 vm-pair 6.12 -- sleep 1000 --- sh -c 'exit 7' && nothing_left
}

# smc KERNEL CHECK: it boots, is the one asked for, and has an SMC.
smc() {
	local directory
	directory=$(kernel "$1") &&
		vm "$1" -- sh -ec "[ \$(uname -r) = $(<"$directory/release") ]; modprobe smc; $2"
}

kernel_6.12__has_smc() {
	smc 6.12 '! grep -q smc_loopback_init /proc/kallsyms'
}

kernel_6.12-lo__has_loopback_ism() {
	smc 6.12-lo 'modprobe smc_diag; dmesg | grep "adding smcd device loopback-ism"; test -e /sys/kernel/btf/smc'
}

kernel_6.1__has_smc() {
	smc 6.1 true
}

kernel_7.2-stock__has_no_smc() {
	vm 7.2-stock -- sh -c 'uname -r | grep "^7\.2\." && ! modprobe -n smc'
}

# Every run: the faults that should fail a test run, its input and its output.
every_run='^((scanner|usage|kernel)__|vm__(passes_exit|brings_out|panic|warning)|pair__fails)'

main() {
	local tests number=0 name wanted=(-E)
	[[ ${1-} != --slow ]] || wanted+=(-v)
	mapfile -t tests < <(sed -n 's/^\([^ ]*__[^ ]*\)() [{(]$/\1/p' "${BASH_SOURCE[0]}" |
		grep "${wanted[@]}" -e "$every_run")
	echo "1..${#tests[@]}"
	failures=0
	for name in "${tests[@]}"; do
		number=$((number + 1))
		if ! command -v qemu-system-x86_64 >/dev/null; then
			echo "ok $number - $name # SKIP there is no qemu-system-x86_64"
		elif "$name" >"$tmp/output" 2>&1; then
			echo "ok $number - $name"
		else
			echo "not ok $number - $name"
			sed 's/^/# /' "$tmp/output"
			failures=$((failures + 1))
		fi
	done
	return $((failures > 0))
}

main "$@"
