#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace merge on the traces of two machines with SMC-Rv2 between them, of which one has a clock that is 3 s ahead and
# runs 200 ppm fast. The truth about the clocks comes by memory that the two VMs share, and is right within some
# microseconds: each sample says between which times of VM a an instant of VM b was.
#
#   VM a, server: its clock counts           VM b, client: +3 s, +200 ppm
#   10.9.2.1 eth0 <------- wire -------> eth0 10.9.2.2
#   shared memory <--------------------> shared memory
#
# Usage: merge_vm_test.sh KERNEL [RUNS [SECONDS]]
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=${SMC_TRACE:-$TOP/build/tracer/smc-trace}
TRUTH=${CLOCK_TRUTH:-$TOP/build/tests/tracer/clock_truth}
kernel=${1-6.12} runs=${2-20} seconds=${3-60}

# ---- in a VM ----------------------------------------------------------------------------------

guest() {
	local run
	. "$TOP/lab/scenarios/common.sh"
	. "$TOP/lab/scenarios/pair.sh"
	begin_pair
	enable_smc "$UEID"
	set_sysctl net.ipv6.conf.eth0.disable_ipv6 1
	ip address add "$(own 10.9.2.1 10.9.2.2)/24" dev eth0
	ip link set eth0 up
	add_rxe "r$role" eth0
	[[ $role == a ]] || "$TRUTH" set 3 200 || fail "the clock cannot be set"
	meet up
	for ((run = 1; run <= runs; run++)); do
		guest_run
	done
	meet "done"
	say ok
}

# Trace, transfer, sample: at the same time.
guest_run() {
	local trace=$SMCKIT_OUT/$role.$run
	"$T" -w "$trace.pcapng" -q >"$trace.out" 2>"$trace.err" &
	local tracer=$!
	patience=180 until_true "smc-trace traces" grep -q tracing "$trace.err"
	meet "tracing.$run"
	"guest_$role"
	meet "traced.$run"
	kill -INT "$tracer"
	wait "$tracer" || fail "smc-trace ended with status $?"
}

guest_a() {
	start_server "$run" smc-xfer server -f smc -b 10.9.2.1 -p 0 --timeout 60 -d pingpong --rounds 100 --ready-file READY
	"$TRUTH" ask "$((seconds + 4))" >"$SMCKIT_OUT/truth.$run" &
	send "port.$run" "$port"
	hear "sent.$run"
	wait $!
	kill "${pids[$run]}"
	wait "${pids[$run]}" || :
}

guest_b() {
	local end
	"$TRUTH" answer "$((seconds + 5))" &
	hear "port.$run"
	port=$(<"$SMCKIT_OUT/port.$run")
	end=$((SECONDS + seconds))
	while ((SECONDS < end)); do
		smc-xfer client -f smc -p "$port" --timeout 60 -d pingpong --rounds 100 --pace 5 10.9.2.1 >"$work/client" 2>&1 ||
			fail "$(cat "$work/client")"
	done
	send "sent.$run"
	wait $!
}

if [[ ${4-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host --------------------------------------------------------------------------------

. "$TOP/tests/tap.sh"
command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
mkdir "$work/out"
truncate -s 1M "$work/shared"
status=0
"$TOP/lab/vm-pair" --timeout $((runs * (seconds + 120) + 600)) --shared "$work/shared" --out "$work/out" "$kernel" \
	-- "$0" "$kernel" "$runs" "$seconds" in-vm --- "$0" "$kernel" "$runs" "$seconds" in-vm || status=$?
is vm__no_report_in_the_kernel_log "$status" 0

# judge CLOCKS TRUTH: each line of CLOCKS is "own common within", of an instant of VM b. The truth between two samples is that of
# their straight line. Prints, in us, the largest error of what was corrected; the least and the largest that the file allows for
# it; and half of the widest sample, by which the truth itself may be wrong.
judge() {
	awk '
		BEGIN { n = at = 0 }
		NR == FNR { own[n] = $1; from[n] = $2 - $1; to[n++] = $3 - $1; if ($3 - $2 > wide) wide = $3 - $2; next }
		{
			while (at + 2 < n && own[at + 1] < $1) at++
			if ($1 < own[0] || $1 > own[n - 1]) next
			part = ($1 - own[at]) / (own[at + 1] - own[at])
			low = from[at] + part * (from[at + 1] - from[at])
			high = to[at] + part * (to[at + 1] - to[at])
			ahead = $2 - $1
			error = ahead < low ? low - ahead : ahead > high ? ahead - high : 0
			middle = ahead - (low + high) / 2
			middle = middle < 0 ? -middle : middle
			bad += error > $3
			most = middle > most ? middle : most
			said = $3 > said ? $3 : said
			least = !count++ || $3 < least ? $3 : least
		}
		END {
			printf "bad %d of %d, error up to %.1f, said %.1f to %.1f, truth within %.1f\n", bad, count, most / 1e3,
				least / 1e3, said / 1e3, wide / 2e3
		}
	' "$2" "$1"
}

# short: of times in ns since 1970 the last digits, which awk has all of.
short() {
	sed -E 's/\b[0-9]{5}([0-9]{14})\b/\1/g'
}

# clocks_of FILE: of VM b. Not by jq, which may round such numbers.
clocks_of() {
	"$T" read --json "$1" 2>/dev/null | grep '"kind":49,.*"host":2,' |
		sed -E 's/.*"ev_clock":\{"own":([0-9]+),"common":([0-9]+),"within":([0-9]+),.*/\1 \2 \3/' | short
}

run_is_right() {
	short <"$work/out/truth.$1" >"$work/truth"
	"$T" merge "$work/out/a.$1.pcapng" "$work/out/b.$1.pcapng" -o "$work/all.$1.pcapng" 2>&1 || return
	clocks_of "$work/all.$1.pcapng" >"$work/clocks"
	judge "$work/clocks" "$work/truth" >"$work/judged"
	cat "$work/judged"
	grep -qE '^bad 0 of [1-9]' "$work/judged"
}

# No message of two hosts is received before it was sent, and there are some.
is_causal() {
	"$T" read --json --kinds clc,llc,cdc "$work/all.$1.pcapng" 2>/dev/null |
		jq -rc 'select(.kind <= 3 and .id > 0) | [.id, .direction, .host, .time]' |
		jq -s -e 'group_by(.[0]) | map(select(length == 2 and .[0][2] != .[1][2]) | sort_by(.[1])) |
			length > 100 and all(.[]; .[1][3] <= .[0][3])' >/dev/null
}

for ((run = 1; run <= runs; run++)); do
	: >"$work/judged"
	ok "run_${run}__clock_is_as_right_as_is_said" run_is_right "$run"
	note "us: $(<"$work/judged")"
	ok "run_${run}__no_message_arrives_before_it_was_sent" is_causal "$run"
done
tap_end
