#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tracing costs: throughput of 64,000-byte writes and the round trip of 14 bytes over
# loopback-ism in one VM, without and with smc-trace, beside plain TCP without and with tcpdump.
#
#   tracer.sh [--passes N] [--samples N] [--seconds S]
#
#   --passes N    times that each tracer is started, in turns (2)
#   --samples N   measurements each time (4)
#   --seconds S   of a measurement, by the clock of the VM (0.3)
#
# Between any two of them it measures without a tracer, twice: 'off', which the others are compared
# with, and 'off again', which tells the noise. Without KVM all processors of the VM share one: so
# whatever the reader of events does is missing to the transfer, as on a host that is busy.
#
# It measures and tells, and exits 0 unless something did not run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
KERNEL=6.12-lo
UEID=SMCKIT.LAB
STREAM=64000
PINGPONG=14

# name, goal of throughput (at least), goal of latency (at most), what it is compared with, label
configs='
off     -    -    off  smc,_no_tracer
again   -    -    off  smc,_no_tracer,_again
control 0.95 1.05 off  smc-trace,_CLC_LLC_life,_-w
all     0.85 1.20 off  smc-trace,_all_kinds,_-w
text    -    -    off  smc-trace,_all_kinds,_text
tcp     -    -    off  tcp,_no_tracer
tcpdump -    -    tcp  tcp,_tcpdump_-w
'

fail() {
	printf 'bench tracer: %s\n' "$*" >&2
	exit 1
}

parse() {
	passes=2 samples=4 seconds=0.3
	while [[ $# -gt 0 ]]; do
		case $1 in
		--passes) passes=$2 && shift ;;
		--samples) samples=$2 && shift ;;
		--seconds) seconds=$2 && shift ;;
		*) sed -n '3,/^set -e/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 2 ;;
		esac
		shift
	done
}

# ---- on this machine ------------------------------------------------------------------------

on_host() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/smckit-bench.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	"${CC:-cc}" -O2 -o "$work/pump" "$here/pump.c"
	"$top/lab/kernel" "$KERNEL" >/dev/null
	SMCKIT_BENCH_PUMP=$work/pump "$top/lab/vm" --timeout 900 "$KERNEL" -- "$here/tracer.sh" \
		--passes "$passes" --samples "$samples" --seconds "$seconds"
}

# ---- in the VM ------------------------------------------------------------------------------

begin() {
	PATH=$top/build/lab/tools:$top/build/tracer:/usr/sbin:/sbin:$PATH
	modprobe smc
	modprobe smc_diag
	smc-ctl ueid add "$UEID"
	ip link set lo up
	work=$(mktemp -d)
	mount -t tmpfs bench "$work"
	mkdir "$work/out"
}

uptime_s() { cut -d' ' -f1 /proc/uptime; }

ticks() { awk '{ print $14, $15 }' "/proc/$1/stat"; } # user, system

# measure CONFIG: one measurement of each kind, added to CONFIG.stream and CONFIG.pingpong.
measure() {
	local family=smc
	[[ $1 != tcp* ]] || family=tcp
	"$SMCKIT_BENCH_PUMP" "$family" stream "$STREAM" "$seconds" >>"$work/$1.stream"
	"$SMCKIT_BENCH_PUMP" "$family" pingpong "$PINGPONG" "$seconds" >>"$work/$1.pingpong"
}

until_says() {
	local i
	for ((i = 0; i < 2400; i++)); do
		! grep -q "$1" "$2" || return 0
		kill -0 "$tracer" 2>/dev/null || break
		sleep 0.05
	done
	cat "$2" >&2
	fail "$config did not start"
}

# start: the tracer of $config; sets $tracer and $reader.
start() {
	local out=$work/out/$config.pcapng words=() to=/dev/null
	case $config in
	control) words=(smc-trace --kinds "clc,llc,life" -q -w "$out") ;;
	all) words=(smc-trace -q -w "$out") ;;
	text) words=(smc-trace) to=$work/out/text ;;
	tcpdump) words=(tcpdump -i lo -w "$out") ;;
	esac
	"${words[@]}" >"$to" 2>"$work/said" &
	tracer=$!
	until_says 'tracing\|listening' "$work/said"
	reader=$(cat "/proc/$tracer/task/$tracer/children")
	reader=${reader:-$tracer}
	reader=${reader// /}
}

