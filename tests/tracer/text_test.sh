#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All that smc-trace prints of traces: those of the repository, one of every kind of event, situations, and such as nobody has
# recorded (random_events.c), by every command and option, beside digests of what was printed before. Other tests say
# what is right; this says what has changed.
#
#   text_test.sh [update]
#
# update writes text.digests. EVENT_FILE, RANDOM_EVENTS and SITUATION_FILES are programs of this folder, SMC_TRACE is smc-trace.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${EVENT_FILE:=$top/build/tests/tracer/event_file}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
: "${RANDOM_EVENTS:=$top/build/tests/tracer/random_events}" "${SITUATION_FILES:=$top/build/tests/tracer/situation_files}"
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=120
traces=$work/traces
mkdir "$traces" "$work/situations"

cp "$here/loopback.pcapng" "$here/../replay/traced.pcapng" "$here/../compat/events-1.pcapng" "$traces"
"$EVENT_FILE" "$traces/every.pcapng"
"$EVENT_FILE" --many 40 "$traces/many.pcapng"
for seed in 1 2 3 4 5 6; do
	"$RANDOM_EVENTS" "$seed" $((seed * 150)) "$traces/random-$seed.pcapng"
done
"$SITUATION_FILES" "$work/situations"
# Of a file that ends anywhere as much is shown as is there, and of one with a wrong byte what is before it.
for bytes in 1 3 27 60 100 163 164 301 500 747 1000 1501; do
	head -c "$bytes" "$traces/every.pcapng" >"$traces/cut-$bytes.pcapng"
done
for at in 0 4 9 13 28 45 90 130 170 190 210 230 300 333 400; do
	cp "$traces/every.pcapng" "$traces/wrong-$at.pcapng"
	printf '\377' | dd of="$traces/wrong-$at.pcapng" bs=1 seek="$at" conv=notrunc status=none
done
gzip -nk "$traces/random-1.pcapng"

cd "$work"
exec {list}>"$work/list"
# show NAME COMMAND...: output, errors and status of smc-trace.
show() {
	local words=("$SMC_TRACE" "${@:2}")
	printf '%s\t%s\n' "$1" "${words[*]@Q}" >&"$list"
}
metrics() {
	show "$1" stats --metrics "$work/metrics" "${@:3}" "$2"
	printf '%s\t%s\n' "$1" "@$work/metrics" >&"$list"
}
# Those that say most first: a test that is watched may end at its first difference.
for file in "$traces"/{random,every,loopback,many,traced,events,cut,wrong}*; do
	name=${file##*/}
	show "$name" read "$file"
	show "$name" read --json -x "$file"
	show "$name" stats "$file"
	show "$name" why "$file"
	show "$name" conns "$file"
	[[ $name == random-[24].pcapng || $name == every.pcapng || $name == loopback.pcapng ]] || continue
	show "$name.more" read -x --color always "$file"
	show "$name.more" conns --json "$file"
	show "$name.more" conns -c 3 "$file"
	show "$name.more" why --json "$file"
	show "$name.more" stats --json "$file"
	show "$name.more" read -q --strict "$file"
	show "$name.more" read -c 7 "$file"
	for by in process service cgroup peer; do
		show "$name.$by" stats --by "$by" "$file"
		show "$name.$by" stats --json --by "$by" "$file"
		metrics "$name.$by" "$file" --by "$by"
	done
	for sort in bytes connections latency blocked; do
		show "$name.sort" stats --sort "$sort" "$file"
		show "$name.sort" stats --sort "$sort" --by process "$file"
	done
	metrics "$name.metrics" "$file"
	for kinds in clc llc cdc life clc,life; do
		show "$name.filter" read --kinds "$kinds" "$file"
	done
	for filter in '--port 80' '--port 40000' '--port 65535' '--host 127.0.0.1' '--host 2001:db8::9' '--host 192.0.2.7' '--pid 100' \
		'--pid 4711' '--netns 4026531840' '--cgroup 501' '--pid 101 --kinds cdc' '--port 80 --host ::1'; do
		# shellcheck disable=SC2086 # words
		show "$name.filter" read $filter "$file"
		# shellcheck disable=SC2086
		show "$name.filter" conns $filter "$file"
	done
done
for file in "$work"/situations/*; do
	name=situations
	show "$name" why "$file"
	show "$name" why --json "$file"
	show "$name" conns "$file"
done
# The command line: each option alone, with a good and with a bad value. What begins to trace is for another test.
for command in read stats nothing; do
	for option in -q -x --json --strict --wait --aggregate -v '-w a' '-C 1' '-G 1' '-W 1' '-c 2' '-c x' '--metrics m' '--by peer' '--by x' \
		'--sort blocked' '--sort x' '--kinds clc' '--kinds x' '--port 1' '--port 65536' '--host ::1' '--host x' '--pid 1' '--pid x' \
		'--cgroup 1' '--netns 1' '-s 1' '-s 65536' '--control-ring 4' '--control-ring 3' '--control-ring 12' '--cdc-ring 2' '--color x'; do
		# shellcheck disable=SC2086
		show "usage.$command" "$command" "$traces/every.pcapng" $option
	done
done
show usage.help --help
show usage.help --usage
show usage.help --version
for arguments in --extcap-interfaces '--extcap-interfaces --extcap-version=4.0' '--extcap-interface smc --extcap-dlts' \
	'--extcap-interface x --extcap-dlts' '--extcap-interface smc --extcap-config' '--extcap-interface smc' '--extcap-dlts' \
	'--extcap-interface smc --capture' '--extcap-interface smc --extcap-config --extcap-reload-option x'; do
	# shellcheck disable=SC2086
	show usage.extcap $arguments
done
"$top/tests/outputs.py" "${1-check}" "$here/text.digests" "$work=." "$SMC_TRACE=smc-trace" "~start_time_seconds [0-9.]+=start_time_seconds" <"$work/list"
