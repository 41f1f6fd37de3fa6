#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a VM: SMC with the lab's UEID, with soft-RoCE if --rxe is given, then a command. With --smcx FILE the stack is that module;
# with --dibs FILE that module has DMBs for the other end of the kernel's own stack.
# With --rxe the stack's end is 10.9.0.2, the other one 10.9.0.1; else both are 127.0.0.1.
set -euo pipefail
. "$(dirname "$0")/../../lab/scenarios/common.sh"
rxe=
if [[ $1 == --rxe ]]; then
	rxe=1
	shift
fi
begin
if [[ $1 == --dibs ]]; then
	insmod "$2"
	shift 2
fi
if [[ $1 == --smcx ]]; then
	insmod "$2"
	smc-ctl ueid add "$UEID"
	shift 2
else
	enable_smc "$UEID"
fi
ip link set lo up
if [[ $rxe ]]; then
	rxe_pair
	# Idle links are tested within a case, not within half a minute.
	set_sysctl net.smc.smcr_testlink_time 1
fi
"$@"
