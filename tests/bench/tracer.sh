#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cost of tracing: throughput of 64,000-byte writes and the round trip of 14 bytes over
# loopback-ism in one VM, without and with a tracer, beside plain TCP without and with tcpdump.
#
#   tracer.sh [--samples N] [--seconds S]
#
#   --samples N   measurements of each (2)
#   --seconds S   of a measurement, by the clock of the VM (0.3)
#
# The VM's clock goes by its instructions (SMCKIT_ACCEL=icount, unless it says otherwise), so that it
# does not matter what else the machine does. All processors of the VM share one: whatever the reader
# of events does is missing to the transfer, as on a host that is busy. Events that the reader has not read
# when a measurement ends is not in it: 50 ms of events at most.
#
# It is measured without a tracer at the beginning and the end ("off", which the others are compared
# with, and "again", which tells the noise), and reported; it exits 0 unless something did not run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
KERNEL=6.12-lo
UEID=SMCKIT.LAB
STREAM=64000
PINGPONG=14

# name, goal of throughput (at least), goal of latency (at most), what it is compared with, label
# name, goal of throughput (at least), goal of latency (at most), what it is compared with, label
configs='
off       -    -    off  smc,_no_tracer
again     -    -    off  smc,_no_tracer,_again
control   0.97 1.03 off  smc-trace,_CLC_LLC_life,_-w
aggregate 0.95 1.06 off  smc-trace,_--aggregate,_-w
all       0.85 1.20 off  smc-trace,_every_CDC,_-w
text      -    -    off  smc-trace,_every_CDC,_text
bpftrace  -    -    off  bpftrace,_text_per_CDC
tcp       -    -    off  tcp,_no_tracer
tcpdump   -    -    tcp  tcp,_tcpdump_-w
'
# The same two hooks, a line each; without BTF of the module a kprobe shows no more than its number.
BPFTRACE='kprobe:smcd_tx_ism_write { printf("%llu > %s %d\n", nsecs, comm, pid); }
	kprobe:smcd_cdc_rx_tsklet { printf("%llu < %s %d\n", nsecs, comm, pid); }'
RING_KIB=64    # of the ring that connections fill
CONNECTIONS=40 # that do; each has two ends on this host

fail() {
	printf 'bench tracer: %s\n' "$*" >&2
	exit 1
}

parse() {
	samples=2 seconds=0.3
	while [[ $# -gt 0 ]]; do
		case $1 in
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
	SMCKIT_ACCEL=${SMCKIT_ACCEL:-icount} SMCKIT_BENCH_PUMP=$work/pump \
		"$top/lab/vm" --timeout 1500 "$KERNEL" -- "$here/tracer.sh" \
		--samples "$samples" --seconds "$seconds"
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

# bpftrace says that it is about to attach, and not that it has.
until_probes() {
	local i
	for ((i = 0; i < 600; i++)); do
		(($(bpftool prog show | grep -c ' kprobe ') < 2)) || { sleep 0.2 && return 0; }
		sleep 0.2
	done
	fail "bpftrace did not start"
}

# start: the tracer of $config; sets $tracer and $reader.
start() {
	local out=$work/out/$config.pcapng words=() to=/dev/null
	case $config in
	control) words=(smc-trace --kinds "clc,llc,life" -q -w "$out") ;;
	aggregate) words=(smc-trace --aggregate -q -w "$out") ;;
	all) words=(smc-trace -q -w "$out") ;;
	text) words=(smc-trace) to=$work/out/text ;;
	bpftrace) words=(bpftrace -e "$BPFTRACE") to=$work/out/text ;;
	tcpdump) words=(tcpdump -i lo -w "$out") ;;
	esac
	"${words[@]}" >"$to" 2>"$work/said" &
	tracer=$!
	if [[ $config == bpftrace ]]; then
		until_probes
	else
		until_says 'tracing\|listening' "$work/said"
	fi
	reader=$(cat "/proc/$tracer/task/$tracer/children")
	reader=${reader:-$tracer}
	reader=${reader// /}
}

