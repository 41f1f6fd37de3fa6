#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace --cgroup on a live kernel: strangers cannot fill the rings, however small these are and however
# long nobody reads them; folders that are made later count, and sockets that were there before.
#
# Usage: cgroup_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"

# ---- in the VM ------------------------------------------------------------------------

# in_folder FOLDER COMMAND...: in the background only, since the shell becomes the command.
in_folder() {
	echo "$BASHPID" >"$1/cgroup.procs"
	exec "${@:2}"
}

# While the reader is stopped: strangers, then one connection that is wanted, then strangers again.
guest() {
	local pod=/sys/fs/cgroup/pod
	begin_guest
	mkdir -p "$pod/earlier"
	rm -f /run/older.ready /run/hold
	in_folder "$pod/earlier" smc-xfer server -p 7003 -b 127.0.0.1 -n 1 -t 300 --hold-file /run/hold --text hi --ready-file /run/older.ready >/dev/null &
	until_true test -s /run/older.ready
	start_trace cgroup --cgroup "$pod" --control-ring 16 --cdc-ring 4
	kill -STOP "$child"
	transfer stranger_before -d both -B 4m -m 2000 -n 1
	mkdir "$pod/later"
	run=(in_folder "$pod/later")
	port=7001 transfer wanted --text hi
	run=()
	transfer stranger_after -d both -B 4m -m 2000 -n 1
	kill -CONT "$child"
	touch /run/hold
	smc-xfer client -p 7003 -t 300 --text hi --hold-file /run/hold 127.0.0.1 >/dev/null
	sleep 1
	stop_trace
	stat -c %i "$pod/earlier" "$pod/later" >"$SMCKIT_OUT/folders"
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host
in_vm 600 "$kernel"
session cgroup
ok cgroup__counters_add_up counters_add_up cgroup
ok cgroup__strangers_filled_no_ring lost_nothing cgroup
ok cgroup__strangers_were_seen_and_filtered jq -es '[.[] | .message.ev_counter[]? | .filtered] | add > 1000' "$work/cgroup.json"
is cgroup__no_event_is_a_strangers "$(jq -r 'select(.cgroup != 0) | .cgroup' "$work/cgroup.json" | sort -u | grep -vxFf "$out/folders" || :)" ''
# Both ends are in the folder that was made later, and one in the folder that is older than the trace.
is cgroup__ends_that_are_wanted "$(jq -r 'select(.kind == 23) | .cgroup' "$work/cgroup.json" | sort | uniq -c | awk '{ print $1 }' | sort | xargs)" '1 2'
ok cgroup__their_cdc_is_there jq -es '[.[] | select(.kind == 3)] | length >= 6' "$work/cgroup.json"
tap_end
