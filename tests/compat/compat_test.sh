#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/compatibility.md holds: files and scripts of version 0.2.0, which are here as they were, read as they did, and what a later
# version may add is passed over by name. Nothing in this folder is ever made anew; a new version adds files. TAP.
# Usage: compat_test.sh SMC-TRACE SMC-REPLAY FAKE-STACK NUMBERS
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP HERE=$TOP/tests/compat trace=$1 replay=$2 fake_stack=$3 numbers=$4
. "$TOP/tests/tap.sh"
export TZ=UTC

# events FILE: each as an object a line.
events() {
	"$trace" read --json "$1" 2>"$work/stderr"
}

# is_within OLD NEW: each object of the first file is in the second, in its order, and each of its members; more members may be.
is_within() {
	jq -n -e --slurpfile old "$1" --slurpfile new "$2" -L "$HERE" 'include "within"; $old | within($new)' >"$work/verdict" && return
	diff <(jq -S . "$1") <(jq -S . "$2") | head -n 20
	return 1
}

# reads_as_before GOLDEN FILE
reads_as_before() {
	events "$2" >"$work/now.json" || return
	is_within "$1" "$work/now.json"
}

# sums_as_before COMMAND NAME: what conns or stats say of a trace.
sums_as_before() {
	"$trace" "$1" --json ${3+"${@:3}"} "$HERE/$2.pcapng" >"$work/now.json" 2>/dev/null || return
	is_within "$HERE/$2.$1.json" "$work/now.json"
}

# lines_are_in OLD NEW: each line.
lines_are_in() {
	[[ -s $1 ]] || return
	! grep -vxF -f "$2" "$1"
}

# samples: of the metrics of both traces, in each way to put connections together.
samples() {
	local by name
	for by in process service cgroup peer; do
		for name in events-1 trace-1; do
			"$trace" stats --by "$by" --metrics "$work/smc.prom" "$HERE/$name.pcapng" >/dev/null 2>&1 || return
			awk -f "$HERE/metrics.awk" "$work/smc.prom"
		done
	done | sort -u
}

# judged REPORT: the verdict of each case, and the statements.
judged() {
	jq -r '.cases[] | "\(.name) \(.verdict) \(.covers | join(","))"' "$1"
}

# members REPORT: the type of each member, wherever it is. Steps are the affair of their script.
members() {
	jq -r '[paths as $path | "\($path | map(numbers |= "[]") | join(".")) \(getpath($path) | type)" | select(test("\\.seen\\.") | not)] | unique[]' "$1"
}

# passes_over HOW VALUE NAME: all events but the first, a line that names it, and a loss for --strict.
passes_over() {
	local status=0
	python3 "$HERE/change.py" "$1" "$2" "$HERE/events-1.pcapng" "$work/$1"
	events "$work/$1" >"$work/now.json" || return
	tail -n +2 "$HERE/events-1.json" >"$work/all_but_the_first.json"
	is_within "$work/all_but_the_first.json" "$work/now.json" || return
	grep -F "skipped 1 event of $3, which smc-trace" "$work/stderr" || { cat "$work/stderr" && return 1; }
	"$trace" read --strict "$work/$1" >/dev/null 2>&1 || status=$?
	[[ $status == 3 ]]
}

# changed HOW: the file with what a later version might add.
changed() {
	python3 "$HERE/change.py" "$1" "$HERE/events-1.pcapng" "$work/$1"
	cmp -s "$HERE/events-1.pcapng" "$work/$1" && return 1
	reads_as_before "$HERE/events-1.json" "$work/$1"
}

# exits STATUS COMMAND...
exits() {
	local status=0
	"${@:2}" >"$work/out" 2>&1 </dev/null || status=$?
	[[ $status == "$1" ]] || { echo "status $status" && cat "$work/out" && return 1; }
}

# table HEADING: the rows of the table below it in docs/compatibility.md whose first column is code, as words.
table() {
	awk -v heading="$1" '/^#/ { inside = $0 == heading } inside && /^\| `/ { gsub(/[|`]/, ""); $1 = $1; print }' "$TOP/docs/compatibility.md"
}

# ---- files of events ----

# numbers-1 are those of the first files, and numbers-2 what came with merge.
for list in "$HERE"/numbers-*; do
	ok "events__${list##*/}_keep_their_meaning" lines_are_in "$list" <("$numbers")
done
# A kind that is new needs a file here that has it, and its numbers, before it is released.
is events__files_have_each_kind "$(jq -r .kind "$HERE"/{events,merged}-?.json | sort -n -u | paste -sd ' ')" \
	"$("$numbers" | sed -n 's/^EV_[A-Z_]* = //p' | while read -r kind; do echo $((kind)); done | sort -n | paste -sd ' ')"
is events__numbers_of_each_kind "$(cat "$HERE"/numbers-* | grep '^EV_' | sort)" "$("$numbers" | grep '^EV_' | sort)"
ok events__of_each_kind reads_as_before "$HERE/events-1.json" "$HERE/events-1.pcapng"
ok events__of_two_hosts reads_as_before "$HERE/merged-1.json" "$HERE/merged-1.pcapng"
ok events__kind_of_a_later_version passes_over kind 63 "kind 63"
ok events__version_of_a_later_format passes_over version 2 "version 2"
ok events__option_that_nobody_knows changed option
ok events__block_that_nobody_knows changed block
is events__why_of_a_trace "$("$trace" why "$HERE/trace-1.pcapng" | head -n 1)" \
	"Nothing is known to be wrong, of what was observed; 1 connection reached SMC."
