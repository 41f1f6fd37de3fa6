#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sixty mutants, spread over areas, functions and rules, of net/smc and of smcx: one that survives is listed, with a reason.
# Usage: sample_vm_test.sh [N [STACK...]]. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP n=${1:-60}
stacks=("${@:2}")
((${#stacks[@]})) || stacks=(6.12 smcx)
. "$TOP/tests/tap.sh"

# A module of net/smc is tried on both of its stacks before it is judged, one VM at a time.
declare -A other=([6.12]=6.12-lo [7.2]=7.2-dibs)
try() {
	"$TOP/lab/mutants" --stack "$1" --sample "$n" --limit 60 >"$work/$1" 2>&1
}
for stack in "${stacks[@]}"; do
	status=0
	[[ ! ${other[$stack]-} ]] || try "${other[$stack]}" || :
	try "$stack" || status=$?
	if [[ $status == 0 ]]; then pass "$stack: no unlisted survivor"; else fail "$stack: no unlisted survivor" "$(<"$work/$stack")"; fi
	note "$(tail -n 20 "$work/$stack")"
done
tap_end
