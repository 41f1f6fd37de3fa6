#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cmake --install puts where: the plugin where this machine's tshark looks, its man page. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
n=0

check() {
	n=$((n + 1))
	if "${@:2}"; then
		printf 'ok %d - %s\n' "$n" "$1"
	else
		printf 'not ok %d - %s\n' "$n" "$1"
		(cd "$root" && find . -type f | sed 's/^/# /')
	fi
}

DESTDIR=$root cmake --install "$TOP/build" >/dev/null
# tshark names its own folders; the global one for this version is where plugins go.
plugins=$(tshark -G folders 2>/dev/null | sed -n 's/^Global Plugins:[[:space:]]*//p')

echo 1..4
check "the plugin is where tshark looks" test -f "$root$plugins/epan/smcx.so"
check "it is a shared object" grep -q ELF <(head -c 4 "$root$plugins/epan/smcx.so")
check "the man page is in section 7" test -f "$root/usr/local/share/man/man7/smcx.7"
check "nothing else is installed" test "$(find "$root" -type f | wc -l)" -eq 2
