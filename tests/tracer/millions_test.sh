#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten million events of two hosts: merge, read, stats, why and report in bounded memory, in a time that grows as the events
# do, and with progress on a terminal.
#
#   millions_test.sh [MILLIONS]   (default: 10)
#
# Time is that of the processor, of a quarter of the events and of all of them, in turns. Prints TAP. HOST_FILES is a program
# of this folder, SMC_TRACE is smc-trace.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${HOST_FILES:=$top/build/tests/tracer/host_files}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
T=$SMC_TRACE
export TZ=UTC LC_ALL=C.UTF-8
readonly LIMIT_KB=200000 CONNS=1000
millions=${1-10}

# cost COMMAND...: $seconds of the processor and the most $kb of memory; its status.
cost() {
	local user kernel status=0
	/usr/bin/time -o "$work/cost" -f '%U %S %M' "$@" >/dev/null 2>"$work/stderr" || status=$?
	read -r user kernel kb < <(tail -n 1 "$work/cost")
	seconds=$(awk -v user="$user" -v kernel="$kernel" 'BEGIN { print user + kernel }')
	((!status)) || tail -n 3 "$work/stderr"
	return "$status"
}

# make SIZE MILLIONS: traces of both hosts, half of the events each. A message is an event at each end.
make() {
	mkdir "$work/$1"
	"$HOST_FILES" "$work/$1" 2 "$CONNS" "$(($2 * 1000000 / 4 / CONNS))" 200
}

merged() { cost "$T" merge -q "$work/$1"/[12].pcapng -o "$work/$1/all.pcapng"; }
read_all() { cost "$T" read "$work/$1/all.pcapng"; }
summed_up() { cost "$T" stats "$work/$1/all.pcapng"; }
explained() { cost "$T" why "$work/$1/all.pcapng" || (($? == 1)); }
reported() { cost "$T" report -q "$work/$1/all.pcapng" -o "$work/page.html"; }
for_viewers() { cost "$T" report -q --format perfetto "$work/$1/all.pcapng" -o "$work/trace.json"; }

# grows NAME: its cost with four times as many events.
grows() {
	local few few_kb
	"$1" few || return
	few=$seconds few_kb=$kb
	"$1" many || return
	[[ $few && $seconds ]] || return
	echo "$(awk -v few="$few" -v many="$seconds" 'BEGIN { printf "%.2f times the time", many / few }'), $few s and $seconds s, $few_kb kB and $kb kB"
	((kb <= LIMIT_KB)) || return
	awk -v few="$few" -v many="$seconds" 'BEGIN { exit many > few * 4 * 1.25 }'
}

# with_progress COMMAND...: on a terminal it says how far it is.
with_progress() {
	script -qec "$(printf '%q ' "$@")" "$work/terminal" </dev/null >/dev/null || return
	grep -aq '[0-9] %' "$work/terminal" || { head -c 300 "$work/terminal" && return 1; }
}

make few $((millions / 4 > 0 ? millions / 4 : 1))
make many $((4 * (millions / 4 > 0 ? millions / 4 : 1)))
for name in merged read_all summed_up explained reported for_viewers; do
	ok "grows__$name" grows "$name"
	note "$name: $(<"$work/tap")"
done
"$T" stats --json "$work/many/all.pcapng" >"$work/stats.json"
is stats__ends_of_connections "$(jq '.connections.seen' "$work/stats.json")" $((2 * CONNS))
ok progress__of_merge with_progress "$T" merge "$work/many"/[12].pcapng -o "$work/again.pcapng"
ok progress__of_report with_progress "$T" report "$work/many/all.pcapng" -o "$work/page.html"
tap_end
