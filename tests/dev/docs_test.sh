#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command of README.md and of the pages it names, run as it stands there, and the output that stands below it. TAP.
# Usage: docs_test.sh [--vm | --slow]   commands that need no VM, those that do, or those of blocks marked "sh slow"
#
# A command is a line of a block marked sh, or stands in the column "One command" of a table. A block without a mark that
# follows shows lines of the last command's output, in their order; "..." stands for any. Runs of blanks count as one.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
cd "$TOP"
readonly PAGES=(README.md docs/wireshark.md docs/tracing.md docs/report.md docs/replay.md docs/smcx.md lab/README.md captures/README.md)
export TZ=UTC # smc-trace prints local times

want=${1---host}

# commands PAGE...: lines "KIND<tab>COMMAND", and below each command the lines of its output, each after a tab.
commands() {
	awk '
		function kind(command, slow) {
			if (slow || command ~ / --against /)
				return "--slow"
			return command ~ /^(lab\/vm|lab\/module|\.\/dev|captures\/record) / ? "--vm" : "--host"
		}
		function flush() {
			if (command != "")
				printf "%s\t%s\n%s", kind(command, slow), command, output
			command = output = ""
		}
		/^\|.*One command/ { table = 1; next }
		/^\|/ && table {
			if (match($0, /`[^`]*` \|$/)) {
				flush()
				command = substr($0, RSTART + 1, RLENGTH - 4)
				slow = 0
			}
			next
		}
		{ table = 0 }
		/^```/ && inside != "" { inside = ""; next }
		/^```sh/ { inside = "sh"; slow_block = $0 ~ /slow/; next }
		/^```/ { inside = "output"; if (!follows) inside = "text"; next }
		inside == "sh" && NF { flush(); command = $0; slow = slow_block; follows = 1; next }
		inside == "output" { output = output "\t" $0 "\n"; next }
		inside == "" && NF { follows = 0 }
		END { flush() }' "$@"
}

run() {
	case $1 in
	"cmake --install build") DESTDIR=$work/root cmake --install build ;;
	*--against*) bash -c "$1" || [[ $? == 1 ]] ;; # as diff does: there is a difference
	*) bash -c "$1" ;;
	esac
}

# The text that the output has to have, for the commands that have no output below them.
expected() {
	case $1 in
	*demo) echo 'kernel says +mode=smcd' ;;
	*smcx,tree*) echo 'CDC' ;;
	*loss*expert*) echo "its packet sequence number was there before" ;;
	*fallback-prefix*) echo 'IP prefixes do not match' ;;
	*doctor*) echo '^[0-9]+ of [0-9]+ hooks attached' ;;
	*smc-trace\ stats*) echo '^Lost events: 0' ;;
	*--against*) echo '^6\.12 and 6\.1: [1-9][0-9]* cases on both, [1-9][0-9]* different' ;;
	lab/module*) echo 'smcx\.ko$' ;;
	*uname*) echo '^6\.12\.' ;;
	*smcr-rxe) echo 'ok: SMC-R' ;;
	*loopback) echo 'ok: SMC-D' ;;
	captures/record*) echo 'smcr-first-contact: [0-9]+ frames' ;;
	cmake*) echo 'smcx\.so' ;;
	*) echo '' ;;
	esac
}

# shows FILE: $work/out has its lines, in their order. The first that it does not have is printed.
shows() {
	awk '
		{ gsub(/[ \t\r]+/, " "); sub(/ $/, "") }
		FILENAME == ARGV[1] { if ($0 != "" && $0 != "..." && $0 != " ...") wanted[++n] = $0; next }
		$0 == wanted[found + 1] { found++ }
		END {
			if (found < n)
				print "not in the output, or not in this order: " wanted[found + 1]
			exit found < n
		}' "$1" "$work/out"
}

# works COMMAND FILE...: it succeeds and shows what the pages have below it.
works() {
	local wanted file
	wanted=$(expected "$1")
	if ! run "$1" >"$work/out" 2>&1 </dev/null || { [[ $wanted ]] && ! grep -Eq -e "$wanted" "$work/out"; }; then
		tail -n 20 "$work/out"
		return 1
	fi
	for file in "${@:2}"; do
		shows "$file" || return
	done
}

# The output that a page shows goes to a file; a command that stands on several pages runs once.
commands "${PAGES[@]}" >"$work/list"
declare -A shown
order=()
while IFS= read -r line; do
	if [[ $line == $'\t'* ]]; then
		[[ $kind != "$want" ]] || printf '%s\n' "${line#$'\t'}" >>"$file"
		continue
	fi
	kind=${line%%$'\t'*} command=${line#*$'\t'}
	[[ $kind == "$want" ]] || continue
	[[ ${shown[$command]-} ]] || order+=("$command")
	file=$(mktemp "$work/shown.XXXXXX")
	shown[$command]+=" $file"
done <"$work/list"

for page in "${PAGES[@]}"; do
	ok "$page has commands" test "$(commands "$page" | grep -c '^--')" -gt 0
done
for command in "${order[@]}"; do
	if [[ $command == "./dev test"* ]]; then
		skip "$command" "it is what runs this test"
		continue
	fi
	read -ra files <<<"${shown[$command]}"
	ok "$command" works "$command" "${files[@]}"
done

# Numbers and promises of the pages that are no output.
if [[ $want == --host ]]; then
	is suite__number_of_statements "$(grep -oE '[0-9]+ statements' replay/suite/README.md)" \
		"$(grep -vc '^#' replay/suite/catalogue.tsv) statements"
	# A round number is one of a hundredth.
	is suite__number_of_cases "$(grep -ohE 'some [0-9]+ cases' README.md CHANGELOG.md docs/*.md docs/guide/*.md | awk -v cases="$(cat replay/suite/*.smc | grep -c '^case ')" \
		'$2 < cases * 0.97 || $2 > cases * 1.03 { print $0 ", of " cases }')" ""
	# The defaults of parameters, as the modules say them.
	is smcx.4__has_the_defaults "$(awk '/^\.BI [a-z_]+= / { name = $2; sub("=", "", name) } /^\.SH/ { name = "" }
		name && match($0, /[0-9]+ if not given/) { print name, substr($0, RSTART, RLENGTH) }' kmod/smcx.4 | sort)" \
		"$(grep -rhoE --include='*.c' 'MODULE_PARM_DESC\([a-z_]+,.* [0-9]+ if not given' kmod | sed -E 's/.*\(([a-z_]+),.* ([0-9]+ if not given)/\1 \2/' | sort)"
	ok README__is_short test "$(sed '/^```/,/^```/d' README.md | wc -w)" -le 600
	ok replay__shows_a_case_of_the_suite diff <(awk '/^```/ { inside = 0 } /^case / { inside = 1 } inside' docs/replay.md) \
		<(awk '/^case / { inside = $2 == "other-eid" } inside && NF' replay/suite/srv.smc)
fi

# It can fail: a line that is not there, and lines in another order.
printf 'one\ntwo   2\nthree\n' >"$work/out"
ok shows__lines_and_gaps shows <(printf 'one\n...\nthree\n')
ok shows__what_is_missing eval '! shows <(echo four) >/dev/null'
ok shows__another_order eval '! shows <(printf "three\ntwo 2\n") >/dev/null'
tap_end
