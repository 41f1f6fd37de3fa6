#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The suite can fail, on a real stack: smcx.ko breaks a rule by one of its knobs, and the case has to go red, with the ID of
# the statement that is broken. Without the knob it has to pass. Usage: knobs_test.sh SMC-REPLAY. It builds the module, boots
# the stock kernel, and calls itself there. TAP on stdout.
#
# The stack's first Proposal of a run is what smc-replay learns by, so knobs for any message wait for the second one.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 kernel=6.12 knobs=/sys/kernel/debug/smcx/fault
. "$TOP/tests/tap.sh"

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	ko=$("$TOP/lab/module" "$kernel" "$TOP/kmod" "$TOP/build/kmod/$kernel" 2>"$work/build") || {
		fail build "$(tail -n 20 "$work/build")"
		tap_end
	}
	# No exec: tap.sh's trap has to run. The plan and the cases are the VM's.
	"$TOP/lab/vm" "$kernel" -- "$TOP/tests/replay/host.sh" --smcx "$ko" "$0" "$replay" in-vm
	exit
fi

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

# explained CASE ID: a case of SMC-D covers several statements, so it has to be the one that is named.
explained() {
	[[ $1 != dmb/* ]] || grep -F "[$2]" <<<"$judged" >/dev/null
}

# bad CASE ID KNOB TIMES EVERY
bad() {
	local knob=$knobs/$3 state
	echo "$4 $5" >"$knob"
	play "$1"
	state=$(<"$knob")
	echo 0 >"$knob"
	if [[ $verdict != 1 || $state == *" hits ${hits[$3]-0}" ]] ||
		! grep -E "^not ok 1 .* $2( |$)" <<<"$judged" >/dev/null || ! explained "$1" "$2"; then
		explain "$state"
	fi
	hits[$3]=${state##* }
}

declare -A hits
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
acc/first-contact-bit CLC-01 -1 2 clc_eyecatcher clc_trailer clc_length clc_short clc_type clc_version
acc/first-contact-bit ACC-09 -1 1 acc_first
acc/first-contact-bit ISM-05 -1 1 acc_gid acc_chid
srv/prefix-is-not-for-v2 ACC-03 -1 1 acc_index
srv/second-eid-matches SRV-09 -1 1 acc_eid no_eid
srv/release-2 ACC-25 -1 2 clc_short
dcl/own-of-v2 CLC-01 -1 2 clc_eyecatcher clc_type
dcl/own-of-v2 DCL-01 -1 2 clc_trailer clc_length clc_short clc_version
acc/declined CLC-22 -1 2 clc_garbage
opt/offer OPT-01 -1 2 no_option
opt/answer OPT-05 -1 1 no_option
clc/no-proposal CLC-19 -1 2 clc_timeout
dmb/data ISM-07 -1 1 acc_token
dmb/data ISM-01 -1 1 cdc_type cdc_flags
dmb/data CDC-06 -1 1 cdc_prod_over cdc_cons_over
dmb/data CDC-13 -1 1 cdc_prod_back cdc_wrap
dmb/data CDC-20 -1 1 cdc_abort
dmb/data-to-a-client ISM-07 -1 1 acc_token
dmb/data-to-a-client ISM-01 -1 1 cdc_type cdc_flags
dmb/data-to-a-client CDC-06 -1 1 cdc_prod_over cdc_cons_over
dmb/data-to-a-client CDC-13 -1 1 cdc_prod_back cdc_wrap
dmb/data-to-a-client CDC-20 -1 1 cdc_abort
END
# Rare, but allowed: the case stays green.
while read -r fault name; do
	echo -1 >"$knobs/$fault"
	ok "$name: green with $fault" good "$name"
	echo 0 >"$knobs/$fault"
done <<'END'
clc_split prp/own-proposal
clc_split acc/first-contact-bit
cdc_twice dmb/data
cdc_twice dmb/data-to-a-client
END
tap_end
