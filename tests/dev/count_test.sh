#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The counts at the end of ./dev test, and what it shows of failures, from output of ctest that is written down here. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/tests/tap.sh"

# count LOG-LINE...: the last line of ./dev test, and "red" if it ends so.
count() {
	printf '%s\n' "$@" | awk -f "$TOP/tests/count.awk" || echo red
}

# failures LOG-LINE...: on one line, for is().
failures() {
	printf '%s\n' "$@" | awk -f "$TOP/tests/failures.awk" | tr '\n' '|'
}

start='    Start 7: room.one'
good='1/1 Test  #7: room.one .......   Passed    0.10 sec'
bad='1/1 Test  #7: room.one .......***Failed    0.10 sec'
late='1/1 Test  #7: room.one .......***Timeout   0.10 sec'
skipped='1/1 Test  #7: room.one .......***Skipped   0.10 sec'

is 'each case of TAP counts' "$(count "$start" '7: ok 1 - a' '7: ok 2 - b # SKIP no net' '7: 1..2' "$good")" '1 passed, 0 failed, 1 skipped'
is 'each case of cmocka counts, and a failure once' \
	"$(count "$start" '7: [       OK ] a' '7: [  FAILED  ] b' '7: [  FAILED  ] 1 test(s)' '7: [  FAILED  ] b' "$bad")" $'1 passed, 1 failed, 0 skipped\nred'
is 'a failed case is red, whatever its test says' "$(count "$start" '7: not ok 1 - a' "$good")" $'0 passed, 1 failed, 0 skipped\nred'
is 'a test without cases is one' "$(count "$start" '7: hello' "$good")" '1 passed, 0 failed, 0 skipped'
is 'a test that is skipped is no pass' "$(count "$start" "$skipped")" '0 passed, 0 failed, 1 skipped'
is 'a crash after passed cases is red' "$(count "$start" '7: ok 1 - a' "$bad")" $'1 passed, 1 failed, 0 skipped\nred'
is 'a test that takes too long is red' "$(count "$start" '7: ok 1 - a' "$late")" $'1 passed, 1 failed, 0 skipped\nred'
is 'a test that did not end is red' "$(count "$start" '7: ok 1 - a')" $'1 passed, 1 failed, 0 skipped\nred'
is 'nothing that ran is red' "$(count 'No tests were found!!!')" $'0 passed, 1 failed, 0 skipped\nred'

is 'nothing failed, nothing shown' "$(failures "$start" '7: ok 1 - a' '7: # a note' "$good")" ''
is 'a failed case with its notes, apart from those of others' \
	"$(failures "$start" '    Start 8: room.two' '7: ok 1 - a' '7: # before' '7: not ok 2 - b' '8: # of another' '7: # got: 1' '7: ok 3 - c' '7: # after' "$bad")" \
	'|room.one failed:|not ok 2 - b|  # got: 1|'
is 'a failure of cmocka with its reason' \
	"$(failures "$start" '7: [  ERROR   ] --- 0x1 != 0x2' '7: [   LINE   ] --- a.c:5: error: Failure!' '7: [  FAILED  ] b' '7: [  FAILED  ] b' "$bad")" \
	'|room.one failed:|  [  ERROR   ] --- 0x1 != 0x2|  [   LINE   ] --- a.c:5: error: Failure!|[  FAILED  ] b|'
is 'a crash with its last lines' "$(failures "$start" '7: ok 1 - a' '7: Segmentation fault' "$bad")" \
	'|room.one failed:|  ok 1 - a|  Segmentation fault|'
mapfile -t many < <(seq -f '7: line %g' 40)
is 'of a long output the end' "$(failures "$start" "${many[@]}" "$bad" | tr '|' '\n' | grep -c line) $(failures "$start" "${many[@]}" "$bad" | grep -o 'line 40')" \
	'25 line 40'
tap_end
