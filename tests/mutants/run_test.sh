#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What lab/mutants.d/run.py does in a VM, here with a stand-in for smc-replay and the stack. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
PATH=$TOP/build/lab/tools:$PATH
head -c 0 /dev/kmsg 2>/dev/null || skip_all "the kernel log cannot be read"
mkdir "$work"/{parameters,suite}
echo 0 | tee "$work/parameters/smckit_mutant" >"$work/parameters/smckit_reached"
printf '%s\n' 'smc-replay 1' 'message m' 'case c1' '	needs a' 'case c2' '	needs rdma group' 'case c3' >"$work/suite/a.smc"
printf '%s\n' 'smc-replay 1' 'case c4' '	needs a' 'case c5' >"$work/suite/b.smc"

# run JQ-FILTER: of the job; its lines are in $work/lines.
run() {
	rm -f "$work/lines"
	jq -n --arg work "$work" --arg player "$TOP/tests/mutants/player" '{play: [$player, $work + "/parameters"], suite: ($work + "/suite"),
		module: ("../.." + $work), jobs: 1, seconds: 600, out: ($work + "/lines")} | '"$1" >"$work/job"
	"$TOP/lab/mutants.d/run.py" "$work/job"
}
verdicts() {
	jq -r 'select(.verdict) | [.number, .verdict, .how, .case, .ids[0]?, .text?] | map(select(.)) | join(" ")' "$work/lines"
}

ok "what cases reach is measured" run .
is "each mutant is reached by its case" "$(jq -r 'select(.case) | "\(.case) \(.ok) \(.ids[0]): \(.reached | join(" "))"' "$work/lines")" \
	"a/c1 as client true AAA-01: 4 5 6 7
a/c2 as client true AAA-02: 8 9 10 11
a/c3 as client true AAA-03: 12 13 14 15
b/c4 as client true AAA-04: 16 17 18 19
b/c5 as client true AAA-05: 20 21 22 23"
ok "mutants are tried" run '.mutants = [{number: 5, cases: ["a/c1 as client"]}, {number: 8, cases: ["a/c2 as client"]},
	{number: 15, cases: ["a/c1 as client", "a/c3 as client"]}]'
is "two are killed" "$(verdicts)" "5 killed case a/c1 as client AAA-01 # why
8 survived
15 killed case a/c3 as client BBB-03.2 # why [BBB-03.2]"
ok "one with a killer is tried" run '.first = 1 | .mutants = [{number: 15, cases: ["a/c1 as client", "a/c3 as client"], killer: "a/c3 as client"}]'
is "by that at first" "$(verdicts)" "15 killed case a/c3 as client BBB-03.2 # why [BBB-03.2]"
ok "one whose killer kills no more is tried" run '.mutants = [{number: 15, cases: ["a/c1 as client", "a/c3 as client"], killer: "a/c1 as client"}]'
is "by the others, too" "$(verdicts)" "15 killed case a/c3 as client BBB-03.2 # why [BBB-03.2]"
ok "the end is told" grep -q '"done"' "$work/lines"
ok "a case that goes on in a link group comes with the one before" run '.mutants = [{number: 5, cases: ["a/c2 as client"]}]'
is "which finds it" "$(verdicts)" "5 killed case a/c1 as client AAA-01 # why"
ok "one that leaves a mess is tried" run '.mutants = [{number: 20, cases: ["b/c5 as client"]}, {number: 5, cases: ["a/c1 as client"]}]'
is "and is the last one of its machine" "$(verdicts)" "20 stuck case b/c5 as client AAA-05 # why"
ok "in a machine that is not well" run '.mutants = [{number: 20, cases: ["b/c5 as client"], again: "b/c5 as client"}]'
is "it says nothing" "$(verdicts)" "20 flake b/c5 as client"
rm "$work/parameters/broken"
ok "in a new one" run '.mutants = [{number: 20, cases: ["b/c5 as client"], again: "b/c5 as client"}]'
is "it is the mutant" "$(verdicts)" "20 killed stuck b/c5 as client AAA-05 # why"
printf '%s\n' 'smc-replay 1' 'case c6' >"$work/suite/c.smc"
ok "one is red by chance" run '.mutants = [{number: 25, cases: ["c/c6 as client"]}]'
is "and kills nothing" "$(verdicts)" "25 once case c/c6 as client AAA-06 # why"
printf '%s\n' 'smc-replay 1' 'case c7' >"$work/suite/d.smc"
ok "one lets a case not run" run '.mutants = [{number: 28, cases: ["d/c7 as client"]}]'
is "which is a kill by this case" "$(verdicts)" "28 killed case d/c7 as client status 77: "
printf '%s\n' 'smc-replay 1' 'case c8' >"$work/suite/e.smc"
ok "with one the stack cannot be asked" run '.mutants = [{number: 32, cases: ["e/c8 as client"]}]'
is "which is a kill, too" "$(verdicts)" "32 killed case e/c8 as client status 2: "
mkdir "$work/loops"
printf '%s\n' 'smc-replay 1' 'case one' 'loop 2' 'case of-{}' '	covers A' 'end' 'case two' >"$work/loops/c.smc"
is "a loop around cases makes cases" "$(cd "$TOP/lab/mutants.d" && /usr/bin/python3 -c '
import sys
from suite import Suite
suite = Suite(sys.argv[1])
suite.write(sys.argv[1] + "/out", ["c/of-0002 as client"])
print(*suite.keys([]), open(sys.argv[1] + "/out/c.smc").read().split())' "$work/loops")" \
	"c/one c/of-0001 c/of-0002 c/two ['smc-replay', '1', 'case', 'of-0002', 'covers', 'A']"
tap_end
