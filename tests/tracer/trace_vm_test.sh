#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace on a real kernel, held against what others have seen: the packets
# on the wire, the kernel's own counts of calls, and the programs that were traced.
#
# Usage: trace_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
S=$TOP/lab/scenarios T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"

# ---- in the VM: what is done and recorded, into $SMCKIT_OUT -------------------------

is_module() {
	[[ -d /sys/module/smc ]]
}

reload() {
	is_module || return 0
	until_true eval "rmmod smc_diag; rmmod smc; ! is_module"
	modprobe smc_diag
}

# Counts of the kernel, which do not depend on BPF.
start_counting() {
	cd /sys/kernel/tracing
	echo 'p:smckit/sent smcd_cdc_msg_send' >kprobe_events
	echo 'p:smckit/received smcd_cdc_rx_tsklet' >>kprobe_events
	echo 1 >events/smckit/enable
	cd /
}

stop_counting() {
	cp /sys/kernel/tracing/kprobe_profile "$SMCKIT_OUT/counts"
	echo 0 >/sys/kernel/tracing/events/smckit/enable
	echo >/sys/kernel/tracing/kprobe_events
}

guest_loopback() {
	start_counting
	start_trace loopback
	"$S/loopback" --capture loopback.pcapng -d both --bytes 200001 -m 777 |
		tee "$SMCKIT_OUT/loopback.said"
	"$S/mix" --capture mix.pcapng
	stop_trace
	stop_counting
}

guest_flood() {
	start_trace flood --cdc-ring 64 --strict
	kill -STOP "$child"
	transfer flood -d both -B 100k -m 32 --nodelay
	kill -CONT "$child"
	transfer flood2 -d both -B 10k -m 32 --nodelay
	stop_trace
}

guest_smcr() {
	start_trace smcr
	"$S/smcr-rxe" --connections 3 --capture smcr.pcapng -d both --bytes 100k |
		tee "$SMCKIT_OUT/smcr.said"
	"$S/mix" --over rxe --capture mix-rxe.pcapng
	stop_trace
}

guest_unload() {
	stage transfer
	rmmod smc_diag
	refused rmmod rmmod smc
	refused retry until_true eval "rmmod smc; ! is_module"
	cp "$trace.err" "$SMCKIT_OUT/rmmod.trace_err"
	[[ $(<"$SMCKIT_OUT/retry.status") == 0 ]] || return 0
	stage unloaded
	modprobe smc_diag
	until_true grep -q "attached again" "$trace.err"
	[[ $kernel != 6.12-lo ]] || smc-ctl ueid add SMCKIT.LAB
	transfer again -d both -B 50k
}

# Whatever is asked for, the module can be unloaded.
guest_kinds() {
	start_trace kinds --kinds clc
	refused kinds_unload reload
	stop_trace
}

guest_fallback() {
	start_trace fallback
	cat "/proc/$tracer/status" >"$SMCKIT_OUT/keeper.proc"
	cat "/proc/$child/status" >"$SMCKIT_OUT/reader.proc"
	"$S/fallback" --capture all
	# Which of the ends declines first is not known, nor whether their data is whole (--list says why).
	[[ $kernel != 6.12 ]] || refused blocked "$S/fallback" roce-blocked
	transfer pids -d both -B 50k
	if is_module; then guest_unload; fi
	stop_trace
}

