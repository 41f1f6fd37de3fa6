#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace on our own stack, smcx.ko, held against the packets on the wire, what the module's tracepoints tell the
# kernel's own ring buffer, and the programs that were traced.
#
# Usage: smcx_vm_test.sh KERNEL. It builds the module, boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$TOP/build/kmod/run:$PATH
. "$TOP/tests/tracer/trace.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-${1-6.12}"
readonly FAULT=/sys/kernel/debug/smcx/fault RING=/sys/kernel/tracing

# ---- in the VM: what is done and recorded, into $SMCKIT_OUT -------------------------

is_loaded() {
	[[ -d /sys/module/smcx ]]
}

# The kernel's own record of what the tracepoints say, without BPF.
start_counting() {
	local event
	echo 16384 >"$RING/buffer_size_kb"
	for event in clc_msg cdc_msg fallback clc_failed; do
		echo 1 >"$RING/events/smcx/smcx_$event/enable"
	done
}

stop_counting() {
	echo 0 >"$RING/events/smcx/enable"
	cp "$RING/trace" "$SMCKIT_OUT/counts"
}

captured() {
	echo "$1" >/dev/udp/127.0.0.1/9 2>/dev/null || :
	grep -aqs "$1" "$SMCKIT_OUT/wire.pcapng"
}

start_wire() {
	dumpcap -q -i lo -w "$SMCKIT_OUT/wire.pcapng" 2>"$SMCKIT_OUT/dumpcap" &
	dumpcap=$!
	until_true captured BEGIN
}

stop_wire() {
	until_true captured END
	kill -INT "$dumpcap"
	wait "$dumpcap"
}

# It fails, and nobody waits long.
broken() {
	transfer "$1" --timeout 3 -d both -B 10k || :
}

guest_transfers() {
	start_trace all
	cat "/proc/$tracer/status" >"$SMCKIT_OUT/keeper.proc"
	cat "/proc/$child/status" >"$SMCKIT_OUT/reader.proc"
	start_counting
	start_wire
	transfer bulk -d both -B 200001 -m 777
	transfer big -d both -B 3m --rcvbuf 1m
	server_family=tcp client_family=tcp run=(smc-run -q)
	transfer run -d both -B 50k
	server_family=smc run=()
	transfer plain -d both -B 10k
	client_family=smc
	echo 1 >"$FAULT/no_eid"
	transfer decline -d both -B 10k
	echo 1 >"$FAULT/clc_eyecatcher"
	broken failed
	stop_wire
	stop_counting
	stop_trace
}

guest_unload() {
	start_trace unload
	transfer before -d both -B 10k
	refused rmmod rmmod smcx
	refused retry until_true eval "rmmod smcx; ! is_loaded"
	cp "$trace.err" "$SMCKIT_OUT/rmmod.trace_err"
	[[ $(<"$SMCKIT_OUT/retry.status") == 0 ]] || return 0
	load_stack
	until_true grep -q "attached again" "$trace.err"
	transfer again -d both -B 50k
	stop_trace
}

guest_wait() {
	"$T" --wait -q -c 1 -w "$SMCKIT_OUT/wait.trace" 2>"$SMCKIT_OUT/wait.err" &
	local waiting=$!
	until_true grep -q "waits for module" "$SMCKIT_OUT/wait.err"
	load_stack
	until_true grep -q tracing "$SMCKIT_OUT/wait.err"
	transfer waited -d both -B 10k
	wait "$waiting"
}

guest() {
	refused unloaded "$T"
	guest_wait
	stage waited
	"$T" doctor >"$SMCKIT_OUT/doctor"
	guest_transfers
	stage transfers
	guest_filter
	stage filter
	guest_refused
	stage refused
	guest_unload
	stage unloaded
}

if [[ ${2-} == in-vm ]]; then
	ip link set lo up
	guest
	exit
fi

# ---- on the host: what it has to be ---------------------------------------------------

begin_host
. "$TOP/tests/dissect/tshark.sh"
build_stack

# counted EVENT DIRECTION: bytes in hex, a line a message, by the kernel's own ring buffer.
counted() {
	sed -nE "s/.*: smcx_$1: .* $2 (len|token)=[0-9a-f]+ //p" "$out/counts" | tr -d ' ' | sort
}

# as_told EVENT DIRECTION ARROW KIND...
as_told() {
	local kind
	counted "$1_msg" "$2" >"$work/wanted"
	for kind in "${@:4}"; do traced all "$3" "$kind"; done | sort >"$work/got"
	same "all__$1_$2_as_the_kernel_tells" "$work/got" "$work/wanted"
}