for name in events-1 trace-1; do
	ok "conns__of_$name" sums_as_before conns "$name"
	ok "stats__of_$name" sums_as_before stats "$name" --by service
done
ok stats__of_merged-1 sums_as_before stats merged-1 --by service
# It can fail: a number that is another one, a member that is another one, and one that is gone.
ok lines__another_value eval '! lines_are_in "$HERE/numbers-1" <(sed "s/^EV_LLC = .*/EV_LLC = 0x3/" "$HERE/numbers-1")'
ok lines__one_is_gone eval '! lines_are_in "$HERE/numbers-1" <(sed 1d "$HERE/numbers-1")'
ok within__another_value eval '! jq -n -e -L "$HERE" '\''include "within"; {a: [1, {b: 2}]} | within({a: [1, {b: 3}]})'\'
ok within__member_is_gone eval '! jq -n -e -L "$HERE" '\''include "within"; {a: [1, {b: 2}]} | within({a: [1, {}], b: 2})'\'
ok within__text_is_another jq -n -e -L "$HERE" 'include "within"; {a_text: "b", text: "c"} | within({a_text: "d", text: ""})'
ok within__member_is_new jq -n -e -L "$HERE" 'include "within"; {a: [1, {b: 2}]} | within({a: [1, {b: 2, c: 3}], d: 4})'

# ---- metrics ----

samples >"$work/samples"
ok metrics__keep_name_type_and_labels lines_are_in "$HERE/metrics-1" "$work/samples"
is metrics__are_those_of_the_table "$(sed -n 's/^# TYPE //p' "$work/smc.prom" | sort | paste -sd ' ')" \
	"$(table '## Metrics' | sort | paste -sd ' ')"

# ---- scripts ----

for script in "$HERE"/script-1-*.smc; do
	name=${script##*/script-1-}
	is "script__${name%.smc}_reads" "$("$replay" format "$script" 2>&1 | cksum)" "$(cksum <"$script")"
done
printf 'smc-replay 2\n\ncase later\n\tclient option smc\n' >"$work/later.smc"
ok script__of_a_later_version_is_refused exits 2 "$replay" format "$work/later.smc"
ok script__refusal_names_the_version grep -F "expected version 1, found '2'" "$work/out"
printf 'smc-replay 1\n\ncase later\n\tclient teleport\n' >"$work/later.smc"
ok script__word_that_nobody_knows exits 2 "$replay" format "$work/later.smc"
ok script__refusal_has_line_and_column grep -E 'later\.smc:4:[0-9]+: ' "$work/out"

# Without SMC the stack is a stand-in over TCP: what a script of version 1 has judged, it judges again.
"$replay" run --only nothing --peer 127.0.0.1:1 "$HERE/script-1-tcp.smc" >"$work/probe" 2>&1 && status=0 || status=$?
if [[ $EUID != 0 || $status != 77 ]]; then
	skip script__is_judged_as_before "it needs root and BPF: $(tail -n 1 "$work/probe")"
	skip report__keeps_its_members "it needs root and BPF"
else
	status=0
	LD_PRELOAD=$fake_stack "$replay" run --address 127.0.0.1 --jobs 4 --json "$work/report.json" "$HERE/script-1-tcp.smc" >"$work/tap" 2>"$work/err" || status=$?
	is script__is_judged_as_before "$(judged "$work/report.json")" "$(judged "$HERE/report-1.json")"
	is script__status_of_a_failure "$status" 1
	members "$HERE/report-1.json" >"$work/members"
	ok report__keeps_its_members lines_are_in "$work/members" <(members "$work/report.json")
fi
ok report__is_compared_with_itself exits 0 "$replay" suite --against "$HERE/report-1.json" --against "$HERE/report-1.json"
ok report__all_cases grep -qF "$(jq '.cases | map(select(.verdict != "skip")) | length' "$HERE/report-1.json") cases on both, 0 different" "$work/out"

# ---- exit statuses ----

ok exit__trace_reads exits 0 "$trace" read "$HERE/events-1.pcapng"
ok exit__trace_cannot_read exits 1 "$trace" read /nonexistent
ok exit__trace_why_found_something exits 1 "$trace" why "$HERE/events-1.pcapng"
ok exit__trace_why_found_nothing exits 0 "$trace" why "$HERE/trace-1.pcapng"
ok exit__trace_strict exits 3 "$trace" stats --strict "$HERE/events-1.pcapng"
ok exit__trace_usage exits 2 "$trace" frobnicate
ok exit__replay_usage exits 2 "$replay" frobnicate
ok exit__replay_no_such_script exits 2 "$replay" run /nonexistent
ok exit__replay_nothing_could_run exits 77 "$replay" run --only nothing --peer 127.0.0.1:1 "$HERE/script-1-tcp.smc"
ok exit__replay_nothing_could_run_for_ktap exits 4 "$replay" run --ktap --only nothing --peer 127.0.0.1:1 "$HERE/script-1-tcp.smc"
# 123, 126 and 127 take an SMC stack: tests/kmod/smc_run_vm_test.sh.
ok exit__run_usage exits 125 "$TOP/build/kmod/run/smc-run" --nonsense
tap_end
