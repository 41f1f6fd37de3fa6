#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each scenario of lab/scenarios on its kernels. One boot for as many as the kernel's state allows.
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
S=$TOP/lab/scenarios
count=0 failed=0
if ! command -v qemu-system-x86_64 >/dev/null; then
	echo "1..0 # SKIP qemu-system-x86_64 is missing"
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verdict NAME STATUS: with what was said, if it is a failure.
verdict() {
	count=$((count + 1))
	if [[ $2 == 0 ]]; then
		echo "ok $count - $1"
		return
	fi
	echo "not ok $count - $1"
	sed 's/^/# /' "$work/out"
	failed=$((failed + 1))
}

# in_vm KERNEL SCRIPT: what it says is in $work/out, its status in $status.
in_vm() {
	status=0
	"$TOP/lab/vm" --timeout 240 --log "$work/log" "$1" -- bash -c "$2" >"$work/out" 2>&1 || status=$?
}

# said NAME LINE: the VM said it.
said() {
	grep -q -e "$2" "$work/out"
	verdict "$1" $?
}

# cases KERNEL: of the scenario fallback.
cases() {
	"$S/fallback" --list | awk -v k="$1" '("," $2 ",") ~ ("," k ",") { print $1 }'
}

# fallback_cases KERNEL: each by its line.
fallback_cases() {
	local name
	for name in $(cases "$1"); do
		said "fallback__${name}_on_$1" "^fallback: ok: $name:"
	done
}

# One after the other in one boot; a failure ends it.
in_vm 6.12 "set -e
	$S/smcr-rxe
	echo 'step: abort'
	$S/smcr-rxe --connections 2 --close abort -d both --bytes 200k
	$S/fallback all"
said smcr_rxe__data_both_ways "^smcr-rxe: ok: SMC-R, 1 conn"
said smcr_rxe__abort_twice "^smcr-rxe: ok: SMC-R, 2 conn"
fallback_cases 6.12
verdict kernel_log__clean_on_6.12 "$status"

in_vm 6.12 "$S/smcr-rxe --no-ueid"
if [[ $status == 1 ]]; then
	said smcr_rxe__fails_without_ueid "FAILED: it is not SMCR"
else
	verdict smcr_rxe__fails_without_ueid 1
fi

in_vm 6.12-lo "set -e
	$S/loopback
	$S/loopback --ipv6 --close half -d both --bytes 300k
	$S/loopback-netns
	$S/fallback all"
said loopback__ipv4 "ok: SMC-D on 127.0.0.1"
said loopback__ipv6_half_close "ok: SMC-D on ::1"
said loopback_netns__data_both_ways "^loopback-netns: ok"
fallback_cases 6.12-lo
verdict kernel_log__clean_on_6.12-lo "$status"

in_vm 6.1 "$S/fallback all"
fallback_cases 6.1
verdict kernel_log__clean_on_6.1 "$status"

"$TOP/lab/vm-pair" --timeout 240 6.12 -- "$S/smcr-two-vms" --drop-group \
	--- "$S/smcr-two-vms" --drop-group >"$work/out" 2>&1
verdict smcr_two_vms__ends_link_group $?

echo "1..$count"
exit $((failed > 0))
