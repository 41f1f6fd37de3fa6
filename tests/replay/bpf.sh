# SPDX-License-Identifier: GPL-2.0-or-later
# SYNs with the option of SMC take root and BPF. To be sourced after tap.sh.
# shellcheck shell=bash

# skip_without_bpf SMC-REPLAY: ends the test where they cannot be sent. A program that ends in another way is no reason to skip.
skip_without_bpf() {
	local status=0
	[[ $(id -u) == 0 ]] || skip_all "needs root"
	printf 'smc-replay 1\nserver gone\n' >"$work/probe.smc"
	"$1" run --only nothing --peer 127.0.0.1:1 "$work/probe.smc" >"$work/probe" 2>&1 || status=$?
	[[ $status != 77 ]] || return 0
	if [[ $status == 2 ]] && grep '^smc-replay: could not .*BPF program.*: ' "$work/probe" >/dev/null; then
		skip_all "BPF is not permitted here: $(<"$work/probe")"
	fi
	fail "a run of nothing is a skip" "exit status $status: $(<"$work/probe")"
	tap_end
}
