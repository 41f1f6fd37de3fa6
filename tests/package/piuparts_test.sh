#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# piuparts installs and purges the packages in a minimal Debian 12, and finds nothing left, broken or moved. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
PATH+=:/usr/sbin
need piuparts piuparts
ready_packages
base_debian
make_root "$work/debian"
rm -f "$work/debian/usr/sbin/policy-rc.d" # it has its own

status=0
mapfile -t files < <(find "$debs" -name '*.deb' -not -name '*-dbgsym_*' | sort)
piuparts --existing-chroot "$work/debian" --distribution bookworm --mirror "$(debian_mirror) main" --no-eatmydata --skip-logrotatefiles-test \
	--tmpdir "$work" --log-file "$work/log" "${files[@]}" >/dev/null 2>&1 </dev/null || status=$?
is piuparts__errors "$(grep -E ' (ERROR|FAIL):? ' "$work/log" | head -n 20)" ""
ok piuparts__passes grep -E 'PASS: All tests' "$work/log"
is piuparts__status "$status" 0
((tap_failed == 0)) || note "$(tail -n 40 "$work/log")"
note "$(grep -E 'PASS:' "$work/log" | sed 's/^[^P]*//' | paste -sd ';')"
tap_end
