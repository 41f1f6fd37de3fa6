#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test of the lab's tools, tests/tools/tools_vm_test.sh, with smcx.ko for a stack. Usage: tools_vm_test.sh KERNEL
# FOLDER-OF-THE-TOOLS.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-$1"
tools=$2

if [[ ${3-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	"$TOP/lab/vm" --timeout 500 "$kernel" -- "$0" "$kernel" "$tools" in-vm
	exit
fi

insmod "$module"
"$TOP/tests/tools/tools_vm_test.sh" "$tools"
rmmod smcx
