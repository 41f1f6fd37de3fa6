#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cost of the plugin: tshark with it against tshark with the built-in dissector,
# run in turns, medians of processor time (user + system) and of peak memory. The
# built-in against itself gives the noise, in the same turns.
#
#   dissector.sh [PAIRS [SIZE]]   (default: 5 pairs, captures of 200M)
#
# The captures of bench-groups have 1,300 connections in 52 link groups, and four times as many.
#
#   SMCKIT_BENCH_DIR  where the captures are kept (default: a temporary directory)
#
# It measures and reports, and always exits 0.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/smckit-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$here/../dissect/tshark.sh"
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"

pairs=${1:-5}
size=${2:-200M}
dir=${SMCKIT_BENCH_DIR:-$smcx_home/bench}
goal_bare=1.05   # no tree
goal_filter=1.15
goal_text=1.15
goal_roce=1.50   # no handshake says whose the packets are
goal_growth=1.15 # of what the built-in's time grows by, when connections and groups are four times as many
goal_other=1.00
slack=0.02 # of what is not SMC's: no run says less than this

# A capture of smc-synth, made once. capture NAME SIZE
capture() {
	local file=$dir/$1-$2.pcap
	if [[ ! -s $file ]]; then
		"$SMC_SYNTH" "$1" --bytes "$2" -o "$file.part"
		mv "$file.part" "$file"
	fi
	chmod a+r "$file"
	echo "$file"
}

# GNU time around a run: "SECONDS KIBIBYTES" on standard output.
# measure KIND FILE ARGS: KIND is plugin or builtin
measure() {
	local kind=() file=$2
	[[ $1 == plugin ]] || kind=(--builtin)
	shift 2
	smcx_time=$smcx_home/time smcx_tshark "${kind[@]}" -r "$file" "$@" >/dev/null 2>&1 || true
	awk 'END { print $1 + $2, $3 }' "$smcx_home/time"
}

# The median of a column of numbers on standard input.
median() {
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b ? a / b : 0 }'; }

# Runs in turns; files NAME.KIND with a line a run. The third run is the built-in
# again: what it differs from the first by is noise.
run_pairs() {
	local name=$1 file=$2 i kind
	shift 2
	rm -f "$smcx_home/$name".*
	for kind in plugin builtin; do
		measure "$kind" "$file" "$@" >/dev/null # fills the page cache
	done
	for ((i = 0; i < pairs; i++)); do
		for kind in builtin plugin again; do
			measure "$kind" "$file" "$@" >>"$smcx_home/$name.$kind"
		done
	done
}

column() { awk -v n="$1" '{ print $n }' "$2" | median; }

# One row of the table, and the verdict when there is a goal. report NAME LABEL [GOAL]
report() {
	local name=$1 label=$2 goal=${3-} base time again cost noise verdict=
	base=$(column 1 "$smcx_home/$name.builtin")
	time=$(column 1 "$smcx_home/$name.plugin")
	again=$(column 1 "$smcx_home/$name.again")
	cost=$(ratio "$time" "$base")
	noise=$(ratio "$again" "$base")
	if [[ $goal ]]; then
		# A machine on which the built-in misses the goal against itself shows nothing.
		verdict=$(awk -v c="$cost" -v g="$goal" -v n="$noise" 'BEGIN {
			print (c <= g ? "PASS" : n > g ? "too noisy to tell" : "MISS")
		}')
		verdict+=" (goal $goal)"
	fi
	printf '%-34s %8.2f %8.2f %7s %7s  %8.0f %8.0f %7s  %s\n' "$label" "$base" "$time" "$cost" \
		"$noise" "$(column 2 "$smcx_home/$name.builtin" | awk '{ print $1 / 1024 }')" \
		"$(column 2 "$smcx_home/$name.plugin" | awk '{ print $1 / 1024 }')" \
		"$(ratio "$(column 2 "$smcx_home/$name.plugin")" \
			"$(column 2 "$smcx_home/$name.builtin")")" "$verdict"
}