end() {
	kill -INT "$tracer"
	wait "$tracer" || fail "$config ended with status $?"
	sed "s/^/$config: /" "$work/said" >>"$work/words"
	# "N events seen, N filtered, N lost", "N packets dropped by kernel"
	# as: seen, lost, filtered.
	awk '/events seen/ { print $2, $7, $5 } / captured$/ { n = $1 } /dropped by kernel/ { print n + $1, $1, 0 }
		/^Lost / { print 0, $2, 0 }' "$work/said" >>"$work/$config.events"
	rm -f "$work"/out/*
}

has_tracer() {
	case $1 in
	control | aggregate | all | text | bpftrace | tcpdump) return 0 ;;
	*) return 1 ;;
	esac
}

# The samples of a configuration, with its tracer if it has one.
turn() {
	local config=$1 i before after
	[[ $config != bpftrace ]] || command -v bpftrace >/dev/null || return 0
	tracer=
	if has_tracer "$config"; then
		start
		before="$(uptime_s) $(ticks "$reader")"
	fi
	for ((i = 0; i < samples; i++)); do
		measure "$config"
	done
	printf '# %s: %s MB/s, %s us\n' "$config" "$(median "$work/$config.stream")" \
		"$(median "$work/$config.pingpong")" >&2
	[[ $tracer ]] || return 0
	case $config in
	all | aggregate) hook_statistics "$config" ;;
	esac
	after="$(uptime_s) $(ticks "$reader")"
	echo "$before $after" >>"$work/$config.reader"
	end
}

all_turns() {
	local config
	measure off # what is done the first time only
	measure tcp
	rm -f "$work"/{off,tcp}.*
	for config in off all control aggregate tcp tcpdump text bpftrace again; do
		turn "$config"
	done
}

# ---- bytes in the ring --------------------------------------------------------------------------

# While nobody reads it the ring becomes full: what it took of so many connections gives the bytes of one.
ring_bytes() {
	local config=ring said=$work/ring.said port
	smc-trace --kinds clc,llc,life --control-ring "$RING_KIB" -q -w "$work/out/ring" 2>"$said" &
	tracer=$!
	until_says tracing "$said"
	reader=$(tr -d ' ' <"/proc/$tracer/task/$tracer/children")
	kill -STOP "$reader"
	smc-xfer server -b 127.0.0.1 -p 0 -n "$CONNECTIONS" -B 1k --ready-file "$work/port" >/dev/null &
	until [[ -s $work/port ]]; do sleep 0.05; done
	port=$(<"$work/port")
	smc-xfer client -p "$port" -n "$CONNECTIONS" -B 1k 127.0.0.1 >/dev/null
	kill -CONT "$reader"
	kill -INT "$tracer"
	wait "$tracer" || :
	smc-trace read --json "$work/out/ring" |
		jq -rs --argjson bytes $((RING_KIB * 1024)) --argjson n "$CONNECTIONS" \
			'[.[] | select(.kind == 32)] | last.message.ev_counter |
			(map(.seen - .filtered) | add) as $seen | (map(.sent) | add) as $sent |
			"\($seen / $n) events, \($bytes / $sent * $seen / $n | floor) bytes"' >"$work/ring"
	rm -f "$work/out/ring"
}

# ---- time in each hook --------------------------------------------------------------------------

# Taking the time costs time, so after the measurements. Sets what is in the file CONFIG.progs.
hook_statistics() {
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	measure stats
	bpftool prog show -j >"$work/$1.progs"
	echo 0 >/proc/sys/kernel/bpf_stats_enabled
}

# Names of programs are cut at 15 letters. A ns is an instruction under icount.
hook_report() {
	printf '%s:\n' "$1"
	tr '{' '\n' <"$work/$1.progs" |
		sed -n 's/.*"name":"\([^"]*\)".*"run_time_ns":\([0-9]*\),"run_cnt":\([0-9]*\).*/\1 \2 \3/p' |
		sort -k2 -nr |
		awk '{ t += $2; row[NR] = $0 }
			END {
				printf "%-22s %10s %10s %8s\n", "hook", "runs", "ns a run", "share"
				for (i = 1; i <= NR && i <= 6; i++) {
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
	printf '%-28s %8.1f %7s %-25s %8.1f %7s %-25s %s\n' "${label//_/ }" "$mb" "$mb_ratio" \
		"$(verdict "$mb_ratio" "$mb_noise" "$least" least)" "$us" "$us_ratio" \
		"$(verdict "$us_ratio" "$us_noise" "$most" most)" "$lost"
}

# Share of the time of its turn. A tick is 10 ms.
reader_row() {
	awk -v c="$1" -v hz="$(getconf CLK_TCK)" -v n="$(events_of "$1")" '{
		wall += $4 - $1
		user += ($5 - $2) / hz
		sys += ($6 - $3) / hz
	} END {
		printf "%-10s reader: %.2f s user, %.2f s system of %.2f s", c, user, sys, wall
		if (n)
			printf ", %.0f ns an event", (user + sys) / n * 1e9
		printf "\n"
	}' "$work/$1.reader"
}

# Bytes that were handed to the reader.
events_of() {
	[[ -e $work/$1.events ]] || return 0
	awk '{ n += $1 - $3 - $2 } END { print n }' "$work/$1.events"
}

report() {
	local config
	mb_noise=$(ratio "$(median "$work/again.stream")" "$(median "$work/off.stream")")
	us_noise=$(ratio "$(median "$work/again.pingpong")" "$(median "$work/off.pingpong")")
	printf '%s, %s processors, %s measurements of %s s each\n' "$(uname -r)" "$(nproc)" "$samples" \
		"$seconds"
	printf '%-28s %8s %7s %-25s %8s %7s %-25s %s\n' '' 'MB/s' ratio '' 'us' ratio '' 'events lost'
	while read -r config; do
		# shellcheck disable=SC2086 # columns
		[[ ! $config || ! -e $work/${config%% *}.stream ]] || row $config
	done <<<"$configs"
	printf 'TCP is compared with smc without a tracer, tcpdump with TCP without.\n'
	[[ -e $work/bpftrace.stream ]] || printf 'bpftrace is missing here: not measured\n'
	printf 'control ring: %s a connection (at most 5120; both ends are on this host)\n' "$(<"$work/ring")"
	for config in control aggregate all text bpftrace tcpdump; do
		[[ ! -e $work/$config.reader ]] || reader_row "$config"
	done
	grep -h 'lost (\|contradict' "$work/words" || :
	hook_report aggregate
	hook_report all
}

in_vm() {
	begin
	all_turns
	ring_bytes
	report
}

parse "$@"
if [[ ${SMCKIT_BENCH_PUMP-} ]]; then
	in_vm
else
	on_host
fi
