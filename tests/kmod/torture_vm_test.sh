#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod_torture in a VM: SMC on both ends, SMC and TCP, by AF_SMC and by IPPROTO_SMC, IPv4 and IPv6.
#
# Usage: torture_vm_test.sh [smcx-]KERNEL quick|short|full
#
# full is what the module has to stand: at least 15 minutes, a GiB that is verified, 2,000 connections open at the same
# time, 50,000 short ones, and each fault knob on for a minute, with as many others as go together. On debug, which
# makes some ten connections a second, short ones are fewer.
#
# The kernel's own stack has known deviations, which in-tree.deviations explains; smcx.ko has none.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-6.12-lo}"
size=${2-short}

if [[ ${3-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	status=0
	"$TOP/lab/vm" --mem 4096 --timeout 6000 "$kernel" -- "$0" "${1-6.12-lo}" "$size" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

PATH=$TOP/build/tests/kmod:$TOP/build/lab/tools:/usr/sbin:$PATH
begin=$SECONDS knobs_at_once=1 minutes=0
if [[ $size == full ]]; then
	seconds=120 some=30 bytes=1G shorts=50000 many=2000 knob_seconds=60 knobs_at_once=7 minutes=15
	[[ $kernel != debug ]] || some=10 shorts=1000
elif [[ $size == short ]]; then
	seconds=10 some=4 bytes=64M shorts=300 many=200 knob_seconds=2
else
	seconds=4 some=2 bytes=16M shorts=200 many=100 knob_seconds=0
fi
# SMCKIT_KNOBS, a regular expression, chooses among the fault knobs.
[[ ! ${SMCKIT_KNOBS-} || $knob_seconds != 0 ]] || knob_seconds=2
in_tree=()
[[ $module ]] || in_tree=(--no-more --deviations "$TOP/tests/kmod/in-tree.deviations")
load_stack

# torture OPTION...: passes; its summary is shown.
torture() {
	local status=0
	kmod_torture --patience 120 "${in_tree[@]}" "$@" >"$work/summary" || status=$?
	((status == 0)) && return
	cut -c 1-300 "$work/summary"
	return 1
}

# run NAME COMMAND...: a case, and what it came to.
run() {
	ok "$@"
	note "$(grep -E '^torture: (seed=|deviation)' "$work/summary" | cut -c 1-250)"
}

stat_of() {
	smc-ctl stats | sed -n "s/^$1=//p"
}

# by_smc COMMAND...: and at least every second connection of it was SMC-D, by the kernel's own count.
by_smc() {
	local before after
	before=$(stat_of smcd.client_v2)
	"$@" || return 1
	after=$(stat_of smcd.client_v2)
	made=$(sed -n 's/^torture: seed=.* connections=\([0-9]*\).*/\1/p' "$work/summary")
	((after - ${before:-0} >= made / 2 && made > 0)) && return
	echo "$made connections, the kernel counts $((after - ${before:-0})) of SMC-D"
	return 1
}

# unload: the stack, if nobody uses it.
unload() {
	if [[ $module ]]; then
		rmmod smcx
	else
		{ [[ ! -e /sys/module/smc_diag ]] || rmmod smc_diag; } && rmmod smc
	fi
}

# gone: nothing is left of all of them, so the module can go, too; a socket's use of it ends a moment after the socket.
# A slab that has objects still would be reported in the log.
gone() {
	local end=$((SECONDS + 90)) left=''
	while ((SECONDS < end)); do
		left=$(smc-ctl diag) || return 1
		[[ $left == *_port=* ]] || ! unload 2>"$work/unload" || return 0
		sleep 0.5
		[[ ! -e /sys/module/smc ]] || modprobe smc_diag
	done
	if [[ ! $module && $left != *_port=* ]]; then
		note "deviation stays: $(awk '$1 == "smc" { print $3 - 1 }' /proc/modules) users of the module beside smc_diag, which nothing shows"
		return
	fi
	sed -n 1,10p <<<"$left"
	cat "$work/unload"
	return 1
}

# Steps whose failure nobody notices but by the fallback to TCP, and what is allowed.
readonly KNOBS=/sys/kernel/debug/smcx/fault
unnoticed=" dmb_alloc dmb_register dmb_attach lgr_create lgr_join no_option no_eid clc_split"
unnoticed+=" prop_chid acc_gid acc_token cdc_flags cdc_twice "

# A packet a byte, on a kernel that checks so much, may take longer than a handshake has.
[[ $kernel != debug ]] || unnoticed=${unnoticed/ clc_split / }

# never_hit NAME...: those of the knobs that were not.
never_hit() {
	local name hits
	for name in "$@"; do
		read -r _ _ _ hits <"$KNOBS/$name"
		((hits > 0)) || echo "$name"
	done
}

# with_knobs NAME...: turned on every few times, all at once, each is hit, no byte is wrong, and nobody waits in vain.
# A slow machine may reach in a second or third try what it does not reach in the first.
with_knobs() {
	local every=7 faults=(--declines) name try status=0
	for name in "$@"; do
		# Not in step with each other: the first one would keep the others from their turn.
		[[ $# == 1 ]] || every=$((every + 6))
		[[ $unnoticed == *" $name "* ]] || faults=(--faults)
		if [[ $name == cdc_* || $name == conn_abort ]]; then
			echo "-1 $((every + 16))" >"$KNOBS/$name"
		else
			echo "-1 $every" >"$KNOBS/$name"
		fi
	done
	# A link group is made when there is none to join.
	[[ " $* " != *' lgr_create '* ]] || echo -1 >"$KNOBS/lgr_join"
	for try in 1 2 3 4 5; do
		torture --proto smc --seed "$((7 + try))" --connections 60 --seconds "$knob_seconds" "${faults[@]}" || status=1
		[[ $status == 0 && $(never_hit "$@") ]] || break
	done
	for name in "$@" lgr_join; do
		echo 0 >"$KNOBS/$name"
	done
	for name in $(never_hit "$@"); do
		echo "$name is never hit"
		status=1
	done
	return "$status"
}

# no_buffer: within the time that a handshake waits for a peer.
no_buffer() {
	local end=$((SECONDS + 30))
	while ((SECONDS < end)); do
		! grep -x 'dmbs 0' /sys/kernel/debug/smcx/counts || return 0
		sleep 0.2
	done
	cat /sys/kernel/debug/smcx/counts
	return 1
}

run random__tcp torture --seed 1 --seconds "$some"
run random__smc by_smc torture --proto smc --seed 2 --seconds "$seconds"
run random__smc_every_byte by_smc torture --proto smc --seed 10 --pumps 2 --seconds 1 --verify-bytes "$bytes"
run random__ipproto_smc_by_both_families by_smc torture --proto ipproto --family both --seed 3 --seconds "$some"
run random__smc_to_tcp torture --proto smc --peer tcp --seed 4 --seconds "$some"
run random__tcp_to_smc torture --proto tcp --peer ipproto --seed 5 --seconds "$some"
run random__mixed torture --proto smc --peer mixed --seed 6 --seconds "$some"
run short__smc by_smc torture --proto smc --short "$shorts"
run short__mixed torture --proto ipproto --peer mixed --short $((shorts / 10))
# So many, on a kernel that checks so much, keep a handshake waiting for more than its seconds.
clc_wait=/sys/module/smcx/parameters/clc_wait
[[ ! $module ]] || echo 120 >"$clc_wait"
run concurrent__smc by_smc torture --proto smc --concurrent "$many" --seed 7
[[ ! $module ]] || echo 6 >"$clc_wait"
if [[ -e $KNOBS && $knob_seconds != 0 ]]; then
	mapfile -t knobs < <(cut -f 1 "$KNOBS/list" | grep -Ex "${SMCKIT_KNOBS-.*}")
	# Behind the last CLC message a byte is the application's, and a knob beside it may make any message the last.
	if ((knobs_at_once > 1)) && [[ " ${knobs[*]} " == *' clc_garbage '* ]]; then
		run knob__clc_garbage with_knobs clc_garbage
		mapfile -t knobs < <(printf '%s\n' "${knobs[@]}" | grep -vx clc_garbage)
	fi
	for ((i = 0; i < ${#knobs[@]}; i += knobs_at_once)); do
		some_knobs=("${knobs[@]:i:knobs_at_once}")
		name=knob__${some_knobs[0]}
		((${#some_knobs[@]} == 1)) || name+=_to_${some_knobs[-1]}
		run "$name" with_knobs "${some_knobs[@]}"
	done
	run knob__all_is_well_afterwards by_smc torture --proto smc --seed 9 --seconds "$some"
fi
left=$((minutes * 60 - SECONDS + begin))
((left <= 0)) || run random__the_rest_of_the_time by_smc torture --proto smc --seed 11 --seconds "$left"
[[ ! -e $KNOBS ]] || ok sockets__no_buffer_is_left no_buffer
ok sockets__none_is_left_and_the_module_goes gone
[[ ! -e /sys/kernel/debug/kmemleak ]] || ok memory__none_is_lost no_leak

# Cases that cannot be tried, says in-tree.deviations: if it can one day, the file is to be changed.
hangs() {
	local status=0
	kmod_torture --patience 10 --workers 8 --seconds 60 --fail-fast --proto smc "$@" >"$work/summary" || status=$?
	[[ $status == 3 ]] || grep -q 'BROKEN stuck' "$work/summary" && return
	cat "$work/summary"
	return 1
}

# Byte by byte, twice round a receive buffer of the default size and more.
mark_without_urgent() {
	python3 - <<-'END'
		import fcntl, socket, struct
		IPPROTO_SMC, SIOCATMARK, BUFFER = 256, 0x8905, 65536
		listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SMC)
		listener.bind(("127.0.0.1", 0))
		listener.listen(1)
		client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SMC)
		client.connect(listener.getsockname())
		server = listener.accept()[0]
		marks = []
		for got in range(5 * BUFFER // 2):
		    if got % 1000 == 0:
		        client.sendall(bytes(1000))
		    server.recv(1)
		    if struct.unpack("i", fcntl.ioctl(server, SIOCATMARK, bytes(4)))[0]:
		        marks.append(got + 1)
		print("at a mark behind byte", marks)
		assert marks
	END
}

if [[ ! $module && $size == full ]]; then
	modprobe smc
	modprobe smc_diag
	smc-ctl ueid add --if-missing SMCKIT.LAB
	in_tree=()
	ok in_tree__keeps_what_is_sent_with_more hangs --seed 1 \
		--deviations "$TOP/tests/kmod/in-tree.deviations"
	ok in_tree__has_a_mark_without_urgent_data mark_without_urgent
fi
tap_end
