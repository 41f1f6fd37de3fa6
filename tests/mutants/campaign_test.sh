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
	printf '{"case": "%s", "ok": %s, "skipped": %s, "known": false, "ids": ["%s"], "seconds": %s, "reached": [%s]}\n' \
		"$1" "${5-true}" "${6-false}" "$4" "$2" "$3"
}
# Everything is reached by "all", which takes long; one and three by cases of their own.
{
	reaches "all as client" 5 "1,2,3,4,5" AAA-01
	reaches "short as client" 0.1 "1,2" BBB-01
	reaches "own as server" 0.1 "3" CCC-01
	reaches "red as server" 0.1 "6" DDD-01 false
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
3: own as server, all as client
4: all as client
5: all as client"
is "a shard" "$(planned --shard 2/3)" "2: short as client, all as client
5: all as client"
is "a sample" "$(planned --sample 2 --limit 1)" "1: short as client
2: short as client"

cat >"$work/results.a" <<'END'
{"start": 1}
{"number": 1, "verdict": "killed", "how": "case", "case": "short as client", "ids": ["BBB-01"], "seconds": 2}
{"start": 2}
{"number": 2, "verdict": "survived", "ran": 2, "seconds": 3}
{"start": 3}
{"number": 3, "verdict": "stuck", "case": "own as server", "seconds": 1}
{"start": 4}
{"start": 4}
{"start": 5}
{"number": 5, "ver
END
is "those that are left: one that left its machine stuck first" "$(planned)" "3: own as server, all as client again own as server
5: all as client"
ok "mutants that are left are a failure" eval '! report'
echo '{"number": 3, "verdict": "killed", "how": "stuck", "case": "own as server", "ids": ["CCC-01"], "seconds": 1}
{"number": 5, "verdict": "killed", "how": "leak", "text": "sockets are left", "seconds": 1}' >>"$work/results.a"
ok "so are survivors that are not listed" eval '! report'
is "which are named" "$(grep -o '^unlisted.*' "$work/said")" "unlisted survivor: two (survived): x
unlisted survivor: six (not reached): x"
printf '%s\n' '# a comment' 'two | equivalent | it does the same' 's[a-z]x | gap | no case' 'one | gap | once' >"$work/survivors"
ok "listed ones are none" report --survivors "$work/survivors" --coverage "$work/coverage"
is "one that is killed is named, too" "$(grep '^listed' "$work/said")" "listed as gap, and killed: one"
is "the table" "$(tr -s ' ' <"$work/said" | grep -E '^(clc|llc|all)')" "clc 1 1 1 0 50 % of 2
llc 3 0 0 0 100 % of 3
all 4 1 1 0 80 % of 5"
is "time" "$(grep 'in machines' "$work/said")" "6 mutants: 7 s in machines"
is "a machine that ended twice is a kill" "$(grep -o 'the machine ended [0-9]*' "$work/said")" "the machine ended 1"
is "statements" "$(cut -f 1-3 "$work/coverage" | grep -v '^#' | tr '\t' ' ')" "AAA-01 0 1
BBB-01 1 1
CCC-01 1 0"
cp "$work/reach.a" "$work/reach.b"
printf '%s\n' '{"start": 2}' '{"number": 2, "verdict": "killed", "how": "case", "case": "all as client", "ids": ["AAA-01"], "seconds": 3}' >"$work/results.b"
is "what another stack kills is killed" "$("$campaign" report "$work" a b | tr -s ' ' | grep ^clc)" "clc 2 0 1 0 67 % of 3"
mkdir "$work/new"
printf '[%s,%s]\n' "$(mutant 1 three llc g)" "$(mutant 2 four llc g)" >"$work/new/mutants.json"
"$campaign" adopt "$work/new" "$work"
is "kills are taken over by name" "$(jq -r '"\(.number) \(.verdict) \(.case)"' "$work/new"/results.a)" "1 killed own as server
2 killed null"
echo 'two | perhaps | x' >"$work/survivors"
ok "another kind is refused" eval '! report --survivors "$work/survivors" 2>/dev/null'
tap_end
