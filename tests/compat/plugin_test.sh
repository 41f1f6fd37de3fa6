#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin reads a file of events of version 0.2.0 as it did: each member of each event. What a later version may add is passed over,
# and an expert info names it. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP HERE=$TOP/tests/compat
. "$TOP/tests/dissect/head.sh"

# members LIST...: the fields of such files, by the names of their filters.
members() {
	cat "$@" | sed -n 's/^\(e[a-z_]*\.[a-z_0-9]*\) at .*/smcx.\1/p'
}

# dissected FILE [FIELD...]: a line an event, of its number and what all members of numbers-1 are, and the fields.
dissected() {
	local fields
	mapfile -t fields < <(members "$HERE/numbers-1")
	values "$1" smcx frame.number "${fields[@]}" "${@:2}"
}

# dissected_merged FILE: with what came with merge.
dissected_merged() {
	local fields
	mapfile -t fields < <(members "$HERE/numbers-2")
	dissected "$1" "${fields[@]}" smcx.event.latency smcx.event.other_half
}

# later HOW [VALUE]: the file as a later version might write it.
later() {
	python3 "$HERE/change.py" "$@" "$HERE/events-1.pcapng" "$work/$1.pcapng"
	chmod a+r "$work/$1.pcapng"
}

# passes_over HOW VALUE EXPERT TEXT: it says so, and all events but the first are as before.
passes_over() {
	later "$1" "$2"
	values "$work/$1.pcapng" "$3" frame.number _ws.expert.message >"$work/told"
	grep -P "^1\t.*$4" "$work/told" || { cat "$work/told" && return 1; }
	diff <(sed 1d "$HERE/events-1.fields") <(dissected "$work/$1.pcapng" | awk '$1 != 1')
}

# as_before HOW
as_before() {
	later "$1"
	diff "$HERE/events-1.fields" <(dissected "$work/$1.pcapng")
}

cp "$HERE"/{events,merged}-1.pcapng "$work"
chmod a+r "$work"/*.pcapng
ok plugin__reads_all_members_as_before diff "$HERE/events-1.fields" <(dissected "$work/events-1.pcapng")
ok plugin__reads_a_merged_file_as_before diff "$HERE/merged-1.fields" <(dissected_merged "$work/merged-1.pcapng")
is plugin__knows_all_members "$(members "$HERE/numbers-1" | wc -l)" "$(dissected "$work/events-1.pcapng" | awk -F '\t' 'NR == 1 { print NF - 1 }')"
ok plugin__kind_of_a_later_version passes_over kind 63 smcx.event.unknown_kind 'Kind 63 of event is not known'
ok plugin__version_of_a_later_format passes_over version 2 smcx.event.unknown_version 'Version 2 of the event is not known'
ok plugin__option_that_nobody_knows as_before option
ok plugin__block_that_nobody_knows as_before block
# It can fail.
ok plugin__another_file eval '! diff "$HERE/events-1.fields" <(dissected "$work/kind.pcapng") >/dev/null'
tap_end
