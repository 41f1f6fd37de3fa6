#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The suite can fail, on a real stack: smcx.ko breaks a rule by one of its knobs, and the case has to go red, with the ID of
# the statement that is broken. Without the knob it has to pass. In a VM, by host.sh --smcx. Usage: knobs_test.sh SMC-REPLAY.
# TAP on stdout.
#
# The first Proposal of each run is what smc-replay learns of the stack by, so knobs for any message wait for the second one.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 knobs=/sys/kernel/debug/smcx/fault
. "$TOP/tests/tap.sh"

# play CASE: $judged is what the suite says of it, $verdict its exit status.
play() {
	verdict=0
	judged=$("$replay" suite --suite "$TOP/replay/suite" --time-scale 0.5 --only "$1 as *" 2>&1) || verdict=$?
}

explain() {
	printf 'exit status %s, knob: %s\n%s\n' "$verdict" "$1" "$judged" | cut -c 1-300
	return 1
}

good() {
	play "$1"
	if [[ $verdict != 0 ]] || ! grep -E '^ok 1 [^#]*$' <<<"$judged" >/dev/null; then
		explain none
	fi
}

# bad CASE ID KNOB TIMES EVERY
bad() {
	local knob=$knobs/$3 state
	echo "$4 $5" >"$knob"
	play "$1"
	state=$(<"$knob")
	echo 0 >"$knob"
	if [[ $verdict != 1 || $state == *" hits ${hits[$3]-0}" ]] ||
		! grep -E "^not ok 1 .* $2( |$)" <<<"$judged" >/dev/null; then
		explain "$state"
	fi
	hits[$3]=${state##* }
}

declare -A hits
[[ -d $knobs ]] || skip_all "smcx.ko is not there"
while read -r name id times every faults; do
	[[ $name && $name != '#'* ]] || continue
	[[ ${seen-} == "$name" ]] || ok "$name: good" good "$name"
	seen=$name
	for fault in $faults; do
		ok "$name: $fault" bad "$name" "$id" "$fault" "$times" "$every"
	done
done <<'END'
prp/own-proposal CLC-01 -1 2 clc_eyecatcher clc_trailer clc_length clc_short clc_type clc_version
prp/own-proposal PRP-18 -1 2 prop_no_d
prp/own-proposal PRP-24 -1 2 prop_gid_single prop_chid
prp/own-proposal PRP-17 -1 2 prop_eid_count
acc/first-contact-bit ACC-09 -1 1 acc_first
END
tap_end
