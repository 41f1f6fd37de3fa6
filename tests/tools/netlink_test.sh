#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that ask the kernel for SMC's sockets, groups, devices and counters, before a stand-in for the kernel's side
# (fake_netlink.c): smc-ctl, what smc-trace begins with, and what smc-replay compares. All that they print, beside digests
# of what they have printed before.
#
#   netlink_test.sh FOLDER-OF-THE-TOOLS FAKE_NETLINK SNAPSHOT COUNTERS [update]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$1 fake=$2 snapshot=$3 counters=$4
. "$here/../tap.sh"
export LC_ALL=C.UTF-8 TZ=UTC

exec {list}>"$work/list"
# show NAME [VARIABLE=VALUE...] COMMAND...: output, errors and status, with the stand-in.
show() {
	local words=("LD_PRELOAD=$fake" "${@:2}")
	printf '%s\t%s\n' "$1" "${words[*]@Q}" >&"$list"
}
# By its name alone, since argp breaks its lines by the length of it.
PATH=$tools:$PATH ctl=smc-ctl

for command in 'ueid list' 'seid show' 'pnet show' diag 'diag --listen' stats devices lgr links info; do
	# shellcheck disable=SC2086 # words
	{
		show "ctl.text" "$ctl" $command
		show "ctl.json" "$ctl" $command --json
		show "ctl.none" FAKE_NETLINK_NONE=1 "$ctl" $command
		for error in 1 13 2 95 5; do
			show "ctl.error" FAKE_NETLINK_ERROR=$error "$ctl" $command
			show "ctl.error" FAKE_NETLINK_ERROR=$error FAKE_NETLINK_AT=1 "$ctl" $command
		done
		for short in 1 4 8 20; do
			show "ctl.short" FAKE_NETLINK_SHORT=$short "$ctl" $command --json
		done
		for only in 3 4 5 6 7 8; do
			show "ctl.only" FAKE_NETLINK_ERROR=95 FAKE_NETLINK_ONLY=$only "$ctl" $command
		done
	}
done
for error in 0 1 2 11 17 22 34 95; do
	for command in 'ueid add A.B-1' 'ueid add A --if-missing' 'ueid del A' 'ueid flush' 'seid enable' 'seid disable' \
		'pnet add NET1 --eth eth0' 'pnet add NET1 --ib mlx5_0' 'pnet add NET1 --ib mlx5_0:2 --if-missing' 'pnet add NET1 --smcd ism0' \
		'pnet add NET1 --eth eth0 --ib rxe0' 'pnet del NET1' 'pnet flush'; do
		# shellcheck disable=SC2086
		show "ctl.change" FAKE_NETLINK_ERROR=$error "$ctl" $command
	done
done
for command in 'ueid add' 'ueid list x' 'ueid del' 'ueid flush A' 'ueid x A' 'ueid x' 'ueid add A B' 'seid x' 'seid show x' 'pnet add NET1' \
	'pnet add NET1 --ib a --smcd b' 'pnet add' 'pnet show x' 'pnet del' 'pnet flush x' 'pnet add A B --eth e' 'pnet x' 'pnet add N --ib a:0' \
	'pnet add N --ib a:256' 'pnet add N --ib a:255' 'pnet add N --ib a:x' 'diag x' --help --usage '' 'ueid --help' 'pnet --help' 'diag --help' \
	'wait --help' 'stats --help' 'wait --timeout x' 'wait --timeout -1' 'wait --timeout 86401' 'wait --interval 0' 'wait --interval 60001' \
	'wait --port 0' 'wait --port 65536' 'wait --count -1' 'wait --count 1000001' 'wait --reason x' 'wait --reason 100000000' 'wait --stat x' \
	"ueid add $(printf 'A%.0s' {1..32})" "ueid add $(printf 'A%.0s' {1..33})" 'ueid add -- -A' 'ueid add Z9' 'ueid add 0' 'ueid add a' 'ueid add A_' \
	'ueid add A@' 'ueid add A[' 'ueid add A/' 'ueid add A:' 'ueid add @A' 'ueid add [A' 'ueid add /' 'ueid add :'; do
	# shellcheck disable=SC2086
	show "ctl.usage" "$ctl" $command
done
# Of ten sockets so many are as is wanted.
for wanted in '--mode smcr' '--mode SMCD --count 2' '--mode smcd --count 3' '--mode tcp --exactly' '--mode smcd --exactly --count 1' '--state active' \
	'--state LISTEN --count 2' '--state listen --count 3' '--state INIT --gone' '--state PROCESSABORT --gone' '--port 80' '--port 40001' \
	'--port 81 --mode smcr' '--port 9' '--port 80 --state listen' '--reason 3010000' '--reason 0x03010000 --mode tcp' '--reason 0' '--count 0' '--count 8' '--count 9' \
	'--count 7 --exactly' '--device mlx5_0' '--device rxe0' '--device mlx5_2' '--device ism0' '--device 0000:02:00.0' '--device MLX5_0' \
	'--device none' '--stat smcd.rx_bytes=1' '--stat smcd.tx_rmb.full=9999999999' '--stat smcr.rx_count=0x10' '--stat x=1' '--stat smcd=1' \
	'--stat smcd.x=1' '--stat fallback=1' '--stat client_handshake_errors=2 --mode smcr' '--device ism0 --stat smcd.rx_bytes=1 --mode tcp' \
	'--device none --mode smcr' '--gone' '--exactly' ''; do
	# shellcheck disable=SC2086
	show "ctl.wait" "$ctl" wait --timeout 0.01 --interval 1 $wanted
done
show "ctl.wait" FAKE_NETLINK_NONE=1 "$ctl" wait --timeout 0 --mode smcr
show "ctl.wait" FAKE_NETLINK_ERROR=1 "$ctl" wait --timeout 0 --device x
show "ctl.wait" FAKE_NETLINK_ERROR=5 "$ctl" wait --timeout 0 --stat x=1
show "ctl.wait" FAKE_NETLINK_GROWS=1 "$ctl" wait --timeout 60 --interval 1 --stat client_handshake_errors=4294968000

# What a trace begins with.
show snapshot "$snapshot"
show snapshot.none FAKE_NETLINK_NONE=1 "$snapshot"
for error in 1 95; do
	show snapshot.error FAKE_NETLINK_ERROR=$error "$snapshot"
	show snapshot.error FAKE_NETLINK_ERROR=$error FAKE_NETLINK_AT=1 "$snapshot"
done
for short in 1 4 8 20; do
	show snapshot.short FAKE_NETLINK_SHORT=$short "$snapshot"
done
# What a case is compared with.
show counters "$counters"
show counters.grow FAKE_NETLINK_GROWS=1 "$counters"
show counters.none FAKE_NETLINK_NONE=1 "$counters"
for only in 1 2 3 4 5 7 8 9; do
	show counters.error FAKE_NETLINK_ERROR=5 FAKE_NETLINK_ONLY=$only "$counters"
done
for short in 1 4 8 20; do
	show counters.short FAKE_NETLINK_SHORT=$short "$counters"
done
"$here/../outputs.py" "${5-check}" "$here/netlink.digests" "$fake=fake" "$tools/=" "$snapshot=snapshot" "$counters=counters" <"$work/list"
