#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A case that passes has seen something, and has seen it in time: a stand-in for the stack is too early, too late, or does
# nothing that could be looked at; and a known deviation excuses itself and no other. Usage: blind_test.sh SMC-REPLAY. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"
# Below the ports that the kernel gives to connections, and not those of the tests that run beside this one.
port=$((5000 + RANDOM % 6000))

skip_without_bpf "$replay"

# judged STATUS TEXT JUDGE STACK [OPTION...]: the exit status of the steps JUDGE, played on a server that does STACK, and a line of it.
judged() {
	local wanted=$1 text=$2 pid status=0
	port=$((port + 1))
	printf 'smc-replay 1\n%b\n' "$3" >"$work/judge.smc"
	printf 'smc-replay 1\n%b\n' "$4" >"$work/stack.smc"
	timeout 30 "$replay" run --listen "127.0.0.1:$port" "$work/stack.smc" >"$work/stack" 2>&1 &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		[[ ! $(ss -Hltn "sport = :$port") ]] || break
		sleep 0.02
	done
	timeout 20 "$replay" run --role client --peer "127.0.0.1:$port" "${@:5}" "$work/judge.smc" >"$work/judged" 2>&1 || status=$?
	kill "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	[[ $status == "$wanted" ]] && grep -E -e "$text" "$work/judged" >/dev/null && return
	printf 'exit status %s\n%s\nstand-in:\n%s\n' "$status" "$(<"$work/judged")" "$(<"$work/stack")"
	return 1
}

proposal='client clc proposal\n\tproposal_hdr version=2 typev1=none typev2=smc_r\n\tproposal\n\tproposal_smcd\n\tv2_ext\n\tueid eid="A"\n\ttrailer'
decline='clc decline\n\tdecline_hdr version=2\n\tdecline\n\tdecline_v2\n\ttrailer'
timed='\n\tdecline_hdr version=2\n\tdecline\n\tdecline_v2\n\ttrailer'

# Lower bounds: what comes at once is red. An upper one is given time by a host that stands still, so it is generous here.
ok time__end_after judged 0 '^ok 1' "$proposal\nserver gone after=700" "client clc proposal\nserver wait 900\nserver eof"
ok time__end_too_early judged 1 'server gone: expected after 700 ms at the earliest, got it after [0-9]+ ms' \
	"$proposal\nserver gone after=700" "client clc proposal\nserver eof"
ok time__end_too_late judged 1 'server gone: expected before 200 ms, got it after [0-9]{4} ms' \
	"$proposal\nserver gone before=200" "client clc proposal\nserver wait 3000\nserver eof"
ok time__message_after judged 0 '^ok 1' "$proposal\nserver clc decline after=700$timed" "client clc proposal\nserver wait 900\nserver $decline"
ok time__message_too_early judged 1 'server clc: expected after 700 ms at the earliest' \
	"$proposal\nserver clc decline after=700$timed" "client clc proposal\nserver $decline"
# A wait of ours is no cause: the time counts from what was done before it.
ok time__counts_from_the_last_act judged 0 '^ok 1' "$proposal\nclient wait 800\nserver gone after=700" "client clc proposal\nserver wait 900\nserver eof"
# A timer that is longer than --time-scale lets a step wait is waited for all the same.
ok time__scale_does_not_cut_it judged 0 '^ok 1' "$proposal\nserver gone after=1500" "client clc proposal\nserver wait 1700\nserver eof" --time-scale 0.1

# The played end's silence looks at nothing.
ok silence__of_the_played_end judged 2 'judge.smc:4:1: expected client wait 500, found silent' \
	"play client\nserver gone\nclient silent 500" "server eof"
ok silence__of_the_stack judged 1 'server silent: expected nothing for 900 ms, got the end of the stream' \
	"$proposal\nserver silent 900\nserver gone" "client clc proposal\nserver wait 100\nserver eof"
ok silence__of_a_stack_that_sends judged 1 'server silent: expected nothing for 900 ms, got bytes' \
	"$proposal\nserver silent 900\nserver gone" "client clc proposal\nserver wait 100\nserver $decline"
# What only an application could say is not said by a stack elsewhere: the case has not run.
ok nothing_was_checked judged 77 'SKIP nothing was checked' "$proposal\nserver result none" "client clc proposal\nserver eof"

# A known deviation is the difference that it names.
wrong='server clc decline\n\tdecline_hdr version=2\n\tdecline diagnosis=0x03030000\n\tdecline_v2\n\ttrailer'
other='server clc decline\n\tdecline_hdr version=2\n\tdecline diagnosis=0x03030001\n\tdecline_v2\n\ttrailer'
right='server clc decline\n\tdecline_hdr version=2\n\tdecline diagnosis=0x03030002\n\tdecline_v2\n\ttrailer'
echo 'judge as client | decline.diagnosis: expected *, got no_usable_smc_device; | it always did' >"$work/known"
ok known__that_one judged 0 '^not ok 1 .* # TODO known deviation: it always did' "$proposal\n$right" "client clc proposal\n$wrong" --known "$work/known"
ok known__another_value judged 1 '^not ok 1 - judge as client$' "$proposal\n$right" "client clc proposal\n$other" --known "$work/known"
ok known__another_field judged 1 '^not ok 1 - judge as client$' "$proposal\n$right" "client clc proposal\n${wrong/decline_hdr version=2/decline_hdr version=2 out_of_sync=1}" --known "$work/known"
ok known__no_message judged 1 '^not ok 1 - judge as client$' "$proposal\n$right" "client clc proposal\nserver eof" --known "$work/known"
ok known__is_mended judged 1 '^not ok 1 .* # unexpected pass' "$proposal\n$right" "client clc proposal\n$right" --known "$work/known"

# Reports are well-formed whatever scripts are called, and no terminal obeys them.
reports() {
	local control
	judged 1 '^not ok 1' "$proposal\nserver gone before=1" "client clc proposal\nserver wait 300\nserver eof" >/dev/null || :
	printf 'smc-replay 1\ncase caf\351-\033]0;x\007<&>\n\tcovers \302\233-1\n%b\n' "$proposal\n$right" >"$work/judge.smc"
	port=$((port + 1))
	timeout 20 "$replay" run --role client --time-scale 0.1 --peer "127.0.0.1:$port" --json "$work/r.json" --junit "$work/r.xml" \
		"$work/judge.smc" >"$work/r.tap" 2>/dev/null || :
	control=$(LC_ALL=C grep -anP '[^\x20-\x7e\n\t]' "$work/r.json" "$work/r.xml" "$work/r.tap" || :)
	[[ ! $control ]] || { echo "$control" && return 1; }
	[[ $(jq -r '.cases[0].name' "$work/r.json") == 'judge/caf\xe9-\x1b]0;x\x07<&> as client' ]] || { cat "$work/r.json" && return 1; }
	[[ $(jq -r '.cases[0].covers[0]' "$work/r.json") == '\xc2\x9b-1' ]] || return 1
	! command -v xmllint >/dev/null || xmllint --noout "$work/r.xml" || return 1
	! command -v python3 >/dev/null || python3 -c 'import sys, xml.dom.minidom as m; sys.exit(len(m.parse(sys.argv[1]).getElementsByTagName("testcase")) != 1)' "$work/r.xml" || return 1
	! command -v prove >/dev/null || [[ $(prove -v -e cat "$work/r.tap" 2>&1) == *'Failed 1/1 subtests'* ]]
}
ok reports__are_well_formed reports
tap_end
