#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Attempts of other users of the host against a trace, and Wireshark's toolbar, whose pipes somebody else writes to: names of
# rotated files that are taken, programs that look like those that unload modules, a filter that changes.
# Attempts of a reader that has dropped its privileges are in privs_test.c, those of a peer against the metrics in
# metrics_test.c, and files and pipes one by one in files_test.c.
#
# Usage: strangers_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"

# ---- in the VM ------------------------------------------------------------------------

# Every name of the minute is taken, by a file, a folder, a link or a pipe; a new one begins every other second.
guest_rotation() {
	mkdir -m 1777 /run/shared
	chmod 755 /run
	setpriv --reuid 65534 --regid 65534 --clear-groups bash -c 'cd /run/shared || exit
		for i in {00..59}; do
			case $((10#$i % 4)) in
			0) : >"v-$i.pcapng" ;;
			1) mkdir "v-$i.pcapng" ;;
			2) ln -s /etc/victim "v-$i.pcapng" ;;
			3) mkfifo -m 666 "v-$i.pcapng" ;;
			esac
		done'
	"$T" -q -w '/run/shared/v-%S.pcapng' -G 2 2>"$SMCKIT_OUT/rotation.said" &
	tracer=$!
	until_true grep -q tracing "$SMCKIT_OUT/rotation.said"
	for _ in 1 2 3 4 5 6; do
		both 6021 smc smc
		sleep 1
	done
	kill -INT "$tracer"
	refused rotation wait "$tracer"
	find /run/shared -type f -name 'v-*' -user root -exec "$T" read --json {} ';' >"$SMCKIT_OUT/rotation.json"
	find /run/shared -type f -name 'v-*' -user root | wc -l >"$SMCKIT_OUT/rotation.files"
	ls /etc/victim >"$SMCKIT_OUT/rotation.victim" 2>/dev/null || :
}

# As Wireshark does it: a pipe for packets and two for the toolbar, which takes one port only from then on.
guest_toolbar() {
	local packets
	mkfifo /run/packets /run/toolbar.in /run/toolbar.out
	cat /run/packets >"$SMCKIT_OUT/toolbar.trace" &
	packets=$!
	"$T" --capture --extcap-interface smc --fifo /run/packets --extcap-control-in /run/toolbar.in \
		--extcap-control-out /run/toolbar.out 2>"$SMCKIT_OUT/toolbar.err" &
	tracer=$!
	cat /run/toolbar.out >"$SMCKIT_OUT/toolbar.told" &
	until_true grep -q tracing "$SMCKIT_OUT/toolbar.err"
	both 6070 smc smc
	sleep 1
	printf 'T\0\0\6\1\0016071' >/run/toolbar.in
	sleep 1
	both 6070 smc smc
	both 6071 smc smc
	printf 'T\0\0\2\2\1' >/run/toolbar.in
	until_true grep -aq observed: "$SMCKIT_OUT/toolbar.told"
	kill -INT "$tracer"
	refused toolbar wait "$tracer"
	wait "$packets"
}

# Programs of nobody's, and of somebody who is root of a namespace of his own, that look like those that unload modules.
guest_blinding() {
	local loops=() program
	for program in rmmod modprobe; do
		cp /bin/cat "/run/$program"
		chmod 755 "/run/$program"
		setpriv --reuid 65534 --regid 65534 --clear-groups bash -c \
			"while :; do /run/$program /sys/module/smc/refcnt; unshare -U -r /run/$program /sys/module/smc/refcnt; done" \
			>/dev/null 2>&1 &
		loops+=($!)
	done
	start_trace blinding --strict
	serve 6050 smc 10
	for _ in {1..10}; do ask 6050 smc; done
	wait "$server"
	kill "${loops[@]}"
	sleep 0.3
	stop_trace
}

guest() {
	begin_guest
	guest_rotation
	stage rotation
	guest_blinding
	stage blinding
	guest_toolbar
	stage toolbar
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host
in_vm 600 "$kernel"
is rotation__status "$(<"$out/rotation.status")" 0
is rotation__every_connection "$(jq -r 'select(.kind == 23).kind' "$out/rotation.json" | wc -l)" 12
ok rotation__several_files test "$(<"$out/rotation.files")" -ge 3
is rotation__no_link_is_followed "$(<"$out/rotation.victim")" ""
is toolbar__status "$(<"$out/toolbar.status")" 0
is toolbar__takes_the_port_from_then_on "$("$T" read --json "$out/toolbar.trace" 2>/dev/null |
	jq -r 'select(.kind == 21) | [.local_port, .peer_port] | map(select(. >= 6070 and . <= 6071))[0]' | sort | uniq -c | xargs)" "2 6070 2 6071"
ok toolbar__counters_add_up jq -es '[.[].message.ev_counter[]?] | length > 0 and all(.seen == .filtered + .sent + .full + .unreadable)' \
	<<<"$("$T" read --json "$out/toolbar.trace" 2>/dev/null)"
status_of blinding 0
says blinding__nothing_is_lost ' 0 lost$' blinding.err
is blinding__it_is_not_misled "$(grep -c 'let go\|lets go' "$out/blinding.err")" 0
is blinding__both_ends_of_all "$("$T" read --json "$out/blinding.trace" | jq -r 'select(.kind == 23).kind' | wc -l)" 20
tap_end
