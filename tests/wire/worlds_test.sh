#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# wire/ compiles unchanged and without a warning in each of its worlds: user
# space, kernel modules, BPF beside vmlinux.h, Wireshark plugins.
#
# Prints TAP. Builds in a folder of its own under TMPDIR.
# shellcheck disable=SC2317 # functions are called through ok and quiet
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
readonly here top
. "$top/tests/tap.sh"

# quiet COMMAND...: a compiler's output is a failure, whatever its status; the first lines are enough.
quiet() {
	local status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
	[[ $status == 0 && ! -s $work/err ]] && return
	echo "status $status"
	head -n 20 "$work/err" "$work/out" | cut -c 1-200
	return 1
}

has() {
	command -v "$1" >/dev/null
}

# ---- user space ---------------------------------------------------------------

readonly STRICT=(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
	-Wcast-qual -Werror)

user_space() {
	local file
	for file in "$top"/wire/*.c; do
		"$1" "${@:2}" "${STRICT[@]}" -c "$file" -o "$work/user.o" || return
	done
}

# Each header on its own, as the first of a file.
headers_alone() {
	local header
	for header in "$top"/wire/*.h; do
		printf '#include "%s"\n' "${header##*/}" >"$work/alone.c"
		"$1" -std=c17 "${STRICT[@]}" -I "$top/wire" -fsyntax-only "$work/alone.c" || return
	done
}

for cc in gcc clang; do
	for options in "-std=c17 -O2" "-std=gnu11 -O0"; do
		name="user space: $cc $options"
		# shellcheck disable=SC2086 # options are words
		if ! has "$cc"; then
			skip "$name" "$cc is not installed"
		else
			ok "$name" quiet user_space "$cc" $options
		fi
	done
	if has "$cc"; then
		ok "user space: $cc, each header alone" quiet headers_alone "$cc"
	else
		skip "user space: $cc, each header alone" "$cc is not installed"
	fi
done

# ---- kernel modules -------------------------------------------------------------

# make's own output is not a warning; what compiler, modpost and sparse say is.
module() {
	local headers=$1
	shift
	rm -rf "$work/kmod" && mkdir "$work/kmod" || return
	cp "$here"/worlds/kmod/* "$top"/wire/*.[ch] "$work/kmod/" || return
	rm "$work/kmod/smc_text.c" "$work/kmod/smc_text.h"
	make -C "$headers" M="$work/kmod" "$@" modules >"$work/make.out" 2>"$work/make.err" || {
		cat "$work/make.err" "$work/make.out" >&2
		return 1
	}
	# Without vmlinux there is no BTF for modules; that is of the headers, not of wire/.
	# Every row of the table sets .last of its part, on purpose; sparse does not know the pragma.
	grep -Ei 'warning|error' "$work/make.out" "$work/make.err" |
		grep -Ev 'BTF|compiler differs|missing Module.symvers' |
		grep -v 'smc_fields.c:.*Initializer entry defined twice' >&2
	[[ -s $work/kmod/world.ko ]]
}

kernel_headers() {
	local kernel=$1 variable=SMCKIT_HEADERS_${1//./_}
	if [[ ${!variable-} ]]; then
		printf '%s\n' "${!variable}"
	elif [[ -x $top/lab/kernel ]]; then
		"$top/lab/kernel" "$kernel" --headers 2>/dev/null
	fi
}

for kernel in ${SMCKIT_WORLD_KERNELS-6.12 6.1}; do
	headers=$(kernel_headers "$kernel" | tail -n 1) || :
	if [[ ! -e $headers/Makefile ]]; then
		skip "kernel module: $kernel, W=1" "lab/kernel $kernel --headers gives nothing"
		skip "kernel module: $kernel, sparse" "lab/kernel $kernel --headers gives nothing"
		continue
	fi
	ok "kernel module: $kernel, W=1" quiet module "$headers" W=1
	if has sparse; then
		ok "kernel module: $kernel, sparse" quiet module "$headers" W=1 C=2
	else
		skip "kernel module: $kernel, sparse" "sparse is not installed"
	fi
done

# ---- BPF --------------------------------------------------------------------------

readonly BPF=(-target bpf -O2 -g -Wall -Wextra -Werror -fno-builtin
	-idirafter "/usr/include/$(uname -m)-linux-gnu")

# The struct arrives in BTF, so that user space can read it by name.
bpf_program() {
	clang "${BPF[@]}" -I "$work" -I "$top/wire" -c "$here/worlds/reader.bpf.c" -o "$work/reader.o" &&
		bpftool gen object "$work/linked.o" "$work/reader.o" &&
		bpftool btf dump file "$work/linked.o" | grep smcw_clc_hdr >/dev/null
}

bpf_sources() {
	local file
	for file in fields codec build; do
		clang "${BPF[@]}" -I "$work" -include vmlinux.h -c "$top/wire/smc_$file.c" \
			-o "$work/$file.bpf.o" || return
	done
}

btf=${SMCKIT_BTF-/sys/kernel/btf/vmlinux}
if ! has clang || ! has bpftool; then
	why="clang or bpftool is not installed"
elif ! bpftool btf dump file "$btf" format c >"$work/vmlinux.h" 2>/dev/null; then
	why="no BTF in $btf"
else
	why=
fi
if [[ $why ]]; then
	skip "BPF: program beside vmlinux.h" "$why"
	skip "BPF: tables and codec beside vmlinux.h" "$why"
else
	ok "BPF: program beside vmlinux.h" quiet bpf_program
	ok "BPF: tables and codec beside vmlinux.h" quiet bpf_sources
fi

# ---- Wireshark ----------------------------------------------------------------------

# Wireshark's own headers are not held to our warnings.
plugin() {
	local flags
	read -ra flags < <(pkg-config --cflags wireshark | sed 's/-I/-isystem /g')
	gcc -std=gnu17 "${STRICT[@]}" -fPIC "${flags[@]}" -I "$top/wire" "$@" -c "$here/worlds/plugin.c" \
		-o "$work/plugin.o"
}

for order in "behind Wireshark's headers" "before Wireshark's headers"; do
	if pkg-config --exists wireshark; then
		case $order in
		before*) ok "Wireshark plugin: $order" quiet plugin -DWIRE_FIRST ;;
		*) ok "Wireshark plugin: $order" quiet plugin ;;
		esac
	else
		skip "Wireshark plugin: $order" "wireshark-dev is not installed"
	fi
done

tap_end
