#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages build, are the same bytes when they are built again elsewhere, and lintian has nothing against them. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
need lintian lintian
ready_packages

# differing: names of packages of the second build that are not those of the first.
differing() {
	local deb
	for deb in "$debs"/*.deb; do
		cmp -s "$deb" "$work/another/place/${deb##*/}" || echo "${deb##*/}"
	done
}

# says_why DEB...: what differs in them.
says_why() {
	local deb
	for deb; do
		note "$(diffoscope "$debs/$deb" "$work/another/place/$deb" 2>&1 | head -n 40)"
	done
}

# texts: files of all packages that people read, or programs of theirs take, in $work/all.
texts() {
	(cd "$work/all" && grep -rIl . etc lib/systemd usr/lib/systemd usr/share 2>/dev/null && find usr/share/man -type f)
}

# named PATTERN: what such texts say of it, compressed or not.
named() {
	texts | (cd "$work/all" && xargs -d '\n' zcat -f) | sed 's/\\-/-/g' | { grep -oE -e "$1" || :; } | sort -u
}

# dead_links: of pages to pages.
dead_links() {
	local page link
	find "$work/all/usr/share/doc" -name '*.md' | while read -r page; do
		{ grep -oE '\]\([^):#]*' "$page" || :; } | cut -c 3- | while read -r link; do
			[[ -e ${page%/*}/$link ]] || echo "${page##*/}: $link"
		done
	done
}

# has PACKAGE PATTERN: a path of its files.
has() {
	dpkg-deb -c "$debs/$1"_*.deb | awk '{ print substr($6, 2) }' | grep -x -e "$2"
}

is build__packages "$(cd "$debs" && for deb in *.deb; do echo "${deb%%_*}"; done | grep -v -e -dbgsym | LC_ALL=C sort | paste -sd ' ')" "${PACKAGES[*]}"
version=$(dpkg-parsechangelog -l "$TOP/debian/changelog" -S Version)
is build__version "$(for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" Version; done | sort -u)" "$version"
ok tracer__has_its_unit has smckit-tracer '/lib/systemd/system/smc-trace.service'
ok tracer__is_an_extcap has smckit-tracer '/usr/lib/[^/]*/wireshark/extcap/smc-trace'
ok plugin__has_its_profile has wireshark-plugin-smcx '/usr/share/wireshark/profiles/SMC/preferences'
abi=$(pkg-config --modversion wireshark | cut -d. -f1,2)
ok plugin__is_for_one_wireshark grep -F "wireshark-common (>= $abi), wireshark-common (<< ${abi%.*}.$((${abi#*.} + 1))~)" <(dpkg-deb -f "$debs"/wireshark-plugin-smcx_*.deb Depends)
is dkms__nothing_loads_it "$(dpkg-deb -c "$debs"/smcx-dkms_*.deb | grep -c 'modprobe\.d\|modules-load\.d' || :)" 0
# A package has what cmake installs, and nothing is installed that no package has.
is build__all_files_are_in_a_package "$(DESTDIR=$work/root cmake --install "$TOP/build" --prefix /usr >/dev/null 2>&1
	comm -23 <(cd "$work/root" && find . -type f -printf '%f\n' | grep -v '\.[1-8]$' | sort -u) \
		<(for deb in "$debs"/*.deb; do dpkg-deb -c "$deb" | awk '!/\/$/ { sub(".*/", "", $6); print $6 }'; done | sort -u))" ""

# Where texts point to, it is.
for deb in "$debs"/*.deb; do
	dpkg-deb -x "$deb" "$work/all"
done
ok docs__have_links grep -rqF '](' "$work/all/usr/share/doc/smckit"
is docs__links_lead_to_pages "$(dead_links)" ""
is docs__pages_that_are_named_are_there "$(named 'docs/[a-z/-]+\.md( of the sources)?' | while read -r page rest; do
	[[ $rest ]] || [[ -e $work/all/usr/share/doc/smckit/$page ]] || echo "$page"
done)" ""
is docs__no_other_prefix "$(named '/usr/local/[a-z/.-]*')" ""
is docs__files_of_ours_are_there "$(named '/usr/(share|lib)/smckit/[a-z_/.-]*[a-z_/-]' | while read -r file; do
	[[ -e $work/all$file ]] || echo "$file"
done)" ""
ok docs__name_files_of_ours test "$(named '/usr/share/smckit/[a-z]' | wc -l)" -gt 2

# Another folder, another time of day, and files that nobody else may read.
(umask 077 && TZ=Pacific/Kiritimati "$LAB/package" "$work/another/place")
is build__is_reproducible "$(differing)" ""
mapfile -t different < <(differing)
((${#different[@]} == 0)) || ! command -v diffoscope >/dev/null || says_why "${different[@]}"
note "$(cd "$debs" && sha256sum -- *.deb | grep -v -e -dbgsym)"

lintian --allow-root --profile debian --show-overrides --fail-on error,warning "$debs"/*.changes >"$work/lintian" 2>&1 || :
is lintian__errors_and_warnings "$(grep '^[EW]:' "$work/lintian" || :)" ""
note "lintian: $(grep -c '^E:' "$work/lintian") errors, $(grep -c '^W:' "$work/lintian") warnings, $(grep -c '^O:' "$work/lintian") overridden"
tap_end
