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

are_for_their_kernel() {
	local name
	for name in smcx smcx_rdma; do
		[[ $(modinfo -F vermagic "$work/tree/smcx/$version/$release"/*/module/$name.ko) == "$release "* ]] || return
	done
}

# modules: of dkms.conf, for a kernel whose headers are in this folder.
modules() {
	# shellcheck disable=SC1090 # as dkms does
	(kernel_source_dir=$1 && . "$work"/root/usr/src/smcx-*/dkms.conf && echo "${BUILT_MODULE_NAME[*]}")
}

ok dkms__builds by_dkms build --kernelsourcedir "$headers"
ok dkms__modules_are_for_their_kernel are_for_their_kernel
ok dkms__forgets by_dkms remove
mkdir "$work/without" "$work/with"
echo '# CONFIG_INFINIBAND is not set' >"$work/without/.config"
echo CONFIG_INFINIBAND=m >"$work/with/.config"
is dkms__no_rdma_where_the_kernel_has_none "$(modules "$work/without")" smcx
is dkms__rdma_where_it_is_a_module "$(modules "$work/with")" "smcx smcx_rdma"
is dkms__removes_both_without_headers "$(modules /nowhere)" "smcx smcx_rdma"
tap_end
