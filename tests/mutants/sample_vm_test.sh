#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sixty mutants, spread over areas, functions and rules, of net/smc (SMC-D, then SMC-R for those that are left) and of smcx:
# one that survives is listed, with a reason. Usage: sample_vm_test.sh [N]. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP n=${1:-60}
. "$TOP/tests/tap.sh"
# One VM of ours at a time; net/smc's module is tried on both stacks before it is judged.
"$TOP/lab/mutants" --stack 6.12-lo --sample "$n" >"$work/lo" 2>&1 || :
for stack in 6.12 smcx; do
	status=0
	"$TOP/lab/mutants" --stack "$stack" --sample "$n" >"$work/$stack" 2>&1 || status=$?
	if [[ $status == 0 ]]; then pass "$stack: no unlisted survivor"; else fail "$stack: no unlisted survivor" "$(<"$work/$stack")"; fi
	note "$(tail -n 20 "$work/$stack")"
done
tap_end