guest() {
	export SMCKIT_KEEP_SMC=1
	refused nobody runuser -u nobody -- "$T"
	if [[ $kernel == 7.2-stock ]]; then
		refused no_smc "$T"
		return
	fi
	[[ $kernel == 7.2 ]] || refused unloaded "$T" -w "$SMCKIT_OUT/unloaded.trace"
	[[ $kernel == 7.2 ]] || modprobe smc_diag
	if [[ $kernel == 6.12-lo || $kernel == 7.2 ]]; then
		guest_loopback
		stage loopback
		guest_flood
		stage flood
		guest_filter
		stage filter
		if is_module; then guest_kinds; fi
		stage kinds
	fi
	if [[ $kernel == 6.12 || $kernel == 7.2 ]]; then
		guest_smcr
		stage smcr
		reload
	fi
	guest_fallback
	stage fallback
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host: what it has to be ---------------------------------------------------

begin_host

# sends_on_wire FILE: what SENDs of reliable connections carry, behind the base header, before padding
# and checksum. A packet is told from its repetition by its number.
sends_on_wire() {
	fields "$1" 'udp.dstport == 4791' ip.src udp.payload |
		awk "$HEX"'
		{
			opcode = value(substr($2, 1, 2))
			pad = value(substr($2, 3, 1)) % 4
			way = $1 " " substr($2, 11, 6)
			if (opcode > 2 && opcode != 4 || (way, substr($2, 19, 6)) in seen)
				next
			seen[way, substr($2, 19, 6)]
			bytes = substr($2, 25, length($2) - 24 - 8 - 2 * pad)
			message[way] = (opcode == 0 || opcode == 4 ? "" : message[way]) bytes
			if (opcode == 2 || opcode == 4)
				print message[way]
		}' | sort
}

# handshakes NAME SMC TCP: as the scenarios have made them, each SMC socket counted.
handshakes() {
	is "$1__handshakes" "$(sed -nE 's/^  (SMC|TCP): ([0-9]+).*/\1 \2/p' "$work/$1.stats" | xargs)" "SMC $2 TCP $3"
}

# moved NAME: of the connections in NAME.pcapng stats tells the bytes that smc-xfer tells, both ends added.
moved() {
	local told ports
	told=$(sed -n 's/.*; sent \([0-9]*\), received \([0-9]*\) bytes.*/\1 \2/p' "$out/$1.said" |
		awk '{ s += $1; r += $2 } END { print s, r }')
	ports=$(fields "$1.pcapng" 'tcp.flags.syn == 1 && tcp.flags.ack == 0' tcp.dstport | sort -u | paste -sd '|')
	is "$1__bytes_are_those_of_smc_xfer" "$(grep -E ":($ports)[ ,]" "$work/$1.stats" |
		sed -n 's/.*, sent \([0-9]*\) bytes.* received \([0-9]*\) bytes.*/\1 \2/p' |
		awk '{ s += $1; r += $2 } END { print s, r }')" "$told"
}

hits() {
	awk -v of="$1" '$1 ~ of "$" { print $2 }' "$out/counts"
}

check_loopback() {
	session loopback
	complete loopback
	traced loopback '>' ism >"$work/sent"
	traced loopback '<' ism >"$work/received"
	same loopback__cdc_sent_is_received "$work/received" "$work/sent"
	is loopback__cdc_sent_as_the_kernel_counts "$(wc -l <"$work/sent")" "$(hits sent)"
	is loopback__cdc_received_as_the_kernel_counts "$(wc -l <"$work/received")" "$(hits received)"
	{ clc_on_wire loopback.pcapng && clc_on_wire mix.pcapng; } | sort >"$work/wire"
	check_clc_of_two loopback
	moved loopback
	handshakes loopback 44 4
}

check_flood() {
	status_of flood 3
	ok flood__file_is_valid capinfos "$out/flood.trace"
	ok flood__file_is_read show flood
	ok flood__counters_add_up counters_add_up flood
	only_cdc() {
		jq -es '[.[] | .message.ev_counter[]?] | (map(select(.full > 0)) | length > 0) and
			all(.full == 0 or .hook == 8 or .hook == 9) and all(.unreadable == 0)' "$work/flood.json"
	}
	ok flood__only_cdc_is_lost only_cdc
	gaps() {
		jq -es '([.[] | select(.kind == 32 and .hook != 0).lost] | add) as $lost |
			([.[] | select(.kind == 32 and .hook == 0).message.ev_counter[].full] | add) == $lost' \
			"$work/flood.json"
	}
	ok flood__counters_between_tell_what_is_lost gaps
	says flood__stderr_tells 'smcd_tx_ism_write: [1-9][0-9]* lost .*ring full' flood.err
	says flood__data_is_whole '0 failed; sent 102400, received 102400' flood.client
}

