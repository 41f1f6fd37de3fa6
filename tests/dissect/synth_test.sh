#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every scenario of smc-synth through tshark with the plugin: nothing breaks,
# right messages are described to the last byte, wrong ones are told wrong.
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

# The smcx experts of a capture as "NAME SEVERITY" a line, from its JSON.
experts() {
	jq -r '.. | objects | select(has("_ws.expert.severity"))
		| ."_ws.expert.severity" as $severity | keys[]
		| select(startswith("smcx.")) | ltrimstr("smcx.") + " " + $severity' "$1" |
		sort -u
}

# Layers of a protocol in a capture's JSON.
layers() {
	jq --arg name "$1" '[.[]._source.layers[$name] // empty
		| if type == "array" then .[] else . end] | length' "$2"
}

# Malformed packets; those of other InfiniBand dissectors are not ours to judge.
malformed() {
	jq '[.[]._source.layers | select(has("_ws.malformed"))
		| select(has("smcx") or (has("infiniband") | not))] | length' "$1"
}

# Are right messages without complaint and without a byte of nobody?
judge_clean() {
	local json=$1 name severity
	while read -r name severity; do
		((severity < warning)) || echo "warns: $name"
	done < <(experts "$json")
	! grep -q '"smcx.unclaimed"' "$json" || echo "has bytes that no part describes"
	(($(layers smcx "$json"))) || echo "shows no SMC at all"
}

# What is not as the scenario's row says, a line each.
judge() {
	local name=$1 expect=$2 json=$3 token
	(($(malformed "$json") == 0)) || echo "is malformed"
	! grep -q 'Dissector bug' "$json" || echo "shows a dissector bug"
	for token in ${expect//,/ }; do
		case $token in
		any) ;;
		clean) judge_clean "$json" ;;
		none) (($(layers smcx "$json") == 0)) || echo "shows SMC where there is none" ;;
		*) experts "$json" | grep "^$token " >/dev/null || echo "does not tell $token" ;;
		esac
	done
	[[ -z ${messages[$name]-} ]] || (($(layers smcx "$json") == messages[$name])) ||
		echo "shows $(layers smcx "$json") CLC messages of ${messages[$name]}"
	[[ -z ${http[$name]-} ]] || (($(layers http "$json") == http[$name])) ||
		echo "shows $(layers http "$json") HTTP messages of ${http[$name]}"
}

# Dissect a scenario; NAME.bad lists what is wrong with it.
run_one() {
	local name=$1 expect=$2 base=$work/$1 rc=0
	# shellcheck disable=SC2086 # options are words
	smcx_tshark -r "$base.pcap" -T json --no-duplicate-keys ${options[$name]-} >"$base.json" 2>"$base.err" || rc=$?
	{
		((rc == 0)) || echo "tshark exits with $rc"
		sed 's/^/stderr: /' "$base.err"
		judge "$name" "$expect" "$base.json" 2>&1 || echo "cannot be judged"
	} >"$base.bad"
	rm -f "$base.json"
}

report_one() {
	local name=$1 about=$2
	if [[ -s $work/$name.bad ]]; then
		fail "synth__$name: $about" "$(<"$work/$name.bad")"
	else
		pass "synth__$name: $about"
	fi
}

"$SMC_SYNTH" --all "$work"
chmod -R a+rX "$work"
"$SMC_SYNTH" --list >"$work/list"
if (($#)); then
	grep -E "^($(IFS='|' && echo "$*"))	" "$work/list" >"$work/some"
	mv "$work/some" "$work/list"
fi
while IFS=$'\t' read -r name expect about; do
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n
	done
	run_one "$name" "$expect" &
done <"$work/list"
wait
while IFS=$'\t' read -r name expect about; do
	report_one "$name" "$about"
done <"$work/list"
tap_end
