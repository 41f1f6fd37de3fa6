#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The words of words.deny are not in comments, messages, names and docs; docs/style.md has the reasons. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/lab/lib/sources.sh"

# Recorded text, generated text, and the tables of other people's words are no texts of ours.
readonly NOT_OURS='^(tests/|replay/suite/known/|LICENSE|docs/style\.md$|.*\.(pcapng|pcap|png|svg|golden|json)$)'
cd "$TOP"
mapfile -t files < <(source_files | grep -vE "$NOT_OURS")

# found REGEX ALLOWED FILE...: lines with it.
found() {
	grep -nPI --no-messages -- "$1" "${@:3}" | grep -vP -- "$2" || :
}

count=0
while IFS=$'\t' read -r regex instead example allowed; do
	[[ $regex != '#'* && $regex ]] || continue
	[[ $allowed != - ]] || allowed='^$'
	count=$((count + 1))
	printf '%s\n' "$example" >"$work/example"
	ok "word${count}__is_found" test "$(found "$regex" "$allowed" "$work/example")"
	is "word${count}__use_${instead%%[,;]*}" "$(found "$regex" "$allowed" "${files[@]}" | head -20)" ""
done <tests/dev/words.deny
ok "files__are_read" test "${#files[@]}" -gt 300
tap_end
