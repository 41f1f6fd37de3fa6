#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A room of the replayer calls only rooms below it, also where no include shows it: a header of a room below may declare what
# one above defines. Usage: rooms_link_test.sh FOLDER, with the libraries of the rooms. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP libraries=$1
. "$TOP/tests/tap.sh"

# Rooms in the order of their rows in the test of the rooms. The program itself, run/, is no library.
mapfile -t rooms < <(sed -n 's,^replay/\([a-z]*\) *|.*,\1,p' "$TOP/tests/dev/rooms_test.sh" | grep -vx run)

# symbols: a line "ROOM d|u NAME" for each symbol that a room defines or lacks.
symbols() {
	local room
	for room in "${rooms[@]}"; do
		nm "$libraries/libsmcreplay_$room.a" 2>/dev/null | awk -v room="$room" '
			NF == 3 && $2 ~ /^[TDBRVW]$/ { print room, "d", $3 }
			NF == 2 && $1 == "U" { print room, "u", $2 }'
	done
}

# upward <SYMBOLS: calls of a room above.
upward() {
	awk -v order="${rooms[*]}" '
		BEGIN { n = split(order, list, " "); for (i = 1; i <= n; i++) level[list[i]] = i }
		$2 == "d" { at[$3] = level[$1] }
		$2 == "u" { from[++m] = $1; name[m] = $3 }
		END {
			for (i = 1; i <= m; i++)
				if (at[name[i]] > level[from[i]])
					print from[i] " uses " name[i] " of " list[at[name[i]]]
		}' | sort -u
}

symbols >"$work/symbols"
ok rooms__have_symbols test "$(grep -c ' d ' "$work/symbols")" -gt 200
is rooms__every_one_defines_some "$(printf '%s\n' "${rooms[@]}" | grep -vxFf <(cut -d ' ' -f 1 "$work/symbols" | sort -u))" ""
is rooms__no_call_goes_up "$(upward <"$work/symbols")" ""
is planted__a_call_up "$({ cat "$work/symbols" && echo 'peer u play_failed'; } | upward)" "peer uses play_failed of state"
tap_end