# Peak memory of a quarter of the capture and of all of it.
growth() {
	local name=$1 kind small large
	for kind in builtin plugin; do
		small=$(measure "$kind" "$(capture "$name" "$quarter")" | awk '{ print $2 / 1024 }')
		large=$(measure "$kind" "$(capture "$name" "$size")" | awk '{ print $2 / 1024 }')
		printf '%-34s %8.0f MiB at %s, %8.0f MiB at %s: +%.0f MiB\n' "$name, $kind" \
			"$small" "$quarter" "$large" "$size" \
			"$(awk -v a="$small" -v b="$large" 'BEGIN { print b - a }')"
	done
}

# Does the time grow with the connections and no faster? Without the start of tshark, which is the same
# for both; medians as above. linear NAME LABEL SMALL LARGE
linear() {
	local name=$1 label=$2 of kind at=()
	run_pairs "$name-small" "$(capture "$name" "$3")"
	run_pairs "$name-large" "$(capture "$name" "$4")"
	report "$name-small" "$label, $3"
	report "$name-large" "$label, $4"
	of=$(measure builtin "$(capture "$name" 1)" | awk '{ print $1 }')
	for kind in builtin plugin; do
		at+=("$(awk -v a="$(column 1 "$smcx_home/$name-large.$kind")" \
			-v b="$(column 1 "$smcx_home/$name-small.$kind")" -v s="$of" \
			'BEGIN { printf("%.2f", (b > s) ? (a - s) / (b - s) : 0) }')")
	done
	awk -v b="${at[0]}" -v p="${at[1]}" -v goal="$goal_growth" -v label="$label" 'BEGIN {
		printf "%-34s time grows by %s (built-in), %s (plugin)  %s (goal %s)\n", label, b, p,
			p <= b * goal ? "PASS" : "MISS", goal
	}'
}

mkdir -p "$dir"
chmod a+rx "$dir"
quarter=$((${size%[KMG]} / 4))${size##*[0-9]}
tenth=$((${size%[KMG]} / 10))${size##*[0-9]}

printf '%d pairs, captures of %s, %s processors\n' "$pairs" "$size" "$(nproc)"
printf '%-34s %8s %8s %7s %7s  %8s %8s %7s\n' '' 'built-in' plugin ratio noise 'MiB' 'MiB' ratio
run_pairs smcr "$(capture bench-smcr "$size")"
report smcr "SMC-R, no tree" "$goal_bare"
run_pairs smcr_filter "$(capture bench-smcr "$size")" -Y smc.llc_msg
report smcr_filter "SMC-R, filter smc.llc_msg" "$goal_filter"
run_pairs smcr_tree "$(capture bench-smcr "$tenth")" -V
report smcr_tree "SMC-R, all text, $tenth" "$goal_text"
run_pairs smcr_expert "$(capture bench-smcr "$size")" -q -z expert
report smcr_expert "SMC-R, expert infos"
run_pairs roce "$(capture bench-roce "$size")"
report roce "SMC-R, RoCE only, no tree" "$goal_roce"
linear bench-groups "many groups" 16M 64M
run_pairs tcp "$(capture bench-tcp "$size")"
report tcp "no SMC, no tree" "$(awk "BEGIN { print $goal_other + $slack }")"
run_pairs tcp_filter "$(capture bench-tcp "$size")" -Y smc.llc_msg
report tcp_filter "no SMC, filter smc.llc_msg" "$(awk "BEGIN { print $goal_other + $slack }")"
run_pairs tcp_tree "$(capture bench-tcp "$tenth")" -V
report tcp_tree "no SMC, all text, $tenth" "$(awk "BEGIN { print $goal_other + $slack }")"
printf 'The goal for what is not SMC is %s; %s above it is taken for noise.\n' "$goal_other" "$slack"
growth bench-smcr
growth bench-tcp
exit 0
