#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a VM: SMC with the lab's UEID, with soft-RoCE if --rxe is given, then a command. With --smcx FILE the stack is that module, with the
# smcx_rdma.ko beside it if there is an RDMA device;
# with --dibs FILE that module has DMBs for the other end of the kernel's own stack.
# A module that is loaded already is the one to be tested, and stays.
# $SMCKIT_UEID is another UEID, or none if it is empty.
# With --rxe the stack's end is 10.9.0.2, the other one 10.9.0.1, and 10.9.0.3 for a second link; else both are 127.0.0.1.
# With --rxe2 each end has two devices: ours 10.9.0.1 and 10.9.0.5, the stack's 10.9.0.2 and 10.9.0.6.
set -euo pipefail
. "$(dirname "$0")/../../lab/scenarios/common.sh"
rxe=
if [[ $1 == --rxe || $1 == --rxe2 ]]; then
	rxe=${1#--}
	shift
fi

# four_rxe: four hosts in one netns, joined by a bridge. Packets leave by the interface of their RDMA device, else by the first
# one of the other pair. The net of the last one has the stack's other address, so it is another path of the stack's.
#   va 10.9.0.1, vc 10.9.0.5 <---> vb 10.9.0.2, vd 10.9.0.6
four_rxe() {
	local hosts=(a=1 b=2 c=5 d=6) one other metric
	without_loopback
	ip link add br0 type bridge
	set_sysctl net.ipv6.conf.br0.disable_ipv6 1
	ip link set br0 up
	for one in "${hosts[@]}"; do
		ip link add "v${one%=*}" address "02:00:00:00:00:0${one%=*}" type veth peer name "p${one%=*}"
		for other in v p; do
			set_sysctl "net.ipv6.conf.$other${one%=*}.disable_ipv6" 1
		done
		ip link set "p${one%=*}" master br0 up
		ip address add "10.9.0.${one#*=}/$([[ $one == d* ]] && echo 29 || echo 32)" dev "v${one%=*}" noprefixroute
		ip link set "v${one%=*}" up
		set_sysctl "net.ipv4.conf.v${one%=*}.accept_local" 1
		set_sysctl "net.ipv4.conf.v${one%=*}.rp_filter" 0
		ip rule add pref 10 iif "v${one%=*}" lookup local
	done
	set_sysctl net.ipv4.conf.all.rp_filter 0
	for one in "${hosts[@]}"; do
		metric=1
		for other in "${hosts[@]}"; do
			[[ $one != "$other" ]] || continue
			ip route add "10.9.0.${one#*=}" dev "v${other%=*}" src "10.9.0.${other#*=}" table 100 metric $((metric++))
			ip neighbour replace "10.9.0.${one#*=}" dev "v${other%=*}" lladdr "02:00:00:00:00:0${one%=*}" nud permanent
		done
	done
	ip rule add pref 20 iif lo to 10.9.0.0/29 lookup 100
	ip rule add pref 30 lookup local
	ip rule delete pref 0
	load_modules rdma_rxe
	for one in "${hosts[@]}"; do
		add_rxe "r${one%=*}" "v${one%=*}"
	done
}
begin
# load FILE: unless there is one of this name.
load() {
	local name
	name=$(basename "$1" .ko)
	[[ -d /sys/module/${name//-/_} ]] || insmod "$1"
}
[[ ! -d /sys/module/smc ]] || export SMCKIT_KEEP_SMC=1
UEID=${SMCKIT_UEID-$UEID}
if [[ $1 == --dibs ]]; then
	load "$2"
	shift 2
fi
if [[ $1 == --smcx ]]; then
	load "$2"
	if [[ $rxe ]]; then
		load_modules ib_core
		load "$(dirname "$2")/smcx_rdma.ko"
	fi
	[[ ! $UEID ]] || smc-ctl ueid add --if-missing "$UEID"
	shift 2
else
	enable_smc "$UEID"
fi
ip link set lo up
if [[ $rxe == rxe2 ]]; then
	four_rxe
	set_sysctl net.smc.smcr_testlink_time 1
elif [[ $rxe ]]; then
	rxe_pair
	# A second GID of the device that is ours.
	ip address add 10.9.0.3/32 dev va
	ip route add 10.9.0.3 dev vb src 10.9.0.2 table 100
	ip neighbour replace 10.9.0.3 dev vb lladdr 02:00:00:00:00:0a nud permanent
	# Idle links are tested within a case, not within half a minute.
	set_sysctl net.smc.smcr_testlink_time 1
fi
# NAME=VALUE each: they show in what the stack proposes.
for setting in ${SMCKIT_SYSCTLS-}; do
	set_sysctl "${setting%%=*}" "${setting#*=}"
done
"$@"
