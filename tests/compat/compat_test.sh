#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/compatibility.md holds: files and scripts of version 0.2.0, which are here as they were, read as they did, and what a later
# version may add is passed over by name. Nothing in this folder is ever made anew; a new version adds files. TAP.
# Usage: compat_test.sh SMC-TRACE SMC-REPLAY
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP HERE=$TOP/tests/compat trace=$1 replay=$2
. "$TOP/tests/tap.sh"
export TZ=UTC

# events FILE: each as an object a line.
events() {
	"$trace" read --json "$1" 2>"$work/stderr"
}

# reads_as_before GOLDEN FILE: each event of the golden file is there, in its order, and each of its members; more members may be.
reads_as_before() {
	events "$2" >"$work/now.json" || return
	jq -n -e --slurpfile old "$1" --slurpfile new "$work/now.json" -L "$HERE" 'include "within"; $old | within($new)' >"$work/verdict" && return
	diff <(jq -S . "$1") <(jq -S . "$work/now.json") | head -n 20
	return 1
}

# passes_over HOW VALUE NAME: all events but the first, a line that names it, and a loss for --strict.
passes_over() {
	local status=0
	python3 "$HERE/change.py" "$1" "$2" "$HERE/events-1.pcapng" "$work/$1"
	events "$work/$1" >"$work/now.json" || return
	jq -n -e --slurpfile old "$HERE/events-1.json" --slurpfile new "$work/now.json" -L "$HERE" 'include "within"; $old[1:] | within($new)' >"$work/verdict" || return
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

# table HEADING: the first column of the table below it in docs/compatibility.md.
table() {
	awk -v heading="$1" '/^#/ { inside = $0 == heading } inside && /^\| `/ { print }' "$TOP/docs/compatibility.md" | sed 's/^| `\([^`]*\)`.*/\1/'
}

# ---- files of events ----

ok events__of_each_kind reads_as_before "$HERE/events-1.json" "$HERE/events-1.pcapng"
ok events__kind_of_a_later_version passes_over kind 63 "kind 63"
ok events__version_of_a_later_format passes_over version 2 "version 2"
ok events__option_that_nobody_knows changed option
ok events__block_that_nobody_knows changed block
is events__why_of_a_trace "$("$trace" why "$TOP/tests/tracer/loopback.pcapng" | head -n 1)" \
	"Nothing is known to be wrong, of what was observed; 1 connection reached SMC."
# It can fail: a member that is another one, and one that is gone.
ok within__another_value eval '! jq -n -e -L "$HERE" '\''include "within"; {a: [1, {b: 2}]} | within({a: [1, {b: 3}]})'\'
ok within__member_is_gone eval '! jq -n -e -L "$HERE" '\''include "within"; {a: [1, {b: 2}]} | within({a: [1, {}], b: 2})'\'
ok within__member_is_new jq -n -e -L "$HERE" 'include "within"; {a: [1, {b: 2}]} | within({a: [1, {b: 2, c: 3}], d: 4})'

# ---- metrics ----

"$trace" stats --by service --metrics "$work/smc.prom" "$HERE/events-1.pcapng" >/dev/null 2>&1
is metrics__are_those_of_the_table "$(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$work/smc.prom" | sort | paste -sd ' ')" \
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

# ---- exit statuses ----

ok exit__trace_reads exits 0 "$trace" read "$HERE/events-1.pcapng"
ok exit__trace_cannot_read exits 1 "$trace" read /nonexistent
ok exit__trace_usage exits 2 "$trace" frobnicate
ok exit__replay_usage exits 2 "$replay" frobnicate
ok exit__replay_without_root_or_smc exits 2 "$replay" run /nonexistent
ok exit__run_usage exits 125 "$TOP/build/kmod/run/smc-run" --nonsense
tap_end
