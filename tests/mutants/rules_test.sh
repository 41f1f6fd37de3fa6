#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules of lab/mutants on a small file: the mutants are those of the golden list, they compile together, and a
# program with them does another thing for each, the right one for none. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
here=$TOP/tests/mutants rules=$TOP/lab/mutants.d
/usr/bin/python3 -c 'import clang.cindex' 2>/dev/null || skip_all "libclang for Python is not installed"

mkdir "$work"/{source,out}
cp "$here/sample.c" "$work/source/"
rewrite() {
	"$rules/rewrite.py" "$@" "$here/sample.areas" "$work/source" "$work/out"
}
# listed: area, name and text of each.
listed() {
	jq -r '.[] | [.area, .name, .was] | join(" ")' "$work/out/mutants.json" | sort
}

ok "the rules are applied" rewrite
ok "the mutants are those that they were" diff <(listed) "$here/golden"
count=$(jq length "$work/out/mutants.json")
ok "all together compile" gcc -w -DMUTANTS="$count" -include "$rules/smckit_mutants.h" -o "$work/mutated" "$work/out/sample.c"
gcc -w -o "$work/plain" "$here/sample.c"
"$work/plain" | sed 's/^0://' >"$work/right"
"$work/mutated" >"$work/shown"
is "without one nothing is changed" "$(sed -n 's/^0://p' "$work/shown")" "$(<"$work/right")"
same=$(awk -F: 'NR == 1 { right = $2; next } $2 == right { print $1 }' "$work/shown" |
	while read -r number; do jq -r --argjson n "$number" '.[] | select(.number == $n) | .name' "$work/out/mutants.json"; done)
# Truth that is not ours: what the program prints.
is "none does what the original does" "$same" ""
rules_used=$(jq -r '.[].rule' "$work/out/mutants.json" | sort -u | wc -l)
ok "most rules are used ($rules_used)" test "$rules_used" -ge 20
tap_end
