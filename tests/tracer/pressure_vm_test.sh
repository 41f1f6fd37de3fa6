#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace when it cannot keep up: many connections at once, hanging handshakes, rings of 4 KiB, a reader that is
# stopped, an output that nobody reads. Whatever is lost has to be counted; the truth is what the kernel counts without
# BPF, and what the programs say.
#
# Usage: pressure_vm_test.sh [smcx-]KERNEL. It boots once, and then calls itself in the VM. From the environment come
#   STAGES    which ones, of those below
#   ROUNDS    of all kinds of pressure in one trace (1)
#   PRESSURE  10: ten times as many connections
#   STOPPED   seconds for which the reader is stopped (2)
#   TIMEOUT   seconds for the VM (1200)
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
. "$TOP/tests/tracer/trace.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-6.12-lo}"
readonly TRACING=/sys/kernel/tracing
readonly TCP_STATE=$TRACING/events/sock/inet_sock_set_state
readonly STAGES=${STAGES:-many short tiny stopped filter aggregate hanging round ends blind} ROUNDS=${ROUNDS:-1}
readonly PRESSURE=${PRESSURE:-1} STOPPED=${STOPPED:-2}
readonly MANY=$((100 * PRESSURE)) SHORT=$((1000 * PRESSURE)) HANGING=900

# is_asked STAGE
is_asked() {
	[[ " $STAGES " == *" $1 "* ]]
}

# ---- in the VM ------------------------------------------------------------------------

# The kernel's counts, by the number of our hook: a probe, and which of its hits are meant. Several are added up.
hooks_of_smc() {
	cat <<'END'
1|r4096 kernel_sendmsg ret=$retval:s32|ret > 0
2|r4096 smc_clc_wait_msg ret=$retval:s32|ret >= 0
8|p smcd_tx_ism_write signal=signal|signal != 0
9|p smcd_cdc_rx_tsklet|
12|p smc_lgr_free|
15|p smc_conn_create|
16|p smc_conn_save_peer_info|
17|p smc_conn_free lgr=conn->lgr token=conn->alert_token_local|lgr != 0 && token != 0
19|p smc_ism_register_dmb|
20|p smc_ism_unregister_dmb|
21|p smc_ism_attach_dmb|
22|p smc_ism_detach_dmb|
27|r4096 smc_clc_wait_msg ret=$retval:s32|ret < 0
27b|r4096 kernel_sendmsg ret=$retval:s32|ret <= 0
END
}

# Options of SYN, our hook 10, by TCP's changes of state, whose sockets are all SMC's here: how many events each makes, and
# which changes are meant. The kernel's tracepoint is one that nobody is kept out of who interrupts it.
changes_of_tcp() {
	cat <<'END'
2|oldstate == 2 && newstate == 1
1|oldstate == 2 && newstate != 1
2|oldstate == 3 && newstate == 1
END
}

# Tracepoints of smcx, and which way.
hooks_of_smcx() {
	cat <<'END'
9|cdc_msg|dir == 0
8|cdc_msg|dir == 1
1|clc_msg|dir == 1
2|clc_msg|dir == 0
11|lgr_create|
12|lgr_free|
15|dmb_register|
17|dmb_unregister|
19|dmb_register|
20|dmb_unregister|
21|dmb_attach|
22|dmb_detach|
26|fallback|
27|clc_failed|
25|sock_state|
END
}

# start_counting, stop_counting NAME: lines "HOOK COUNT" in NAME.counts, by histograms of the kernel's.
start_counting() {
	local hook place filter
	if [[ ! $module ]]; then
		hooks_of_smc | while IFS='|' read -r hook place filter; do
			echo "${place%% *}:smckit/h$hook ${place#* }" >>"$TRACING/kprobe_events"
			echo "hist:keys=common_cpu${filter:+ if $filter}" >"$TRACING/events/smckit/h$hook/trigger"
		done
		hook=0
		changes_of_tcp | while IFS='|' read -r place filter; do
			hook=$((hook + 1))
			echo "hist:name=tcp$hook:keys=common_cpu if $filter" >>"$TCP_STATE/trigger"
		done
		return
	fi
	hooks_of_smcx | while IFS='|' read -r hook place filter; do
		echo "hist:name=h$hook:keys=common_cpu${filter:+ if $filter}" >>"$TRACING/events/smcx/smcx_$place/trigger"
	done
}

