# SPDX-License-Identifier: GPL-2.0-or-later
# The head of the tests that ask tshark for fields. To be sourced; sets $here, $captures and $SMC_SYNTH.
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/tshark.sh"
: "${SMC_SYNTH:=$smcx_top/build/tests/synth/smc-synth}"
# shellcheck disable=SC2034 # of the tests
here=$smcx_top/tests/dissect captures=$smcx_top/captures
# Further ones of tshark; a test sets them where it needs to.
options=()

# values FILE FILTER FIELD...: of the frames that the filter lets through.
values() {
	local fields=() field
	for field in "${@:3}"; do
		fields+=(-e "$field")
	done
	smcx_tshark -r "$1" -Y "$2" ${options[@]+"${options[@]}"} -T fields "${fields[@]}" 2>&1
}
