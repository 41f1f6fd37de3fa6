#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What lab/mutants tries next and what it reports, from made results. TAP on stdout.
# shellcheck disable=SC2016,SC2317 # for another shell; called by ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
campaign=$TOP/lab/mutants.d/campaign.py

mutant() { # NUMBER NAME AREA FUNCTION
	printf '{"number": %s, "name": "%s", "area": "%s", "file": "f.c", "function": "%s", "rule": "r", "line": 1, "was": "x"}' "$@"
}
printf '[%s,%s,%s,%s,%s,%s]\n' "$(mutant 1 one clc f)" "$(mutant 2 two clc f)" "$(mutant 3 three llc g)" \
	"$(mutant 4 four llc g)" "$(mutant 5 five llc g)" "$(mutant 6 six clc h)" >"$work/mutants.json"
reaches() { # CASE SECONDS NUMBERS [FLAGS]
	printf '{"case": "%s", "key": "%s", "ok": %s, "skipped": %s, "known": false, "ids": ["%s"], "seconds": %s, "reached": [%s]}\n' \
		"$1" "key of ${1%% *}" "${5-true}" "${6-false}" "$4" "$2" "$3"
}
# Everything is reached by "all", which takes long; one and three by cases of their own.
{
	reaches "all as client" 5 "1,2,3,4,5" AAA-01
	reaches "short as client" 0.1 "1,2" BBB-01
	reaches "own as server" 0.1 "3" CCC-01
	reaches "red as server" 0.1 "6" DDD-01 false
	reaches "known as server" 0.2 "3" CCC-01 | sed 's/"known": false/"known": true/'
	reaches "skipped as server" 0 "6" DDD-01 true true
} >"$work/reach.a"
report() {
	"$campaign" report "$work" a "$@" >"$work/said" || return
}
planned() {
	"$campaign" plan "$work" a "$@" | jq -r '.mutants[] | "\(.number): \(.cases | join(", "))\(if has("again") then " again " + .again else "" end)"'
}

is "cases in turn, no mutant that no green case reaches" "$(planned)" "1: short as client, all as client
2: short as client, all as client
3: own as server, all as client, known as server
4: all as client
5: all as client"
is "a shard" "$(planned --shard 2/3)" "2: short as client, all as client
5: all as client"
is "a sample" "$(planned --sample 2 --limit 1)" "1: short as client
2: short as client"
is "mutants by name, and a case" "$(planned --mutant four --mutant one --case 'all *' --limit 1)" "1: all as client
4: all as client"
ok "no such mutant" eval '! planned --mutant four --mutant seven 2>"$work/said" && grep -q "no such mutant: seven" "$work/said"'

# A case that speaks of what the function is named for comes first, though it takes long.
mkdir "$work/words"
printf 'smc-replay 1\nmessage asked llc test_link\ncase said\n\tclient llc @asked\ncase other\n\tclient data "1"\n' >"$work/words/x.smc"
printf '[%s]\n' "$(mutant 1 one llc smc_llc_send_test_link)" >"$work/words/mutants.json"
{ reaches "x/other as client" 0.1 1 AAA-01 && reaches "x/said as client" 1 1 BBB-01; } >"$work/words/reach.a"
is "cases with the words of a function's name first" "$("$campaign" plan "$work/words" a --suite "$work/words" | jq -r '.mutants[0].cases | join(", ")')" \
	"x/said as client, x/other as client"

