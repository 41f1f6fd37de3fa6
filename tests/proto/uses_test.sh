#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One key from the statement to the rule, the view, the case and the knob: each ID that a part names has its row in proto/rules.def,
# each row is named by a part, and the deletion of each is noticed by somebody. TAP on stdout.
#
#   uses_test.sh BUILD            BUILD has replay_conn_test
#   uses_test.sh BUILD --report   "ID<tab>parts that name it<tab>who notices" a line
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP build=$1
. "$TOP/tests/tap.sh"
cd "$TOP"

# ---- who names it -------------------------------------------------------------------------------

rows() {
	sed -n 's/^RULE([A-Z0-9_]*, "\([^"]*\)".*/\1/p' proto/rules.def
}

# IDs that the sources of a folder name: SMCP_CLC_06 and, in macros, CLC_06; "CLC-06" and [CLC-06] in strings.
named_in() {
	find "$@" \( -name '*.c' -o -name '*.h' \) -exec cat {} + | sed 's|/\*.*\*/||; s|^ \*.*||' |
		grep -oE '(SMCP_|[(, ])[A-Z]{3}_[0-9]{2}(_[0-9]+)?|["[][A-Z]{3}-[0-9]{2}(\.[0-9]+)?' |
		sed -E 's/^(SMCP_|[^A-Z])//; s/_/-/; s/_/./' | sort -u
}

declare -A names
for part in dissector tracer replay kmod proto; do
	named_in "$part" >"$work/$part"
	while read -r id; do
		names[$id]+=" $part"
	done <"$work/$part"
done
rows >"$work/rows"

# ---- who notices that it is deleted ----------------------------------------------------------------

# "N ID" a line: cases of the suite that cover a statement, or clauses of it. A stack that does not keep it turns them red.
sed -n 's/^\tcovers //p' replay/suite/*.smc | tr ' ' '\n' | sort | uniq -c >"$work/covered"
cases() {
	awk -v id="$1" '$2 == id || index($2, id ".") == 1 { n += $1 } END { print n + 0 }' "$work/covered"
}

declare -A noticed
notice() {
	local id
	while read -r id; do
		noticed[$id]+=" $1"
	done
}
# Those of the dissector and of the checks in proto/ are deleted by tests of their own.
notice dissect.rules,proto < <(sort -u "$work/dissector" "$work/proto")
# cause_rule__each has a row for each.
notice tracer.why < <(grep -xF -f "$work/tracer" <(named_in tests/tracer) || :)
# The replayer's, of CDC messages: each in turn.
for id in $(named_in replay/conn.c replay/*/conn.c 2>/dev/null || :); do
	CONN_RULE_OFF="[$id]" "$build/tests/replay/replay_conn_test" >/dev/null 2>&1 || noticed[$id]+=" replay.conn"
done
while read -r id; do
	n=$(cases "$id")
	((n == 0)) || noticed[$id]+=" $n cases"
done <"$work/rows"

if [[ ${2-} == --report ]]; then
	while read -r id; do
		printf '%s\t%s\t%s\n' "$id" "${names[$id]-}" "${noticed[$id]-}"
	done <"$work/rows"
	exit
fi

# ---- tests ----------------------------------------------------------------------------------------

is uses__have_a_row "$(printf '%s\n' "${!names[@]}" | grep -vxF -f "$work/rows" | sort)" ""
while read -r id; do
	ok "named__$id" test "${names[$id]-}"
	ok "noticed__$id" test "${noticed[$id]-}"
done <"$work/rows"
ok conn__has_rules test "$(grep -c conn <<<"${noticed[*]}")" -gt 0

# A knob and the case that it turns red name one statement.
fault=$(find kmod -name fault.h)
while read -r knob id; do
	[[ $id ]] || continue
	wanted=$(awk -v knob="$knob" 'NF > 4 && $1 !~ /^#/ { for (i = 5; i <= NF; i++) if ($i == knob) print $2 }' tests/replay/knobs_test.sh | sort -u)
	[[ ! $wanted ]] || ok "knob__$knob" grep -qxF "$id" <<<"$wanted"
done < <(sed -n 's/^\tX(\([a-z_]*\), [A-Z], "\([^"]*\)".*/\1 \2/p' "$fault")
tap_end
