#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipes do not rot: each diff of docs/howto still applies, and each file, test and case that they and CONTRIBUTING.md name is
# there; so is each file in the table of docs/architecture.md, and the target of each link of a page. Usage: howto_test.sh BUILD-FOLDER. TAP on stdout.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP build=$1
. "$TOP/tests/tap.sh"
cd "$TOP"

# diffs PAGE: its diff blocks, one after the other.
diffs() {
	awk '/^```/ { inside = $0 == "```diff"; next } inside' "$1"
}

# applies PAGE: git apply takes no folder for a repository here that is above this one.
applies() {
	diffs "$1" >"$work/diff"
	[[ -s $work/diff ]] || { echo "it has no diff" && return 1; }
	GIT_CEILING_DIRECTORIES=$(dirname "$TOP") git apply --check -v "$work/diff"
}

# words PAGE: each word that stands in backquotes, or in an indented or fenced command, without the diffs.
words() {
	awk '/^```diff/ { diff = 1; next } /^```/ { if (!diff) fence = !fence; diff = 0; next } diff { next }
		fence { print; next }
		{ while (match($0, /`[^`]*`/)) { print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }' "$1" |
		tr -s " \t'\"<>;,&|()" '\n' | sed 's/[.:]$//' | sort -u
}

# missing_files PAGE: words that begin with a folder of ours, and name nothing that is there or that a diff of the page makes.
missing_files() {
	local word
	while read -r word; do
		[[ $word == */* && $word != build/* && $word != *NAME* && $word != *KERNEL* && -d ${word%%/*} ]] || continue
		compgen -G "$word" >/dev/null || diffs "$1" | grep -Fxq -e "+++ b/$word" || echo "$word"
	done < <(words "$1")
}

# missing_tests PAGE: words that look like the name of a ctest test, and are none.
missing_tests() {
	words "$1" | grep -Ex '(wire|proto|privs|dissect|tracer|replay|kmod|tools|lab|mutants|scenarios|dev)[._][a-z][a-zA-Z0-9._-]*' |
		grep -vE '\.(sh|c|h|md|awk|jq)$|^(dissect|kmod)_[a-z_]*test$' | grep -vxF -f "$work/tests" || :
}

# missing_cases PAGE: words like what__it_does that no test has. Where a test composes the name, its beginning will do.
missing_cases() {
	local word
	while read -r word; do
		grep -rqF -e "$word" tests || grep -rqF -e "${word%%__*}__\$" tests || echo "$word"
	done < <(words "$1" | grep -Ex '[a-z0-9_]+__[a-z0-9_]+' || :)
}

# missing_links PAGE: targets of links that are not there.
missing_links() {
	local target
	while read -r target; do
		[[ $target =~ ^(https?:|#) || -e $(dirname "$1")/${target%%#*} ]] || echo "$target"
	done < <(grep -oE '\]\([^)]*\)' "$1" | sed 's/^](//; s/)$//')
}

# missing_rows: files of the table in docs/architecture.md that are nowhere in their room.
missing_rows() {
	local room='' name cells
	while IFS='|' read -r _ cells files _; do
		[[ $cells != *'`'* ]] || room=$(tr -d ' `' <<<"$cells")
		for name in $(grep -oE '`[^`]*`' <<<"$files" | tr -d '`'); do
			[[ -e $name || -e $room$name ]] || find "$room" -name "$name" | grep -q . || echo "$room $name"
		done
	done < <(set -f && sed -n '/^## The files/,/^## Decisions/p' "${1-docs/architecture.md}" | grep '^| [`|]\|^| |')
}

# wide_cells PAGE: cells of tables that nobody reads.
wide_cells() {
	awk -F '|' '/^\|/ { for (i = 2; i < NF; i++) if (length($i) > 160) print FNR ": " length($i) " characters" }' "$1"
}

ctest --test-dir "$build" -N 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: //p' >"$work/tests"
ok tests__are_known test "$(wc -l <"$work/tests")" -gt 50
# A test is named for a folder of tests/ and a noun; "./dev test dissect" is all of a folder.
folders=$(cd tests && printf '%s|' */ | tr -d /)
is tests__are_named_folder_noun "$(grep -vE "^(${folders%|})\.[A-Za-z0-9][A-Za-z0-9._-]*$" "$work/tests")" ""
for page in docs/howto/*.md; do
	ok "${page##*/}__diff_applies" applies "$page"
	ok "${page##*/}__fits_a_screen_and_a_half" test "$(awk '/^```diff/ { diff = 1 } !diff; /^```$/ { diff = 0 }' "$page" | wc -l)" -le 70
done
for page in docs/howto/*.md CONTRIBUTING.md; do
	is "${page##*/}__files_are_there" "$(missing_files "$page")" ""
	is "${page##*/}__tests_are_there" "$(missing_tests "$page")" ""
	is "${page##*/}__cases_are_there" "$(missing_cases "$page")" ""
done
for page in ./*.md docs/*.md docs/howto/*.md docs/guide/*.md lab/README.md captures/README.md; do
	is "${page#./}__links_lead_somewhere" "$(missing_links "$page")" ""
done
set -f # names with * are patterns for find
is architecture__files_are_there "$(missing_rows)" ""
set +f
is architecture__cells_can_be_read "$(wide_cells docs/architecture.md)" ""

# It can fail: each of these pages has one fault.
cat >"$work/wrong.md" <<'PAGE'
See [there](nowhere.md) and `replay/nosuch.c`, which `wire.nosuch` tests in its case `nosuch_DASH_case`; `wire/smc_fields.h` and
`wire.layout` are there.

```diff
--- a/wire/smc_fields.h
+++ b/wire/smc_fields.h
@@ -1,2 +1,2 @@
 /* no such line */
-nor this one
+another
```
PAGE
ok wrong__diff eval '! applies "$work/wrong.md"'
is wrong__file "$(missing_files "$work/wrong.md")" replay/nosuch.c
is wrong__test "$(missing_tests "$work/wrong.md")" wire.nosuch
# Its name is made here: where it stood in one piece, this test would have the case.
sed -i 's/_DASH_/__/' "$work/wrong.md"
is wrong__case "$(missing_cases "$work/wrong.md")" "nosuch_""_case"
printf '## The files\n| `wire/` | `nosuch.h` | %0200d |\n' 0 >"$work/rows.md"
is wrong__row "$(missing_rows "$work/rows.md")" "wire/ nosuch.h"
is wrong__cell "$(wide_cells "$work/rows.md")" "2: 202 characters"
is wrong__link "$(missing_links "$work/wrong.md")" nowhere.md
tap_end
