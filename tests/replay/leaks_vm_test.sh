#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory that a stack forgets to free: the cases of links, groups and exchanges are played on a kernel that looks for memory of which
# nobody knows any more. Usage: leaks_vm_test.sh [PATTERN]. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP leaks=/sys/kernel/debug/kmemleak
. "$TOP/tests/tap.sh"
replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite

if [[ ${1-} == inside ]]; then
	mount -t debugfs none /sys/kernel/debug 2>/dev/null || :
	echo clear >$leaks
	"$replay" suite --suite "$suite" --known "$suite/known/6.12" --time-scale 3 --address 10.9.0.2 --from 10.9.0.1 \
		--from-second 10.9.0.3 --only "$2" || :
	# An object is reported when it was not found twice, and is some seconds old.
	sleep 6
	echo scan >$leaks
	sleep 1
	echo scan >$leaks
	echo "== leaks"
	cat $leaks
	exit 0
fi
mkdir "$work/out"
status=0
"$TOP/lab/vm" --mem 3072 --timeout 1700 debug -- "$TOP/tests/replay/host.sh" --rxe "$TOP/tests/replay/leaks_vm_test.sh" inside \
	"${1:-[lf][il][no][kw]s/*}" >"$work/log" 2>&1 || status=$?
passed=$(grep -cE '^ok [^#]*$' "$work/log" || :)
ok "cases ran ($passed)" test "$passed" -gt 0
sed -n '/^== leaks/,$p' "$work/log" >"$work/leaks"
if [[ $status == 0 && -s $work/leaks ]] && ! grep -q '\[smc\]' "$work/leaks"; then
	pass "nothing of SMC is forgotten"
else
	fail "nothing of SMC is forgotten" "status $status
$(head -n 60 "$work/leaks")
$(tail -n 20 "$work/log")"
fi
tap_end
