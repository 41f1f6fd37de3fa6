# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of smc-trace in a VM share. To be sourced, with $TOP and $T (smc-trace) set.
# Each calls itself in the VM with the kernel and "in-vm".
# shellcheck shell=bash disable=SC2034,SC2154 # T, TOP, and what tap.sh sets; $child is for the tests

# ---- in the VM ------------------------------------------------------------------------

stage() {
	echo "stage: $* after $SECONDS s"
}

# until_true COMMAND...: a minute at most.
until_true() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "not after a minute: $*" >&2
	return 1
}

# start_trace NAME OPTION...: writes NAME.trace; sets $tracer and $child.
start_trace() {
	trace=$SMCKIT_OUT/$1
	shift
	"$T" -w "$trace.trace" -q "$@" >"$trace.out" 2>"$trace.err" &
	tracer=$!
	if ! until_true grep -q "tracing" "$trace.err"; then
		cat "$trace.err" >&2
		return 1
	fi
	child=$(pgrep -P "$tracer")
}

stop_trace() {
	local status=0
	kill -INT "$tracer"
	wait "$tracer" || status=$?
	echo "$status" >"$trace.status"
}

# ---- on the host ----------------------------------------------------------------------

# begin_host: sets $out, which is the VM's $SMCKIT_OUT.
begin_host() {
	local tool
	. "$TOP/tests/tap.sh"
	for tool in qemu-system-x86_64 tshark capinfos jq "$@"; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing"
	done
	[[ -x $T ]] || skip_all "$T is missing: build it"
	out=$work/out
	mkdir "$out"
}

# in_vm TIMEOUT KERNEL: this test, there; sets $lab_status.
in_vm() {
	lab_status=0
	"$TOP/lab/vm" --timeout "$1" --out "$out" --log "$work/log" "$2" -- "$0" "$2" in-vm \
		>"$work/said" 2>&1 || lab_status=$?
	is vm__status "$lab_status" 0
	note "$(grep ^stage: "$work/said")"
	[[ $lab_status == 0 ]] || note "$(tail -n 40 "$work/said")"
}

# says NAME PATTERN FILE
says() {
	ok "$1" grep -E -e "$2" "$out/$3" || sed '10q; s/^/#   /' "$out/$3"
}

status_of() {
	is "$1__status" "$(cat "$out/$1.status" 2>&1)" "$2"
}

# show NAME: the ways of looking at a file of events.
show() {
	"$T" read -x "$out/$1.trace" >"$work/$1.text"
	"$T" read --json "$out/$1.trace" >"$work/$1.json"
	"$T" stats "$out/$1.trace" >"$work/$1.stats"
	"$T" why "$out/$1.trace" >"$work/$1.why"
}

# counters_add_up NAME: each event that was seen is accounted for, and every stored one was sent.
counters_add_up() {
	jq -es '(map(select(.kind == 32)) | last.message.ev_counter) as $c | ($c | length > 0) and
		all($c[]; .seen == .filtered + .sent + .full + .unreadable) and
		([.[] | select(.kind != 32 and .hook != 0)] | length) == ([$c[].sent] | add // 0)' \
		"$work/$1.json"
}

# lost_nothing NAME
lost_nothing() {
	jq -es '[.[] | .message.ev_counter[]?] | all(.full == 0 and .unreadable == 0 and .truncated == 0)' \
		"$work/$1.json" && grep -q " 0 lost$" "$out/$1.err" && ! grep contradict "$out/$1.err"
}

# session NAME
session() {
	status_of "$1" 0
	ok "$1__file_is_valid" capinfos "$out/$1.trace"
	ok "$1__file_is_read" show "$1"
}

complete() {
	ok "$1__counters_add_up" counters_add_up "$1"
	ok "$1__nothing_is_lost" lost_nothing "$1"
}
