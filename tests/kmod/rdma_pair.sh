# SPDX-License-Identifier: GPL-2.0-or-later
# Two VMs over soft-RoCE: smcx.ko with smcx_rdma.ko at one end, and the kernel's own stack, which judges it, at the other.
#
#   VM a, smcx                               VM b, net/smc
#   10.9.5.1 eth0 <------- wire -------> eth0 10.9.5.2
#        ra (rxe)                             rb (rxe)
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # TOP, kernel, modules and steps are the test's; work is tests/tap.sh's

# Seconds that the other VM's end of a step is waited for.
patience=90
declare -A address_of=([a]=10.9.5.1 [b]=10.9.5.2)

# result_of NAME ROLE: what the VM left of that step; "ok" is a line of its own.
result_of() {
	[[ $(cat "$out/$1.$2" 2>&1) == ok ]] && return
	cut -c 1-300 "$out/$1.$2"
	return 1
}

# play_pair [OPTION...]: the steps in both VMs, with options of lab/vm-pair; then the test ends. Not in a VM.
play_pair() {
	local out status=0 name
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	"$TOP/lab/module" "${kernel%%,*}" "$TOP/kmod" "$modules" SMCX_RDMA=y >"$work/build" 2>&1 || {
		fail build "$(tail -n 20 "$work/build")"
		tap_end
	}
	mkdir "$work/out"
	out=${SMCKIT_RDMA_OUT:-$work/out}
	"$TOP/lab/vm-pair" "$@" --out "$out" "$kernel" -- "$0" "$kernel" in-vm "${steps[@]}" \
		--- "$0" "$kernel" in-vm "${steps[@]}" || status=$?
	for name in "${steps[@]}"; do
		ok "${name}_at_smcx" result_of "$name" a
		ok "${name}_at_net_smc" result_of "$name" b
	done
	is vm__no_report_in_the_kernel_log "$status" 0
	tap_end
}

# ---- in a VM ----------------------------------------------------------------------------------

# hear FILE [SECONDS]: wait for what the other VM writes.
hear() {
	local end=$((SECONDS + ${2-90}))
	until [[ -s $SMCKIT_OUT/$1 ]]; do
		((SECONDS < end)) || { echo "the other VM does not say: $1" && return 1; }
		sleep 0.1
	done
}

tell() {
	printf '%s\n' "${2-yes}" >"$SMCKIT_OUT/$1.part"
	mv "$SMCKIT_OUT/$1.part" "$SMCKIT_OUT/$1"
}

# on_smcr: there was no fallback since the module was loaded, and link groups are of SMC-R.
on_smcr() {
	local stats
	stats=$(smc-ctl stats) || return
	! grep -i fallback <<<"$stats" | grep -v ' 0$' || { echo "$stats" | head -n 20 && return 1; }
	smc-ctl lgr | grep -qi smcr || { smc-ctl lgr && return 1; }
}

make_rxe() {
	rdma link add "r$role" type rxe netdev eth0 && smc-ctl wait --device "r$role" --timeout 10
}

set_up_eth0() {
	local i
	for ((i = 0; i < 100; i++)); do
		[[ ! -e /sys/class/net/eth0 ]] || break
		sleep 0.1
	done
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1 && ip address add "${address_of[$role]}/24" dev eth0 && ip link set eth0 up
}

# load_stack: of this VM.
load_stack() {
	if [[ $role == a ]]; then
		modprobe -a ib_core rdma_rxe
		insmod "$modules/smcx.ko" ueid=SMCKIT.TEST && insmod "$modules/smcx_rdma.ko" || return
		echo 1 >"$TRACE/events/smcx/enable"
	else
		modprobe -a smc smc_diag rdma_rxe && smc-ctl ueid add SMCKIT.TEST
	fi
}

# set_up_pair: in each VM, with its stack and its RDMA device.
set_up_pair() {
	export SMCKIT_SCENARIO=rdma
	load_stack
	ip link set lo up
	set_up_eth0
	rdma link add "r$role" type rxe netdev eth0
	sleep 1
	tell "up.$role"
	hear up.a
	hear up.b
}

# play_steps STEP...: one after the other, each in both VMs at the same time.
play_steps() {
	local began
	for step in "$@"; do
		began=$SECONDS
		if "$step" >"$work/step" 2>&1; then echo ok >"$work/step"; fi
		echo "$step: $((SECONDS - began)) s: $(head -c 300 "$work/step")"
		tell "$step.$role" "$(<"$work/step")"
		hear "$step.a" "$patience"
		hear "$step.b" "$patience"
	done
}
