#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is every rule of proto/rules.def noticed? The plugin is built once with a switch for each, and each rule that the dissector knows is
# deleted in turn: then an answer in golden/ has to change, or a scenario of smc-synth to lack what its row expects, or a table of
# tests/proto to fail, which deletes them likewise. Rules that nothing notices stand with the reason in rules.survivors.
#
# And net/smc is the judge: what it sends in captures/ breaks no rule, and what it declines there breaks the one that it names.
#
#   rules_test.sh --report   "ID<tab>noticed by" a line
#   SWITCH_SO                the plugin with the switch
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${SWITCH_SO:=$top/build/tests/dissect/switch/smcx.so}"
: "${SMC_SYNTH:=$top/build/tests/synth/smc-synth}"
SMCX_SO=$SWITCH_SO
. "$here/tshark.sh"
golden=$here/golden

# ---- what there is ---------------------------------------------------------------------------

# Rules that the dissector or a check of proto/ names, in the order of the table.
dissected() {
	local symbol id
	cat "$top"/dissector/*.c "$top"/dissector/*/*.[ch] "$top"/proto/*_rules.c "$top/proto/rules.c" >"$work/sources"
	# EXCHANGE() and REASON() put the prefix before their last two arguments.
	sed -nE 's/.*\b(EXCHANGE|REASON)\((.*)\).*/\2/p' "$top"/proto/{llc_rules,rules}.c | grep -oE '\b[A-Z]{3}_[0-9_]+' | sed 's/^/SMCP_/' >>"$work/sources"
	while IFS=$'\t' read -r symbol id; do
		! grep -qw "SMCP_$symbol" "$work/sources" || echo "$id"
	done < <(sed -n 's/^RULE(\([A-Z0-9_]*\), "\([^"]*\)".*/\1\t\2/p' "$top/proto/rules.def")
}

