#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a VM: SMC with the lab's UEID, with soft-RoCE if --rxe is given, then a command. With --smcx FILE the stack is that module;
# with --dibs FILE that module has DMBs for the other end of the kernel's own stack.
# A module that is loaded already is the one to be tested, and stays.
# With --rxe the stack's end is 10.9.0.2, the other one 10.9.0.1, and 10.9.0.3 for a second link; else both are 127.0.0.1.
set -euo pipefail
. "$(dirname "$0")/../../lab/scenarios/common.sh"
rxe=
if [[ $1 == --rxe ]]; then
	rxe=1
	shift
fi
begin
# load FILE: unless there is one of this name.
load() {
	local name
	name=$(basename "$1" .ko)
	[[ -d /sys/module/${name//-/_} ]] || insmod "$1"
}
[[ ! -d /sys/module/smc ]] || export SMCKIT_KEEP_SMC=1
if [[ $1 == --dibs ]]; then
	load "$2"
	shift 2
fi
if [[ $1 == --smcx ]]; then
	load "$2"
	smc-ctl ueid add --if-missing "$UEID"
	shift 2
else
	enable_smc "$UEID"
fi
ip link set lo up
if [[ $rxe ]]; then
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
