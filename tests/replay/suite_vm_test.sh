#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The conformance suite and every capture against a kernel of the lab. Usage: suite_vm_test.sh KERNEL. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP kernel=$1
. "$TOP/tests/tap.sh"
replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite here=$TOP/tests/replay
mkdir "$work/out"

# in_vm NAME COMMAND...: in a VM of its own, so that nothing is left of the run before.
in_vm() {
	local name=$1 status=0
	shift
	"$TOP/lab/vm" --out "$work/out" "$kernel" -- "$here/host.sh" "$@" >"$work/$name" 2>&1 || status=$?
	return $status
}

# count VERDICT FILE: of smc-replay's last line.
count() {
	sed -n "s/^# pass.*/,&/; s/.*[,#] $1 \([0-9]*\).*/\1/p" "$2" | tail -n 1
}

# at_least NAME MINIMUM NUMBER: a run in which nothing ran shall not look like one that went well.
at_least() {
	ok "$1 ($3)" test "${3:-0}" -ge "$2"
}

# run_of NAME MINIMUM COMMAND...: the cases that failed are shown.
run_of() {
	local name=$1 minimum=$2 status=0
	shift 2
	in_vm "$name" "$@" || status=$?
	if [[ $status == 0 ]]; then
		pass "$name: nothing fails that is not known to"
	else
		fail "$name: nothing fails that is not known to" "status $status
$(grep -A 12 -E '^not ok|^smc-replay:' "$work/$name" || cat "$work/$name")"
	fi
	at_least "$name: enough passes" "$minimum" "$(count pass "$work/$name")"
}

case $kernel in
6.12) suite_least=70 captures_least=18 ;;
6.12-lo) suite_least=115 captures_least=18 ;;
*) suite_least=1 captures_least=1 ;;
esac

run_of suite "$suite_least" "$replay" suite --suite "$suite" --known "$suite/known/$kernel" \
	--coverage coverage --json json --junit junit
ok "suite: a line a statement" test "$(grep -vc '^#' "$work/out/coverage")" -eq 238
ok "suite: the JSON has every case" \
	test "$(jq '.cases | length' "$work/out/json")" -eq "$(grep -cE '^(not )?ok ' "$work/suite")"
ok "suite: so has the JUnit" \
	test "$(grep -c '<testcase ' "$work/out/junit")" -eq "$(grep -c '</testcase>' "$work/out/junit")"
run_of captures "$captures_least" "$replay" run --known "$here/captures.known" "$TOP"/captures/*.pcapng
note "$(tail -n 1 "$work/out/coverage")"
tap_end
