#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cost of connections within a host: TCP over loopback, AF_UNIX, TCP short-cut by a sockmap, the SMC of
# Linux 6.12 over loopback-ism, and smcx. All in one VM, in turns, the modules loaded and unloaded between.
# With --rdma, which is ./dev bench smcr: TCP and SMC-R between the two ends of a soft-RoCE pair, by Linux 6.12 and by smcx.
#
#   kmod.sh [--rdma] [--passes N] [--seconds S] [--module FILE] [--only LIST] [--ways LIST]
#
#   --passes N     measurements of each kind (7), of which the median counts
#   --seconds S    of a measurement, by the clock of the VM (0.5)
#   --module FILE  smcx.ko for Linux 6.12 (built from kmod/ if none is named); --rdma takes the smcx_rdma.ko beside it
#   --old FILE     another one, to be compared with it: the way 'old'
#   --only LIST    kinds of measurement, by commas: see the first column of what it prints
#   --ways LIST    of tcp, again, unix, sockmap, intree, smcx
#   --values DIR   every single value there, a file a way and kind
#
# 'again' is TCP once more: it tells the noise. Programs know nothing of SMC, smc-run (BPF) runs them. Without KVM all
# processors of the VM share one: what runs on two at the same time elsewhere takes turns, and busy polling burns what
# the other end would need. SMCKIT_ACCEL=icount makes the VM's clock go by its instructions, so that what else runs on this machine
# does not count.
#
# The second table is processor time: that of both ends, user and system, with the interrupts and the softirqs that ran on their account,
# and that of the kernel's threads (workers, ksoftirqd) meanwhile. Time that interrupts take of an idle processor is not in it. Where
# the processors of the VM share one, a processor that is busy while the other one is, is charged the time of both: so a reader that
# spins looks twice as dear as it is.
#
# It measures and tells, goals met or missed, and exits 0 unless something did not run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
KERNEL=6.12-lo
UEID=SMCKIT.LAB
name=kmod ways=tcp,again,unix,sockmap,intree,old,smcx
STORE=6379 WEB=8080 PERF=5201

# kind; whether more or less is better; unit; what it is
kinds='
stream64k    more MB/s   writes of 64000 bytes
stream10     more MB/s   the same on 10 connections at once
pp14         less us     round trip of 14 bytes
pp1k         less us     round trip of 1 KiB
pp14two      less us     14 bytes, two processors
pp1ktwo      less us     1 KiB, two processors
pp14busy     less us     14 bytes, SO_BUSY_POLL, two processors
pp1kbusy     less us     1 KiB, SO_BUSY_POLL, two processors
msg100       more 1/s    writes of 100 bytes, NODELAY
msg100nagle  more 1/s    writes of 100 bytes, Nagle
connect      more 1/s    connections with 100 bytes there and back
sockperf_tp  more MB/s   sockperf tp, 64000 bytes
sockperf_pp  less us     sockperf pp, 14 bytes, half a round trip
iperf3       more MB/s   iperf3
nginx        more 1/s    nginx and wrk, 8 connections kept
redis_set    more 1/s    redis-benchmark SET, 50 connections
redis_get    more 1/s    redis-benchmark GET, 50 connections
'

# kind (.cpu: its processor time), what smcx is compared with, at least or at most, the goal
goals='
stream64k   intree least 1.30
stream64k   tcp    least 1.67
pp14        intree most  0.85
pp14        tcp    most  0.56
pp1k        intree most  0.85
pp14two     intree most  0.60
msg100      intree least 1.20
msg100nagle tcp    least 1.00
connect     tcp    least 0.80
stream64k.cpu intree most 1.00
stream10.cpu intree most 1.00
stream10.cpu tcp    most 0.40
pp14.cpu    intree most  1.00
pp14two.cpu intree most  1.00
msg100.cpu  intree most  1.00
'

rdma_kinds='
stream64k    more MB/s   writes of 64000 bytes
stream10     more MB/s   the same on 10 connections at once
pp14         less us     round trip of 14 bytes
pp1k         less us     round trip of 1 KiB
msg100       more 1/s    writes of 100 bytes, NODELAY
msg100nagle  more 1/s    writes of 100 bytes, Nagle
connect      more 1/s    connections with 100 bytes there and back
'

# The last one is a time in the terms of a rate: 1 / 0.45.
rdma_goals='
stream64k   intree least 0.98
stream10    intree least 0.98
pp14        intree most  0.95
msg100      intree least 1.00
connect     intree least 2.22
'

fail() {
	printf 'bench %s: %s\n' "$name" "$*" >&2
	exit 1
}

