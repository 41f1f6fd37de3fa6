#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace around programs of several processes and many connections: whose is what, held against the
# pids that the programs have and against nginx's own log.
#
# Usage: programs_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
# SMC-R by soft-RoCE is slow.
over=loopback mode=2 requests=500
[[ $kernel != 6.12 ]] || over=rxe mode=1 requests=100
. "$TOP/tests/tracer/trace.sh"

guest() {
	export SMCKIT_KEEP_SMC=1
	[[ $kernel == 7.2 ]] || modprobe smc_diag
	start_trace programs
	"$TOP/lab/scenarios/programs" --over "$over" --requests "$requests"
	stage programs
	stop_trace
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

begin_host nginx wrk redis-cli redis-benchmark redis-check-rdb

# pick_events: those of the two ports' connections but SYNs, which are TCP's and nobody's; and the pids by role.
pick_events() {
	jq -cs 'map(select(.kind != 16 and (.local_port, .peer_port | IN(8080, 6379))) |
		{time, text, kind, conn, role, mode, owner, pid, comm, local_port, peer_port}) |
		sort_by(.time)' "$work/programs.json" >"$work/events"
	jq -Rn '[inputs / " "] | group_by(.[0]) | map({(.[0][0]): map(.[1] | tonumber)}) | add' \
		"$out/programs.pids" >"$work/pids"
}

# The terms of the checks. Until it is accepted a connection is the listening socket's; one that
# its client gives up in the handshake is never accepted.
readonly WORDS='
def at_server($port): map(select(.local_port == $port and .role == 2));
def at_client($port): map(select(.peer_port == $port));
def connections($port): at_server($port) | group_by(.peer_port);
def pids($role): $pids[0][$role];
def accepted: map(select(.owner == 1).pid) | unique;
def of($comm; $pids): .owner == 1 and .comm == $comm and (.pid | IN($pids[]));
def first_listener_then($comm; $listener; $pids):
	(map(.owner) | . == (sort | reverse)) and
	(accepted | length) == (if any(.kind == 3) then 1 else 0 end) and
	all(.comm == $comm and if .owner == 2 then .pid == $listener else of($comm; $pids) end);
'

# holds NAME CONDITION [WRONG]: on the events; WRONG picks those to be shown when it does not.
holds() {
	ok "$1" condition "$2" "${3-empty}"
}

condition() {
	jq -e --slurpfile pids "$work/pids" "$WORDS $1" "$work/events" >/dev/null && return
	jq -c . "$work/pids"
	jq -c --slurpfile pids "$work/pids" "$WORDS $2" "$work/events" | sed -n 1,40p
	return 1
}

check_nginx() {
	local served='first_listener_then("nginx"; pids("nginx-master")[0]; pids("nginx-worker"))'
	local asked='of("wrk"; pids("wrk"))'
	holds nginx__each_connection_is_one_workers "connections(8080) | length > 8 and all($served)" \
		"connections(8080)[] | select($served | not)[]"
	holds nginx__each_worker_has_accepted \
		'[connections(8080)[] | accepted[]] | unique == (pids("nginx-worker") | sort)'
	holds nginx__clients_are_wrk "at_client(8080) | all($asked) and
		(map(.pid) | unique) == (pids(\"wrk\") | sort)" "at_client(8080)[] | select($asked | not)"
	# A connection may be left without a request, but none is served and not traced.
	jq -r --slurpfile pids "$work/pids" "$WORDS"' connections(8080)[] | select(accepted != []) |
		"\(accepted[0]) \(.[0].peer_port)"' "$work/events" | sort >"$work/accepted"
	awk '{ print $1, $2 }' "$out/programs.access" | sort -u >"$work/served"
	is nginx__its_log_names_the_same_workers "$(comm -12 "$work/served" "$work/accepted")" "$(<"$work/served")"
	holds nginx__log_has_connections "$(wc -l <"$work/served") >= 8"
}

check_redis() {
	local served='first_listener_then("redis-server"; pids("redis-server")[0]; pids("redis-server"))'
	local asked='of("redis-benchmark"; pids("redis-benchmark"))'
	holds redis__server_is_redis_server "connections(6379) | all($served)" \
		"connections(6379)[] | select($served | not)[]"
	holds redis__clients_are_redis_benchmark "at_client(6379) | all($asked)" \
		"at_client(6379)[] | select($asked | not)"
	# 50 that were held for SET, and one that asked for the configuration; of those for GET some may
	# find that all is done before they are connected.
	holds redis__all_clients_are_seen 'at_client(6379) | map(select(.kind == 3).local_port) | unique |
		length >= 51 and length <= 101' 'at_client(6379) | map(select(.kind == 3).local_port) | unique'
	holds redis__both_ends_are_seen '([connections(6379)[] | select(accepted != [])[0].peer_port]) as $there |
		(at_client(6379) | map(.local_port)) as $here | ($there | length >= 51) and $there - $here == []'
}

in_vm 420 "$kernel"
note "$(grep -E '^programs: ' "$work/said")"
[[ -e $out/programs.status ]] || tap_end
session programs
complete programs
ok programs__events_are_picked pick_events
holds programs__none_falls_back "length > 0 and all(.kind != 29 and .mode != 3)" \
	'.[] | select(.kind == 29 or .mode == 3)'
holds programs__data_goes_by_smc "map(select(.kind == 3)) | length > 0 and all(.mode == $mode)"
no_cdc_of_nobody() {
	jq -c 'select(.kind == 3 and .pid == 0)' "$work/programs.json" >"$work/nobodys"
	[[ ! -s $work/nobodys ]] || { wc -l <"$work/nobodys" && sed -n 1,5p "$work/nobodys" && return 1; }
}
ok programs__no_cdc_is_nobodys no_cdc_of_nobody
holds programs__each_connection_created_is_freed 'def conns($kind): map(select(.kind == $kind).conn) | sort;
	conns(21) == conns(23) and (conns(21) | length > 0)'
check_nginx
check_redis
tap_end
