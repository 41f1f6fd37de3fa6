# SPDX-License-Identifier: GPL-2.0-or-later
# KVM or TCG? A /dev/kvm that exists may still be unable to run a stock kernel, so it is tried.
# shellcheck shell=bash

# All processors of the guest in one thread: with one each, QEMU 7.2 now and then runs code that
# another processor is just patching, and the guest dies of "Oops: int3". Kernels patch themselves at
# every static key and every attached tracer.
# TCG copies byte by byte where the guest uses "rep movsb" (erms): without it 64,000-byte writes are four
# times as fast, and measurements are more like hardware. la57 is one more level of page tables.
readonly KVM=(-accel kvm -cpu host) TCG=(-accel 'tcg,thread=single' -cpu max,-erms,-la57)

choose_accel() {
	case ${SMCKIT_ACCEL-} in
	kvm) accel=("${KVM[@]}") ;;
	tcg) accel=("${TCG[@]}") ;;
	# The VM's clock goes by its instructions: the same result however busy the machine is. For benches.
	icount) accel=("${TCG[@]}" -icount shift=0,sleep=off) ;;
	'')
		accel=("${TCG[@]}")
		if [[ -w /dev/kvm ]] && kvm_works; then
			accel=("${KVM[@]}")
		fi
		;;
	*) die_usage "SMCKIT_ACCEL is '$SMCKIT_ACCEL': kvm, tcg or icount is meant" ;;
	esac
}

# The verdict holds until this machine starts anew or the cache has moved to another one.
kvm_works() {
	local machine verdict lock answer
	machine=$(cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/osrelease \
		<(grep -m 1 'model name' /proc/cpuinfo) | sha256sum | cut -c1-16)
	verdict=$(cache_dir)/kvm/$machine
	mkdir -p "${verdict%/*}"
	exec {lock}>"$verdict.lock"
	flock "$lock"
	# In two steps: an interrupted probe is no verdict.
	[[ -e $verdict ]] || answer=$(probe_kvm)
	[[ -e $verdict ]] || printf '%s\n' "$answer" >"$verdict"
	exec {lock}>&-
	[[ $(<"$verdict") == works ]]
}

probe_kvm() {
	if SMCKIT_ACCEL=kvm "$LAB/vm" --timeout 15 --log /dev/null "$kernel" -- true 2>/dev/null; then
		echo works
	else
		say "/dev/kvm cannot run $kernel here: using TCG, which is slower"
		echo fails
	fi
}
