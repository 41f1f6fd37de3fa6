#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Saved filters of Wireshark's own SMC dissector go on working: for each of its names, and for each
# value of it, the frames that are found without the plugin are found with it. On every capture and
# every scenario of smc-synth; filters_known.tsv has what differs, with the reason.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

# "TYPE NAME" a line, of the built-in's protocol and fields. fields_of [--builtin]
fields_of() {
	smcx_tshark "$@" -G fields 2>/dev/null |
		awk -F'\t' '$1 == "P" && $3 == "smc" { print "protocol", $3 }
			$1 == "F" && $3 ~ /^smc[.]/ { print $4, $3 }' | sort -u
}

# $work/of/NAME.builtin of all captures, and NAME.plugin of those that have SMC to the built-in.
dissect_all() {
	local name format=(-T fields -E quote=d -E separator=/t -e frame.number "${of_names[@]}")
	smcx_each --builtin -Y smc "${format[@]}" <"$work/list"
	take builtin
	while IFS=$'\t' read -r file name; do
		[[ ! -s $work/of/$name.builtin ]] || printf '%s\t%s\n' "$file" "$name"
	done <"$work/list" >"$work/with_smc"
	smcx_each "${format[@]}" "${of_faults[@]}" <"$work/with_smc"
	take plugin
}

take() { # KIND
	local file name
	for file in "$smcx_out"/*.rc; do
		name=$(basename "$file" .rc)
		[[ $(<"$file") == 0 ]] || echo "$1 $name: tshark ends with $(<"$file")" >>"$work/of/ended.differs"
		mv "$smcx_out/$name" "$work/of/$name.$1"
	done
	rm -f "$smcx_out"/*
}

compare() { # NAME
	awk -f "$here/filters.awk" -v capture="$1" "$work/names" "$here/filters_known.tsv" \
		"$work/of/$1.builtin" "$work/of/$1.plugin" >"$work/of/$1.differs"
}

# Frames that each name finds as a filter, which wants a tree of that name and no more. filtered FILE
filtered() {
	local part
	for part in $(xargs -n 50 <"$work/names" | tr ' ' ,); do
		smcx_tshark -r "$1" -q -z "io,stat,0,$part" 2>/dev/null | awk '/ <> / { print }' |
			tr -d ' ' | cut -d'|' -f3- | tr '|' '\n' | awk 'NF && NR % 2'
	done | paste "$work/names" -
}

# The same, of what all names together show. shown NAME
shown() {
	awk -F'\t' 'NR == FNR { name[NR] = $1; n = NR; next }
		{ for (i = 1; i <= n; i++) seen[i] += $(i + 1) != "" }
		END { for (i = 1; i <= n; i++) print name[i] "\t" seen[i] + 0 }' "$work/names" \
		"$work/of/$1.plugin"
}

mkdir "$work/scenarios" "$work/of"
fields_of --builtin >"$work/fields"
cut -d' ' -f2 "$work/fields" | sort -u >"$work/names"
mapfile -t of_names < <(sed 's/^/-e\n/' "$work/names")
mapfile -t of_faults < <(smcx_tshark -G fields 2>/dev/null |
	awk -F'\t' '$3 ~ /^smcx[.]fault[.]/ { print "-e\n" $3 }')
"$SMC_SYNTH" --all "$work/scenarios"
chmod -R a+rX "$work"
captures_for_each
cp "$here"/../tracer/*.pcapng "$captures"
chmod -R a+rX "$captures"
for file in "$captures"/*.pcapng "$work"/scenarios/*.pcap; do
	name=${file##*/}
	printf '%s\t%s\n' "$file" "${name%.pcap*}"
done >"$work/list"
dissect_all
while IFS=$'\t' read -r _ name; do
	compare "$name"
done <"$work/with_smc"

ok names__are_many test "$(wc -l <"$work/names")" -ge 173
# One name with two types would make filters that compare it invalid.
is names__have_one_type "$(fields_of | awk 'NR == FNR { type[$2] = $1; next }
	$2 in type && type[$2] != $1' "$work/fields" -)" ""
is names__find_what_they_found "$(cat "$work"/of/*.differs | grep -v '^needed ' | head -40)" ""
# A name that no capture has would be found always.
is names__all_are_in_some_capture "$(awk -F'\t' 'NR == FNR { name[NR] = $1; n = NR; next }
	{ for (i = 1; i <= n; i++) if ($(i + 1) != "") seen[i] = 1 }
	END { for (i = 1; i <= n; i++) if (!seen[i]) print name[i] }' "$work/names" \
	"$work"/of/*.builtin)" ""
for name in handshake-d-v21 handshake-r-v21 proposal-v2-full declines-v2 llc-v1 llc-v2-big \
	llc-add-link-v2-big data; do
	is "filter__$name" "$(filtered "$work/scenarios/$name.pcap")" "$(shown "$name")"
done
if [[ ! ${SMCKIT_WIRESHARK-} ]]; then
	is known__no_row_is_stale "$(cat "$work"/of/*.differs | grep '^needed ' | sort -u | wc -l)" \
		"$(grep -vc '^#' "$here/filters_known.tsv")"
fi
tap_end
