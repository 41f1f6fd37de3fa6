#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# piuparts installs and purges the packages in a minimal Debian 12, upgrades those of the commit before to them and purges again, and finds
# nothing left, broken or moved. TAP.
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
# An archive that has the old ones, at the same path in there.
ok piuparts__old_packages_build old_packages
repository "$work/old" "$old"/*.deb

status=0
mapfile -t files < <(find "$debs" -name '*.deb' -not -name '*-dbgsym_*' | sort)
piuparts --existing-chroot "$work/debian" --distribution bookworm --mirror "$(debian_mirror) main" --no-eatmydata --skip-logrotatefiles-test \
	--bindmount "$work/old" --extra-repo "deb [trusted=yes] file:$work/old ./" --tmpdir "$work" --log-file "$work/log" "${files[@]}" >/dev/null 2>&1 </dev/null || status=$?
is piuparts__errors "$(grep -E ' (ERROR|FAIL):? ' "$work/log" | head -n 20)" ""
for tests in 'Installation and purging test' 'Installation, upgrade and purging tests' 'All tests'; do
	ok "piuparts__${tests// /_}" grep -F "PASS: $tests" "$work/log"
done
is piuparts__status "$status" 0
((tap_failed == 0)) || note "$(tail -n 40 "$work/log")"
note "$(grep -E 'PASS:' "$work/log" | sed 's/^[^P]*//' | paste -sd ';')"
tap_end
