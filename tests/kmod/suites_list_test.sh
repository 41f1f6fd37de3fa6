#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What suites_list.sh says of a list and of outcomes, and that the list of the project is in order.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
. "$HERE/../tap.sh"
. "$HERE/suites_list.sh"
export LC_ALL=C.UTF-8

cat >"$work/list" <<'END'
# a comment | with, bars | in it
one a | ok, fails | a reason
one b | ok, skipped at times | another
two c | fails, ok | of another suite
END

printf '%s\n' 'a ok' 'b ok' 'd ok' 'e fails' >"$work/tcp"
printf '%s\n' 'a fails' 'b ok' 'c ok' 'e fails' >"$work/smc"
is differing__same_other_missing "$(differing "$work/tcp" "$work/smc" | paste -sd /)" 'a ok fails/c none ok/d ok none'

ok listed__row listed "$work/list" one a ok fails
ok listed__at_times listed "$work/list" one b ok skipped
not() { ! "$@"; }
ok listed__other_outcome not listed "$work/list" one a ok skipped
ok listed__other_suite not listed "$work/list" two a ok fails
ok listed__part_of_a_name not listed "$work/list" one aa ok fails

echo 'a ok fails' >"$work/seen"
is gone__all_seen "$(gone "$work/list" one "$work/tcp" "$work/seen")" ''
: >"$work/none"
is gone__not_seen "$(gone "$work/list" one "$work/tcp" "$work/none")" 'a: ok, fails'
is gone__other_outcome_seen "$(gone "$work/list" one "$work/tcp" - <<<'a ok skipped')" 'a: ok, fails'
is gone__has_not_run "$(gone "$work/list" two "$work/tcp" "$work/none")" ''
is gone__has_run_over_smc_only "$(gone "$work/list" two "$work/smc" "$work/none")" 'c: fails, ok'

is list_faults__none "$(list_faults "$work/list")" ''
for row in 'one a | ok, fails' 'one a | ok, fails |' 'one | ok, fails | why' 'one a | ok | why' 'one a | ok, fails often | why' \
	'one a | ok, fails | why | and'; do
	is "list_faults__${row// /_}" "$(list_faults - <<<"$row")" "1: $row"
done
is list_faults__twice "$(list_faults - < <(cat "$work/list" "$work/list") | wc -l)" 3

is the_list_is_in_order "$(list_faults "$HERE/suites.differences")" ''
tap_end
