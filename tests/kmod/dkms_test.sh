#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The files that are installed for dkms build by it, with nothing of this tree, for a kernel that does not run here. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
command -v dkms >/dev/null || skip_all "dkms is missing: install it"

DESTDIR=$work/root cmake --install "$TOP/build" >/dev/null
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$work"/root/usr/src/smcx-*/dkms.conf)
release=$(<"$("$TOP/lab/kernel" 6.12)/release")
headers=$("$TOP/lab/kernel" 6.12 --headers)
mkdir "$work/tree"

by_dkms() {
	dkms "$1" -m smcx -v "$version" -k "$release" --dkmstree "$work/tree" --sourcetree "$work/root/usr/src" \
		--no-depmod "${@:2}" >"$work/said" 2>&1 && return
	cat "$work/said"
	find "$work/tree" -name make.log -exec tail -n 20 {} +
	return 1
}

is_for_its_kernel() {
	[[ $(modinfo -F vermagic "$work/tree/smcx/$version/$release"/*/module/smcx.ko) == "$release "* ]]
}

ok dkms__builds by_dkms build --kernelsourcedir "$headers"
ok dkms__module_is_for_its_kernel is_for_its_kernel
ok dkms__forgets by_dkms remove
tap_end
