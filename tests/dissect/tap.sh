# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for the tests of this folder; to be sourced. End with tap_end.

tap_n=0
tap_failed=0

tap_ok() { printf 'ok %d - %s\n' $((++tap_n)) "$*"; }

tap_skip() { printf 'ok %d - %s # SKIP %s\n' $((++tap_n)) "$1" "$2"; }

tap_not_ok()
{
	printf 'not ok %d - %s\n' $((++tap_n)) "$*"
	tap_failed=$((tap_failed + 1))
}

tap_note() { sed 's/^/# /' <<<"$*"; }

# tap_is NAME GOT WANTED
tap_is()
{
	if [[ $2 == "$3" ]]; then
		tap_ok "$1"
	else
		tap_not_ok "$1"
		tap_note "got:    ${2:-nothing}"
		tap_note "wanted: ${3:-nothing}"
	fi
}

tap_end()
{
	printf '1..%d\n' "$tap_n"
	((tap_failed == 0))
}