stop_counting() {
	local hook place filter folder
	settle
	while IFS='|' read -r hook place filter; do
		folder=$TRACING/events/smckit/h$hook
		[[ ! $module ]] || folder=$TRACING/events/smcx/smcx_$place
		echo "${hook%b} $(hits "$folder/hist" "h$hook")"
	done < <(if [[ $module ]]; then hooks_of_smcx; else hooks_of_smc; fi) |
		awk '{ n[$1] += $2 } END { for (hook in n) print hook, n[hook] }' >"$SMCKIT_OUT/$1.counts"
	if [[ ! $module ]]; then
		hook=0
		changes_of_tcp | while IFS='|' read -r place filter; do
			hook=$((hook + 1))
			echo "$((place * $(hits "$TCP_STATE/hist" "tcp$hook")))"
		done | awk '{ n += $1 } END { print 10, n }' >>"$SMCKIT_OUT/$1.counts"
		end_histograms "$TCP_STATE/trigger"
		# A probe that the kernel has missed would be a wrong truth.
		awk '{ missed += $3 } END { exit missed > 0 }' "$TRACING/kprobe_profile"
		for folder in "$TRACING"/events/smckit/h*; do
			end_histograms "$folder/trigger"
		done
		echo >"$TRACING/kprobe_events"
		return
	fi
	for folder in "$TRACING"/events/smcx/smcx_*; do
		end_histograms "$folder/trigger"
	done
}

# hits FILE NAME: of that histogram, of all in the file if none has a name.
hits() {
	awk -v name="name=$2:" '
		/^# trigger info:/ { named = /name=/; mine = !named || index($0, name) }
		/hitcount:/ && mine { n += $NF }
		END { print n + 0 }' "$1"
}

end_histograms() {
	local trigger
	grep '^hist' "$1" >/run/triggers || :
	while read -r trigger; do
		echo "!${trigger% \[*}" >"$1"
	done </run/triggers
}

# Sockets end by themselves: until none is left, and nothing is counted any more.
settle() {
	local before='' now=all
	none_is_left || :
	until [[ $before == "$now" ]]; do
		before=$now
		sleep 1
		now=$(cat "$TRACING"/events/smckit/h*/hist "$TRACING"/events/smcx/smcx_*/hist "$TCP_STATE/hist" 2>/dev/null | grep hitcount || :)
	done
}

# connections NUMBER AT_ONCE PORT [OPTION...]: the programs say whether all went well, and of each what came of it.
logs=0
connections() {
	local n=$1 parallel=$2 port=$3
	shift 3
	logs=$((logs + 1))
	rm -f /run/ready
	smc-xfer server -f smc -b 127.0.0.1 -p "$port" -n "$n" --ready-file /run/ready --log "$said.log.$logs.server" "$@" >"$said.server" 2>&1 &
	local server=$!
	until_true test -s /run/ready
	smc-xfer client -f smc -p "$port" -n "$n" -P "$parallel" --log "$said.log.$logs.client" "$@" 127.0.0.1 >"$said.client" 2>&1 || :
	wait "$server" || :
}

# traced_session NAME COMMAND...: traced with $options, and counted by the kernel.
traced_session() {
	local name=$1
	shift
	said=$SMCKIT_OUT/$name
	start_trace "$name" "${options[@]}"
	start_counting
	"$@"
	stop_counting "$name"
	stop_trace
	stage "$name"
}

stopped_reader() {
	kill -STOP "$child"
	connections "$MANY" 20 7001 -B 1k
	sleep "$STOPPED"
	kill -CONT "$child"
	connections 20 4 7002 -B 1k
}

