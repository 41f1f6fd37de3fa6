#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels built whole: lib/image.sh with a source that is a Makefile only, then the true 7.2.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# --- a source that builds in no time ---

# make_source: the files of the unpacked package for build_image. FAIL, if set, fails the build.
make_source() {
	local source=$work/linux-source-9.9
	mkdir -p "$source" "$work/packed/usr/src" "$work/kernels"
	cat >"$source/Makefile" <<-'END'
		.RECIPEPREFIX = >
		allnoconfig:
		>grep -v UNKNOWN $(KCONFIG_ALLCONFIG) >.config
		bzImage:
		>@[ -z "$$FAIL" ] || { echo "smc.c:1: error: as wished"; exit 1; }
		>mkdir -p arch/x86/boot include/config
		>echo image >arch/x86/boot/bzImage
		>echo 9.9-smckit >include/config/kernel.release
		>cp /bin/true vmlinux
		>echo built >>$$BUILDS
		modules:
		modules_install:
		>mkdir -p $(INSTALL_MOD_PATH)/lib/modules/9.9-smckit
		>ln -s $(CURDIR) $(INSTALL_MOD_PATH)/lib/modules/9.9-smckit/build
		run-command:
		>mkdir -p $(lastword $(KBUILD_RUN_COMMAND))
	END
	tar -cJf "$work/packed/usr/src/linux-source-9.9.tar.xz" -C "$work" linux-source-9.9
	printf '%s\n' '# words' CONFIG_SMC=y >"$work/kernels/9.9.config"
}

# build VERSION: as lab/kernel does it, into $work/entry.
build() (
	set -euo pipefail
	# shellcheck disable=SC2030 # for the programs below
	export SMCKIT_CACHE=$work/cache BUILDS=$work/builds
	LAB=$TOP/lab
	. "$LAB/lib/common.sh"
	. "$LAB/lib/entry.sh"
	. "$LAB/lib/image.sh"
	LAB=$work
	use_config 9.9
	# shellcheck disable=SC2034 # a variable of renew_entry
	packages="linux-source-9.9=$1"
	rm -rf "$work/unpacked" "$work"/unpacked.* "$work/entry"
	cp -r "$work/packed" "$work/unpacked"
	mkdir "$work/entry"
	build_image "$work/unpacked" "$work/entry"
)

# fails_with TEXT COMMAND...: status 123, and says so.
fails_with() {
	local status=0
	"${@:2}" >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	[[ $status == 123 ]] && grep -e "$1" "$work/said" >/dev/null
}

# built N: so often.
built() {
	[[ $(wc -l <"$work/builds") == "$1" ]]
}

image__fills_the_entry() {
	build 1 && built 1 && [[ $(<"$work/entry/vmlinuz") == image ]] &&
		[[ $(<"$work/entry/release") == 9.9-smckit ]] &&
		[[ -f $work/entry/usr/src/linux-headers-9.9-smckit/.config ]]
}

image__leaves_no_tree() {
	[[ ! -e $work/unpacked.tree && ! -e $work/entry/lib/modules/9.9-smckit/build ]]
}

image__is_built_once() {
	build 1 && built 1 && sed -i 's/words/other words/' "$work/kernels/9.9.config" && build 1 && built 1
}

image__is_built_anew_for_another_source() {
	build 2 && built 2
}

image__is_built_anew_for_another_configuration() {
	echo CONFIG_DIBS=y >>"$work/kernels/9.9.config"
	build 2 && built 3
}

image__only_the_newest_is_kept() {
	[[ $(find "$work/cache/images" -mindepth 1 -maxdepth 1 | wc -l) == 1 ]]
}

image__failure_names_error_and_log() {
	FAIL=1 fails_with 'smc.c:1: error: as wished' build 3 &&
		grep "whole log is in $work/cache/logs/9.9.build.log" "$work/said"
}

image__option_the_source_does_not_take_is_named() {
	echo CONFIG_UNKNOWN=y >>"$work/kernels/9.9.config"
	fails_with 'does not take CONFIG_UNKNOWN=y:' build 3
}

image__wants_room() {
	df() {
		printf 'Avail\n4000M\n'
	}
	fails_with 'only 4000 MB are free .*make room (4500 MB)' build 4
	unset -f df
}

make_source
for name in fills_the_entry leaves_no_tree is_built_once is_built_anew_for_another_source \
	is_built_anew_for_another_configuration only_the_newest_is_kept failure_names_error_and_log \
	option_the_source_does_not_take_is_named wants_room; do
	ok "image__$name" "image__$name"
done

# --- 7.2 ---

vm() {
	"$TOP/lab/vm" --timeout 240 "$@"
}

kernel_7.2__is_the_one_built() {
	[[ $(vm 7.2 -- uname -r) == "$(<"$("$TOP/lab/kernel" 7.2)/release")" ]]
}

kernel_7.2__has_smc_built_in() {
	vm 7.2 -- sh -c '! test -e /sys/module/smc && grep "^SMC " /proc/net/protocols &&
		grep -w dibs_loopback_init /proc/kallsyms'
}

kernel_7.2__loads_a_module_with_btf() {
	mkdir "$work/module"
	echo 'obj-m += hello.o' >"$work/module/Makefile"
	cat >"$work/module/hello.c" <<-'END'
		#include <linux/module.h>
		static int __init hello_init(void)
		{
			return 0;
		}
		static void __exit hello_exit(void)
		{
		}
		module_init(hello_init);
		module_exit(hello_exit);
		MODULE_DESCRIPTION("loads");
		MODULE_LICENSE("GPL");
	END
	make -s -C "$("$TOP/lab/kernel" 7.2 --headers)" M="$work/module" W=1 modules &&
		vm 7.2 -- sh -c "insmod '$work/module/hello.ko' && test -s /sys/kernel/btf/hello && rmmod hello"
}

# Attached, and called when an SMC socket is closed.
kernel_7.2__traces_smc_by_fentry() {
	cat >"$work/fentry.bpf.c" <<-'END'
		#include <linux/bpf.h>
		#include <bpf/bpf_helpers.h>
		char allowed[] SEC("license") = "GPL";
		SEC("fentry/smc_release") int released(void *context)
		{
			bpf_printk("released");
			return 0;
		}
	END
	cat >"$work/attach.c" <<-'END'
		#include <bpf/libbpf.h>
		#include <sys/socket.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			struct bpf_object *object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;

			if (!object || bpf_object__load(object) ||
			    !bpf_program__attach(bpf_object__next_program(object, NULL)))
				return 1;
			return close(socket(AF_SMC, SOCK_STREAM, 0)) != 0;
		}
	END
	clang -O2 -g -target bpf -I/usr/include/x86_64-linux-gnu -c "$work/fentry.bpf.c" \
		-o "$work/fentry.bpf.o" && cc "$work/attach.c" -o "$work/attach" -lbpf &&
		vm 7.2 -- sh -ec "'$work/attach' '$work/fentry.bpf.o'; grep released /sys/kernel/tracing/trace"
}

if command -v qemu-system-x86_64 >/dev/null; then
	for name in is_the_one_built has_smc_built_in loads_a_module_with_btf traces_smc_by_fentry; do
		ok "kernel_7.2__$name" "kernel_7.2__$name"
	done
else
	skip kernel_7.2 "qemu-system-x86_64 is missing"
fi
tap_end
