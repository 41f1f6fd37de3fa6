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

# refused NAME COMMAND...: it is expected to fail.
refused() {
	local name=$1 status=0
	shift
	"$@" >"$SMCKIT_OUT/$name.err" 2>&1 || status=$?
	echo "$status" >"$SMCKIT_OUT/$name.status"
}

# transfer NAME OPTION...: with smc-xfer's pids and port in NAME.pids.
port=0
transfer() {
	local name=$SMCKIT_OUT/$1 server client
	shift
	rm -f /run/ready
	smc-xfer server -f smc -b 127.0.0.1 -p "$port" -n 1 --ready-file /run/ready "$@" >"$name.server" 2>&1 &
	server=$!
	until_true test -s /run/ready
	smc-xfer client -f smc -p "$(</run/ready)" "$@" 127.0.0.1 >"$name.client" 2>&1 &
	client=$!
	wait "$client"
	wait "$server"
	echo "$(</run/ready) $server $client" >"$name.pids"
}

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

# One connection is older than the trace, and one comes while it runs.
guest_filter() {
	local older=(-f smc -p 7001 -d both -B 10k --hold-file /run/hold) server client
	rm -f /run/ready /run/hold
	smc-xfer server "${older[@]}" -b 127.0.0.1 -n 1 --ready-file /run/ready >/dev/null &
	server=$!
	until_true test -s /run/ready
	smc-xfer client "${older[@]}" 127.0.0.1 >/dev/null &
	client=$!
	until_true smc-ctl wait --port 7001 --mode smcd --state ACTIVE --count 2 --timeout 0
	start_trace filter --port 7001 --kinds clc,cdc
	touch /run/hold
	wait "$server" "$client"
	echo "$server $client" >"$SMCKIT_OUT/older.pids"
	transfer other -d both -B 10k
	port=7001 transfer filter -d both -B 10k -m 100 --nodelay
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
		reload
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

# fields FILE FILTER FIELD...: without plugins and preferences of the user's.
fields() {
	local file=$1 filter=$2 arguments=() field
	shift 2
	for field; do
		arguments+=(-e "$field")
	done
	HOME=$work XDG_CONFIG_HOME=$work tshark -r "$out/$file" -Y "$filter" -T fields "${arguments[@]}" 2>/dev/null
}

# For awk, of which not every one knows hexadecimal numbers.
readonly HEX='function value(hex, i, n) {
	for (i = 1; i <= length(hex); i++)
		n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}'

# clc_on_wire FILE: the messages in hex. They are the first in each direction, whatever segments
# they come in, and each has its length in bytes 5 and 6.
clc_on_wire() {
	fields "$1" 'tcp.len > 0' tcp.stream tcp.srcport tcp.seq tcp.payload |
		awk "$HEX"'
		{ way = $1 " " $2 }
		!((way, $3) in seen) { seen[way, $3]; bytes[way] = bytes[way] $4 }
		END {
			for (way in bytes) {
				rest = bytes[way]
				while (rest ~ /^e2d4c3(d9|c4)/) {
					n = 2 * value(substr(rest, 11, 4))
					if (n == 0)
						break
					print substr(rest, 1, n)
					rest = substr(rest, n + 1)
				}
			}
		}' | sort
}

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

# traced NAME DIRECTIONS KIND [PORT]: messages in hex: KIND clc, roce (LLC and CDC) or ism (CDC of SMC-D).
traced() {
	awk -v directions="$2" -v kind="$3" -v port="${4-}" '
		/^\t/ {
			hex = substr($0, 2)
			is = hex ~ /^e2d4c3(d9|c4)/ ? "clc" : length(hex) == 64 ? "ism" : "roce"
			if (is == kind && index(directions, arrow) && of_port)
				print hex
			next
		}
		{
			arrow = $4
			of_port = port == "" || $3 ~ (":" port "$") || $5 ~ (":" port "$")
		}' "$work/$1.text" | sort
}

# same NAME GOT WANTED: files with a line a message; none is not enough.
same() {
	if [[ -s $2 && -s $3 ]] && cmp -s "$2" "$3"; then
		pass "$1, $(wc -l <"$2") messages"
	else
		fail "$1" "$(wc -l "$2" "$3"; diff "$2" "$3" | cut -c 1-200 | sed -n 1,10p)"
	fi
}

# owned NAME TRANSFER: what happened on its port is smc-xfer's, and of its two processes.
owned() {
	local port server client
	read -r port server client <"$out/$2.pids"
	jq -es --argjson port "$port" --argjson server "$server" --argjson client "$client" '
		[.[] | select(.kind != 16 and (.local_port == $port or .peer_port == $port))] |
		all(.comm == "smc-xfer") and
		all(.pid == (if .local_port == $port then $server else $client end)) and
		(map(.pid) | unique == ([$server, $client] | sort))' "$work/$1.json" >/dev/null && return
	jq -c --argjson port "$port" 'select(.local_port == $port or .peer_port == $port) |
		[.text, .pid, .comm, .local_port]' "$work/$1.json"
	return 1
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

check_privileges() {
	is reader__has_no_privilege "$(sed -nE 's/^(CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp):\s*//p' "$out/reader.proc" |
		sed 's/^00*$/0/' | xargs)" "0 0 0 0 1 2"
	is keeper__is_root "$(sed -nE 's/^Uid:\s*([0-9]+).*/\1/p' "$out/keeper.proc")" 0
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

# check_clc_of_two NAME [PORT]: $work/wire is what both kernels' ends have sent and received.
check_clc_of_two() {
	traced "$1" '>' clc "${2-}" >"$work/sent"
	traced "$1" '<' clc "${2-}" >"$work/received"
	same "$1${3-}__clc_sent_is_on_the_wire" "$work/sent" "$work/wire"
	same "$1${3-}__clc_received_is_on_the_wire" "$work/received" "$work/wire"
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

check_filter() {
	session filter
	complete filter
	jq -c 'select((.kind == 1 or .kind == 3) and .local_port != 7001 and .peer_port != 7001)' \
		"$work/filter.json" | sed 10q >"$work/wrong"
	is filter__only_of_that_port "$(<"$work/wrong")" ""
	is filter__owners_of_both_connections "$(jq -r 'select(.kind == 3).pid' "$work/filter.json" | sort -nu | xargs)" \
		"$(sed 's/^7001 //' "$out/older.pids" "$out/filter.pids" | xargs -n 1 | sort -n | xargs)"
	traced filter '>' ism >"$work/sent"
	traced filter '<' ism >"$work/received"
	same filter__cdc_sent_is_received "$work/received" "$work/sent"
	is filter__others_are_counted "$(jq -s '[.[] | .message.ev_counter[]?.filtered] | add > 0' "$work/filter.json")" true
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
	complete fallback
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

in_vm 420 "$kernel"
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
if [[ -e $out/fallback.status ]]; then
	check_fallback
	[[ $kernel == 7.2 ]] || check_unload
fi
tap_end
