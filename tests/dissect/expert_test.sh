#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Analyze > Expert Information and "-z expert" look at packets without a tree: they have to show what
# is shown with one, of every capture and of every scenario of smc-synth, in one pass and in two.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# The rows of SMC as "SEVERITY FREQUENCY GROUP SMCX SUMMARY". rows_of <ANSWER
rows_of() {
	awk '
		/^(Errors|Warns|Notes|Chats) \(/ { severity = $1 }
		/ SMCX  / { $1 = $1; print severity, $0 }' | sort
}

# rows ARGUMENT...: of tshark
rows() {
	smcx_tshark -q "$@" 2>/dev/null | rows_of
}

# NAME.none has the rows of each capture without a tree, NAME.tree those with one. all_rows [OPTION]
all_rows() {
	local way file name
	for way in none tree; do
		# A filter needs a tree.
		smcx_each -q ${1-} -z "$([[ $way == none ]] && echo expert || echo expert,frame)" <"$work/list"
		while IFS=$'\t' read -r file name; do
			{
				echo "status $(<"$smcx_out/$name.rc")"
				rows_of <"$smcx_out/$name"
			} >"$work/rows/$name${1-}.$way"
		done <"$work/list"
	done
}

differences() {
	local none
	for none in "$work"/rows/*.none; do
		diff --label "${none##*/}" --label tree -U0 "$none" "${none%.none}.tree" || :
	done
}

# expert infos of a capture by their number without a tree. count FILE [OPTION]
count() {
	rows -r "$1" ${2-} -z expert | awk '{ n += $2 } END { print n + 0 }'
}

# All scenarios one after the other are one capture for each link type: so they take a second and not
# minutes, and frames follow each other in ways that no scenario has.
mkdir "$work/scenarios" "$work/rows"
"$SMC_SYNTH" --all "$work/scenarios"
for file in "$work"/scenarios/*.pcap; do
	mkdir -p "$work/$(od -An -tu4 -j20 -N4 "$file" | tr -d ' ')" && cp "$file" "$_"
done
for folder in "$work"/[0-9]*; do
	mergecap -a -w "$work/scenarios-${folder##*/}.pcapng" "$folder"/*.pcap
done
captures_for_each
cp "$here"/../tracer/*.pcapng "$captures"
chmod -R a+rX "$work"
for file in "$captures"/*.pcapng "$work"/scenarios-*.pcapng; do
	printf '%s\t%s\n' "$file" "${file##*/}"
done >"$work/list"
all_rows
all_rows -2 # that nothing answers is known in the second pass

is tree__all_are_read "$(grep -h ^status "$work"/rows/* | sort -u)" "status 0"
is tree__makes_no_difference "$(differences)" ""
# A walk over nothing would find no difference either.
is tree__rows_of_captures "$(count "$captures/smcr-write-blocked.pcapng")" 12
is tree__a_fallback "$(rows -r "$captures/fallback-plain-server.pcapng" -z expert | cut -d' ' -f1-4)" \
	"Notes 1 Protocol SMCX"
is tree__unanswered_in_the_second_pass "$(rows -r "$work/scenarios/rule-llc-no-response.pcap" -2 \
	-z expert | grep -c 'No response in the capture')" 1
is tree__reserved_bits "$(rows -r "$work/scenarios/reserved-llc.pcap" -z expert |
	awk '/Reserved bits/ { print ($2 > 0) }')" 1
is tree__writes "$(rows -r "$work/scenarios/rule-cdc-rkey.pcap" -z expert | grep -c rkey)" 1
is tree__events "$(rows -r "$work/scenarios/events-trouble.pcap" -z expert | grep -c .)" \
	"$(rows -r "$work/scenarios/events-trouble.pcap" -z expert,smcx | grep -c .)"
tap_end