# The server's answer never comes: as many Proposals are under way at once as there are clients.
hanging() {
	local n=0
	modprobe nf_tables || : # it may be built in
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

# All of it in one trace.
all_pressure() {
	connections "$MANY" "$MANY" 7001 -B 1k
	kill -STOP "$child"
	connections "$SHORT" 8 7004 -B 100
	sleep "$STOPPED"
	kill -CONT "$child"
	connections "$MANY" 20 7002 -B 1k
	hanging
}

# BPF programs and their links, of which nobody has others here. A link has no number any more while it is taken out.
bpf() {
	bpftool -j "$1" show | jq length
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
	# The kernel takes the rest out afterwards, by itself.
	tenths=0
	while [[ $(bpf prog) != "$programs" ]] && ((tenths < 300)); do
		sleep 0.1
		tenths=$((tenths + 1))
	done
	echo "$tenths $(bpf prog) $programs" >"$SMCKIT_OUT/$1.programs"
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
	local mounts
	until_true eval "[[ \$(bpf prog) == $programs ]]"
	mounts=$(</proc/mounts)
	# How slow the machine is at the moment: what takes milliseconds on one that has nothing else to do.
	(for _ in 1 2 3; do "$T" --version; done) >/dev/null &
	ended idle "$!"
	said=$SMCKIT_OUT/plain
	start_trace plain
	connections 20 4 7005 -B 1k
	kill -TERM "$tracer"
	ended plain "$tracer"
	[[ $(</proc/mounts) == "$mounts" ]]
	"$T" -q >/dev/null 2>"$SMCKIT_OUT/attaching.err" &
	tracer=$!
	until_true eval '(($(bpf link) > 0))'
	kill -TERM "$tracer"
	ended attaching "$tracer"
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
	said=$SMCKIT_OUT/full
	start_trace full -w /run/full/trace
	connections 60 10 7005 -B 1k
	kill -TERM "$tracer" 2>/dev/null || :
	ended full "$tracer"
	pgrep -x smc-trace >"$SMCKIT_OUT/left" || :
	stage ends
}

# A process that may not unload a module cannot make the tracer let go of it, whatever its name and user namespace.
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
	programs=$(bpf prog)
	# stage NAME OPTIONS COMMAND...
	stage_of() {
		is_asked "${1%.*}" || return 0
		read -ra options <<<"$2"
		traced_session "$1" "${@:3}"
	}
	stage_of many '' connections "$MANY" "$MANY" 7001 -B 1k
	stage_of short '' connections "$SHORT" 8 7001 -B 100
	stage_of tiny '--control-ring 4 --cdc-ring 4' connections "$MANY" 20 7001 -B 1k
	stage_of stopped '--control-ring 64 --cdc-ring 4' stopped_reader
	stage_of filter '--port 7002 --control-ring 256 --cdc-ring 64' stopped_reader
	stage_of aggregate --aggregate connections 20 4 7004 -d both -B 200k -m 1k
	stage_of hanging '' hanging
	for round in $(seq "$ROUNDS"); do
		stage_of "round.$round" '--control-ring 4 --cdc-ring 4' all_pressure
	done
	! is_asked ends || guest_ends
	! is_asked blind || guest_blind
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

# rows NAME: of each event kind, pid, the two ports, and the bytes that a connection has sent and received.
rows() {
	jq -r '[.kind, .pid, .local_port, .peer_port, .message.ev_conn.sent // 0, .message.ev_conn.received // 0] | @tsv' \
		"$work/$1.json"
}

# Against the programs' logs: prints what is wrong, and how many ends of connections are neither in the trace nor lost.
# An end is there when it was freed, or fell back to TCP; one that failed in the handshake counts for neither.
against_logs() {
	rows "$1" | awk -v lost="$(($(counter "$1" 17 full) + $(counter "$1" 26 full)))" '
		FILENAME != "-" {
			process[$2, $3] = $1
			if (!$6) {
				said[$2, $3] = $4 " " $5
				n[$2, $3]++
			}
			next
		}
		($3, $4) in process && $2 && $2 != process[$3, $4] && wrong++ < 10 {
			print "wrong process " $2 " at " $3 " " $4 ": " process[$3, $4]
		}
		$1 == 29 || $1 == 23 { there[$3, $4]++ }
		$1 == 23 && ($3, $4) in said {
			if (said[$3, $4] != $5 " " $6 && wrong++ < 10)
				print "wrong bytes at " $3 " " $4 ": " $5 " " $6 ", and not " said[$3, $4]
		}
		END {
			for (end in n) {
				all += n[end]
				if (n[end] > there[end])
					missing += n[end] - there[end]
			}
			if (!all || missing > lost)
				print missing + 0 " of " all + 0 " ends are missing, " lost " are lost"
		}' "$out/$1".log.* -
}

# Ends of connections in the programs' logs.
ends_in_logs() {
	cat "$out/$1".log.* | wc -l
}

lab_env=()
for name in STAGES ROUNDS PRESSURE STOPPED; do
	lab_env+=(--env "$name=${!name}")
done
vm_options=("${lab_env[@]}")
in_vm "${TIMEOUT:-1200}" "$kernel" "${1-6.12-lo}"
for name in many short tiny stopped filter aggregate hanging $(seq -f 'round.%g' "$ROUNDS"); do
	[[ -e $out/$name.status ]] || continue
	accounted "$name"
	seen_is_what_the_kernel_counts "$name"
	[[ $name == hanging ]] || is "${name}__ends_are_right_or_lost" "$(against_logs "$name")" ""
	[[ $name != round.* ]] || is "${name}__ends_of_the_logs" "$(ends_in_logs "$name")" "$((2 * (2 * MANY + SHORT)))"
done
if is_asked many; then
	is many__nothing_is_lost "$(counter many 17 full)" 0
	is many__both_ends_of_all "$(counter many 17 sent)" "$((2 * MANY))"
fi
! is_asked short || is short__both_ends_of_all "$(counter short 17 seen)" "$((2 * SHORT))"
if is_asked tiny; then
	is tiny__both_ends_of_all "$(counter tiny 17 seen)" "$((2 * MANY))"
	ok tiny__something_is_lost grep -Eq ' [1-9][0-9]* lost$' "$out/tiny.err"
fi
! is_asked stopped || is stopped__both_ends_of_all "$(counter stopped 17 seen)" "$((2 * MANY + 40))"
# A flood that is not wanted takes no room from what is.
if is_asked filter; then
	is filter__others_take_no_room "$(jq -s '[.[] | .message.ev_counter[]? | .full + .unreadable] | add' "$work/filter.json")" 0
	is filter__both_ends_of_all_wanted "$(counter filter 17 sent)" 40
fi
# traffic FIELD: of the last report of each connection, added up.
traffic() {
	jq -s "[.[] | select(.kind == 33)] | group_by(.conn) | map(last.message.ev_traffic.$1) | add" "$work/aggregate.json"
}
if is_asked aggregate; then
	is aggregate__no_event_of_cdc "$(jq -r 'select(.kind == 3).kind' "$work/aggregate.json" | wc -l)" 0
	is aggregate__messages_sent "$(traffic sent_messages)" "$(counter aggregate 8 seen)"
	is aggregate__messages_received "$(traffic received_messages)" "$(counter aggregate 9 seen)"
	is aggregate__bytes "$(traffic sent) $(traffic received)" "$((2 * 20 * 204800)) $((2 * 20 * 204800))"
	ok aggregate__delays_are_those_of_the_connections jq -es '(map(select(.kind == 34)) | last.message.ev_delay |
		map(select(.what == 1).count) | add) as $all | $all > 0 and $all <= '"$(traffic delays)" "$work/aggregate.json"
