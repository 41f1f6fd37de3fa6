#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every scenario of smc-synth through tshark with the plugin: nothing breaks,
# right messages are described to the last byte, wrong ones are reported wrong.
#
#   SMC_SYNTH  the program (default: build/tests/synth/smc-synth)
#   synth_test.sh [NAME...]   those scenarios only
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"

# CLC messages that are seen where TCP makes it hard: scenario and count.
declare -A messages=(
	[port-22]=3 [port-80]=3 [port-443]=3 [port-3306]=3 [port-6379]=3
	[segments-1]=3 [segments-7]=3 [several]=3 [interleaved]=24
	[out-of-order]=2 [out-of-order-pref]=3
	[break-1]=3 [break-2]=3 [break-3]=3 [break-4]=3 [break-6]=3 [break-8]=3
	[decline-data-80]=4 [decline-data]=4 [decline-then-http]=2
	[mid-capture]=3 [mid-capture-80]=3 [mid-capture-443]=3 [mid-capture-5432]=3
	[ipv6-r]=3 [ipv6-d]=3
	[handshake-r-v1]=3 [handshake-d-v20]=3 [sizes-r]=48
)
# HTTP messages that are left for HTTP's dissector.
declare -A http=(
	[decline-data-80]=4 [decline-then-http]=2 [option-http]=2 [option-syn-only]=2
	[no-option-http]=2
)
# More of tshark's arguments.
declare -A options=(
	[out-of-order-pref]="-o tcp.reassemble_out_of_order:TRUE"
	[silent-to-the-end]=-2 [link-in-no-packet]=-2 [link-at-the-end]=-2 [proposal-at-the-end]=-2
	[client-alone-silent]=-2
)

warning=$((0x600000)) # severity of expert infos, as numbers in the JSON

# The facts judged of a capture's JSON, "CAPTURE KIND VALUE" a line: experts of ours with their severity,
# layers of SMC and of HTTP, malformed packets (those of other InfiniBand dissectors are not ours to
# judge), and bytes that no part describes. facts NAME...: jq takes longer to start than for a capture.
facts() {
	(cd "$smcx_out" && jq -r 'def layers($name): [.[]._source.layers[$name] // empty
			| if type == "array" then .[] else . end] | length;
		input_filename + " " + (
			(.. | objects | select(has("_ws.expert.severity"))
				| ."_ws.expert.severity" as $severity | keys[]
				| select(startswith("smcx.")) | "expert " + ltrimstr("smcx.") + " " + $severity),
			"smcx \(layers("smcx"))", "http \(layers("http"))",
			"malformed \([.[]._source.layers | select(has("_ws.malformed"))
				| select(has("smcx") or (has("infiniband") | not))] | length)",
			(if any(.. | objects; has("smcx.unclaimed")) then "unclaimed 1" else empty end))' "$@")
}

experts() {
	sed -n 's/^expert //p' <<<"$1" | sort -u
}

number_of() { # KIND FACTS
	[[ $'\n'$2 =~ $'\n'"$1 "([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# Are right messages without complaint and without a byte of nobody?
judge_clean() {
	local facts=$1 name severity
	while read -r name severity; do
		((!severity || severity < warning)) || echo "warns: $name"
	done < <(experts "$facts")
	[[ $facts != *$'\n'"unclaimed "* ]] || echo "has bytes that no part describes"
	(($(number_of smcx "$facts"))) || echo "shows no SMC at all"
}

# The differences from the scenario's row, a line each.
judge() {
	local name=$1 expect=$2 facts=$3 token clc web
	clc=$(number_of smcx "$facts") web=$(number_of http "$facts")
	(($(number_of malformed "$facts") == 0)) || echo "is malformed"
	for token in ${expect//,/ }; do
		case $token in
		any) ;;
		clean) judge_clean "$facts" ;;
		none) ((clc == 0)) || echo "shows SMC where there is none" ;;
		*) [[ $'\n'$facts == *$'\n'"expert $token "* ]] || echo "does not tell $token" ;;
		esac
	done
	[[ -z ${messages[$name]-} ]] || ((clc == messages[$name])) ||
		echo "shows $clc CLC messages of ${messages[$name]}"
	[[ -z ${http[$name]-} ]] || ((web == http[$name])) ||
		echo "shows $web HTTP messages of ${http[$name]}"
}

# dissect OPTIONS: all scenarios that have these.
dissect() {
	local name
	while IFS=$'\t' read -r name _; do
		[[ ${options[$name]-} != "$1" ]] || printf '%s\t%s\n' "$work/$name.pcap" "$name"
	done <"$work/list" >"$work/each"
	# shellcheck disable=SC2086 # options are words
	smcx_each -T json --no-duplicate-keys $1 <"$work/each"
}

# Facts of all captures that tshark could read, in facts_of.
declare -A facts_of
gather() {
	local name fact names=()
	while IFS=$'\t' read -r name _; do
		[[ $(<"$smcx_out/$name.rc") != 0 ]] || names+=("$name")
	done <"$work/list"
	if ! facts "${names[@]}" >"$work/facts"; then
		for name in "${names[@]}"; do # one of them is no JSON
			facts "$name" 2>/dev/null || echo "$name cannot"
		done >"$work/facts"
	fi
	while read -r name fact; do
		facts_of[$name]+=$fact$'\n'
	done <"$work/facts"
}

# The errors of a scenario, a line each.
wrong_with() {
	local name=$1 status
	status=$(<"$smcx_out/$name.rc")
	((status == 0)) || echo "tshark exits with $status"
	[[ ! -s $smcx_out/$name.err ]] || sed 's/^/stderr: /' "$smcx_out/$name.err"
	if [[ -z ${facts_of[$name]-} || ${facts_of[$name]} == *$'cannot\n' ]]; then
		echo "cannot be judged"
	else
		judge "$name" "$2" "${facts_of[$name]}"
	fi
	[[ $bugs != *" $name "* ]] || echo "shows a dissector bug"
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
"$SMC_SYNTH" --list >"$work/list"
if (($#)); then
	grep -E "^($(IFS='|' && echo "$*"))	" "$work/list" >"$work/some"
	mv "$work/some" "$work/list"
fi
while read -r some; do
	dissect "$some"
done < <(printf '%s\n' '' "${options[@]}" | sort -u)
gather
bugs=" $(cd "$smcx_out" && { grep -l 'Dissector bug' -- * || :; } | xargs) "
while IFS=$'\t' read -r name expect about; do
	wrong=$(wrong_with "$name" "$expect")
	if [[ $wrong ]]; then
		fail "synth__$name: $about" "$wrong"
	else
		pass "synth__$name: $about"
	fi
done <"$work/list"
tap_end
