#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smc-trace report: pages and traces of recorded events, of a merged trace, of a thousand connections, of events that nobody
# has recorded and of hostile names, beside what read, stats and why say of the same files (report_check.py).
#
#   report_test.sh [--full]   a million events, and what they take
#
# Prints TAP. EVENT_FILE, HOST_FILES, RANDOM_EVENTS and SITUATION_FILES are programs of this folder, SMC_TRACE is smc-trace.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${HOST_FILES:=$top/build/tests/tracer/host_files}" "${SITUATION_FILES:=$top/build/tests/tracer/situation_files}"
: "${EVENT_FILE:=$top/build/tests/tracer/event_file}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
: "${RANDOM_EVENTS:=$top/build/tests/tracer/random_events}"
T=$SMC_TRACE
export TZ=UTC LC_ALL=C.UTF-8

check() {
	/usr/bin/python3 "$here/report_check.py" "$@"
}

# of FILE: page, trace, and what other commands say of it, in $work/of.
of() {
	mkdir -p "$work/of"
	"$T" report -q "$1" -o "$work/of/page.html"
	"$T" report -q --format perfetto "$1" -o "$work/of/trace.json"
	"$T" stats --json "$1" >"$work/of/stats.json" 2>/dev/null
	"$T" why --json "$1" >"$work/of/why.json" 2>/dev/null || (($? == 1))
	"$T" read --json "$1" >"$work/of/events.json" 2>/dev/null
}

# right FILE COUNT: COUNT arrows at least.
right() {
	of "$1" && check all "$work/of" "$2"
}

memory() {
	/usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1
}

mkdir "$work/hosts"
if [[ ${1-} == --full ]]; then
	"$HOST_FILES" "$work/hosts" 2 1000 40 30
	few=$(memory "$T" report -q "$work/hosts/1.pcapng" -o "$work/few.html")
	"$HOST_FILES" "$work/hosts" 2 1000 1000 60
	many=$(memory "$T" report -q "$work/hosts/1.pcapng" -o "$work/many.html")
	note "40,000 messages take $few kB, a million $many kB"
	ok memory__does_not_grow_with_the_events [ "$many" -lt $((few + 8192)) ]
	ok memory__is_bounded [ "$many" -lt 200000 ]
	ok memory__of_a_trace_is_bounded [ "$(memory "$T" report -q --format perfetto "$work/hosts/1.pcapng" -o "$work/trace.json")" -lt 200000 ]
	ok page__of_a_million_is_right check page "$work/many.html"
	tap_end
fi

# ---- the same as others say ----------------------------------------------------------------

"$HOST_FILES" "$work/hosts" 3 4 25
"$T" merge -q "$work/hosts"/[123].pcapng -o "$work/merged.pcapng"
"$EVENT_FILE" "$work/every.pcapng"
"$EVENT_FILE" --many 700 "$work/many.pcapng"
ok recorded__is_right right "$here/loopback.pcapng" 7
cp "$work/of/page.html" "$work/recorded.html"
ok merged__is_right right "$work/merged.pcapng" 100
cp "$work/of/page.html" "$work/merged.html"
ok merged__all_arrows_are_whole eval '! grep -q "class=\"half\"" "$work/merged.html"'
ok merged__says_how_right eval 'grep -q "Between hosts each is right within" "$work/merged.html"'
# One host alone has no slope of anything.
ok one_host__is_right right "$work/hosts/1.pcapng" 0
ok one_host__peer_is_not_observed eval 'grep -q ">not observed</text>" "$work/of/page.html" && grep -q "has not observed its other end" "$work/of/page.html"'
ok many__is_right right "$work/many.pcapng" 0
ok many__says_what_is_left_out eval 'grep -q "Left out: 900, with fewer bytes" "$work/of/page.html"'
ok every__is_right right "$work/every.pcapng" 0
ok every__says_what_was_not_observed eval 'grep -q "not observed</td>" "$work/of/page.html"'
for seed in 1 2 3 4; do
	"$RANDOM_EVENTS" "$seed" $((seed * 150)) "$work/random.pcapng"
	of "$work/random.pcapng" # ids by chance join messages that are not one, so that arrows have no truth
	ok "random_${seed}__is_a_page" check page "$work/of/page.html"
	ok "random_${seed}__has_the_numbers" check numbers "$work/of/page.html" "$work/of/stats.json" "$work/of/why.json"
	ok "random_${seed}__is_a_trace" check trace "$work/of/trace.json" "$work/of/events.json"
done
"$SITUATION_FILES" "$work/situations" 2>/dev/null || { mkdir "$work/situations" && "$SITUATION_FILES" "$work/situations"; }
mapfile -t situations < <(ls "$work/situations" | awk 'NR % 12 == 1')
for name in "${situations[@]}"; do
	ok "situation__${name%.pcapng}" right "$work/situations/$name" 0
done

# ---- a thousand connections ------------------------------------------------------------------