cat >"$work/results.a" <<'END'
{"start": 1}
{"number": 1, "verdict": "killed", "how": "case", "case": "short as client", "ids": ["BBB-01"], "seconds": 2}
{"start": 2}
{"number": 2, "verdict": "survived", "played": ["key of short", "key of all"], "seconds": 3}
{"start": 3}
{"number": 3, "verdict": "stuck", "case": "own as server", "seconds": 1}
{"start": 4}
{"start": 4}
{"start": 5}
{"number": 5, "ver
END
is "those that are left: one that left its machine stuck first" "$(planned)" "3: own as server, all as client, known as server again own as server
5: all as client"
sed -i.old 's/key of all/key of all, which has changed/' "$work/reach.a"
is "a survivor is tried again with the case that has changed" "$(planned)" "3: own as server, all as client, known as server again own as server
2: all as client
5: all as client"
mv "$work/reach.a.old" "$work/reach.a"
ok "mutants that are left are a failure" eval '! report'
echo '{"number": 3, "verdict": "killed", "how": "stuck", "case": "own as server", "ids": ["CCC-01"], "seconds": 1}
{"number": 5, "verdict": "killed", "how": "leak", "text": "sockets are left", "seconds": 1}' >>"$work/results.a"
ok "so are survivors that are not listed" eval '! report'
is "which are named" "$(grep -o '^unlisted.*' "$work/said")" "unlisted survivor: two (survived): x
unlisted survivor: six (not reached): x"
printf '%s\n' '# a comment' 'two | equivalent | it does the same' 'six | gap | no case' 'one | gap | once' >"$work/survivors"
ok "listed ones are none" report --survivors "$work/survivors" --coverage "$work/coverage"
is "one that is killed is named, too" "$(grep '^listed' "$work/said")" "listed as gap, and killed: one"
is "the table" "$(tr -s ' ' <"$work/said" | grep -E '^(clc|llc|all)')" "clc 1 0 1 0 1 0 50 % of 2
llc 3 0 0 0 0 0 100 % of 3
all 4 0 1 0 1 0 80 % of 5"
is "time" "$(grep 'in machines' "$work/said")" "6 mutants: 8 s in machines"
is "a machine that ended twice is a kill" "$(grep -o 'the machine ended [0-9]*' "$work/said")" "the machine ended 1"
is "statements" "$(cut -f 1-3 "$work/coverage" | grep -v '^#' | tr '\t' ' ')" "AAA-01 0 1
BBB-01 1 1
CCC-01 1 0"
cp "$work/reach.a" "$work/reach.b"
printf '%s\n' '{"start": 2}' '{"number": 2, "verdict": "killed", "how": "case", "case": "all as client", "ids": ["AAA-01"], "seconds": 3}' >"$work/results.b"
is "what another stack kills is killed" "$("$campaign" report "$work" a b | tr -s ' ' | grep ^clc)" "clc 2 0 0 0 1 0 67 % of 3"
mkdir "$work/new"
printf '[%s,%s]\n' "$(mutant 1 three llc g)" "$(mutant 2 four llc g)" >"$work/new/mutants.json"
"$campaign" adopt "$work/new" "$work"
is "kills are taken over by name" "$(jq -r '"\(.number) \(.verdict) \(.case)"' "$work/new"/results.a)" "1 killed own as server
2 killed null"
is "survivors are not, where the source may be another" "$(jq -r .number "$work/new"/results.a | paste -sd ' ')" "1 2"
rm "$work"/new/results.*
printf '[%s]\n' "$(mutant 7 two clc f)" >"$work/new/mutants.json"
echo 'its hash' | tee "$work/new/source" >"$work/source"
"$campaign" adopt "$work/new" "$work"
is "they are where it is the same" "$(jq -r '"\(.number) \(.verdict) \(.played | join(", "))"' "$work/new"/results.a)" "7 survived key of all, key of short"
is "what cases reach is not taken over, where the mutants are others" "$(ls "$work/new" | grep -c reach)" 0
mkdir "$work/twin" && cp "$work"/{mutants.json,source} "$work/twin/"
"$campaign" adopt "$work/twin" "$work"
ok "it is, where they are the same" cmp "$work/reach.a" "$work/twin/reach.a"
# The ledger: kills outlast the cache.
empty=$work/empty ledger=$work/killed/a
mkdir "$empty" && cp "$work"/{mutants.json,reach.a} "$empty/"
jq -nc '{number: 6, verdict: "killed", how: "leak", seconds: 1}' >"$empty/results.a"
ok "kills are kept" "$campaign" keep "$work" a --ledger "$ledger"
is "by their names, each with its case or what it was" "$(grep -v '^#' "$ledger")" "five | leak
four | the machine ended
one | short as client
three | own as server"
is "which is all that is in the file" "$(grep -c '^#' "$ledger")" 2
planned_by_ledger() {
	"$campaign" plan "$empty" a --ledger "$ledger" "$@" | jq -r '.mutants[] | "\(.number): \(.cases | join(", "))\(if has("killer") then " by " + .killer else "" end)"'
}
sed -i 's/^three.*/three | known as server/' "$ledger"
is "without results, first those that have a case, and by that" "$(planned_by_ledger)" "1: short as client, all as client by short as client
3: known as server, own as server, all as client by known as server
2: short as client, all as client
4: all as client
5: all as client"
is "which is among the first N" "$(planned_by_ledger --mutant three --limit 1)" "3: known as server by known as server"
is "a case that is not to be tried is no killer" "$(planned_by_ledger --mutant three --case 'own *')" "3: own as server"
jq -nc '{number: 2, verdict: "killed", how: "case", case: null, seconds: 1}' >>"$empty/results.a"
ok "what was not tried here stays" "$campaign" keep "$empty" a --ledger "$ledger"
is "beside what was" "$(grep -v '^#' "$ledger")" "five | leak
four | the machine ended
one | short as client
six | leak
three | known as server
two | no case ran"
jq -nc '{number: 1, verdict: "survived", played: ["key of short", "key of all"], seconds: 1}' >>"$empty/results.a"
"$campaign" report "$empty" a --ledger "$ledger" --sample 1 --survivors "$work/survivors" >"$work/said" && status=0 || status=$?
is "a kill that is none any more is a failure" "$status $(tail -n 1 "$work/said")" "1 killed by short as client once, and alive: one"
"$campaign" keep "$empty" a --ledger "$ledger" >"$work/said"
is "and leaves the ledger" "$(grep -c '^one' "$ledger")" 0
is "a ledger that is damaged is refused" "$(echo 'one short' >"$ledger.bad" && "$campaign" plan "$empty" a --ledger "$ledger.bad" 2>&1)" \
	"campaign.py: $ledger.bad: one short: expected MUTANT | CASE"

is "a control is of the cases that have killed" "$("$campaign" control "$work" a | jq -c .cases)" '["own","short"]'
echo '{"case": "short as client", "ok": false}' >"$work/control.a"
is "what a case that is red without a mutant kills is not killed" "$(planned)" "1: short as client, all as client"
echo '{"number": 2, "verdict": "killed", "how": "case", "case": "red as server", "seconds": 1}' >>"$work/results.a"
is "also if that was seen when it was measured" "$("$campaign" report "$work" a --list | grep -P "\ttwo\t" | cut -f 2)" survived

# The suite: which cases have to be measured anew.
mkdir "$work/suite"
printf '%s\n' 'message used clc decline' '	decline reason=1' 'message other clc decline' >"$work/suite/m.inc"
printf '%s\n' 'smc-replay 1' 'import m.inc' 'case short' '	server clc @used' 'case all' '	server eof' >"$work/suite/x.smc"
stale() {
	"$campaign" stale "$work" c --suite "$work/suite" --known "$work/known" "$@" | jq -r '.cases | join(" ")'
}
measured() {
	printf '{"case": "x/%s as client", "ok": true, "skipped": false, "known": false, "ids": [], "seconds": 1, "reached": [1]}\n' "$@" >"$work/lines"
	"$campaign" measured "$work" c --suite "$work/suite" --known "$work/known" --lines "$work/lines"
}
is "all cases are new" "$(stale)" "x/short x/all"
is "one of them" "$(stale --case '*/all as server')" "x/all"
measured short
is "but those that were measured" "$(stale)" "x/all"
measured all
is "then none is" "$(stale)" ""
sed -i 's/other/another/' "$work/suite/m.inc" && sed -i 's/^case all/# A comment.\n&/' "$work/suite/x.smc"
is "none, after a change of what no case uses" "$(stale)" ""
sed -i 's/reason=1/reason=2/' "$work/suite/m.inc"
is "one that uses a message which has changed" "$(stale)" "x/short"
echo 'x/all as * | it | why' >"$work/known"
is "one of which another thing is known" "$(stale)" "x/short x/all"
measured short all
sed -i '/case all/,$d' "$work/suite/x.smc"
measured short
is "cases that are gone are forgotten" "$(jq -r .case "$work/reach.c")" "x/short as client"
mkdir "$work/groups" && printf '%s\n' 'smc-replay 1' 'case makes' '	eof' 'case joins' '	needs rdma group' >"$work/groups/y.smc"
printf '{"case": "y/%s as client", "ok": true, "skipped": false, "known": false, "ids": ["%s"], "seconds": 1, "reached": [%s]}\n' makes A-01 1 joins A-02 2 >"$work/reach.g"
is "a case that goes on in a link group reaches what its maker does" \
	"$("$campaign" plan "$work" g --suite "$work/groups" --mutant one | jq -c '.mutants[].cases | sort')" '["y/joins as client","y/makes as client"]'
echo 's[a-z]x | gap | no case' >"$work/survivors"
ok "a pattern is refused, since new survivors would hide behind it" eval '! report --survivors "$work/survivors" 2>/dev/null'
mkdir "$work/catalogue" && printf '# comment\nAAA-01\tK\ttcp\tx\nZZZ-01\tK\ttcp\tx\nZZZ-02\tK\t-cannot\tx\n' >"$work/catalogue/catalogue.tsv"
"$campaign" report "$work" a --coverage "$work/coverage" --suite "$work/catalogue" >"$work/said" || :
is "a statement that no mutant is about has a line" "$(grep ^ZZZ "$work/coverage" | cut -f 1-3 | tr '\t' ' ')" "ZZZ-01 0 0"
echo 'two | perhaps | x' >"$work/survivors"
ok "another kind is refused" eval '! report --survivors "$work/survivors" 2>/dev/null'
tap_end
