#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs as Debian has them, run by smc-run in two VMs (rdma_pair.sh): the one's stack is smcx.ko with smcx_rdma.ko, the
# other's is net/smc. They work, and by smc-run --check each of their connections was SMC-R, at both ends.
#
# Usage: rdma_programs_vm_test.sh KERNEL[,KERNEL_B] [STEP...]
# A step is PROGRAM__served (by smcx) or PROGRAM__used (from smcx).
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=$TOP/build/kmod/run:${SMCKIT_TOOLS:-$TOP/build/lab/tools}:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/rdma_pair.sh"
. "$TOP/tests/kmod/programs.sh"
kernel=${1-6.12}
modules=$TOP/build/kmod/${kernel%%,*}-rdma

steps=()
for name in python nginx redis iperf3 postgres ssh; do
	steps+=("${name}__served" "${name}__used")
done

if [[ ${2-} != in-vm ]]; then
	[[ ! ${2-} ]] || steps=("${@:2}")
	[[ ! $(missing_programs) ]] || skip_all "$(missing_programs) is missing"
	play_pair --mem 3072 --timeout 1700
fi

# ---- in a VM ----------------------------------------------------------------------------------

role=$SMCKIT_ROLE
readonly TRACE=/sys/kernel/debug/tracing
mount -t tmpfs -o mode=755 programs "$work"
at_exit umount -l "$work"
exec </dev/null
# Two VMs of one machine may be slow.
shared=$SMCKIT_OUT mode=SMC-R patience=400 seconds=5 least_bytes=1

# program NAME SERVER: served in one VM, and used in the other one.
program() {
	local name=$1 server_role=$2 got=0
	address=${address_of[$2]} how_server=(smc-run -q --check --output CHECK) how_client=(smc-run -q --check --output CHECK)
	if [[ $role == "$server_role" ]]; then
		start_"$name" || return
		tell "up.$step"
		hear "used.$step" "$patience" || got=$?
		end_"$name"
		((!got)) && all_of "$work/$name.check" "$mode" "${connections_of[$name]}"
		return
	fi
	hear "up.$step" "$patience" || return
	use_"$name" || got=$?
	tell "used.$step"
	((!got)) && all_of "$work/client.check" "$mode" "${connections_of[$name]}" && on_smcr
}

for name in python nginx redis iperf3 postgres ssh; do
	eval "${name}__served() { program $name a; }"
	eval "${name}__used() { program $name b; }"
done

set_up_pair
play_steps "${@:3}"