mkdir "$work/thousand"
"$HOST_FILES" "$work/thousand" 2 1000 12 10
"$T" merge -q "$work/thousand"/[12].pcapng -o "$work/thousand/all.pcapng"
ok thousand__memory_is_bounded [ "$(memory "$T" report -q "$work/thousand/all.pcapng" -o "$work/thousand.html")" -lt 200000 ]
ok thousand__page_is_right check page "$work/thousand.html"
ok thousand__names_those_left_out eval 'grep -q "500 of 2000 ends of connections" "$work/thousand.html" && grep -q "Left out: 1500, with fewer bytes" "$work/thousand.html"'

# ---- several files -----------------------------------------------------------------------------

# The events of a trace in two files are those of one.
editcap -r "$work/merged.pcapng" "$work/part-1.pcapng" 1-200
editcap "$work/merged.pcapng" "$work/part-2.pcapng" 1-200
"$T" report -q "$work/part-1.pcapng" "$work/part-2.pcapng" -o "$work/parts.html"
is parts__are_one_trace "$(sed 's/<code>.*<\/code>//' "$work/parts.html" | cksum)" "$(sed 's/<code>.*<\/code>//' "$work/merged.html" | cksum)"
status=0
said=$("$T" report "$work/part-2.pcapng" "$work/part-1.pcapng" -o "$work/wrong.html" 2>&1) || status=$?
is parts__order_matters "$status $(grep -c 'name files of one trace in their order, and make one of several hosts' <<<"$said")" "1 1"
ok parts__leave_nothing [ ! -e "$work/wrong.html" ]
"$T" report -q "$work/merged.pcapng" -o - >"$work/stdout.html"
ok stdout__is_the_same cmp "$work/stdout.html" "$work/merged.html"
gzip -c "$work/merged.pcapng" >"$work/merged.gz"
"$T" report -q --format perfetto - -o - <"$work/merged.gz" >"$work/stdin.json"
"$T" read --json "$work/merged.pcapng" >"$work/events.json" 2>/dev/null
ok stdin__makes_a_trace check trace "$work/stdin.json" "$work/events.json"
head -c 20000 "$work/merged.pcapng" >"$work/cut.pcapng"
status=0
"$T" report -q "$work/cut.pcapng" -o "$work/cut.html" 2>"$work/said" || status=$?
is cut__is_reported_and_written "$status $(grep -c 'The file ends within a block' "$work/cut.html")" "1 1"
"$T" report -q --port 443 --pid 101 "$work/merged.pcapng" -o "$work/filtered.html"
ok filtered__says_so eval 'grep -q "A part of the trace alone: <code>.*--pid 101" "$work/filtered.html"'
ok filtered__is_a_page check page "$work/filtered.html"

# ---- hostile strings -----------------------------------------------------------------------------

# patched FILE FROM TO: bytes of the same number in the place of others.
patched() {
	/usr/bin/python3 -c 'import sys
data = open(sys.argv[1], "rb").read()
old, new = (eval("b\"" + text + "\"") for text in sys.argv[2:4])
assert len(old) == len(new) and old in data, (old, new)
sys.stdout.buffer.write(data.replace(old, new))' "$1" "$2" "$3"
}
hostile_name='<img src=x onerror=alert(1)>&quot;.pcapng'
while IFS=$'\t' read -r name from to text; do
	patched "$here/loopback.pcapng" "$from" "$to" >"$work/$hostile_name"
	ok "hostile__$name" right "$work/$hostile_name" 7
	ok "hostile__${name}_is_text" check text "$work/of/page.html" "$text"
done <<'ROWS'
script	smc-xfer	<script>	<script>/253
attribute	smc-xfer	\x22 onx=\x271	" onx='1/253
end	smc-xfer	</title>	</title>/253
entity	smc-xfer	&lt;&#0;	&lt;&#0;/253
comment	smc-xfer	--><!--]	--><!--]/253
control	smc-xfer	\x1b[2J\x07\x01\x7f!	?[2J???!/253
not_utf8	smc-xfer	\xff\xfe\xc0\xaf\xed\xa0\x80a	???????a/253
file_name	smc-xfer	harmless	<img src=x onerror=alert(1)>&quot;.pcapng
ROWS
patched "$work/merged.pcapng" '2.pcapng' "<a\\x27\\xff\\x80\\x1b\\x22>" >"$work/clock.pcapng"
"$T" report -q "$work/clock.pcapng" -o "$work/clock.html"
ok hostile__clock check page "$work/clock.html"
ok hostile__clock_is_text check text "$work/clock.html" $'<a\'\ufffd\ufffd\ufffd">'
for old in 'CLC' 'smc has no BTF'; do # a class of events, and why it is not observed
	patched "$work/every.pcapng" "$old" "$(head -c "${#old}" <<<"<b>'&<script>x")" >"$work/fact.pcapng"
	"$T" report -q "$work/fact.pcapng" -o "$work/fact.html"
	ok "hostile__fact_${old// /_}" check page "$work/fact.html"
done
# No text of others is written but through html_put() and its kin, and the writer of JSON strings.
is sources__escape_everything "$(grep -nE 'fprintf\([^;]*%[.*0-9]*s|fputs\((ev->|d->|c->|text|name)' "$top"/tracer/report/*.c |
	grep -vE '/html\.c|<a href=|>%s</th>", names|<details%s>' || :)" ""

tap_end