fi
if is_asked ends; then
	# Looks a tenth of a second apart, and more on a machine that is busy.
	limit=$((10 + 2 * $(<"$out/idle.tenths")))
	for name in plain attaching stuck stuck_file killed halted full; do
		if [[ $name == killed ]]; then
			# Its hooks are taken out before anybody can learn that it is dead.
			ok killed__reader_ends_by_itself test "$(<"$out/$name.tenths")" -lt 300
		else
			ok "${name}__ends_within_a_second" test "$(<"$out/$name.tenths")" -le "$limit"
		fi
		note "$(<"$out/$name.tenths") tenths, limit $limit"
		read -r tenths left before <"$out/$name.programs"
		is "${name}__no_hook_is_left" "$left" "$before"
		note "the kernel had let go $tenths tenths later"
	done
	is ends__nobody_is_left "$(<"$out/left")" ""
	show stuck
	is stuck__the_file_is_whole "$(jq -r 'select(.kind == 23).kind' "$work/stuck.json" | wc -l)" 120
	show plain
	ok plain__nothing_is_lost lost_nothing plain
	is plain__both_ends_of_all "$(counter plain 17 sent)" 40
fi
if is_asked blind; then
	session stranger
	complete stranger
	is stranger__sees_all "$(counter stranger 17 sent)" 20
	status_of unloader 3
	says unloader__blind_time_is_told 'without hooks for [0-9.]+ s' unloader.err
fi
if [[ -e $out/hanging.status ]]; then
	is hanging__every_proposal "$(traced hanging '>' clc | grep -Ec '^e2d4c3d[49]01')" "$HANGING"
fi
tap_end
