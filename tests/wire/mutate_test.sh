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
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wire=$(cd "$here/../../wire" && pwd)
readonly here wire

# ---- one mutant, called again by xargs ---------------------------------------------

build_and_run() {
	local dir=$1
	cp "$wire/smc_fields.c" "$here/layout_test.c" "$dir/" || exit 255
	${CC:-gcc} -std=gnu17 -O0 -I "$dir" "$dir/smc_fields.c" "$dir/layout_test.c" -lcmocka \
		-o "$dir/layout_test" 2>/dev/null || return 1
	"$dir/layout_test" "$here/layout.golden" >"$dir/out" 2>&1 || return 2
}

# Prints the mutant's number and who killed it.
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

if [ "${1-}" = --try ]; then
	try "$2" "$3"
	exit
fi

# ---- all of them -----------------------------------------------------------------------

case ${1-} in
'') step=8 ;;
--full) step=1 ;;
*) echo "Usage: mutate_test.sh [--full]" >&2 && exit 2 ;;
esac

if ! command -v perl >/dev/null; then
	echo "1..0 # SKIP perl is not installed"
	exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/smckit-mutants.XXXXXX") || exit 1
readonly work
trap 'rm -rf "$work"' EXIT

# What is not mutated has to pass, or every mutant would seem killed.
mkdir "$work/none" && cp "$wire"/smc_fields.h "$wire"/smc_wire.h "$work/none/"
if build_and_run "$work/none"; then
	echo "ok 1 - without a mutation layout_test passes"
else
	echo "not ok 1 - without a mutation layout_test passes"
	echo "1..1"
	exit 1
fi

perl "$here/mutate.pl" "$wire" >"$work/list" || exit 1
awk -F '\t' -v step="$step" '$1 % step == 0 { print $1 }' "$work/list" |
	xargs -P 2 -I {} "${BASH_SOURCE[0]}" --try "$work" {} >"$work/verdicts"
sort -n "$work/verdicts" | awk -F '\t' '
	NR == FNR { what[$1] = $2; next }
	{
		split($0, verdict, " ")
		count[verdict[2]]++
		printf "%sok %d - %s\n", verdict[2] == "survived" ? "not " : "", ++n + 1, what[verdict[1]]
	}
	END {
		printf "1..%d\n", n + 1
		printf "# %d of %d mutants killed: %d by the compiler, %d by a case\n",
			n - count["survived"], n, count["compiler"], count["test"]
		exit count["survived"] > 0 || n == 0
	}' "$work/list" -
