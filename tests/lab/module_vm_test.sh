#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab/module: a module for each kernel of the lab, built with its compiler and loaded there.
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# build KERNEL SOURCE [MAKE_ARGUMENT...]: prints what lab/module prints; each kernel has an OUT of its own.
build() {
	"$TOP/lab/module" "$1" "$2" "$work/out-$1" "${@:3}"
}

# status WANTED COMMAND...
status() {
	local got=0
	"${@:2}" || got=$?
	[[ $got == "$1" ]] || { echo "status $got, not $1, of ${*:2}" && return 1; }
}

# loads KERNEL: without a word of the compiler, and leaves again.
loads() {
	local ko release
	ko=$(build "$1" "$TOP/tests/lab/faulty" W=1 2>"$work/warnings") &&
		release=$(<"$("$TOP/lab/kernel" "$1")/release") || return
	# Debian's headers of 6.1 have no BTF.
	! grep -v '^Skipping BTF generation' "$work/warnings" || return
	"$TOP/lab/vm" --timeout 240 "$1" -- sh -ec "[ \$(uname -r) = $release ]; insmod '$ko' fault=none
		test -e /sys/module/faulty; rmmod faulty"
}

# Two sources and a header.
make_source() {
	mkdir "$work/two"
	echo 'obj-m += two.o'$'\n''two-y := one.o other.o' >"$work/two/Kbuild"
	cat >"$work/two/one.c" <<-'END'
		#include <linux/module.h>
		#include "value.h"
		int other(void);
		static int __init two_init(void)
		{
			return VALUE + other();
		}
		module_init(two_init);
		MODULE_DESCRIPTION("has two sources");
		MODULE_LICENSE("GPL");
	END
	echo 'int other(void); int other(void) { return -1; }' >"$work/two/other.c"
	echo '#define VALUE 1' >"$work/two/value.h"
}

module__is_built_in_out_only() {
	make_source
	[[ $(build 6.12 "$work/two") == "$work/out-6.12/two.ko" ]] &&
		[[ $(find "$work/two" -type f | wc -l) == 4 ]]
}

# objects: which there are, and of when.
objects() {
	find "$work/out-6.12" -name '*.o' ! -name 'two*' -printf '%f %T@\n' | sort
}

module__second_call_builds_what_changed() {
	local before after
	before=$(objects)
	echo '#define VALUE 2' >"$work/two/value.h"
	build 6.12 "$work/two" || return
	after=$(objects)
	[[ $(grep '^other' <<<"$before") == $(grep '^other' <<<"$after") ]] &&
		[[ $(grep '^one' <<<"$before") != $(grep '^one' <<<"$after") ]]
}

module__another_kernel_in_the_same_folder() {
	local ko
	ko=$("$TOP/lab/module" 6.1 "$work/two" "$work/out-6.12") &&
		[[ $(modinfo -F vermagic "$ko") == 6.1.* ]]
}

# Its own Makefile gets the paths of everything.
module__with_a_makefile_builds_itself() {
	cp -r "$work/two" "$work/own"
	printf '%s\n' 'all:' $'\tcp *.[ch] Kbuild $(OUT)' $'\t$(MAKE) -C $(KDIR) M=$(OUT) modules' >"$work/own/Makefile"
	[[ $("$TOP/lab/module" 6.12 "$work/own" "$work/out-own") == "$work/out-own/two.ko" ]]
}

module__source_that_is_gone_is_missed() {
	rm "$work/two/other.c"
	status 2 build 6.12 "$work/two"
}

module__error_of_the_compiler_fails() {
	echo '#error as wished' >"$work/two/other.c"
	status 2 build 6.12 "$work/two" 2>"$work/said" && grep 'other.c:1:2: error: #error as wished' "$work/said"
}

module__usage() {
	status 2 build 9.99 "$work/two" && status 2 build 6.12 "$work" && status 2 "$TOP/lab/module" 6.12 "$work/two"
}

for name in is_built_in_out_only second_call_builds_what_changed another_kernel_in_the_same_folder \
	with_a_makefile_builds_itself source_that_is_gone_is_missed error_of_the_compiler_fails usage; do
	ok "module__$name" "module__$name"
done
for kernel in 6.12 6.1 6.12-lo 7.2 7.2-stock debug; do
	if [[ $kernel == 7.2-stock ]] && ((EUID != 0)); then
		skip "module__loads_on_$kernel" "its compiler needs root"
	else
		ok "module__loads_on_$kernel" loads "$kernel"
	fi
done
tap_end