# "RULE SIZE NAME" of each answer in golden/ that shows it.
in_golden() {
	local file
	for file in "$golden"/*; do
		{ grep -oE ' smcx\.rule\.[^=]+' "$file" || :; } | sort -u | sed "s/.*\.rule\.//; s|\$| $(stat -c %s "$file") $(basename "$file")|"
	done
}

# "RULE FINDING NAME" of scenarios: a finding that the row expects, and the rule that ends its text.
in_scenarios() {
	local name expect token rule
	while IFS=$'\t' read -r name expect _; do
		for token in ${expect//,/ }; do
			jq -r --arg key "smcx.$token" '.. | objects | select(has($key)) | ."_ws.expert.message"? // ""
				| capture(" \\[(?<id>[A-Z]+-[0-9.]+)\\]$").id' "$smcx_out/$name" |
				sort -u | while read -r rule; do echo "$rule $token $name"; done
		done
	done <"$work/bad"
}

capture_of() {
	if [[ -f $captures/$1.pcapng ]]; then
		echo "$captures/$1.pcapng"
	else
		echo "$work/made/$1.pcap"
	fi
}

# ---- who notices --------------------------------------------------------------------------------

# Does an answer without the rule differ from the one that is kept? FILE as tshark prints it.
golden_notices() {
	local name=$1 file=$2
	jq -r -L "$here" 'include "golden"; golden' "$file" >"$work/now"
	! cmp -s "$work/now" "$golden/$name"
}

# Is a finding gone that a scenario expects?
scenario_notices() {
	local token=$1 file=$2
	! grep -qF "\"smcx.$token\":" "$file"
}

# Which table of tests/proto deletes it, too?
unit_of() {
	local symbol=${1//[-.]/_} name
	for name in clc_rules llc_rules rules; do
		if grep -qE "\b(SMCP_)?$symbol\b" "$top/proto/$name.c"; then
			echo "proto.$name"
			return
		fi
	done
}

captures_for_each
mkdir "$work/made"
"$SMC_SYNTH" --all "$work/made"
"$SMC_SYNTH" --list | grep '^bad-' >"$work/bad"
chmod -R a+rX "$work/made"
dissected >"$work/rules"
in_golden | sort -k1,1 -k2,2n >"$work/golden"

while IFS=$'\t' read -r name _; do
	printf '%s\t%s\n' "$(capture_of "$name")" "$name"
done <"$work/bad" >"$work/list"
smcx_each -T json --no-duplicate-keys <"$work/list"
in_scenarios >"$work/scenarios"

# One start of tshark deletes them all, each before the smallest capture that shows it.
declare -A by name_of token_of
while read -r rule; do
	read -r _ _ name < <(grep -m1 "^$rule " "$work/golden" || echo) || :
	if [[ $name ]]; then
		by[$rule]=golden
	else
		read -r _ token name < <(grep -m1 "^$rule " "$work/scenarios" || echo) || :
		by[$rule]=${name:+scenario} token_of[$rule]=$token
	fi
	name_of[$rule]=$name
	[[ ! $name ]] || printf '%s\toff-%s\tSMCX_RULE_OFF=%s\n' "$(capture_of "$name")" "$rule" "$rule"
done <"$work/rules" >"$work/list"
smcx_each -T json --no-duplicate-keys -J "frame smcx" <"$work/list"

declare -A noticed
while read -r rule; do
	unit=$(unit_of "$rule")
	noticed[$rule]=${unit:+ $unit}
	case ${by[$rule]} in
	golden) ! golden_notices "${name_of[$rule]}" "$smcx_out/off-$rule" || noticed[$rule]+=" golden/${name_of[$rule]}" ;;
	scenario) ! scenario_notices "${token_of[$rule]}" "$smcx_out/off-$rule" || noticed[$rule]+=" synth__${name_of[$rule]}" ;;
	esac
done <"$work/rules"

if [[ ${1-} == --report ]]; then
	while read -r rule; do
		printf '%s\t%s\n' "$rule" "${noticed[$rule]# }"
	done <"$work/rules"
	exit
fi

survivors=0
while read -r rule; do
	if [[ ${noticed[$rule]} ]]; then
		pass "deleted__$rule:${noticed[$rule]}"
	else
		survivors=$((survivors + 1))
		is "survives__$rule" "$(awk -F '\t' -v id="$rule" '$1 == id && $2 { print "with a reason" }' "$here/rules.survivors")" \
			"with a reason"
	fi
done <"$work/rules"
while read -r rule; do
	ok "survivors__$rule is still one" test "${noticed[$rule]+known}" -a ! "${noticed[$rule]-}"
done < <(sed -n 's/^\([A-Z][^\t]*\)\t.*/\1/p' "$here/rules.survivors")
note "$(($(wc -l <"$work/rules") - survivors)) of $(wc -l <"$work/rules") rules noticed"

# ---- net/smc ---------------------------------------------------------------------------------

# Findings that explain a thing: a Decline, a stack without the option, an end, a full window, a length in the order of the machine, a
# link that is refused for want of another device.
readonly explains='clc.declined|clc.no_option|cdc.window_full|cdc.window_opened|cdc.aborted|llc.little_endian|llc.rejected|llc.deleted'

# statements CAPTURE WHICH: the IDs at the end of the texts of its findings: of those that explain, or of those that do not.
statements() {
	local which=()
	[[ $2 == explain ]] || which=(-v)
	grep -E '^ *_ws\.expert:' "$golden/$1" | grep "${which[@]}" -E " smcx\.(${explains//./\\.})=" |
		sed -nE 's/.* _ws\.expert\.message=".*\[([A-Z]+-[0-9.]+)\]"( .*)?$/\1/p' | sort -u | paste -sd,
}

# Captures in which a program of the lab sends what a stack does not, and the rules that it breaks.
declare -A breaks=(
	[fallback-few-conns]=SRV-15
	[fallback-no-links]=SRV-16
	[fallback-no-eid]=SRV-08
	[fallback-wrong-mode]=ACC-08,ACC-14,ACC-18,ACC-29,ACC-32,SRV-09
)

for file in "$captures"/*.pcapng; do
	name=$(basename "$file" .pcapng)
	[[ -f $golden/$name ]] || continue
	is "net_smc__$name" "$(statements "$name" break)" "${breaks[$name]-}"
	# The kernel has found the same: it declines by that statement's reason.
	[[ ! ${breaks[$name]-} ]] || is "net_smc__${name}_declines_by_it" "$(statements "$name" explain)" "${breaks[$name]%%,*}"
done
tap_end
