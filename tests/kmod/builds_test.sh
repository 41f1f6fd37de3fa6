#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcx.ko for each kernel, and dibs_player.ko for one with DIBS, without a word of the compiler (W=1), and for 6.x of
# sparse; the sources without one of checkpatch. 7.2 wants a newer sparse than Debian 12 has, and unstable's headers lack what calls it.
# Usage: builds_test.sh [--full]   6.12 and 6.1, or all kernels and checkpatch
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# builds KERNEL [SOURCE]
builds() {
	local ko sparse=() source=${2-kmod}
	[[ $1 != 6.* && $1 != debug ]] || sparse=(C=1)
	ko=$("$TOP/lab/module" "$1" "$TOP/$source" "$work/$1-${source##*/}" W=1 "${sparse[@]}" 2>"$work/said") || {
		tail -n 20 "$work/said" && return 1
	}
	# Debian's headers of 6.1 have no BTF; and the lab tells what it prepares.
	! grep -Ev '^(Skipping BTF generation|lab: )' "$work/said" || return
	[[ $(modinfo -F vermagic "$ko") == "$(<"$("$TOP/lab/kernel" "$1")/release") "* ]]
}

# What does not fit code of its own tree: several kernels, lists as macros, tests of a constant.
ignored=LINUX_VERSION_CODE,CONSTANT_COMPARISON,COMPLEX_MACRO,MACRO_ARG_UNUSED,MACRO_ARG_REUSE
ignored+=,MULTISTATEMENT_MACRO_USE_DO_WHILE,TRAILING_SEMICOLON,FUNCTION_ARGUMENTS,FILE_PATH_CHANGES
# Its barriers have their reason in the headers, beside what they order.
ignored+=,MEMORY_BARRIER

# The kernel's own checkpatch.pl, which comes with headers that the lab makes.
checkpatch() {
	local said
	said=$(perl "$("$TOP/lab/kernel" debug --headers)/scripts/checkpatch.pl" --no-tree --terse --show-types \
		--quiet --no-summary --max-line-length=100 --ignore "$ignored" --file "$TOP"/kmod/*.[ch] "$TOP"/kmod/dibs/*.c 2>&1)
	[[ ! $said ]] || { echo "$said" && return 1; }
}

kernels=(6.12 6.1)
[[ ${1-} != --full ]] || kernels+=(7.2 debug)
for kernel in "${kernels[@]}"; do
	ok "builds__for_$kernel" builds "$kernel"
done
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
