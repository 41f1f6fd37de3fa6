#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: mutate_test.sh [--full]
#
# Can layout_test fail? Every mutant of the wire description has to be killed,
# by the compiler or by a case: a row of the field table deleted, two
# neighbours of a struct swapped, a byte inserted before a member. Without
# --full every eighth mutant is tried.
#
# Prints TAP. Builds in a folder of its own under TMPDIR.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wire=$(cd "$here/../../wire" && pwd)
readonly here wire

# ---- one mutant, called again by xargs ---------------------------------------------

build_and_run() {
	local dir=$1
	cp "$wire/smc_fields.c" "$here/layout_test.c" "$dir/" || exit 255
	${CC:-gcc} -std=gnu17 -O0 -I "$dir" -I "$wire" "$dir/smc_fields.c" "$dir/layout_test.c" -lcmocka \
		-o "$dir/layout_test" 2>/dev/null || return 1
	"$dir/layout_test" "$here/layout.golden" >"$dir/out" 2>&1 || return 2
}

# Prints the mutant's number and its killer: the compiler or the test.
try() {
	local work=$1 mutant=$2 dir status=0
	dir=$work/$mutant
	mkdir "$dir" && perl "$here/mutate.pl" "$wire" "$mutant" "$dir" || exit 255
	build_and_run "$dir" || status=$?
	rm -rf "$dir"
	case $status in
	0) echo "$mutant survived" ;;
	1) echo "$mutant compiler" ;;
	*) echo "$mutant test" ;;
	esac
}

if [[ ${1-} == --try ]]; then
	try "$2" "$3"
	exit
fi

# ---- all of them -----------------------------------------------------------------------

case ${1-} in
'') step=8 ;;
--full) step=1 ;;
*) echo "Usage: mutate_test.sh [--full]" >&2 && exit 2 ;;
esac

. "$here/../tap.sh"
command -v perl >/dev/null || skip_all "perl is not installed"

# The original has to pass, or every mutant would seem killed.
mkdir "$work/none"
cp "$wire"/smc_fields.h "$wire"/smc_wire.h "$work/none/"
ok "without a mutation layout_test passes" build_and_run "$work/none"
((tap_failed == 0)) || tap_end

perl "$here/mutate.pl" "$wire" >"$work/list"
awk -F '\t' -v step="$step" '$1 % step == 0 { print $1 }' "$work/list" >"$work/numbers"
xargs -P 2 -I {} "${BASH_SOURCE[0]}" --try "$work" {} <"$work/numbers" >"$work/verdicts"

declare -A what killed=([compiler]=0 [test]=0 [survived]=0)
while IFS=$'\t' read -r mutant text; do
	what[$mutant]=$text
done <"$work/list"
while read -r mutant verdict; do
	killed[$verdict]=$((killed[$verdict] + 1))
	if [[ $verdict == survived ]]; then
		fail "${what[$mutant]}"
	else
		pass "${what[$mutant]}"
	fi
done < <(sort -n "$work/verdicts")
note "$((killed[compiler] + killed[test])) of $((tap_count - 1)) mutants killed: ${killed[compiler]} by the compiler, ${killed[test]} by a case"
((tap_count > 1)) || fail "there are mutants"
tap_end