parse() {
	passes=7 seconds=0.5 only='' module='' old='' values='' rdma=''
	while [[ $# -gt 0 ]]; do
		case $1 in
		--rdma) rdma=yes name=smcr KERNEL=6.12 kinds=$rdma_kinds goals=$rdma_goals ways=tcp,again,intree,old,smcx ;;
		--passes) passes=$2 && shift ;;
		--seconds) seconds=$2 && shift ;;
		--module) module=$(realpath "$2") && shift ;;
		--old) old=$(realpath "$2") && shift ;;
		--only) only=$2 && shift ;;
		--ways) ways=$2 && shift ;;
		--values) values=$(realpath "$2") && shift ;;
		*) sed -n '3,/^set -e/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 2 ;;
		esac
		shift
	done
	[[ ! $module || -f $module ]] || fail "--module $module: there is no such file"
	[[ ! $old || -f $old ]] || fail "--old $old: there is no such file"
}

# ---- on this machine ------------------------------------------------------------------------

on_host() {
	local program
	for program in sockperf iperf3 nginx wrk redis-benchmark; do
		command -v "$program" >/dev/null || fail "$program is missing: run it by ./dev bench kmod"
	done
	"$top/lab/kernel" "$KERNEL" >/dev/null
	[[ $module ]] || module=$("$top/lab/module" "$KERNEL" "$top/kmod" "$top/build/kmod/$KERNEL${rdma:+-rdma}" ${rdma:+SMCX_RDMA=y} | head -n 1) ||
		fail "smcx cannot be built"
	[[ $old ]] || ways=${ways//old,/}
	[[ $values ]] || { values=$(mktemp -d) && trap 'rm -rf "$values"' EXIT; }
	"$top/lab/vm" --timeout 7200 --out "$values" --env "SMCKIT_SMCX=$module" --env "SMCKIT_OLD=$old" \
		"$KERNEL" -- "$here/kmod.sh" \
		${rdma:+--rdma} --passes "$passes" --seconds "$seconds" ${only:+--only "$only"} --ways "$ways"
}

# ---- in the VM: ways -------------------------------------------------------------------------

begin() {
	PATH=$top/build/lab/tools:$top/build/kmod/run:$top/build/tests/bench:/usr/sbin:/sbin:$PATH
	ip link set lo up
	# Over 9p it would be the share that is measured.
	work=$(mktemp -d)
	mount -t tmpfs bench "$work"
	server=127.0.0.1
	[[ ! $rdma ]] || make_rdma
	cp "$(command -v redis-check-rdb)" "$work/redis-server"
	mkdir "$work/www" "$work/values"
	head -c 2000 /dev/zero | tr '\0' x >"$work/www/index.html"
	sysctl -qw net.ipv4.tcp_tw_reuse=1
}

# of_lab FUNCTION: of the scenarios.
of_lab() {
	(. "$top/lab/scenarios/common.sh" && "$1")
}

# A path between two addresses of this VM that is no loopback, with soft-RoCE at both ends.
make_rdma() {
	modprobe smc
	of_lab rxe_pair || fail "no soft-RoCE pair"
	server=10.9.0.2
}

until_true() {
	local end=$((SECONDS + 30))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

no_smc() {
	[[ ! -d /sys/module/smc_diag ]] || rmmod smc_diag || return 1
	[[ ! -d /sys/module/smc ]] || rmmod smc || return 1
	[[ ! -d /sys/module/smcx_rdma ]] || rmmod smcx_rdma || return 1
	[[ ! -d /sys/module/smcx ]] || rmmod smcx
}

# enter WAY: 1 if there is none here. Sets what is to stand before commands.
enter() {
	until_true no_smc || fail "SMC cannot be unloaded"
	before=()
	case $1 in
	sockmap) before=(kmod_sockmap) ;;
	intree)
		modprobe smc && modprobe smc_diag && smc-ctl ueid add "$UEID" || fail "no in-tree SMC"
		before=(smc-run -q -m bpf)
		;;
	smcx | old)
		local file=${SMCKIT_SMCX-}
		[[ $1 == smcx ]] || file=${SMCKIT_OLD-}
		[[ $file ]] || return 1
		insmod "$file" ueid="$UEID" || fail "smcx cannot be loaded"
		[[ ! $rdma ]] || only_smcr "${file%.ko}_rdma.ko"
		before=(smc-run -q -m bpf)
		;;
	esac
	[[ ! $rdma || ! ${before[*]} ]] || devices_seen
}

devices_seen() {
	local device
	for device in ra rb; do
		smc-ctl wait --device "$device" --timeout 10 || fail "SMC does not see $device"
	done
}

# only_smcr MODULE: SMC-D would serve two ends of one host.
only_smcr() {
	insmod "$1" || fail "smcx_rdma cannot be loaded"
	of_lab without_loopback || fail "SMC-D cannot be put aside"
}

# ---- in the VM: measurements; each prints a number, or nothing where a way does not have it; and behind it processor time ----

family() { [[ $way == unix ]] && echo unix || echo tcp; }

