#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The differences between two kernels: both are booted by their names, or one of them was run before.
# Usage: against_vm_test.sh. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$TOP/build/replay/smc-replay
. "$TOP/tests/tap.sh"

# against STATUSES NAME OPTION...: its output is $work/NAME.
against() {
	local status=0
	"$replay" suite --suite "$TOP/replay/suite" "${@:3}" >"$work/$2" 2>"$work/$2.err" || status=$?
	[[ " $1 " == *" $status "* ]] && return
	echo "exit status $status" && tail -n 20 "$work/$2" "$work/$2.err"
	return 1
}
says() {
	grep -E -e "$2" "$work/$1" || { cut -c 1-200 "$work/$1" | head -n 40 && return 1; }
}

"$TOP/lab/suite-on" 6.12-lo "$work/6.12-lo.json" 2>"$work/log" || skip_all "the lab does not work here: $(tail -n 1 "$work/log")"
ok kernels__booted_by_name against 1 kernels --only 'srv/*' --against 6.12 --against 6.1
# Linux 6.1 knows version 2.0 only: it does not negotiate, and does not decline for want of connections.
ok kernels__field_by_field says kernels '^  2.decline.diagnosis: 6.12 .*, 6.1 '
ok kernels__case_by_name says kernels '^srv/fifteen-connections as client$'
ok kernels__sum says kernels '^6.12 and 6.1: [1-9][0-9]* cases on both, [1-9][0-9]* different; [0-9]+ on one of them only$'

# A kernel differs from itself in nothing, whenever it runs.
ok itself__is_the_same against 0 itself --against "$work/6.12-lo.json" --against 6.12-lo
ok itself__sum says itself '^6.12-lo.json and 6.12-lo: 1[0-9][0-9] cases on both, 0 different; 0 on one of them only$'

# A host without loopback-ism skips what takes it.
"$TOP/lab/suite-on" 6.12 "$work/6.12.json" 2>"$work/log"
ok devices__compared against "0 1" devices --against "$work/6.12.json" --against "$work/6.12-lo.json"
ok devices__are_named says devices '^ism/token-of-accept-does-not-exist as server: only on 6.12-lo.json$'
tap_end
