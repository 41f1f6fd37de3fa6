#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SMC-R of smcx.ko with smcx_rdma.ko, and the kernel's own of another machine as the judge: every byte is checked at both
# ends, the other kernel's sock_diag has to say SMC-R, and nothing may be left when the RDMA device goes, which reports what
# was leaked of it.
#
# Usage: rdma_vm_test.sh KERNEL[,KERNEL_B] [STEP...]
# $SMCKIT_REMOVALS: how often each removal__ step is done (1).
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/rdma_pair.sh"
kernel=${1-6.12}
modules=$TOP/build/kmod/${kernel%%,*}-rdma

steps=(contacts__at_once_served contacts__at_once_made silent__delays_nobody serves__one_byte connects__one_byte serves__more_than_rings connects__more_than_rings serves__both_ways
	connects__both_ways connects__ping_pong serves__half_close connects__half_close serves__abort connects__abort
	connects__linger0 connects__urgent serves__urgent connects__urgent_often serves__many connects__many serves__one_after_another
	connects__one_after_another connects__small_ring serves__large_ring shown__links shown__devices shown__bytes own_host__is_smcd group__is_one
	own_host__is_put_aside pnet__decides
	connects__too_large_is_tcp serves__too_large_is_reset link__down_while_busy wire__cut_while_busy
	removal__of_smcx_rdma removal__of_the_rdma_link device__goes_while_busy module__goes
	removal__of_rxe removal__of_the_netdev smcx__goes)

if [[ ${2-} != in-vm ]]; then
	[[ ! ${2-} ]] || steps=("${@:2}")
	play_pair --env "SMCKIT_REMOVALS=${SMCKIT_REMOVALS-1}" --timeout "${SMCKIT_RDMA_LIMIT:-900}"
fi

# ---- in a VM ----------------------------------------------------------------------------------

role=$SMCKIT_ROLE
readonly TRACE=/sys/kernel/debug/tracing
# listening: the server that was started has written its port, or what it said.
listening() {
	local i
	for ((i = 0; i < 200; i++)); do
		[[ ! -s $work/port ]] || return 0
		sleep 0.05
	done
	head -n 5 "$work/said"
	return 1
}

