#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cases of the suite that take minutes: wrap numbers that go around, and link groups that end ten minutes after their last
# connection. Usage: slow_vm_test.sh [KERNEL [PATTERN]]. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP kernel=${1:-6.12} only=${2:-*}
. "$TOP/tests/tap.sh"
replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite

# All that need it, and no others.
cases() {
	awk '/^case / { name = $2 } /^\tneeds .*\<slow\>/ { print FILENAME, name }' "$suite"/*.smc | while read -r file name; do
		file=${file##*/}
		printf '%s/%s\n' "${file%.smc}" "$name"
	done
}

status=0
"$TOP/lab/vm" --timeout 3000 "$kernel" -- "$TOP/tests/replay/host.sh" --rxe sh -c '
	options=$1
	shift
	failed=0
	for name; do
		$options --only "$name as *" || failed=1
	done
	exit $failed' sh "$replay suite --slow --suite $suite --known $suite/known/$kernel --address 10.9.0.2 --from 10.9.0.1" \
	$(cases | while read -r name; do [[ $name != "${only}" && $name != $only ]] || echo "$name"; done) >"$work/out" 2>&1 || status=$?
ran=$(grep -cE '^ok [^#]*$' "$work/out" || :)
if [[ $ran -gt 0 ]] && ! grep -qE '^not ok [^#]*$' "$work/out"; then
	pass "cases that take minutes ($ran)"
else
	fail "cases that take minutes" "status $status
$(grep -v '# SKIP' "$work/out")"
fi
tap_end
