#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each scenario of lab/scenarios on its kernels. Without an argument on 6.12 and 6.12-lo, one boot each;
# "slow": on Debian's other kernels, in two VMs, and what has to fail; "7.2": on the one built whole.
# One boot for as many as the kernel's state allows.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
S=$TOP/lab/scenarios
command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"

# in_vm KERNEL SCRIPT: what it says is in $work/out, its status in $status.
in_vm() {
	status=0
	"$TOP/lab/vm" --timeout 240 --log "$work/log" "$1" -- bash -c "$2" >"$work/out" 2>&1 || status=$?
}

# ended STATUS: the VM did so.
ended() {
	[[ $status == "$1" ]] && return
	cat "$work/out"
	return 1
}

# said LINE: the VM said it.
said() {
	grep -q -e "$1" "$work/out" && return
	cat "$work/out"
	return 1
}

# cases KERNEL: of the scenario fallback.
cases() {
	"$S/fallback" --list | awk -v k="$1" '("," $2 ",") ~ ("," k ",") { print $1 }'
}

# fallback_cases KERNEL: each by its line.
fallback_cases() {
	local name
	for name in $(cases "$1"); do
		ok "fallback__${name}_on_$1" said "^fallback: ok: $name:"
	done
}

if [[ ${1-} == 7.2 ]]; then
	in_vm 7.2 "set -e
		$S/loopback
		$S/loopback-netns
		$S/smcr-rxe
		echo 'step: abort'
		$S/smcr-rxe --connections 2 --close abort -d both --bytes 200k
		$S/fallback all"
	ok loopback__on_7.2 said "ok: SMC-D on 127.0.0.1"
	ok loopback_netns__on_7.2 said "^loopback-netns: ok"
	ok smcr_rxe__on_7.2 said "^smcr-rxe: ok: SMC-R, 1 conn"
	ok smcr_rxe__abort_twice_on_7.2 said "^smcr-rxe: ok: SMC-R, 2 conn"
	fallback_cases 7.2
	ok kernel_log__clean_on_7.2 ended 0
	in_vm 7.2 "$S/loopback && $S/smcr-rxe && $S/loopback --no-ueid"
	fails_without_ueid() {
		ended 1 && said "FAILED: it is not SMCD"
	}
	ok loopback__after_smcr_without_ueid_fails_on_7.2 fails_without_ueid
	in_vm 7.2 "$S/smcr-rxe --drop-group"
	ok smcr_rxe__says_that_groups_stay_on_7.2 said "FAILED: SMC is built into 7.2"
	ok smcr_two_vms__on_7.2 "$TOP/lab/vm-pair" --timeout 240 7.2 -- \
		"$S/smcr-two-vms" --- "$S/smcr-two-vms"
	tap_end
fi

if [[ ${1-} == slow ]]; then
	in_vm 6.12 "$S/smcr-rxe --no-ueid"
	fails_without_ueid() {
		ended 1 && said "FAILED: it is not SMCR"
	}
	ok smcr_rxe__fails_without_ueid fails_without_ueid

	in_vm 6.1 "$S/fallback all"
	fallback_cases 6.1
	ok kernel_log__clean_on_6.1 ended 0

	ok smcr_two_vms__ends_link_group "$TOP/lab/vm-pair" --timeout 240 6.12 -- \
		"$S/smcr-two-vms" --drop-group --- "$S/smcr-two-vms" --drop-group
	ok smcr_two_vms__of_version_1 "$TOP/lab/vm-pair" --timeout 240 6.12-v1 -- "$S/smcr-two-vms" --v1 --- "$S/smcr-two-vms" --v1
	for lose in down delete; do
		ok "smcr_two_links__moves_after_$lose" "$TOP/lab/vm-pair" --timeout 300 6.12 -- \
			"$S/smcr-two-links" --lose "$lose" --- "$S/smcr-two-links" --lose "$lose"
	done
	tap_end
fi

# One after the other in one boot; a failure ends it.
in_vm 6.12 "set -e
	$S/smcr-rxe
	echo 'step: abort'
	$S/smcr-rxe --connections 2 --close abort -d both --bytes 200k
	echo 'step: loss'
	$S/smcr-rxe --loss 5 --rcvbuf 8k -d both --bytes 100k
	$S/fallback all"
ok smcr_rxe__data_both_ways said "^smcr-rxe: ok: SMC-R, 1 conn"
ok smcr_rxe__loses_packets said "^smcr-rxe: lost: [1-9][0-9]* RoCE packets"
ok smcr_rxe__abort_twice said "^smcr-rxe: ok: SMC-R, 2 conn"
fallback_cases 6.12
ok kernel_log__clean_on_6.12 ended 0

in_vm 6.12-lo "set -e
	$S/loopback
	$S/loopback --ipv6 --close half -d both --bytes 300k
	$S/loopback-netns
	$S/fallback all"
ok loopback__ipv4 said "ok: SMC-D on 127.0.0.1"
ok loopback__ipv6_half_close said "ok: SMC-D on ::1"
ok loopback_netns__data_both_ways said "^loopback-netns: ok"
fallback_cases 6.12-lo
ok kernel_log__clean_on_6.12-lo ended 0

tap_end
