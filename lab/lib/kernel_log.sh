# SPDX-License-Identifier: GPL-2.0-or-later
# Does a kernel log hold a report of something being wrong in the kernel?
# shellcheck shell=bash

# Extended regular expressions, matched after the time stamp, so that a word in the middle of a
# harmless line does no harm. "cut here" is not among them: WARNING: or "kernel BUG at" follows
# it, and it would remain when the user allows that line.
kernel_reports=(
	'WARNING: '
	'(watchdog: )?BUG: '
	'BUG [^ ]+ \('
	'kernel BUG at '
	'Oops: |Oops '
	'(Unable|unable) to handle '
	'(stack segment|general protection fault|traps: PANIC|divide error|invalid opcode)'
	'Kernel panic '
	'(rcu: )?INFO: rcu_.* (detected|self-detected) .*stall'
	'INFO: (task .* blocked for more than|possible |lockdep is turned off|trying to register)'
	'\[ BUG: '
	'(possible (circular|recursive) locking|inconsistent lock state|suspicious RCU usage)'
	'DEBUG_LOCKS_WARN_ON'
	'UBSAN: |KASAN: |KCSAN: '
	'kmemleak: [0-9]+ new suspected memory leaks'
	'refcount_t: |list_(add|del) corruption'
	'unregister_netdevice: waiting for '
	'ref_tracker: '
	'(IPv4: )?Attempt to release (TCP|alive inet) socket'
	'Out of memory: |Memory cgroup out of memory: '
)

# kernel_log_reports LOG [ALLOWED_REGEX...] prints the offending lines; fails if there are none.
kernel_log_reports() {
	local log=$1 allowed=() regex pattern
	shift
	for regex in "$@"; do
		allowed+=(-e "$regex")
	done
	pattern=$(IFS='|' && printf '%s' "${kernel_reports[*]}")
	# [    1.234567][  T123] text: the second bracket exists with PRINTK_CALLER only.
	tr -d '\r' <"$log" | grep -aE "^(\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? )?($pattern)" |
		if [[ ${allowed[*]} ]]; then
			grep -avE "${allowed[@]}"
		else
			cat
		fi | grep -a .
}
