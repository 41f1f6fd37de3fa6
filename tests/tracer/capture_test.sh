#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tracing without BPF: smc-trace gets the events of a file in place of the kernel's (fake_hooks.c). What it prints, writes and counts
# has to be what smc-trace says of that file, and what it says at its end what the hooks have counted.
#
# Prints TAP. EVENT_FILE is the program event_file of this folder, SMC_TRACE is smc-trace, FAKE_TRACE the one with such hooks.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
. "$here/../tap.sh"
: "${EVENT_FILE:=$top/build/tests/tracer/event_file}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
: "${FAKE_TRACE:=$top/build/tests/tracer/fake_trace}"

[[ $(id -u) == 0 ]] || skip_all "needs root"
[[ -r /sys/kernel/btf/vmlinux ]] || skip_all "/sys/kernel/btf/vmlinux cannot be read"
"$EVENT_FILE" "$work/all.pcapng"
export FAKE_EVENTS=$work/all.pcapng TZ=UTC
# The reader runs as a user that owns no file, so everybody may write there.
chmod 755 "$work"

# traced STATUS OPTION...: into $work/out and $work/err.
traced() {
	local wanted=$1 status=0
	shift
	timeout 60 "$FAKE_TRACE" "$@" >"$work/out" 2>"$work/err" || status=$?
	[[ $status == "$wanted" ]] || { echo "exit status $status" && cat "$work/err" && return 1; }
}
# Without what tracing itself adds: that it lets go of the module, and the facts that it begins with.
of_events() {
	grep -vE 'module smc is (released|there)|observed: |FAKE.EID' "$1" || :
}
same() {
	diff "$1" "$2" >"$work/diff" || { head -20 "$work/diff" && return 1; }
}
# as_read OPTION...: tracing prints what reading the file prints.
as_read() {
	traced 0 "$@" || return
	"$SMC_TRACE" read "$@" "$FAKE_EVENTS" >"$work/read" 2>/dev/null
	same <(of_events "$work/read") <(of_events "$work/out")
}
ok lines as_read
ok bytes as_read --hex
for kinds in clc llc cdc life clc,llc; do
	ok "kinds_$kinds" as_read --kinds "$kinds"
done
json() {
	traced 0 --json || return
	jq -es 'length > 50' "$work/out" >/dev/null || return
	"$SMC_TRACE" read --json "$FAKE_EVENTS" >"$work/read" 2>/dev/null
	same <(jq -c 'select(.kind_text != "facts" and (.text | test("released by|FAKE.EID|observed") | not))' "$work/read") \
		<(jq -c 'select(.kind_text != "facts" and (.text | test("released by|FAKE.EID|observed") | not))' "$work/out")
}
ok json json

# A file of it says the same again; on standard output as well.
file() {
	traced 0 -w "$work/trace.pcapng" "$@" || return
	"$SMC_TRACE" read "$work/trace.pcapng" >"$work/again" 2>/dev/null
	"$SMC_TRACE" read "$FAKE_EVENTS" >"$work/read" 2>/dev/null
	same <(of_events "$work/read") <(of_events "$work/again")
}
ok file file
ok file_quiet file -q
ok quiet_is_quiet test ! -s "$work/out"
stdout() {
	traced 0 -w - || return
	cp "$work/out" "$work/trace.pcapng"
	"$SMC_TRACE" read "$work/trace.pcapng" >"$work/again" 2>/dev/null
	same <(of_events "$work/read") <(of_events "$work/again")
}
ok file_on_standard_output stdout
nowhere() {
	traced 1 -w "$work/no/such/folder" && grep -F 'No such file or directory' "$work/err" >/dev/null
}
ok file_nowhere nowhere

# So many events, whether they are printed or not.
counted() {
	for n in 1 5 17; do
		FAKE_END=40 traced 0 -c "$n" || return
		[[ $(of_events "$work/out" | grep -vc 'counters:') == "$n" ]] || { cat "$work/out" && return 1; }
		FAKE_END=40 traced 0 -c "$n" -q -w "$work/trace.pcapng" || return
		[[ $("$SMC_TRACE" read "$work/trace.pcapng" 2>/dev/null >"$work/read"; of_events "$work/read" | grep -vc 'counters:') == "$n" ]] || { cat "$work/read" && return 1; }
	done
}
ok count counted

