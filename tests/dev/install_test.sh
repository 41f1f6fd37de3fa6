#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cmake --install puts where: the plugin where this machine's tshark looks, its man page. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
root=$work/root

# has COMMAND...: what is installed is told when it fails.
has() {
	"$@" && return
	(cd "$root" && find . -type f)
	return 1
}

DESTDIR=$root cmake --install "$TOP/build" >/dev/null
# tshark names its own folders; the global one for this version is where plugins go.
plugins=$(tshark -G folders 2>/dev/null | sed -n 's/^Global Plugins:[[:space:]]*//p')

ok "the plugin is where tshark looks" has test -f "$root$plugins/epan/smcx.so"
ok "it is a shared object" has grep -q ELF <(head -c 4 "$root$plugins/epan/smcx.so")
ok "the man page is in section 7" has test -f "$root/usr/local/share/man/man7/smcx.7"
ok "nothing else is installed" has test "$(find "$root" -type f | wc -l)" -eq 2
tap_end