end() {
	kill -INT "$tracer"
	wait "$tracer" || fail "$config ended with status $?"
	sed "s/^/$config: /" "$work/said" >>"$work/words"
	# "N events seen, N filtered, N lost", "N packets dropped by kernel"
	awk '/events seen/ { print $2, $7 } / captured$/ { n = $1 } /dropped by kernel/ { print n, $1 }' \
		"$work/said" >>"$work/$config.events"
	rm -f "$work"/out/*
}

# The samples of a configuration, with its tracer if it has one.
turn() {
	local config=$1 i before after
	case $config in
	control | all | text | tcpdump) start ;;
	*) tracer= ;;
	esac
	[[ ! $tracer ]] || before="$(uptime_s) $(ticks "$reader")"
	for ((i = 0; i < samples; i++)); do
		measure "$config"
	done
	[[ $tracer ]] || return 0
	after="$(uptime_s) $(ticks "$reader")"
	echo "$before $after" >>"$work/$config.reader"
	[[ $config != all || -e $work/progs ]] || hook_statistics
	end
}

# off and off again, one after the other.
references() {
	local i
	for ((i = 0; i < samples; i++)); do
		measure off
		measure again
	done
}

all_turns() {
	local pass config order='control all text'
	measure off # what is done the first time only
	measure tcp
	rm -f "$work"/{off,tcp}.*
	for ((pass = 0; pass < passes; pass++)); do
		for config in $order; do
			references
			turn "$config"
		done
		turn tcp
		turn tcpdump
		order='text all control' # one that is always behind another has its warmth
	done
}

# ---- time in each hook --------------------------------------------------------------------------

# Taking the time costs time, so behind the measurements. Sets what is in the file progs.
hook_statistics() {
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	measure stats
	measure stats
	bpftool prog show -j >"$work/progs"
	echo 0 >/proc/sys/kernel/bpf_stats_enabled
}

# Names of programs are cut at 15 letters.
hook_report() {
	tr '{' '\n' <"$work/progs" |
		sed -n 's/.*"name":"\([^"]*\)".*"run_time_ns":\([0-9]*\),"run_cnt":\([0-9]*\).*/\1 \2 \3/p' |
		sort -k2 -nr |
		awk '{ t += $2; row[NR] = $0 }
			END {
				printf "%-22s %10s %10s %8s\n", "hook", "runs", "ns a run", "share"
				for (i = 1; i <= NR && i <= 10; i++) {
					split(row[i], f)
					printf "%-22s %10d %10.0f %7.1f%%\n", f[1], f[3], f[2] / f[3], 100 * f[2] / t
				}
			}'
}

# ---- what came of it ------------------------------------------------------------------------------

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b ? a / b : 0 }'; }

# verdict RATIO NOISE GOAL SENSE: nearer to the goal than 'off' is to itself, it tells nothing.
verdict() {
	[[ $3 != - ]] || return 0
	awk -v r="$1" -v n="$2" -v g="$3" -v s="$4" 'BEGIN {
		noise = n > 1 ? n - 1 : 1 - n
		far = r > g ? r - g : g - r
		met = s == "least" ? r >= g : r <= g
		print (far <= noise ? "noise too high" : met ? "met" : "missed") " (at " s " " g ")"
	}'
}

row() {
	local name=$1 least=$2 most=$3 base=$4 label=$5 mb us mb_ratio us_ratio lost=-
	mb=$(median "$work/$name.stream") us=$(median "$work/$name.pingpong")
	mb_ratio=$(ratio "$mb" "$(median "$work/$base.stream")")
	us_ratio=$(ratio "$us" "$(median "$work/$base.pingpong")")
	[[ ! -e $work/$name.events ]] ||
		lost=$(awk '{ n += $1; l += $2 } END { printf "%d of %d", l, n }' "$work/$name.events")
	printf '%-30s %8.1f %7s %-25s %8.1f %7s %-25s %s\n' "${label//_/ }" "$mb" "$mb_ratio" \
		"$(verdict "$mb_ratio" "$mb_noise" "$least" least)" "$us" "$us_ratio" \
		"$(verdict "$us_ratio" "$us_noise" "$most" most)" "$lost"
}

# Of the time of its turns. A tick is 10 ms.
reader_row() {
	awk -v c="$1" -v hz="$(getconf CLK_TCK)" '{
		wall += $4 - $1
		user += ($5 - $2) / hz
		sys += ($6 - $3) / hz
	} END { printf "%-10s reader: %.2f s user, %.2f s system of %.2f s\n", c, user, sys, wall }' \
		"$work/$1.reader"
}

report() {
	local config count
	mb_noise=$(ratio "$(median "$work/again.stream")" "$(median "$work/off.stream")")
	us_noise=$(ratio "$(median "$work/again.pingpong")" "$(median "$work/off.pingpong")")
	count=$(wc -l <"$work/all.stream")
	printf '%s, %s processors, %s measurements of %s s, %s of off\n' "$(uname -r)" "$(nproc)" \
		"$count" "$seconds" "$(wc -l <"$work/off.stream")"
	printf '%-30s %8s %7s %-22s %8s %7s %-25s %s\n' '' 'MB/s' ratio '' 'us' ratio '' 'events lost'
	while read -r config; do
		# shellcheck disable=SC2086 # columns
		[[ ! $config ]] || row $config
	done <<<"$configs"
	printf 'TCP is compared with smc without a tracer, tcpdump with TCP without.\n'
	for config in control all text tcpdump; do
		reader_row "$config"
	done
	grep -h 'lost (\|contradict' "$work/words" || :
}

in_vm() {
	begin
	all_turns
	report
	hook_report
}

parse "$@"
if [[ ${SMCKIT_BENCH_PUMP-} ]]; then
	in_vm
else
	on_host
fi
