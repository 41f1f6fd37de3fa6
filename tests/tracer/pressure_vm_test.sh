#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace when it cannot keep up: many connections at once, hanging handshakes, rings of 4 KiB, a reader that is
# stopped, an output that nobody reads. Whatever is lost has to be counted; the truth is what the kernel counts without
# BPF, and what the programs say.
#
# Usage: pressure_vm_test.sh [smcx-]KERNEL. It boots once, and then calls itself in the VM. PRESSURE=10 makes ten
# times as many connections.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
. "$TOP/tests/tracer/trace.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-6.12-lo}"
readonly TRACING=/sys/kernel/tracing MANY=$((100 * ${PRESSURE:-1})) SHORT=$((1000 * ${PRESSURE:-1})) HANGING=900

# ---- in the VM ------------------------------------------------------------------------

# What the kernel counts, by the number of our hook: one or several places, whose sum is meant.
hooks_of_smc() {
	cat <<'END'
8 smcd_cdc_msg_send
9 smcd_cdc_rx_tsklet
15 smc_conn_create
16 smc_conn_save_peer_info
19 smc_ism_register_dmb
20 smc_ism_unregister_dmb
21 smc_ism_attach_dmb
22 smc_ism_detach_dmb
END
}

hooks_of_smcx() {
	cat <<'END'
9 cdc_msg rx
8 cdc_msg tx
1 clc_msg tx
2 clc_msg rx
19 dmb_register
20 dmb_unregister
21 dmb_attach
22 dmb_detach
26 fallback
27 clc_failed
25 sock_state
END
}

# start_counting, stop_counting NAME: lines "HOOK COUNT" in NAME.counts. Kprobes of net/smc count by themselves, and
# of smcx's tracepoints histograms do.
start_counting() {
	local hook place way key
	if [[ ! $module ]]; then
		hooks_of_smc | while read -r hook place; do
			echo "p:smckit/h$hook $place" >>"$TRACING/kprobe_events"
		done
		echo 1 >"$TRACING/events/smckit/enable"
		return
	fi
	hooks_of_smcx | while read -r hook place way; do
		[[ $way != tx ]] || continue
		key=dir
		[[ $way ]] || key=net_cookie
		echo "hist:keys=$key" >"$TRACING/events/smcx/smcx_$place/trigger"
	done
}

stop_counting() {
	local hook place way
	if [[ ! $module ]]; then
		echo 0 >"$TRACING/events/smckit/enable"
		sed -nE 's/^ *h([0-9]+) +([0-9]+) .*/\1 \2/p' "$TRACING/kprobe_profile" >"$SMCKIT_OUT/$1.counts"
		echo >"$TRACING/kprobe_events"
		return
	fi
	hooks_of_smcx | while read -r hook place way; do
		echo "$hook $(awk -v way="$way" '/hitcount:/ {
				if (way == "" || $3 == (way == "tx" ? "1" : "0"))
					n += $NF
			} END { print n + 0 }' "$TRACING/events/smcx/smcx_$place/hist")"
	done >"$SMCKIT_OUT/$1.counts"
	for place in "$TRACING"/events/smcx/smcx_*/trigger; do
		sed -n '/^hist/s/ .*//p' "$place" | sed 's/^/!/' >"/run/trigger"
		[[ ! -s /run/trigger ]] || cat /run/trigger >"$place"
	done
}

# connections NUMBER AT_ONCE PORT [OPTION...]: the programs say whether all went well.
connections() {
	local n=$1 parallel=$2
	port=$3
	shift 3
	rm -f /run/ready
	smc-xfer server -f smc -b 127.0.0.1 -p "$port" -n "$n" --ready-file /run/ready "$@" >"$said.server" 2>&1 &
	local server=$!
	until_true test -s /run/ready
	smc-xfer client -f smc -p "$port" -n "$n" -P "$parallel" "$@" 127.0.0.1 >"$said.client" 2>&1 || :
	wait "$server" || :
	port=0
}

# traced_session NAME COMMAND...: traced with $options, and counted by the kernel.
traced_session() {
	local name=$1
	shift
	said=$SMCKIT_OUT/$name
	start_trace "$name" "${options[@]}"
	start_counting
	"$@"
	sleep 1.5 # what closes by itself
	stop_counting "$name"
	stop_trace
	stage "$name"
}