conns() {
	traced 0 conns || return
	"$SMC_TRACE" conns "$FAKE_EVENTS" >"$work/read" 2>/dev/null
	[[ -s $work/read ]] && same <(grep -oE '[0-9.:]+ -> [0-9.:]+|"local":"[^"]*"' "$work/read" | sort) \
		<(grep -oE '[0-9.:]+ -> [0-9.:]+|"local":"[^"]*"' "$work/out" | sort)
}
ok conns conns
# The screen that was drawn last is the one of the file.
top() {
	traced 0 top || return
	"$SMC_TRACE" stats "$FAKE_EVENTS" >"$work/read" 2>/dev/null
	grep -F "$(sed -n '/[0-9]/{p;q}' "$work/read" | cut -c1-20)" "$work/out" >/dev/null || { diff "$work/read" "$work/out" | head -30 && return 1; }
}
ok top top
metrics() {
	for by in process peer; do
		traced 0 -q --by "$by" --metrics "$work/traced.prom" || return
		"$SMC_TRACE" stats --by "$by" --metrics "$work/read.prom" "$FAKE_EVENTS" >/dev/null 2>&1
		same <(grep -vE 'observed|start_time' "$work/read.prom" | sort) <(grep -vE 'observed|start_time' "$work/traced.prom" | sort) || return
	done
	[[ $(find "$work" -name '*.prom*' | wc -l) == 2 ]]
}
ok metrics metrics

# What is lost, and what is not seen at all.
losses() {
	traced 0 && grep -F 'smc-trace: 1000 events seen, 10 filtered, 0 lost' "$work/err" >/dev/null || return
	FAKE_LOST=7 traced 0 && grep -F '1000 events seen, 10 filtered, 7 lost' "$work/err" >/dev/null &&
		grep -F 'smc_clc_wait_msg: 7 lost (7: ring full, 0: unreadable)' "$work/err" >/dev/null || { cat "$work/err" && return 1; }
	! grep -F contradict "$work/err" >/dev/null || return
	traced 0 --strict && FAKE_LOST=7 traced 3 --strict
}
ok losses losses
unseen() {
	FAKE_MISSING=1 traced 0 && grep -F 'smc-trace: warning: not everything is observed' "$work/err" >/dev/null || { cat "$work/err" && return 1; }
	FAKE_MISSING=1 traced 3 --strict && grep -F 'error: not everything is observed, and --strict is set' "$work/err" >/dev/null
}
ok unseen unseen
refused() {
	FAKE_FAILS=1 traced 1 && grep -F 'smc-trace: the fake cannot. it is a fake' "$work/err" >/dev/null
}
ok not_loaded refused
no_such_process() {
	traced 1 --pid 4194304 && grep -F 'there is no process 4194304' "$work/err" >/dev/null
}
ok no_such_process no_such_process

# doctored STATUS REGULAR-EXPRESSION...: each is one line of what doctor prints.
doctored() {
	local expression
	traced "$1" doctor || return
	for expression in "${@:2}"; do
		[[ $(grep -cE "^$expression\$" "$work/out") == 1 ]] || { echo "not once: $expression" && cat "$work/out" && return 1; }
	done
}
doctor() {
	local attached=('fentry/fake_one +attached' 'fentry/fake_other +attached')
	doctored 0 'privileges +root' "kernel's BTF +there" 'SMC +there' "${attached[@]}" '2 of 2 hooks attached' 'observed: .*not observed: nothing that was asked for' || return
	FAKE_STACK=smcx doctored 0 'SMC +there: smcx' "${attached[@]}" || return
	FAKE_MISSING=1 doctored 1 'fentry/fake_one +attached' 'fentry/fake_other +Operation not permitted' '1 of 2 hooks attached' 'observed: nothing / not .*' || return
	FAKE_FAILS=1 doctored 1 'fentry/fake_one +not tried' 'fentry/fake_other +not tried' '0 of 2 hooks attached' &&
		grep -Fx 'smc-trace: the fake cannot. it is a fake' "$work/err" >/dev/null || return
	FAKE_ABSENT=1 doctored 1 "${attached[@]}" 'fentry/fake_absent +this kernel does not have it' '2 of 3 hooks attached' || return
	! grep fake_of_smcx "$work/out" || return
	FAKE_ABSENT=1 FAKE_BTF=m doctored 1 "${attached[@]}" "fentry/fake_absent +not known: it may be the module's, which has no BTF" || return
	FAKE_ABSENT=1 FAKE_BTF=km doctored 1 "kernel's BTF +missing: CONFIG_DEBUG_INFO_BTF is needed and, in a container, /sys" \
		"fentry/fake_absent +not known without the kernel's BTF"
}
ok doctor doctor
doctor_without_smc() {
	FAKE_STACK=0 doctored 1 'SMC +not loaded: modprobe smc' && FAKE_STACK=-2 doctored 1 'SMC +this kernel has none \(CONFIG_SMC is not set\)' &&
		FAKE_STACK=-6 doctored 1 'SMC +not known: /sys is not mounted' && ! grep hooks "$work/out"
}
ok doctor_without_smc doctor_without_smc
lockdown() {
	FAKE_LOCKDOWN='none [integrity] confidentiality' doctored 0 'lockdown +integrity' && FAKE_LOCKDOWN='[none] integrity' doctored 0 'lockdown +none' &&
		FAKE_LOCKDOWN='none [' doctored 0 'lockdown +unknown' && FAKE_LOCKDOWN=' ' doctored 0 'lockdown +unknown' &&
		FAKE_LOCKDOWN='' doctored 0 'lockdown +off'
}
ok doctor_lockdown lockdown
not_there() {
	FAKE_BTF=k traced 1 && grep -F '/sys/kernel/btf/vmlinux cannot be read' "$work/err" >/dev/null &&
		FAKE_STACK=-2 traced 1 && grep -F 'this kernel has no SMC' "$work/err" >/dev/null || { cat "$work/err" && return 1; }
}
ok not_there not_there

