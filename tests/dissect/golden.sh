#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin's output for a capture, as text that is kept (golden.jq): only its
# own layers and the number of the frame, a line for each item that has items.
#
#   golden.sh check [FILE...]    TAP: compare with golden/NAME
#   golden.sh update [FILE...]   write golden/NAME
#
# FILE is a capture, or the name of a scenario of smc-synth. Without one: check
# takes all that golden/ has, update all that smc-synth has and captures/*.pcapng.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"
: "${SMC_SYNTH:=$here/../../build/tests/synth/smc-synth}"
golden=$here/golden

usage() {
	sed -n 's/^#   \(golden.sh .*\)/\1/p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

# The capture of a FILE argument, made when it is a scenario; readable for tshark's user.
capture_of() {
	local name=$1 made=$work/made/$1.pcap
	if [[ -f $name ]]; then
		made=$work/made/${name##*/}
		cp "$name" "$made"
	elif [[ -f $captures/$name.pcapng ]]; then
		made=$captures/$name.pcapng
	elif [[ ! -f $made ]]; then
		"$SMC_SYNTH" "$name" -o "$made" || return
	fi
	chmod a+r "$made"
	echo "$made"
}

name_of() {
	local base=${1##*/}
	base=${base%.pcapng}
	echo "${base%.pcap}"
}

# keep_ours NAME...: the golden file of each $smcx_out/NAME into $work/seen/NAME. One call for all of them, for jq takes longer to
# start than to read such a file.
keep_ours() {
	(cd "$smcx_out" && jq -r -L "$here" 'include "golden"; "capture \(input_filename)", golden' "$@") |
		awk -v seen="$work/seen/" '/^capture / { close(file); file = seen $2; printf "" >file; next } { print >file }'
}

# dissect FILE...: one without $work/seen/NAME cannot be dissected.
dissect() {
	local file capture name names=()
	"$SMC_SYNTH" --all "$work/made"
	for file; do
		! capture=$(capture_of "$file") || printf '%s\t%s\n' "$capture" "$(name_of "$file")"
	done >"$work/list"
	chmod -R a+rX "$work/made"
	smcx_each -T json --no-duplicate-keys -J "frame smcx" <"$work/list"
	while IFS=$'\t' read -r _ name; do
		[[ $(<"$smcx_out/$name.rc") != 0 ]] || names+=("$name")
	done <"$work/list"
	keep_ours "${names[@]}" && return
	for name in "${names[@]}"; do # one of them is no JSON
		keep_ours "$name" || rm -f "$work/seen/$name"
	done
}

# Wireshark 4.6 writes times in another way: the one field whose text is not the same in all versions.
text_of() {
	if [[ ${SMCKIT_WIRESHARK-} ]]; then
		sed -E 's/ smcx\.event\.abs_time=("[^"]*"|[^ ]+)//' "$1"
	else
		cat "$1"
	fi
}

# difference WANTED SEEN: by lines of one field.
difference() {
	diff -u <(text_of "$1" | sed -E 's/ ([a-z_.0-9]+=)/\n\1/g') <(text_of "$2" | sed -E 's/ ([a-z_.0-9]+=)/\n\1/g')
}

check_one() {
	local name=$1 wanted=$golden/$1 seen=$work/seen/$1
	if [[ ! -f $wanted ]]; then
		fail "golden__$name: there is no golden/$name"
	elif [[ ! -f $seen ]]; then
		fail "golden__$name: cannot be dissected"
	elif cmp -s "$wanted" "$seen" || difference "$wanted" "$seen" >"$seen.diff"; then
		pass "golden__$name"
	else
		fail "golden__$name" "$(head -40 "$seen.diff")"
	fi
}

update_one() {
	local seen=$work/seen/$1
	if [[ ! -f $seen ]]; then
		echo "golden.sh: $1 cannot be dissected" >&2
		return 1
	elif [[ $(<"$seen") == '' ]]; then
		echo "golden.sh: no SMC in $1, nothing kept"
		return
	fi
	mkdir -p "$golden"
	cp "$seen" "$golden/$1"
}

known() {
	local file
	for file in "$golden"/*; do
		[[ ! -f $file ]] || basename "$file"
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

captures_for_each
mkdir "$work/made" "$work/seen"
verb=${1-}
(($# == 0)) || shift
case $verb in
check) (($#)) || mapfile -t files < <(known | share) ;;
update) (($#)) || mapfile -t files < <(everything) ;;
*) usage ;;
esac
(($# == 0)) || files=("$@")
dissect "${files[@]}"
for file in "${files[@]}"; do
	"${verb}_one" "$(name_of "$file")" "$file"
done
[[ $verb == update ]] && exit
((${#files[@]})) || skip golden "golden/ is empty"
tap_end