stopped_reader() {
	kill -STOP "$child"
	connections "$MANY" 20 7001 -B 1k
	sleep "${STOPPED:-2}"
	kill -CONT "$child"
	connections 20 4 7002 -B 1k
}

# The server's answer never comes: as many Proposals are under way at once as there are clients.
hanging() {
	local n=0
	modprobe nf_tables
	nft add table ip smckit
	nft add chain ip smckit out '{ type filter hook output priority 0; }'
	nft add rule ip smckit out tcp sport 7003 tcp flags '& (syn|fin|rst|psh)' == psh drop
	rm -f /run/ready
	smc-xfer server -f smc -b 127.0.0.1 -p 7003 --ready-file /run/ready -t 3 >/dev/null 2>&1 &
	local server=$!
	until_true test -s /run/ready
	timeout 40 smc-xfer client -f smc -p 7003 -P "$HANGING" -B 1 -t 12 127.0.0.1 >"$said.client" 2>&1 || :
	kill "$server" 2>/dev/null || :
	nft delete table ip smckit
}

# ended NAME PID: how long it lives after SIGTERM, in tenths of a second, 300 at most.
ended() {
	local tenths=0
	while kill -0 "$2" 2>/dev/null && ((tenths < 300)); do
		sleep 0.1
		tenths=$((tenths + 1))
	done
	echo "$tenths" >"$SMCKIT_OUT/$1.tenths"
	wait "$2" 2>/dev/null || :
}

# stuck_trace NAME OPTION...: its standard output is a pipe that nobody reads, and full.
stuck_trace() {
	said=$SMCKIT_OUT/$1
	"$T" "${@:2}" >/run/pipe 2>"$said.err" &
	tracer=$!
	until_true grep -q tracing "$said.err"
	child=$(pgrep -P "$tracer")
	connections 60 10 7005 -B 1k
	until_true grep -q '^State:.S' "/proc/$child/status"
	sleep 0.5
}

guest_ends() {
	start_trace plain
	kill -TERM "$tracer"
	ended plain "$tracer"
	mkfifo /run/pipe
	exec 9<>/run/pipe # it has a reader, which takes nothing
	stuck_trace stuck -w "$SMCKIT_OUT/stuck.trace"
	kill -TERM "$tracer"
	ended stuck "$tracer"
	stuck_trace stuck_file -w -
	kill -TERM "$tracer"
	ended stuck_file "$tracer"
	stuck_trace killed
	kill -KILL "$tracer"
	ended killed "$child"
	exec 9>&-
	start_trace halted
	kill -STOP "$child"
	kill -TERM "$tracer"
	ended halted "$tracer"
	mkdir /run/full
	mount -t tmpfs -o size=64k none /run/full
	start_trace full -w /run/full/trace
	connections 60 10 7005 -B 1k
	kill -TERM "$tracer" 2>/dev/null || :
	ended full "$tracer"
	pgrep -x smc-trace >"$SMCKIT_OUT/left" || :
	stage ends
}

# Who may not unload a module cannot make the tracer let go of it, whatever the program's name and user namespace.
guest_blind() {
	cp /bin/cat /run/rmmod
	chmod 755 /run/rmmod
	options=(--strict)
	traced_session stranger stranger
	traced_session unloader unloader
}

refcnt() {
	if [[ $module ]]; then echo /sys/module/smcx/refcnt; else echo /sys/module/smc/refcnt; fi
}

unloader() {
	/run/rmmod "$(refcnt)" >/dev/null
	until_true grep -q "lets go" "$trace.err"
}

stranger() {
	local refcnt
	refcnt=$(refcnt)
	setpriv --reuid 65534 --regid 65534 --clear-groups -- /run/rmmod "$refcnt" >/dev/null
	unshare -U -r /run/rmmod "$refcnt" >/dev/null
	connections 10 2 7006 -B 1k
}

