#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The files of a release: the tarball has the files of the commit and is the same each time, the notes are those of the version. The
# packages are the affair of build_test.sh. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
git -C "$TOP" rev-parse --verify --quiet HEAD >/dev/null || skip_all "a release is of a commit, and this is no repository"
version=$(git -C "$TOP" show HEAD:CMakeLists.txt | sed -n 's/^project(smckit VERSION \([0-9.]*\).*/\1/p')

# refuses REGEX COMMAND...: with status 123 and that message.
refuses() {
	local status=0
	"${@:2}" >"$work/said" 2>&1 || status=$?
	[[ $status == 123 ]] && grep -E -e "$1" "$work/said" || { echo "status $status" && cat "$work/said" && return 1; }
}

ok release__is_made "$TOP/lab/release" --sources "$work/one"
ok release__again "$TOP/lab/release" --sources HEAD "$work/two"
is release__files "$(cd "$work/one" && echo *)" "NOTES.md SHA256SUMS smckit-$version.tar.xz"
ok release__is_the_same_each_time diff -r "$work/one" "$work/two"
ok release__sums_are_right eval 'cd "$work/one" && sha256sum --check --strict SHA256SUMS'
tar -tvf "$work/one/smckit-$version.tar.xz" >"$work/list"
is tarball__has_the_files_of_the_commit "$(tar -tf "$work/one/smckit-$version.tar.xz" | grep -v '/$' | sed 's,^[^/]*/,,' | sort | cksum)" \
	"$(git -C "$TOP" ls-tree -r --name-only HEAD | sort | cksum)"
is tarball__is_roots "$(awk '{ print $2 }' "$work/list" | sort -u)" root/root
is tarball__has_one_time "$(awk '{ print $4, $5 }' "$work/list" | sort -u | wc -l)" 1
is tarball__has_sources_only "$(grep -E '\.(o|ko|so|a|pyc|deb)$' "$work/list" || :)" ""
ok tarball__has_captures grep -q 'captures/.*\.pcapng$' "$work/list"
# Without git the sources are known all the same, by a test that asks for them.
tar -C "$work" -xf "$work/one/smckit-$version.tar.xz"
# shellcheck disable=SC2016 # for the bash in there
is tarball__knows_its_files "$(env TOP="$work/smckit-$version" bash -c '. "$TOP/lab/lib/sources.sh" && source_files' | sort | cksum)" \
	"$(git -C "$TOP" ls-tree -r --name-only HEAD | sort | cksum)"
ok tarball__statics "$work/smckit-$version/tests/dev/statics_test.sh"
ok notes__are_of_the_version grep -q "^# smckit $version\$" "$work/one/NOTES.md"
ok notes__say_something grep -q '^\* ' "$work/one/NOTES.md"
is notes__no_other_version "$(grep -c '^## ' "$work/one/NOTES.md" || :)" 0

# It can fail: changes that no version has, a version that is released, one without a section in CHANGELOG.md, and a commit that is not there.
git clone -q --shared --no-tags "$TOP" "$work/clone"
cp "$TOP/lab/release" "$work/clone/lab" # as it is now
commit() {
	git -C "$work/clone" -c user.name=t -c user.email=t@t commit -qam "$1"
}
sed -i "s/^## $version\$/## Unreleased\n\n* a change\n\n&/" "$work/clone/CHANGELOG.md"
commit "a change of no version"
ok release__leaves_no_change_out refuses "CHANGELOG.md begins with '## Unreleased'" "$work/clone/lab/release" --sources "$work/three"
git -C "$work/clone" checkout -q HEAD~1 -- CHANGELOG.md
commit "as it was"
git -C "$work/clone" tag "v$version"
ok release__of_the_tag "$work/clone/lab/release" --sources "$work/three"
sed -i "s/^## $version\$/## 9.9.9/" "$work/clone/CHANGELOG.md"
commit "no section"
ok release__of_a_version_once refuses "version $version is released" "$work/clone/lab/release" --sources "$work/three"
git -C "$work/clone" tag -d "v$version" >/dev/null
ok release__needs_a_section refuses 'CHANGELOG.md has no section' "$work/clone/lab/release" --sources "$work/three"
ok release__needs_a_commit refuses 'git has no nosuch' "$TOP/lab/release" --sources nosuch "$work/three"
tap_end