check_messages() {
	# One has a wrong eye catcher on purpose, which is no CLC to traced().
	as_told clc tx '>' clc roce
	as_told clc rx '<' clc roce
	as_told cdc tx '>' ism
	as_told cdc rx '<' ism
	clc_on_wire wire.pcapng >"$work/wire"
	traced all '>' clc >"$work/sent"
	same all__clc_sent_is_on_the_wire "$work/sent" "$work/wire"
	traced all '>' ism >"$work/sent"
	traced all '<' ism >"$work/received"
	is all__cdc_received_was_sent "$(comm -13 "$work/sent" "$work/received")" ""
}

# told_as EVENT KIND: as many as the kernel tells.
told_as() {
	local wanted
	wanted=$(grep -c ": smcx_$1:" "$out/counts" || :)
	is "all__$1_as_the_kernel_tells" "$(jq -r "select(.kind == $2).kind" "$work/all.json" | wc -l)" "$wanted"
	[[ $wanted -gt 0 ]] || fail "all__$1_is_there" "none"
}

# bytes_of TRANSFER: sent and received, both ends added, by `smc-trace stats`.
bytes_of() {
	local port rest
	read -r port rest <"$out/$1.pids"
	grep -E ":${port}[ ,]" "$work/all.stats" |
		sed -n 's/.*, sent \([0-9]*\) bytes.* received \([0-9]*\) bytes.*/\1 \2/p' |
		awk '{ s += $1; r += $2 } END { print s, r }'
}

# kinds_of TRANSFER: of its events but SYNs, with the programs that they are of.
kinds_of() {
	local port rest
	read -r port rest <"$out/$1.pids"
	jq -r --argjson port "$port" 'select(.local_port == $port or .peer_port == $port) |
		select(.kind != 16) | "\(.kind):\(.comm)"' "$work/all.json" | sort -nu | xargs
}

why_of() {
	local port rest
	read -r port rest <"$out/$1.pids"
	grep -qE ":${port}[ :].*\(0x$2\)" "$work/all.why" && pass "all__${1}_why_0x$2" && return
	fail "all__${1}_why_0x$2" "$(<"$work/all.why")"
}

check_plugin() {
	local kind
	for kind in 1 3 29; do
		is "all__tshark_decodes_kind_$kind" \
			"$(smcx_tshark -r "$out/all.trace" -Y "smcx.event.kind == $kind && smcx.event.stack == 1" 2>&1 | wc -l)" \
			"$(jq -r "select(.kind == $kind).kind" "$work/all.json" | wc -l)"
	done
	is all__tshark_finds_nothing_malformed \
		"$(smcx_tshark -r "$out/all.trace" -Y '_ws.malformed || _ws.expert.severity == error' 2>&1 | head -n 5)" ""
}

check_all() {
	session all
	check_privileges
	complete all
	check_messages
	told_as fallback 29
	told_as clc_failed 30
	is all__is_of_smcx "$(jq -r 'select(.kind < 31 and .stack != 1).text' "$work/all.json" | head -n 3)" ""
	is all__bytes_of_bulk "$(bytes_of bulk)" "400002 400002"
	is all__bytes_of_big "$(bytes_of big)" "6291456 6291456"
	ok all__pids_are_those_of_smc_xfer owned all bulk
	is all__smc_run "$(kinds_of run)" \
		"1:smc-xfer 3:smc-xfer 21:smc-xfer 22:smc-xfer 23:smc-xfer 24:smc-xfer 25:smc-xfer 26:smc-xfer 27:smc-xfer 28:smc-xfer"
	why_of plain 03010000
	why_of decline 03030000
	check_plugin
}

check_unload() {
	is rmmod__fails_at_first "$(<"$out/rmmod.status")" 1
	says rmmod__it_lets_go 'rmmod .*wants to unload smcx.*lets go' rmmod.trace_err
	status_of retry 0
	session unload
	complete unload gaps
	says unload__blind_time_is_told 'without hooks for [0-9.]+ s while SMC was there' unload.err
	says rmmod__attached_again 'smcx is there, attached again' unload.err
	ok rmmod__before owned unload before
	ok rmmod__then_it_traces owned unload again
	is rmmod__events_of_the_module "$(jq -r 'select(.message.ev_module) |
		"\(.message.ev_module.name) \(.message.ev_module.what)"' "$work/unload.json" | uniq | xargs)" \
		"smcx 1 smcx 2 smcx 3 smcx 4"
}

in_vm 800 "$kernel"
[[ $lab_status == 0 || -e $out/all.status ]] || tap_end
status_of unloaded 1
says unloaded__is_told 'SMC is not loaded|this kernel has no SMC' unloaded.err
ok wait__one_event capinfos "$out/wait.trace"
says doctor__all_attached '^([0-9]+) of \1 hooks attached' doctor
check_all
check_filter
check_refused
check_unload
tap_end
