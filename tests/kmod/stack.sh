# SPDX-License-Identifier: GPL-2.0-or-later
# Which SMC stack a test in a VM is for: the kernel's own (KERNEL), or smcx.ko on that kernel (smcx-KERNEL).
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what it sets is the tests'; TOP is theirs and work is tests/tap.sh's

# stack_of [smcx-]KERNEL: sets $kernel and $module, where smcx.ko for it is, or nothing.
stack_of() {
	kernel=${1#smcx-} module=''
	[[ $1 == "$kernel" ]] || module=$TOP/build/kmod/$kernel/smcx.ko
}

# vm_limit SECONDS: for how long a VM may run, which is longer where KASAN, lockdep and kmemleak watch.
vm_limit() {
	if [[ $kernel == debug ]]; then echo $((4 * $1)); else echo "$1"; fi
}

# build_stack: what stack_of asked for; or the test ends here, as failed.
build_stack() {
	[[ $module ]] || return 0
	"$TOP/lab/module" "$kernel" "$TOP/kmod" "${module%/*}" >"$work/build" 2>&1 && return
	fail build "$(tail -n 20 "$work/build")"
	tap_end
}

# load_stack: in the VM, with an EID, without which there is no loopback-ism.
load_stack() {
	if [[ $module ]]; then
		insmod "$module" ueid=SMCKIT.LAB
		return
	fi
	modprobe smc
	modprobe smc_diag
	smc-ctl ueid add SMCKIT.LAB
}

# no_leak: nothing that kmemleak would find, which takes what is younger than some seconds for used.
no_leak() {
	local found
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	found=$(cut -c 1-200 /sys/kernel/debug/kmemleak)
	[[ ! $found ]] || { sed -n 1,40p <<<"$found" && return 1; }
}

# none_is_left: within a minute sock_diag shows no connection and no listener. In the VM.
none_is_left() {
	local end=$((SECONDS + 60)) left
	while ((SECONDS < end)); do
		left=$(smc-ctl diag) || return
		[[ $left == *_port=* ]] || return 0
		sleep 0.5
	done
	head -n 10 <<<"$left"
	return 1
}
