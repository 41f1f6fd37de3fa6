#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcx.ko and smcx_rdma.ko for each kernel, smcx.ko alone, and dibs_player.ko for one with DIBS, without a word of the compiler (W=1), and for 6.x of
# sparse; the sources without one of checkpatch. 7.2 wants a newer sparse than Debian 12 has, and unstable's headers lack what calls it.
# Usage: builds_test.sh [--full]   both modules for 6.12 and 6.1, or all of it for all kernels, and checkpatch
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# in_silence NAME KERNEL SOURCE MAKE_ARGUMENT...: the modules, kept for the next run, so that it compiles what has changed since.
# What was complained of is removed, or the next run would not hear it. Debian's headers of 6.1 have no BTF; and the lab says
# what it prepares.
in_silence() {
	local out=$kept/$1
	if ! "$TOP/lab/module" "$2" "$3" "$out" "${@:4}" >"$work/modules" 2>"$work/said" ||
		grep -Ev '^(Skipping BTF generation|lab: )' "$work/said" >"$work/complaints"; then
		rm -rf "$out"
		tail -n 20 "$work/said"
		return 1
	fi
	cat "$work/modules"
}

# is_for KERNEL MODULE
is_for() {
	[[ $(modinfo -F vermagic "$2") == "$(<"$("$TOP/lab/kernel" "$1")/release") "* ]]
}

# builds KERNEL [SOURCE]
builds() {
	local ko sparse=() source=${2-kmod}
	[[ $1 != 6.* && $1 != debug ]] || sparse=(C=1)
	ko=$(in_silence "$1-${source##*/}" "$1" "$TOP/$source" W=1 "${sparse[@]}") || { echo "$ko" && return 1; }
	is_for "$1" "$ko"
}

# builds_rdma KERNEL: both modules, of which smcx.ko needs none of RDMA.
builds_rdma() {
	local sparse=()
	[[ $1 != 6.* && $1 != debug ]] || sparse=(C=1)
	in_silence "$1-rdma" "$1" "$TOP/kmod" SMCX_RDMA=y W=1 "${sparse[@]}" || return
	is_for "$1" "$kept/$1-rdma/smcx.ko" && is_for "$1" "$kept/$1-rdma/smcx_rdma.ko" || return
	! modinfo -F depends "$kept/$1-rdma/smcx.ko" | grep -E 'ib_|rdma' &&
		modinfo -F depends "$kept/$1-rdma/smcx_rdma.ko" | grep -w smcx | grep -w ib_core
}

# Complaints that do not fit code out of the tree: several kernels, lists as macros, tests of a constant.
ignored=LINUX_VERSION_CODE,CONSTANT_COMPARISON,COMPLEX_MACRO,MACRO_ARG_UNUSED,MACRO_ARG_REUSE
ignored+=,MULTISTATEMENT_MACRO_USE_DO_WHILE,TRAILING_SEMICOLON,FUNCTION_ARGUMENTS,FILE_PATH_CHANGES