# The module is let go of when somebody wants to unload it, and attached to again.
unload() {
	FAKE_END=16 traced 0 || return
	[[ $(grep -c 'module smc is released by smc-trace' "$work/out") == 1 && $(grep -c 'module smc is there, hooks attached' "$work/out") == 1 ]] || { cat "$work/out" && return 1; }
	grep -F 'wants to unload smc' "$work/err" >/dev/null && grep -F 'smc is there, attached again' "$work/err" >/dev/null &&
		grep -E 'without hooks for [0-9.]+ s while SMC was there' "$work/err" >/dev/null
}
ok unload unload

# A consumer that goes away, or that takes nothing, holds nothing up.
gone() {
	FAKE_END=100 timeout 20 "$FAKE_TRACE" 2>"$work/err" | head -n 1 >"$work/out"
	[[ ${PIPESTATUS[0]} == 0 && $(wc -l <"$work/out") == 1 ]] || { cat "$work/err" && return 1; }
}
ok consumer_is_gone gone
stuck() {
	mkfifo "$work/fifo"
	sleep 30 <"$work/fifo" &
	local sleeper=$! status=0
	FAKE_END=4 timeout 20 "$FAKE_TRACE" --json --hex >"$work/fifo" 2>"$work/err" || status=$?
	kill "$sleeper"
	[[ $status != 124 ]] || { cat "$work/err" && return 1; }
}
ok consumer_takes_nothing stuck

# The reader has no rights while it reads.
rights() {
	local keeper reader
	FAKE_END=20 "$FAKE_TRACE" -q >/dev/null 2>"$work/err" &
	keeper=$!
	for ((i = 0; i < 100; i++)); do
		! grep -F 'Ctrl-C ends it' "$work/err" >/dev/null || break
		sleep 0.05
	done
	reader=$(pgrep -P "$keeper")
	cat "/proc/$reader/status" >"$work/status"
	kill -INT "$keeper"
	wait "$keeper" || return
	grep -E '^CapEff:\s0+$' "$work/status" >/dev/null && grep -E '^Seccomp:\s2$' "$work/status" >/dev/null &&
		! grep -E '^Uid:.*\s0\s' "$work/status" >/dev/null
}
ok rights rights
killed() {
	local keeper status=0
	FAKE_END=100 "$FAKE_TRACE" -q >/dev/null 2>"$work/err" &
	keeper=$!
	for ((i = 0; i < 100; i++)); do
		! grep -F 'Ctrl-C ends it' "$work/err" >/dev/null || break
		sleep 0.05
	done
	pkill -KILL -P "$keeper"
	wait "$keeper" || status=$?
	[[ $status == 1 ]] && grep -F 'was ended by signal 9' "$work/err" >/dev/null || { cat "$work/err" && return 1; }
}
ok reader_is_killed killed
tap_end
