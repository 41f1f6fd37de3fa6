#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Both ends of a connection learn of each other's system by the first contact, and netlink shows it. In a VM with smcx.ko: the
# device has another GID meanwhile, so contact is first.
set -euo pipefail

readonly node=/sys/kernel/debug/smcx/gid
[[ -e $node ]] || mount -t debugfs none /sys/kernel/debug
old=$(<"$node") new=$(</proc/sys/kernel/random/uuid)
trap 'echo "$old" >"$node"' EXIT
echo "$new" >"$node"
kmod_limits smc carry 1 1000
half=${new//-/}
half=0x${half:0:16}
groups=$(smc-ctl lgr --json)
jq -e --arg gid "$half" 'map(select(.gid == $gid)) | length == 2 and all(.v2.os == 2 and .v2.release == 1)' <<<"$groups" >/dev/null || {
	printf '%s\n' "$groups"
	exit 1
}