# The kernel's own checkpatch.pl, which comes with headers that the lab makes.
checkpatch() {
	local said
	said=$(perl "$("$TOP/lab/kernel" debug --headers)/scripts/checkpatch.pl" --no-tree --terse --show-types \
		--quiet --no-summary --max-line-length=100 --ignore "$ignored" --file "$TOP"/kmod/*.h "$TOP"/kmod/{sock,handshake,data,smcd,rdma,option,admin,test,dibs}/*.[ch] 2>&1)
	[[ ! $said ]] || { echo "$said" && return 1; }
}

# As dkms makes them: no knob, and nothing by which a stranger's socket() would load one; on demand, by the file that comes
# along. $work/root is a system that has nothing but smcx.ko.
ships() {
	local ko=$kept/shipped/smcx.ko release modules
	in_silence shipped 6.12 "$TOP/kmod" LAB= SMCX_RDMA=y W=1 >"$work/ships" || { cat "$work/ships" && return 1; }
	[[ $(wc -l <"$work/ships") == 2 ]] || { cat "$work/ships" && return 1; }
	! xargs strings <"$work/ships" | grep -E 'fault/|smcx_faults_on|out of the blue' || return
	! xargs -n 1 modinfo -F alias <"$work/ships" | grep . || return
	release=$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)
	modules=$work/root/lib/modules/$release
	mkdir -p "$modules" "$work/etc" && cp "$ko" "$modules" && touch "$modules"/modules.{order,builtin,builtin.modinfo} &&
		depmod -b "$work/root" "$release" || return
	loads() {
		modprobe -d "$work/root" -S "$release" -C "$work/etc" -n -v "$1" 2>&1 | grep -q 'insmod .*smcx.ko'
	}
	loads smcx || { echo "it does not load at all" && return 1; }
	! loads net-pf-43 && ! loads net-pf-2-proto-256-type-1 || { echo "it loads on demand" && return 1; }
	cp "$TOP/kmod/smcx-autoload.conf" "$work/etc"
	for alias in net-pf-43 net-pf-{2,10}-proto-256{,-type-1}; do
		loads "$alias" || { echo "$alias does not load it" && return 1; }
	done
}

# smcx(4) has every parameter and every sysctl.
man_page_is_whole() {
	local name
	for name in $(xargs -n 1 modinfo -F parm <"$work/ships" | cut -d : -f 1) \
		$(sed -n 's/.*ENTRY("\([a-z_]*\)".*/\1/p; s/.*\.procname = "\([a-z_]*\)".*/\1/p' "$TOP/kmod/admin/sysctl.c"); do
		grep -Eq "^\.(BR?|BI|I) (.*[^a-z_])?$name([^a-z_]|\$)" "$TOP/kmod/smcx.4" || { echo "$name is not in smcx.4" && return 1; }
	done
	[[ ${name-} ]]
}

# A cursor is one word: 32 bits are refused, in words, before anything else goes wrong.
refuses_32_bits() {
	local said BUILD_EXCLUSIVE_ARCH
	! said=$(gcc -fsyntax-only -x c "$TOP/kmod/compat.h" 2>&1) && grep -m 1 error <<<"$said" | grep 'smcx needs a 64-bit kernel' &&
		grep '^BUILD_EXCLUSIVE_ARCH=' "$TOP/kmod/dkms.conf" || return
	eval "$(grep '^BUILD_EXCLUSIVE_ARCH=' "$TOP/kmod/dkms.conf")" # dkms sets what the rest of it uses
	[[ x86_64 =~ $BUILD_EXCLUSIVE_ARCH && aarch64 =~ $BUILD_EXCLUSIVE_ARCH && s390x =~ $BUILD_EXCLUSIVE_ARCH ]] &&
		[[ ! i686 =~ $BUILD_EXCLUSIVE_ARCH && ! armv7l =~ $BUILD_EXCLUSIVE_ARCH ]]
}

kept=$TOP/build/tests/kmod/builds
mkdir -p "$kept"
kernels=(6.12 6.1)
[[ ${1-} != --full ]] || kernels+=(7.2 debug)
for kernel in "${kernels[@]}"; do
	[[ ${1-} != --full ]] || ok "builds__for_$kernel" builds "$kernel"
	ok "builds__with_rdma_for_$kernel" builds_rdma "$kernel"
done
ok builds__ships_no_knobs_and_no_aliases ships
ok builds__man_page_is_whole man_page_is_whole
ok builds__refuses_32_bits refuses_32_bits
if [[ ${1-} == --full ]]; then
	if ((EUID == 0)); then
		ok builds__for_7.2-stock builds 7.2-stock
	else
		skip builds__for_7.2-stock "its compiler needs root"
	fi
	ok builds__dibs_player builds 7.2 kmod/dibs
	ok builds__checkpatch checkpatch
fi
tap_end
