#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# autopkgtest runs debian/tests on the packages, in a minimal Debian 12. A line of it is a case here. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
need autopkgtest autopkgtest
ready_packages
base_debian
root=$work/debian
make_root "$root"
in_root "$root" apt-get -qq update >"$work/log" 2>&1 || skip_all "apt-get update failed in there: $(tail -n 1 "$work/log")"
copy_sources "$work/source"

status=0
mapfile -t files < <(find "$debs" -name '*.deb' -not -name '*-dbgsym_*' | sort)
# shellcheck disable=SC2016 # for the shell in there
unshare --mount --propagation private env -u TMPDIR bash -c '
	mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
		exec autopkgtest -B "${@:4}" "$3/" --output-dir "$2" --timeout-factor 5 -- chroot "$1"' \
	autopkgtest "$root" "$work/out" "$work/source" "${files[@]}" >"$work/log" 2>&1 </dev/null || status=$?
for test in $(sed -n 's/^Tests: //p' "$TOP/debian/tests/control"); do
	is "autopkgtest__$test" "$(awk -v test="$test" '$1 == test { print $2 }' "$work/out/summary" 2>/dev/null)" PASS
done
((tap_failed == 0)) || note "$(tail -n 60 "$work/log")"
# 8: tests were skipped; 2 of a superficial test alone does not come.
is autopkgtest__status "$status" 0
tap_end
