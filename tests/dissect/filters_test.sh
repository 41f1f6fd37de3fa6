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

# columns FILE ARGUMENT...
columns() {
	smcx_tshark -r "$1" -T fields -E quote=d -E separator=/t -e frame.number \
		"${of_names[@]}" "${@:2}" 2>/dev/null
}

builtin_columns() {
	smcx_tshark --builtin -r "$1" -Y smc -T fields -E quote=d -E separator=/t \
		-e frame.number "${of_names[@]}" 2>/dev/null
}

run_one() {
	local name=${1##*/}
	name=${name%.pcap*}
	builtin_columns "$1" >"$work/of/$name.builtin"
	[[ -s $work/of/$name.builtin ]] || return 0
	columns "$1" "${of_faults[@]}" >"$work/of/$name.plugin"
	awk -f "$here/filters.awk" -v capture="$name" "$work/names" "$here/filters_known.tsv" \
		"$work/of/$name.builtin" "$work/of/$name.plugin" >"$work/of/$name.differs"
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
for file in "$captures"/*.pcapng "$here"/../tracer/*.pcapng "$work"/scenarios/*.pcap; do
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n
	done
	run_one "$file" &
done
wait

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
