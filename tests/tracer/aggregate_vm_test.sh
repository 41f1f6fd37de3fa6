#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same traffic, traced twice at the same time: by an event a CDC message, and added up in the kernel. Stats and metrics
# have to come to the same numbers, and to the bytes of the programs. Times are as near as two hooks at one
# function are: no further than into the next class of a histogram.
#
# Usage: aggregate_vm_test.sh [smcx-]KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
. "$TOP/tests/tracer/trace.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-6.12-lo}"
readonly BULK=2000000 ROUNDS=200 SLOW=3000000

# ---- in the VM ------------------------------------------------------------------------

# The server reads nothing for a second and a half, so that the client is blocked.
slow_reader() {
	local options=(-f smc -p 7003 -t 300 -d c2s -B "$SLOW") server client
	rm -f /run/ready
	smc-xfer server "${options[@]}" -b 127.0.0.1 -n 1 --ready-file /run/ready >/dev/null &
	server=$!
	until_true test -s /run/ready
	kill -STOP "$server"
	smc-xfer client "${options[@]}" 127.0.0.1 >/dev/null &
	client=$!
	# The kernel shakes hands and takes data all the same.
	until_true smc-ctl wait --port 7003 --mode smcd --state ACTIVE --count 1 --timeout 0
	sleep 2
	kill -CONT "$server"
	wait "$server" "$client"
}

guest() {
	export SMCKIT_KEEP_SMC=1
	ip link set lo up
	load_stack
	local single
	start_trace single --metrics "$SMCKIT_OUT/single.prom"
	single=$tracer
	start_trace sums --aggregate --metrics "$SMCKIT_OUT/sums.prom"
	port=7001 transfer ping -d pingpong -m 100 --rounds "$ROUNDS" --nodelay
	port=7002 transfer bulk -d both -B "$BULK"
	slow_reader
	sleep 2.5 # a report, and what closes by itself
	stop_trace
	trace=$SMCKIT_OUT/single tracer=$single
	stop_trace
	start_trace cdc --aggregate --kinds cdc
	port=7004 transfer cdc -d both -B 10k
	sleep 2.5
	stop_trace
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host
build_stack
in_vm 600 "$kernel" "${1-6.12-lo}"
for name in single sums; do
	session "$name"
	ok "${name}__nothing_is_lost" lost_nothing "$name"
	"$T" stats --json "$out/$name.trace" >"$work/$name.stats.json"
	"$T" stats --json --by service "$out/$name.trace" >"$work/$name.service.json"
done
# The sums are of the class that they are sums of.
session cdc
is cdc__bytes "$(jq -s '[.[] | select(.kind == 33 and .local_port == 7004).message.ev_traffic | .sent, .received] | max' \
	"$work/cdc.json")" 10240
is sums__no_event_of_cdc "$(jq -r 'select(.kind == 3).kind' "$work/sums.json" | wc -l)" 0

# both NAME FILE EXPRESSION: of the statistics of both, the same.
both() {
	is "$1" "$(jq -c "$3" "$work/sums.$2")" "$(jq -c "$3" "$work/single.$2")"
}

# near NAME EXPRESSION PERCENT: not zero, and as near.
near() {
	local single sums
	single=$(jq "$2" "$work/single.stats.json") sums=$(jq "$2" "$work/sums.stats.json")
	ok "$1, $single and $sums" jq -en "$single > 0 and (($sums - $single) | fabs) <= $single * $3 / 100"
}

readonly ALL=$((100 * ROUNDS + 2 * BULK))
is truth__bytes_each_way "$(jq -c '.connections.data | [.sent.bytes, .received.bytes]' "$work/sums.stats.json")" \
	"[$((100 * ROUNDS + ALL + SLOW)),$((100 * ROUNDS + ALL + SLOW))]"
both bytes stats.json '.connections.data | map_values(.bytes)'
both messages stats.json '.connections.data | map_values(.messages)'
both connections stats.json '[.connections.seen, .connections.open]'
both bytes_by_service service.json '.service | map({name, connections, open, data: .data | map_values(.bytes)}) | sort_by(.name)'
# If two messages come at nearly one time each hook may see either of them first.
near latency__count .latency_seconds.cdc.count 3
near read__count .latency_seconds.read.count 3
near blocked__time .connections.data.sent.blocked 20
ok blocked__as_long_as_the_reader_slept jq -e '.connections.data.sent.blocked > 1' "$work/sums.stats.json"

# One that is just below a bound for one may be just above it for the other.
classes_agree() {
	jq -en --slurpfile one "$work/single.stats.json" --slurpfile two "$work/sums.stats.json" '
		[$one, $two | .[0].latency_seconds.'"$1"'.buckets | to_entries | map(.value)] as [$a, $b] |
		($a | last * 0.03 + 1) as $some |
		all(range($a | length); $b[.] <= ($a[. + 1] // ($a | last)) + $some and
			$b[.] + $some >= (if . == 0 then 0 else $a[. - 1] end))' && return
	jq -c ".latency_seconds.$1.buckets" "$work"/{single,sums}.stats.json
	return 1
}
# An interrupt between the two hooks makes one message slow for one of them: the sums are those of their own classes.
sum_is_of_its_classes() {
	jq -e ".latency_seconds.$2"' | . as $all | [.buckets | to_entries | .[] |
		{ le: (if .key == "+Inf" then $all.max else .key | tonumber end), n: .value }] as $b |
		reduce range($b | length) as $i ([0, 0]; ($b[$i].n - (if $i > 0 then $b[$i - 1].n else 0 end)) as $n |
			[.[0] + $n * ([if $i > 0 then $b[$i - 1].le else 0 end, $all.min] | max),
			 .[1] + $n * ([$b[$i].le, $all.max] | min)]) |
		. as [$least, $most] | $all.count > 0 and $all.sum >= $least - 1e-6 and $all.sum <= $most + 1e-6' \
		"$work/$1.stats.json" && return
	jq -c ".latency_seconds.$2" "$work/$1.stats.json"
	return 1
}
for name in single sums; do
	for what in cdc read; do
		ok "${name}__sum_of_$what" sum_is_of_its_classes "$name" "$what"
	done
done
ok latency__classes_agree classes_agree cdc
ok read__classes_agree classes_agree read

# The metrics of the live trace say what stats says of its file.
metric() {
	awk -v name="$2" '$1 == name { print $2 }' "$out/$1.prom"
}
for name in single sums; do
	for way in sent received; do
		is "${name}__metrics_bytes_$way" "$(metric "$name" "smc_bytes_total{direction=\"$way\"}")" \
			"$(jq ".connections.data.$way.bytes" "$work/$name.stats.json")"
		is "${name}__metrics_cdc_$way" "$(metric "$name" "smc_cdc_messages_total{direction=\"$way\"}")" \
			"$(jq ".connections.data.$way.messages" "$work/$name.stats.json")"
	done
	for what in cdc read; do
		is "${name}__metrics_latency_$what" "$(metric "$name" "smc_latency_seconds_count{message=\"$what\"}")" \
			"$(jq ".latency_seconds.$what.count" "$work/$name.stats.json")"
	done
done
# Latencies that were added up over all are not known for one service.
is filter__no_latency_of_others "$("$T" stats --json --port 7001 "$out/sums.trace" | jq .latency_seconds.cdc.count)" 0
is filter__bytes_of_one "$("$T" stats --json --port 7001 "$out/sums.trace" | jq .connections.data.sent.bytes)" \
	$((2 * 100 * ROUNDS))
tap_end