check_smcr() {
	session smcr
	complete smcr
	{ sends_on_wire smcr.pcapng && sends_on_wire mix-rxe.pcapng; } | sort >"$work/wire"
	traced smcr '>' roce >"$work/sent"
	traced smcr '<' roce >"$work/received"
	same smcr__llc_and_cdc_sent_are_on_the_wire "$work/sent" "$work/wire"
	same smcr__llc_and_cdc_received_are_on_the_wire "$work/received" "$work/wire"
	{ clc_on_wire smcr.pcapng && clc_on_wire mix-rxe.pcapng; } | sort >"$work/wire"
	check_clc_of_two smcr
	moved smcr
	# 6.12 takes an address of IPv4 in a socket of IPv6 for one that RDMA cannot reach.
	if [[ $kernel == 7.2 ]]; then handshakes smcr 44 8; else handshakes smcr 34 18; fi
}

# check_case NAME REASON: its server's port tells its events from those of other cases.
check_case() {
	local port end=no
	port=$(fields "$1.pcapng" 'tcp.flags.syn == 1 && tcp.flags.ack == 0' tcp.dstport | sort -u)
	clc_on_wire "$1.pcapng" >"$work/wire"
	case $1 in
	plain-*) is "fallback__${1}_has_no_clc" "$(cat "$work/wire" <(traced fallback '<>' clc "$port"))" "" ;;
	no-device | no-ueid) check_clc_of_two fallback "$port" "__$1" ;;
	*)
		traced fallback '<>' clc "$port" >"$work/both"
		same "fallback__${1}_clc_is_on_the_wire" "$work/both" "$work/wire"
		;;
	esac
	grep -E ":$port[ :]" "$work/fallback.why" >"$work/why" || :
	if grep -q "(0x$2)" "$work/why"; then end=yes; fi
	is "fallback__${1}_why_0x$2" "$end" yes
	[[ $end == yes ]] || note "port $port: $(<"$work/why")"
}

check_fallback() {
	local name kernels reason rest
	session fallback
	check_privileges
	if [[ -e $out/rmmod.status ]]; then complete fallback gaps; else complete fallback; fi
	while read -r name kernels reason rest; do
		[[ ,$kernels, != *,$kernel,* ]] || check_case "$name" "$reason"
	done < <("$S/fallback" --list)
	ok pids__are_those_of_smc_xfer owned fallback pids
	if [[ $kernel == 6.12 ]]; then
		says_why roce-blocked 02010000
	fi
}

# says_why NAME REASON: of a connection of which no more is known.
says_why() {
	ok "fallback__$1_why_0x$2" grep -E "\(0x$2\)" "$work/fallback.why"
}

check_unload() {
	is rmmod__fails_at_first "$(<"$out/rmmod.status")" 1
	says rmmod__it_lets_go 'rmmod .*wants to unload smc.*lets go' rmmod.trace_err
	status_of retry 0
	if [[ $(<"$out/retry.status") != 0 ]]; then
		fail rmmod__then_it_traces "smc could not be unloaded"
		return
	fi
	says rmmod__attached_again 'attached again' fallback.err
	ok rmmod__then_it_traces owned fallback again
	is rmmod__events_of_the_module "$(jq -r 'select(.message.ev_module) | .message.ev_module.what' \
		"$work/fallback.json" | uniq | xargs)" "1 2 3 4"
}

in_vm 800 "$kernel"
[[ $lab_status == 0 || -e $out/nobody.status ]] || tap_end
status_of nobody 1
says nobody__is_told 'needs root' nobody.err
if [[ $kernel == 7.2-stock ]]; then
	status_of no_smc 1
	says no_smc__is_told 'this kernel has no SMC' no_smc.err
	tap_end
fi
if [[ $kernel != 7.2 ]]; then
	status_of unloaded 1
	says unloaded__is_told 'SMC is not loaded: modprobe smc.*--wait' unloaded.err
fi
[[ ! -e $out/loopback.status ]] || check_loopback
[[ ! -e $out/flood.status ]] || check_flood
[[ ! -e $out/filter.status ]] || check_filter
[[ ! -e $out/smcr.status ]] || check_smcr
if [[ -e $out/kinds.status ]]; then
	status_of kinds 0
	status_of kinds_unload 0
	says kinds__it_lets_go 'rmmod .*wants to unload smc.*lets go' kinds.err
fi
if [[ -e $out/fallback.status ]]; then
	check_fallback
	[[ $kernel == 7.2 ]] || check_unload
fi
tap_end
