#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 13: the same debian/ builds there, with its compilers, its Wireshark and its dkms, and the packages install and run. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
((EUID == 0)) || skip_all "it needs root, for chroot"
base_debian trixie
root=$work/debian
make_root "$root"
printf 'deb %s trixie main\n' "$(debian_mirror)" >"$root/etc/apt/sources.list"

# inside COMMAND...: the last lines where it fails.
inside() {
	in_root "$root" "$@" >>"$work/log" 2>&1 </dev/null || {
		tail -n 30 "$work/log"
		return 1
	}
}

# in_sources COMMAND: of a shell, in the copy of this checkout.
in_sources() {
	inside bash -c "cd /build/smckit && $1"
}

copy_sources "$root/build/smckit"
apt=(apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0)
inside "${apt[@]}" update || skip_all "apt-get update failed in there: $(tail -n 1 "$work/log")"
ok trixie__has_what_the_build_needs in_sources "${apt[*]} build-dep ."
ok trixie__builds in_sources "DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -us -uc -b"
is trixie__packages "$(cd "$root/build" && find . -name '*.deb' -not -name '*-dbgsym_*' -printf '%f\n' | sed 's/_.*//' | LC_ALL=C sort | paste -sd ' ')" "${PACKAGES[*]}"
ok trixie__install inside bash -c "${apt[*]} install linux-headers-amd64 tshark && mkdir /build/ours && mv /build/*.deb /build/ours && rm -f /build/ours/*-dbgsym_* &&
	${apt[*]} install /build/ours/*.deb"
is trixie__dkms_status "$(in_root "$root" dkms status | sed 's/, [^,]*-amd64, [^:]*:/:/')" "smcx/$(dpkg-parsechangelog -l "$TOP/debian/changelog" -S Version): installed"
ok trixie__tshark_lists_the_plugin grep '^smcx\.so' <(in_root "$root" tshark -G plugins 2>/dev/null)
ok trixie__tshark_lists_the_extcap grep -E '^[0-9]+\. smc( |$)' <(in_root "$root" tshark -D 2>/dev/null)
for test in $(sed -n 's/^Tests: //p' "$TOP/debian/tests/control"); do
	ok "trixie__autopkgtest_$test" in_sources "AUTOPKGTEST_TMP=\$(mktemp -d) sh debian/tests/$test"
done
ok trixie__purge inside "${apt[@]}" purge "${PACKAGES[@]}"
is trixie__purge_leaves_nothing "$(find "$root"/{etc,usr,var/lib,lib} \( -name '*smcx*' -o -name '*smc-*' -o -name '*smckit*' \) -not -path '*/dpkg/*' -not -path '*/apt/*' 2>/dev/null |
	sed "s,^$root,," | head)" ""
note "$(in_root "$root" sh -c '. /etc/os-release; echo "$PRETTY_NAME"; dpkg-query -W -f "\${Package} \${Version}\n" tshark dkms clang libbpf1')"
tap_end
