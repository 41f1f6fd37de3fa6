#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits and gaps of the tables of wire/smc_event.h: a kind or a hook with a number that has no bit
# or row of its own, and a kind without a body or a line, must not compile. The highest numbers that
# fit do, and pass event_test.
#
# Prints TAP. Builds in a folder of its own under TMPDIR.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wire=$(cd "$here/../../wire" && pwd)
readonly here wire
. "$here/../tap.sh"

readonly last_kind='V(EV_FACTS, 48, "facts", LIFE, TRACE, fact, GREEN)'
readonly last_hook='V(HOOK_DELAY_TABLE, 35, "table of messages under way", EV_NONE, NONE, UNKNOWN)'

# with TEXT NEW: smc_event.h with NEW in place of TEXT, which has to be there once.
with() {
	local header
	rm -rf "$work/with"
	mkdir "$work/with"
	cp "$wire"/*.[ch] "$work/with/"
	header=$(<"$wire/smc_event.h")
	[[ $(grep -cF "$1" "$wire/smc_event.h") == 1 ]] || { echo "not there once: $1" >&2 && return 1; }
	printf '%s\n' "${header/"$1"/"$2"}" >"$work/with/smc_event.h"
}

build() {
	${CC:-gcc} -std=gnu17 -Wall -Wextra -Werror -I "$work/with" -I "$here" "$work"/with/smc_*.c \
		"$here/samples.c" "$here/event_test.c" -lcmocka -o "$work/with/event_test" >"$work/said" 2>&1
}

passes() {
	with "$@" && build && "$work/with/event_test" >"$work/said" 2>&1
}

# refused PATTERN TEXT NEW: it does not compile, and this is why.
refused() {
	with "$2" "$3" && ! build && grep -qE -e "$1" "$work/said"
}

more_kinds() {
	echo "$last_kind V(EV_MORE, $1, \"more\", LIFE, SOCKET, $2, GREEN)"
}

more_hooks() {
	echo "$last_hook V(HOOK_MORE, $1, \"more\", EV_STATE, NONE, UNKNOWN)"
}

ok as_it_is passes "$last_kind" "$last_kind"
ok kind_63_fits passes "$last_kind" "$(more_kinds 63 state)"
ok kind_64_does_not refused 'SMCW_KINDS_MAX is too small for EV_MORE' "$last_kind" "$(more_kinds 64 state)"
ok kind_67_is_not_cdc refused 'SMCW_KINDS_MAX is too small for EV_MORE' "$last_kind" "$(more_kinds 67 state)"
ok kind_that_another_has refused 'duplicate case|initialized field overwritten' "$last_kind" "$(more_kinds 33 state)"
ok kind_without_a_body refused "SMCW_PART_ev_nothing" "$last_kind" "$(more_kinds 63 nothing)"
ok kind_without_a_class refused "SMCW_CLASS_NOTHING" "$last_kind" "${last_kind/LIFE/NOTHING}"
ok body_without_a_struct refused 'incomplete type .struct smcw_ev_connection' 'B(conn, 56, ONE)' 'B(connection, 56, ONE)'
ok body_of_another_size refused 'size of smcw_ev_conn' 'B(conn, 56, ONE)' 'B(conn, 64, ONE)'
ok hook_63_fits passes "$last_hook" "$(more_hooks 63)"
ok hook_64_does_not refused 'SMCW_HOOKS_MAX is too small for HOOK_MORE' "$last_hook" "$(more_hooks 64)"
ok hook_that_another_has refused 'initialized field overwritten' "$last_hook" "$(more_hooks 32)"
ok hook_of_no_kind refused 'SMCW_EV_NOTHING' "$last_hook" "${last_hook/EV_NONE/EV_NOTHING}"
for max in 32 63 128; do
	ok "kinds_max_$max" refused 'SMCW_KIND_BIT\(\) is of 64 bits|too small' '#define SMCW_KINDS_MAX 64' "#define SMCW_KINDS_MAX $max"
done
for max in 32 63 128; do
	ok "hooks_max_$max" refused 'is a mask|of 64 bits|too small' '#define SMCW_HOOKS_MAX 64' "#define SMCW_HOOKS_MAX $max"
done

tap_end
