#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three changes by a seed of each case: the stack stands. The seed is one that finds no fault of this kernel; others do, see
# replay/suite/README.md. Usage: random_vm_test.sh. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP kernel=6.12-lo seed=7
. "$TOP/tests/tap.sh"
replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite

status=0
"$TOP/lab/vm" "$kernel" -- "$TOP/tests/replay/host.sh" "$replay" suite --suite "$suite" --jobs 6 --random 3 --seed "$seed" \
	>"$work/random" 2>&1 || status=$?
is random__status "$status" 0
[[ $status == 0 ]] || note "$(grep -A 6 -E '^not ok|^lab:|^smc-replay:' "$work/random" | cut -c 1-300)"
passed=$(sed -n 's/^# pass \([0-9]*\),.*/\1/p' "$work/random")
ok "random__enough_passes ($passed)" test "${passed:-0}" -ge 300
ok random__the_sum_is_all_of_it test "$(grep -cE '^(not )?ok ' "$work/random")" -eq \
	"$("$replay" suite --suite "$suite" --list --random 3 --seed "$seed" | wc -l)"
tap_end