# Whatever hangs is not to keep the others; where it hangs is told.
bounded() {
	local status=0
	timeout -k 10 90 "$@" || status=$?
	((status < 124)) || grep -s . /proc/[0-9]*/stack | grep -E 'smc|tcp_|inet_' | sed -n 1,12p >&2
	return "$status"
}

client() { bounded "${before[@]}" kmod_client "$(family)" "$@" at="$server"; }

measure_stream10() { client stream 64000 "$seconds" nodelay pairs=10; }
measure_stream64k() { client stream 64000 "$seconds" nodelay; }
measure_pp14() { client pingpong 14 "$seconds" nodelay; }
measure_pp1k() { client pingpong 1024 "$seconds" nodelay; }
measure_pp14two() { client pingpong 14 "$seconds" nodelay apart; }
measure_pp1ktwo() { client pingpong 1024 "$seconds" nodelay apart; }
measure_pp14busy() { client pingpong 14 "$seconds" nodelay busy=50 apart; }
measure_pp1kbusy() { client pingpong 1024 "$seconds" nodelay busy=50 apart; }
measure_msg100() { client messages 100 "$seconds" nodelay; }
measure_msg100nagle() { client messages 100 "$seconds"; }
measure_connect() { client connect 100 "$seconds" nodelay; }

# both SERVER CLIENT: in one shell, since a sockmap wants both ends among its processes.
both() {
	bounded "${before[@]}" bash -c "set -e
		exec 2>>$work/said
		$1 >>$work/said & server=\$!
		trap end EXIT
		end() {
			kill \$server
			for ((i = 0; i < 40; i++)); do
				kill -0 \$server || return 0
				sleep 0.05
			done
			kill -9 \$server
		}
		for ((i = 0; i < 600; i++)); do
			! ss -Hltn 'sport = :$3' | grep -q . || break
			sleep 0.05
		done
		$2" || :
}

# Its server does not say SO_REUSEADDR, so each has a port of its own.
sockperf_both() {
	local port=$((12000 + RANDOM % 20000))
	both "sockperf sr --tcp -i 127.0.0.1 -p $port" "sockperf $1 --tcp -i 127.0.0.1 -p $port -m $2 -t 1" "$port"
}

measure_sockperf_tp() {
	[[ $way != unix ]] || return 0
	sockperf_both tp 64000 | sed -n 's/.*BandWidth is \([0-9.]*\) MBps.*/\1/p'
}

measure_sockperf_pp() {
	[[ $way != unix ]] || return 0
	sockperf_both pp 14 | sed -n 's/.*Latency is \([0-9.]*\) usec.*/\1/p'
}

measure_iperf3() {
	[[ $way != unix ]] || return 0
	both "iperf3 -s -1 -p $PERF" "iperf3 -c 127.0.0.1 -p $PERF -t 1 -f M -J" "$PERF" |
		jq -r '.end.sum_received.bits_per_second / 8e6'
}

nginx_conf() {
	cat >"$work/nginx.conf" <<END
user root;
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { }
http {
	access_log off;
	keepalive_requests 1000000;
	server {
		listen 127.0.0.1:$WEB;
		root $work/www;
	}
}
END
}

measure_nginx() {
	[[ $way != unix ]] || return 0
	nginx_conf
	both "nginx -e $work/nginx.log -c $work/nginx.conf" \
		"wrk -t 1 -c 8 -d 1s http://127.0.0.1:$WEB/" "$WEB" | sed -n 's/^Requests\/sec: *//p'
}

# SET and GET at once; the second one is kept for its own row.
measure_redis_set() {
	local to="-h 127.0.0.1 -p $STORE"
	[[ $way != unix ]] || to="-s $work/store"
	both "$work/redis-server --bind 127.0.0.1 --port $STORE --unixsocket $work/store --save '' --dir $work" \
		"redis-benchmark $to -c 50 -n 4000 -t set,get --csv" "$STORE" >"$work/redis"
	sed -n 's/^"GET","\([0-9.]*\)".*/\1/p' "$work/redis" >"$work/redis.get"
	sed -n 's/^"SET","\([0-9.]*\)".*/\1/p' "$work/redis"
}

measure_redis_get() { cat "$work/redis.get"; }

# ---- in the VM: all of it ----------------------------------------------------------------------------

wanted() {
	[[ ! $only || ,$only, == *,$1,* || ($1 == redis_set && ,$only, == *,redis_get,*) ]]
}

measure() {
	local kind=$1 value cpu
	: >"$work/said"
	read -r value cpu < <("measure_$kind" 2>>"$work/said") || :
	[[ $value =~ ^[0-9.]+$ ]] || {
		[[ $way == unix ]] || {
			printf 'bench %s: %s, %s: no value: %s\n' "$name" "$way" "$kind" "$(tail -n 12 "$work/said")" >&2
			broken=1
		}
		return 0
	}
	echo "$value" >>"$work/values/$way.$kind"
	[[ ! $cpu ]] || echo "$cpu" >>"$work/values/$way.$kind.cpu"
}

