#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Can a TCP program see that it is on SMC? kmod_semantics makes sequences of calls, kmod_options sets every option at
# every time of a socket's life, over TCP and over SMC in the same VM, and each difference has to be in
# semantics.differences or options.differences, with its reason.
#
# With in-tree-KERNEL the kernel's own SMC is asked the same sequences of calls, and its differences are in
# semantics.in-tree: what is expected of SMC is that list, and what smcx.ko has mended is the one less the other.
#
# Usage: semantics_vm_test.sh [in-tree-]KERNEL [PROGRAM [CASE]]
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:$TOP/build/tests/kmod:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
programs=("${2:-semantics}" "${3-}")
if [[ ${1-} == in-tree-* ]]; then
	stack_of "${1#in-tree-}"
	list=in-tree
else
	stack_of "smcx-${1-6.12}"
	list=differences
	[[ ${2-} ]] || programs+=(options '')
fi

if [[ ${SMCKIT_OUT-} == '' ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	mkdir "$work/out"
	# No exec: tap.sh's trap has to run. The plan and the cases are the VM's.
	"$TOP/lab/vm" --timeout "$(vm_limit 850)" --out "$work/out" "$kernel" -- "$0" "$@"
	exit
fi

. "$TOP/tests/kmod/guest.sh"

# run_cases NAME [CASE]: the program prints its cases without numbers, and then how many there were.
run_cases() {
	local line before=$tap_count plan=missing case=()
	[[ ! ${2-} ]] || case=("$2")
	while IFS= read -r line; do
		case $line in
		'ok - '*) pass "${line#ok - }" ;;
		'not ok - '*) fail "${line#not ok - }" ;;
		1..*) plan=${line#1..} ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < <("kmod_$1" "$TOP/tests/kmod/$1.$list" "${case[@]}" 2>&1 || :)
	is "$1__all_cases_ran" $((tap_count - before)) "$plan"
}

# Where connect() waits: a neighbour that has an address and is not there.
make_black_hole() {
	ip link add d0 type dummy && ip address add 10.99.0.1/24 dev d0 && ip link set d0 up &&
		ip neighbour add 10.99.0.2 lladdr 02:00:00:00:00:01 dev d0
}

load() {
	if [[ $module ]]; then load_smcx ueid=SMCKIT.TEST; else load_stack; fi
}

ok load load
ip link set lo up
ok black_hole make_black_hole
modprobe tls 2>/dev/null || :
for ((i = 0; i < ${#programs[@]}; i += 2)); do
	run_cases "${programs[i]}" "${programs[i + 1]}"
done
if [[ $module ]]; then
	ok all_buffers_free drained
	ok module__goes rmmod smcx
fi
tap_end