# moved SERVER OPTION...: a transfer whose server is at that end.
conns=1 parallel=1
moved() {
	local server=$1 status=0
	shift
	[[ $role == b ]] || echo >"$TRACE/trace"
	if [[ $role == "$server" ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address_of[$role]}" -p 0 --timeout 15 -n "$conns" --ready-file "$work/port" "$@" >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		wait $! || status=$?
	else
		hear "port.$step" || return
		smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 15 -n "$conns" -P "$parallel" "$@" \
			"${address_of[$server]}" >"$work/said" 2>&1 || status=$?
	fi
	[[ $status == 0 ]] || { echo "status $status" && head -n 5 "$work/said" && seen && return 1; }
}

# across SERVER OPTION...: likewise, and no end is on TCP.
across() {
	moved "$@" && on_smcr
}

# seen: what the tracepoints have of a step that failed, for whoever looks for the reason.
seen() {
	[[ $role == b ]] || grep -v '^#' "$TRACE/trace" | cut -c 1-400 | tail -n 30 >"$SMCKIT_OUT/trace.$step"
	dmesg | tail -n 20 >"$SMCKIT_OUT/dmesg.$step.$role"
}

serves__one_byte() { across a -B 1 -d both; }
connects__one_byte() { across b -B 1 -d both; }
serves__more_than_rings() { across a -B 1m; }
connects__more_than_rings() { across b -B 1m; }
serves__both_ways() { across a -B 500k -d both; }
connects__both_ways() { across b -B 500k -d both; }
connects__ping_pong() { across b -d pingpong --rounds 50; }
serves__half_close() { across a -B 100k --close half -d both; }
connects__half_close() { across b -B 100k --close half -d both; }
serves__abort() { across a -B 100k -d both --close abort; }
connects__abort() { across b -B 100k -d both --close abort; }
connects__linger0() { across b -B 100k --close linger0; }
# An urgent byte in the middle: its sender goes on when the reader has said that all before it is read.
connects__urgent() { across b -B 100k --oob; }
serves__urgent() { across a -B 100k --oob; }
connects__urgent_often() { conns=20 across b -B 1k --oob; }
serves__many() { conns=30 parallel=15 across a -B 60k -d both; }
connects__many() { conns=30 parallel=15 across b -B 60k -d both; }
serves__one_after_another() { conns=40 across a -B 3k -d both; }
connects__one_after_another() { conns=40 across b -B 3k -d both; }
connects__small_ring() { across b -B 300k -d both --rcvbuf 16k; }
serves__large_ring() { across a -B 2m -d both --rcvbuf 512k; }

# all_at_once SERVER: fifty connections of which each would be the first contact make two link groups at most, and none is TCP.
all_at_once() {
	local made
	groups_go || return
	conns=50 parallel=50 across "$1" -B 2k -d both || return
	[[ $role == a ]] || return 0
	made=$(grep -c smcx_lgr_create: "$TRACE/trace") || :
	((made >= 1 && made <= 2)) || { echo "$made link groups" && return 1; }
}

# The RDMA devices of both ends go, and with them what there was before, and come again.
groups_go() {
	rdma link delete "r$role" || return
	tell "gone.$step.$role"
	hear "gone.$step.a" && hear "gone.$step.b" && make_rxe || return
	tell "back.$step.$role"
	hear "back.$step.a" && hear "back.$step.b"
}

contacts__at_once_served() { all_at_once a; }
contacts__at_once_made() { all_at_once b; }

# groups_have N: connections in all link groups.
groups_have() {
	local i
	for ((i = 0; i < 300; i++)); do
		(($(smc-ctl lgr --json | jq '[.[].conns] | add // 0') < $1)) || return 0
		sleep 0.2
	done
	echo "not $1 connections:" && smc-ctl lgr
	return 1
}

# A first contact that is never confirmed, of the same address, and with the ID and GID of the other machine: connections
# that come meanwhile are served while it is still being waited for, and do not each make a group of their own. Before all
# other steps, for there is no link group yet.
silent__delays_nobody() {
	local peer status=0
	if [[ $role == a ]]; then
		echo 60 >/sys/module/smcx/parameters/clc_wait
		echo 2000 >/sys/module/smcx_rdma/parameters/group_wait
		conns=20 parallel=20 moved a -B 3k -d both || status=$?
		served_meanwhile || status=$?
		tell served
		echo 6 >/sys/module/smcx/parameters/clc_wait
		echo 500 >/sys/module/smcx_rdma/parameters/group_wait
		return "$status"
	fi
	hear "port.$step" || return
	smc-rawpeer --timeout 90 connect "${address_of[a]}" "$(<"$SMCKIT_OUT/port.$step")" \
		send "$("$TOP/build/lab/scenarios/clc-bytes" proposal "address=${address_of[b]}/24" ueid=SMCKIT.TEST peer-id=0)" recv-clc \
		sleep 80000 >"$work/silent" 2>&1 &
	peer=$!
	until_said "$work/silent" recv-clc || status=$?
	((status)) || conns=20 parallel=20 moved a -B 3k -d both || status=$?
	hear served || status=$?
	kill -KILL "$peer" || { cat "$work/silent" && status=1; }
	wait "$peer" || :
	return "$status"
}

# until_said FILE WORD: the program that writes to FILE has said WORD.
until_said() {
	local i
	for ((i = 0; i < 300; i++)); do
		! grep -q "$2" "$1" || return 0
		sleep 0.1
	done
	cat "$1"
	return 1
}

# served_meanwhile: the silent one was not given up when all others had been served, in two groups at most.
served_meanwhile() {
	local made
	! grep smcx_clc_failed: "$TRACE/trace" || { echo "the silent one was given up first" && return 1; }
	made=$(grep -c smcx_lgr_create: "$TRACE/trace") || :
	((made >= 2 && made <= 3)) || { echo "$made link groups, with that of the silent one" && return 1; }
}

# links [FILTER]: what netlink has of them at this end.
links() {
	smc-ctl links --json | jq -c "[.[] | {id, state, uid, peer_uid, gid, peer_gid, conns} $*] | sort"
}

# The other kernel shows the same links from the other side, and all connections have gone at both.
shown__links() {
	local other=b turned='| .uid as $uid | .gid as $gid | .uid = .peer_uid | .peer_uid = $uid | .gid = .peer_gid | .peer_gid = $gid'
	[[ $role == a ]] || other=a
	tell "links.$role" "$(links)"
	hear "links.$other" || return
	[[ $(links) != '[]' && $(links "$turned") == "$(<"$SMCKIT_OUT/links.$other")" ]] ||
		{ links "$turned" && cat "$SMCKIT_OUT/links.$other" && return 1; }
}

shown__devices() {
	smc-ctl devices --json >"$work/devices"
	jq -e --arg name "r$role" '[.[] | select(.kind == "smcr")] | length == 1 and .[0].name == $name and .[0].critical == 1
		and .[0].port1.netdev == "eth0" and .[0].port1.active == 1 and .[0].port1.links >= 1' "$work/devices" >/dev/null ||
		{ cat "$work/devices" && return 1; }
}

# Each byte of a transfer is counted once, as one of SMC-R.
shown__bytes() {
	local before after
	before=$(counted)
	conns=3 across a -B 12345 -d both || return
	after=$(counted)
	[[ $((after - before)) == $((2 * 3 * 12345)) ]] || { echo "$before, then $after" && return 1; }
}

counted() {
	smc-ctl stats --json | jq '.smcr.tx_bytes + .smcr.rx_bytes'
}

# Sockets of one machine stay with SMC-D, which is offered first.
own_host__is_smcd() {
	[[ $role == a ]] || return 0
	to_own_host && smc-ctl lgr | grep -qi smcd && grep -q smcx_conn_create: "$TRACE/trace"
}

# A PNET ID that no network device has puts the device of SMC-D aside.
own_host__is_put_aside() {
	local status=0
	[[ $role == a ]] || return 0
	smc-ctl pnet add --smcd loopback-ism ELSEWHERE || return
	to_own_host || status=$?
	! grep smcx_conn_create: "$TRACE/trace" || status=1
	smc-ctl pnet del ELSEWHERE && return "$status"
}

to_own_host() {
	local port
	echo >"$TRACE/trace"
	rm -f "$work/port"
	smc-xfer server -f smc -b 127.0.0.1 -p 0 --timeout 15 -n 5 --ready-file "$work/port" -B 100k -d both >"$work/said" 2>&1 &
	listening || return
	port=$(<"$work/port")
	smc-xfer client -f smc -p "$port" --timeout 15 -n 5 -B 100k -d both 127.0.0.1 && wait $!
}

# Two roles are two groups.
group__is_one() {
	[[ $role == a ]] || [[ $(smc-ctl lgr | grep -ci smcr) -le 2 ]] || { smc-ctl lgr && return 1; }
}

# A network device with a PNET ID is served by a device that has the same one, and by no other.
pnet__decides() {
	local step=$step
	[[ $role == b ]] || smc-ctl pnet add NETA --eth eth0
	step+=.tcp
	moved b -B 10k -d both || return
	[[ $role == b ]] || ! grep smcx_conn_create: "$TRACE/trace" || return
	[[ $role == b ]] || smc-ctl pnet add NETA --ib ra
	step+=.smc
	moved b -B 10k -d both || return
	[[ $role == b ]] || grep -q smcx_conn_create: "$TRACE/trace"
}

# An RMBE for which there is no mirror: a client of ours declines, and the bytes go by TCP. A client of net/smc that joins a
# group is connected before its server has seen its Confirm, so it hears of an error and does not wait.
connects__too_large_is_tcp() {
	[[ $role == a ]] || sysctl -qw net.core.rmem_max=8388608
	moved b -B 100k -d both --rcvbuf 2m || return
	[[ $role == b ]] || ! grep smcx_conn_create: "$TRACE/trace"
}

serves__too_large_is_reset() {
	local status=0
	[[ $role == b ]] || echo >"$TRACE/trace"
	if [[ $role == b ]]; then
		hear "port.$step" || return
		smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 30 -B 1m -d both --rcvbuf 2m "${address_of[a]}" >"$work/said" 2>&1 || status=$?
		tell refused
		grep -qi 'reset' "$work/said" || { echo "status $status" && cat "$work/said" && return 1; }
		return
	fi
	rm -f "$work/port"
	smc-xfer server -f smc -b "${address_of[a]}" -p 0 --timeout 60 -n 1 --ready-file "$work/port" -B 1m -d both >"$work/said" 2>&1 &
	listening || return
	tell "port.$step" "$(<"$work/port")"
	hear refused || status=$?
	kill $! || :
	wait $! || :
	! grep smcx_conn_create: "$TRACE/trace" || return
	return "$status"
}

# lost_while_busy END: eth0 of that end goes down under three streams. Those of smcx have an error, and do not wait until
# their program loses patience; afterwards there are connections again.
lost_while_busy() {
	local end=$1 status=0
	if [[ $role == b ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address_of[b]}" -p 0 --timeout 80 -n 3 --ready-file "$work/port" -B 900m >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		hear "busy.$step" || status=$?
		[[ $end != b ]] || ip link set eth0 down
		tell "down.$step"
		hear "ended.$step" || status=$?
		kill $! || :
		wait $! || :
		ip link set eth0 up
		# net/smc's server closes its sockets only when it has learned of the end.
		tell "closed.$step"
	else
		echo >"$TRACE/trace"
		hear "port.$step" || return
		smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 80 -n 3 -P 3 -B 900m "${address_of[b]}" >"$work/said" 2>&1 &
		until_seen 3 smcx_conn_create: && until_seen 30 smcx_tx: || status=$?
		tell "busy.$step"
		hear "down.$step" || status=$?
		[[ $end != a ]] || ip link set eth0 down
		! wait $! || { echo "the streams came to their end" && status=1; }
		tell "ended.$step"
		ip link set eth0 up
		grep -qi abort "$work/said" || { cat "$work/said" && status=1; }
	fi
	((!status)) || return "$status"
	[[ $role == b ]] || hear "closed.$step" || return
	sleep 2
	# A link group of the other role may be one that the other end has lost: its next connection finds that out, and is TCP.
	smc_again
}

# smc_again: the connection after the next one is SMC.
smc_again() {
	step+=.after
	moved a -B 10k -d both || return
	step+=.again
	moved a -B 10k -d both || return
	if [[ $role == a ]] && ! grep -q smcx_conn_create: "$TRACE/trace"; then
		echo "the connection after the next one is not SMC:"
		tail -n 20 "$TRACE/trace"
		return 1
	fi
}

# until_seen N EVENT: the kernel has done it N times.
until_seen() {
	local i
	for ((i = 0; i < 300; i++)); do
		(($(grep -c "$2" "$TRACE/trace") < $1)) || return 0
		sleep 0.1
	done
	echo "not $1 times: $2" && cat "$work/said"
	return 1
}

link__down_while_busy() {
	local step=$step
	lost_while_busy a
}

wire__cut_while_busy() {
	local step=$step
	lost_while_busy b
}

# removed_while_busy FUNCTION: under a hundred streams, $SMCKIT_REMOVALS times. FUNCTION takes away, at the end of smcx, what carries them, puts
# it there again, and says in $left whether the streams are to go on.
removed_while_busy() {
	local step=$step name=$step i status=0
	# Each write of a hundred streams would be in the trace.
	[[ $role == b ]] || echo 0 >"$TRACE/events/smcx/smcx_tx/enable"
	for ((i = 0; i < SMCKIT_REMOVALS && !status; i++)); do
		step=$name.$i
		removed_once "$1" || { echo "time $((i + 1))" && status=1; }
	done
	[[ $role == b ]] || echo 1 >"$TRACE/events/smcx/smcx_tx/enable"
	return "$status"
}

removed_once() {
	local status=0 left='' load=(--timeout 80 -B 900m -m 4k) i clients=()
	if [[ $role == b ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address_of[b]}" -p 0 --ready-file "$work/port" "${load[@]}" -n 100 >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		hear "busy.$step" && hear "ended.$step" || status=$?
		kill $! || :
		wait $! || :
		tell "closed.$step"
	else
		hear "port.$step" || return
		: >"$work/said"
		for ((i = 1; i <= 5 && !status; i++)); do
			smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" -n 20 -P 20 --pace 300 "${load[@]}" "${address_of[b]}" >>"$work/said" 2>&1 &
			clients+=($!)
			groups_have $((20 * i)) || status=$?
		done
		tell "busy.$step"
		"$1" || status=$?
		[[ ! $left ]] || kill "${clients[@]}"
		for i in "${clients[@]}"; do
			! wait "$i" || { echo "the streams came to their end" && status=1; }
		done
		tell "ended.$step"
		[[ $left ]] || grep -qi abort "$work/said" || { cat "$work/said" && status=1; }
		hear "closed.$step" || status=$?
	fi
	((!status)) || return "$status"
	# GIDs come a moment after their device.
	sleep 2
	smc_again
}

take_rdma_link() { rdma link delete ra && make_rxe; }
take_rxe() { rmmod rdma_rxe && modprobe rdma_rxe && make_rxe; }
take_netdev() {
	local device
	device=$(readlink -f /sys/class/net/eth0/device) || return
	[[ -e $device/remove ]] || device=${device%/*}
	echo 1 >"$device/remove" && until_gone eth0 && echo 1 >/sys/bus/pci/rescan && set_up_eth0 && make_rxe
}

until_gone() {
	local i
	for ((i = 0; i < 300; i++)); do
		[[ -e /sys/class/net/$1 ]] || return 0
		sleep 0.1
	done
	echo "$1 does not go"
	return 1
}

# A module that is in use stays, as any other.
# shellcheck disable=SC2034 # left is removed_once()'s
take_smcx_rdma() {
	left=yes
	! rmmod smcx_rdma || { echo "smcx_rdma went under its connections" && return 1; }
	groups_have 100
}

removal__of_the_rdma_link() { removed_while_busy take_rdma_link; }
removal__of_rxe() { removed_while_busy take_rxe; }
removal__of_the_netdev() { removed_while_busy take_netdev; }
removal__of_smcx_rdma() { removed_while_busy take_smcx_rdma; }

# The applications have an error, at once, and nothing of the device is leaked.
device__goes_while_busy() {
	local status=0
	if [[ $role == b ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address_of[b]}" -p 0 --timeout 20 -n 5 --ready-file "$work/port" --hold 60 -B 1k >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		hear gone || return
		kill $!
		wait $! || :
		return 0
	fi
	hear "port.$step" || return
	smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 20 -n 5 -P 5 -B 1k --hold 60 "${address_of[b]}" >"$work/said" 2>&1 &
	sleep 3
	rdma link delete ra || status=$?
	tell gone
	kill $! || :
	wait $! || :
	[[ $status == 0 ]] && ! rdma link | grep ra
}

# goes MODULE: as soon as the last socket is gone.
goes() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)); do
		! rmmod "$1" 2>"$work/said" || return 0
		sleep 0.5
	done
	cat "$work/said"
	smc-ctl diag | head -n 5
	return 1
}

# Both stacks go when their sockets have, and come again.
module__goes() {
	patience=200
	if [[ $role == b ]]; then
		goes smc_diag && goes smc && rdma link delete rb
	else
		goes smcx_rdma && goes smcx && { ! rdma link | grep -q ra/ || rdma link delete ra; }
	fi && load_stack && make_rxe
}

# The last: net/smc of 6.12 keeps a reference to its module, with no socket in sock_diag, when its peer's RDMA driver or
# interface went under it, so that only ours has to go.
smcx__goes() {
	if [[ $role == b ]]; then
		rdma link delete rb
	else
		goes smcx_rdma && goes smcx
	fi
}

set_up_pair
play_steps "${@:3}"
