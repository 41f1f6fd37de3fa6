#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the plugin makes of a capture, as JSON that is kept: only its own layers
# and the number of the frame, keys sorted.
#
#   golden.sh check [FILE...]    TAP: compare with golden/NAME.json
#   golden.sh update [FILE...]   write golden/NAME.json
#
# FILE is a capture, or the name of a scenario of smc-synth. Without one: check
# takes all that golden/ has, update all that smc-synth has and captures/*.pcapng.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"
captures=$here/../../captures
golden=$here/golden

usage() {
	sed -n 's/^#   \(golden.sh .*\)/\1/p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

# The capture of a FILE argument, made when it is a scenario.
capture_of() {
	local name=$1 made=$work/$1.pcap
	if [[ -f $name ]]; then
		echo "$name"
	elif [[ -f $captures/$name.pcapng ]]; then
		echo "$captures/$name.pcapng"
	else
		"$SMC_SYNTH" "$name" -o "$made"
		chmod a+r "$made"
		echo "$made"
	fi
}

name_of() {
	local base=${1##*/}
	base=${base%.pcapng}
	echo "${base%.pcap}"
}

# Frames that have a layer of ours: [{"frame": N, "smcx": ...}, ...]
dissect() {
	smcx_tshark -r "$1" -T json --no-duplicate-keys -J "frame smcx" |
		jq -S '[.[]._source.layers | select(has("smcx"))
			| {frame: (.frame."frame.number" | tonumber), smcx}]'
}

# Wireshark 4.6 writes times in another way: the one field whose text is not the same in all versions.
text_of() {
	if [[ ${SMCKIT_WIRESHARK-} ]]; then
		jq 'del(.. | ."smcx.event.abs_time"?)' "$1"
	else
		cat "$1"
	fi
}

check_one() {
	local name=$1 capture wanted=$golden/$1.json seen=$work/$1.seen
	if [[ ! -f $wanted ]]; then
		fail "golden__$name: there is no golden/$name.json"
		return
	fi
	if ! capture=$(capture_of "$2") || ! dissect "$capture" >"$seen"; then
		fail "golden__$name: cannot be dissected"
	elif diff -u <(text_of "$wanted") <(text_of "$seen") >"$seen.diff"; then
		pass "golden__$name"
	else
		fail "golden__$name" "$(head -40 "$seen.diff")"
	fi
}

update_one() {
	local capture
	capture=$(capture_of "$2")
	dissect "$capture" >"$work/$1.seen"
	if [[ $(jq length "$work/$1.seen") == 0 ]]; then
		echo "golden.sh: no SMC in $1, nothing kept"
		return
	fi
	mkdir -p "$golden"
	cp "$work/$1.seen" "$golden/$1.json"
}

known() {
	local file
	for file in "$golden"/*.json; do
		[[ ! -f $file ]] || basename "$file" .json
	done
}

everything() {
	local file
	# The faulty ones are judged by the faults they have to show.
	"$SMC_SYNTH" --list | cut -f1 | grep -v "^bad-"
	for file in "$captures"/*.pcapng; do
		[[ ! -f $file ]] || name_of "$file"
	done
}

verb=${1-}
(($# == 0)) || shift
case $verb in
check) (($#)) || mapfile -t files < <(known) ;;
update) (($#)) || mapfile -t files < <(everything) ;;
*) usage ;;
esac
(($# == 0)) || files=("$@")
for file in "${files[@]}"; do
	"${verb}_one" "$(name_of "$file")" "$file"
done
[[ $verb == update ]] && exit
((${#files[@]})) || skip golden "golden/ is empty"
tap_end