guest() {
	ip link set lo up
	ulimit -n 20000
	mountpoint -q "$TRACING" || mount -t tracefs none "$TRACING"
	load_stack
	options=()
	traced_session many connections "$MANY" "$MANY" 7001 -B 1k
	traced_session short connections "$SHORT" 8 7001 -B 100
	options=(--control-ring 4 --cdc-ring 4)
	traced_session tiny connections "$MANY" 20 7001 -B 1k
	options=(--control-ring 64 --cdc-ring 4)
	traced_session stopped stopped_reader
	options=(--port 7002 --control-ring 256 --cdc-ring 64)
	traced_session filter stopped_reader
	options=(--aggregate)
	traced_session aggregate connections 20 4 7004 -d both -B 200k -m 1k
	options=()
	[[ $module ]] || traced_session hanging hanging
	guest_ends
	guest_blind
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ----------------------------------------------------------------------

begin_host
build_stack

# accounted NAME: the counters add up, and of what was sent all is in the file.
accounted() {
	session "$1"
	ok "$1__counters_add_up" counters_add_up "$1"
	ok "$1__no_contradiction" not grep contradict "$out/$1.err"
}

not() {
	! "$@"
}

# seen_is_what_the_kernel_counts NAME: for every hook that the kernel has counted, too.
seen_is_what_the_kernel_counts() {
	local hook count seen
	while read -r hook count; do
		seen=$(jq -es --argjson hook "$hook" 'map(select(.kind == 32)) | last.message.ev_counter |
			map(select(.hook == $hook).seen) | add // 0' "$work/$1.json" || :)
		is "$1__hook_${hook}_seen" "$seen" "$count"
	done <"$out/$1.counts"
}

# counter NAME HOOK FIELD
counter() {
	jq -s --argjson hook "$2" "map(select(.kind == 32)) | last.message.ev_counter |
		map(select(.hook == \$hook).$3) | add // 0" "$work/$1.json"
}

in_vm 1200 "$kernel" "${1-6.12-lo}"
for name in many short tiny stopped filter aggregate hanging; do
	[[ -e $out/$name.status ]] || continue
	accounted "$name"
	seen_is_what_the_kernel_counts "$name"
done
is many__nothing_is_lost "$(counter many 17 full)" 0
is many__both_ends_of_all "$(counter many 17 sent)" "$((2 * MANY))"
is short__both_ends_of_all "$(counter short 17 seen)" "$((2 * SHORT))"
is tiny__both_ends_of_all "$(counter tiny 17 seen)" "$((2 * MANY))"
ok tiny__something_is_lost grep -Eq ' [1-9][0-9]* lost$' "$out/tiny.err"
is stopped__both_ends_of_all "$(counter stopped 17 seen)" "$((2 * MANY + 40))"
# A flood that is not wanted takes no room from what is.
is filter__others_take_no_room "$(jq -s '[.[] | .message.ev_counter[]? | .full + .unreadable] | add' "$work/filter.json")" 0
is filter__both_ends_of_all_wanted "$(counter filter 17 sent)" 40
# traffic FIELD: of the last report of each connection, added up.
traffic() {
	jq -s "[.[] | select(.kind == 33)] | group_by(.conn) | map(last.message.ev_traffic.$1) | add" "$work/aggregate.json"
}
is aggregate__no_event_of_cdc "$(jq -r 'select(.kind == 3).kind' "$work/aggregate.json" | wc -l)" 0
is aggregate__messages_sent "$(traffic sent_messages)" "$(counter aggregate 8 seen)"
is aggregate__messages_received "$(traffic received_messages)" "$(counter aggregate 9 seen)"
is aggregate__bytes "$(traffic sent) $(traffic received)" "$((2 * 20 * 204800)) $((2 * 20 * 204800))"
ok aggregate__delays_are_those_of_the_connections jq -es '(map(select(.kind == 34)) | last.message.ev_delay |
	map(select(.what == 1).count) | add) as $all | $all > 0 and $all <= '"$(traffic delays)" "$work/aggregate.json"
# To let the hooks go takes what it takes on this machine; beyond that it is a second.
plain=$(<"$out/plain.tenths")
for name in stuck stuck_file killed halted full; do
	ok "${name}__ends_within_a_second" test "$(<"$out/$name.tenths")" -le $((2 * plain + 10)) ||
		note "$(<"$out/$name.tenths") tenths, plain: $plain"
done
is ends__nobody_is_left "$(<"$out/left")" ""
show stuck
is stuck__the_file_is_whole "$(jq -r 'select(.kind == 23).kind' "$work/stuck.json" | wc -l)" 120
session stranger
complete stranger
is stranger__sees_all "$(counter stranger 17 sent)" 20
status_of unloader 3
says unloader__blind_time_is_told 'without hooks for [0-9.]+ s' unloader.err
if [[ -e $out/hanging.status ]]; then
	is hanging__every_proposal "$(traced hanging '>' clc | grep -Ec '^e2d4c3d[49]01')" "$HANGING"
fi
tap_end
