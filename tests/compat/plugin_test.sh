#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin reads a file of events of version 0.2.0 as it did: each member of each event. What a later version may add is passed over,
# and an expert info names it. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP HERE=$TOP/tests/compat
. "$TOP/tests/dissect/head.sh"

# members: the fields of numbers-1, by the names of their filters.
members() {
	sed -n 's/^\(e[a-z_]*\.[a-z_0-9]*\) at .*/smcx.\1/p' "$HERE/numbers-1"
}

# dissected FILE: a line an event, of its number and what all members are.
dissected() {
	local fields
	mapfile -t fields < <(members)
	values "$1" smcx frame.number "${fields[@]}"
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

cp "$HERE/events-1.pcapng" "$work"
chmod a+r "$work/events-1.pcapng"
ok plugin__reads_all_members_as_before diff "$HERE/events-1.fields" <(dissected "$work/events-1.pcapng")
is plugin__knows_all_members "$(members | wc -l)" "$(dissected "$work/events-1.pcapng" | awk -F '\t' 'NR == 1 { print NF - 1 }')"
ok plugin__kind_of_a_later_version passes_over kind 63 smcx.event.unknown_kind 'Kind 63 of event is not known'
ok plugin__version_of_a_later_format passes_over version 2 smcx.event.unknown_version 'Version 2 of the event is not known'
ok plugin__option_that_nobody_knows as_before option
ok plugin__block_that_nobody_knows as_before block
# It can fail.
ok plugin__another_file eval '! diff "$HERE/events-1.fields" <(dissected "$work/kind.pcapng") >/dev/null'
tap_end