turn() {
	local kind
	enter "$way" || return 0
	while read -r kind _; do
		[[ ! $kind ]] || ! wanted "$kind" || measure "$kind"
	done <<<"$kinds"
}

all_turns() {
	local pass order
	order=${ways//,/ }
	for ((pass = 0; pass < passes; pass++)); do
		for way in $order; do
			turn
		done
		# Nobody is always behind the same one.
		order=$(tr ' ' '\n' <<<"$order" | tac | xargs)
		printf 'bench %s: pass %d of %d, %d s\n' "$name" $((pass + 1)) "$passes" "$SECONDS" >&2
		cp "$work"/values/* "$SMCKIT_OUT" 2>/dev/null || :
	done
}

# ---- what came of it ---------------------------------------------------------------------------------

# median WAY KIND: nothing if there is none.
median() {
	[[ ! -s $work/values/$1.$2 ]] || sort -n "$work/values/$1.$2" |
		awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a != "" && b > 0) printf "%.2f", a / b }'; }

# cell WAY KIND: the value, and its ratio to TCP's.
cell() {
	local value
	value=$(median "$1" "$2")
	if [[ ! $value ]]; then
		echo '-'
		return
	fi
	printf '%.4g' "$value" | awk '{ printf "%.6g", $1 }'
	[[ $1 == tcp ]] || printf ' %sx' "$(ratio "$value" "$(median tcp "$2")")"
}

# row KIND UNIT TEXT
row() {
	local shown
	printf '%-12s %-5s' "${1%.cpu}" "$2"
	for shown in ${ways//,/ }; do
		printf ' %17s' "$(cell "$shown" "$1")"
	done
	printf '  %s\n' "$3"
}

heads() {
	local shown
	printf '%-12s %-5s' "$1" ''
	for shown in ${ways//,/ }; do
		printf ' %17s' "$shown"
	done
	printf '\n'
}

table() {
	local kind sense unit text
	heads ''
	while read -r kind sense unit text; do
		[[ ! $kind ]] || ! wanted "$kind" || row "$kind" "$unit" "$text, $sense is better"
	done <<<"$kinds"
}

cpu_table() {
	local kind unit text
	heads processor
	while read -r kind _ _ text; do
		[[ $kind && -s $work/values/tcp.$kind.cpu ]] && wanted "$kind" || continue
		[[ $kind == stream* ]] && unit=us/MB || unit=us
		row "$kind.cpu" "$unit" "$text"
	done <<<"$kinds"
}

# spread KIND: how far half of TCP's values are from their median, in per cent.
spread() {
	cat "$work/values/tcp.$1" "$work/values/again.$1" 2>/dev/null | sort -n | awk '{ v[NR] = $1 }
		END { if (NR > 3) printf " %.0f%%", 50 * (v[int(NR * 3 / 4) + 1] - v[int(NR / 4) + 1]) / v[int(NR / 2) + 1] }'
}

verdicts() {
	local kind base sense goal got noise
	while read -r kind base sense goal; do
		[[ $kind ]] && wanted "${kind%.cpu}" || continue
		got=$(ratio "$(median smcx "$kind")" "$(median "$base" "$kind")")
		noise=$(ratio "$(median again "$kind")" "$(median tcp "$kind")")
		awk -v k="$kind" -v b="$base" -v s="$sense" -v g="$goal" -v r="$got" -v n="$noise" 'BEGIN {
			far = r > g ? r - g : g - r
			d = n == "" ? 0 : (n > 1 ? n - 1 : 1 - n) * g
			met = s == "least" ? r >= g : r <= g
			printf "goal: %-13s smcx/%-6s at %-5s %.2f: %s\n", k, b, s, g,
				r == "" ? "not measured" : sprintf("%.2f, %s", r, far <= d ? "noise too high" : met ? "met" : "missed")
		}'
	done <<<"$goals"
}

report() {
	local kind
	printf '%s, %s processors, medians of %s, %s s each; the ratio is to tcp\n' "$(uname -r)" "$(nproc)" \
		"$passes" "$seconds"
	table
	cpu_table
	printf 'spread of tcp (half of the values are within):'
	while read -r kind _; do
		[[ ! $kind ]] || ! wanted "$kind" || printf ' %s%s' "$kind" "$(spread "$kind")"
	done <<<"$kinds"
	printf '\n'
	verdicts
}

in_vm() {
	broken=0
	begin
	all_turns
	until_true no_smc || fail "SMC cannot be unloaded"
	report
	exit "$broken"
}

parse "$@"
if [[ ${SMCKIT_OUT-} ]]; then
	in_vm
else
	on_host
fi
