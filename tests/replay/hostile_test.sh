#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile peers: whatever they send, smc-replay ends in time, with a verdict. Usage: hostile_test.sh SMC-REPLAY.
# TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"
# Below the ports that the kernel gives to connections, and not those of can_fail_test.sh: they run side by side.
port=$((12000 + RANDOM % 7000))

cat >"$work/judge.smc" <<'END'
smc-replay 1
client clc proposal
	proposal_hdr version=2 typev1=none typev2=smc_r
	proposal
	proposal_smcd
	v2_ext
	ueid eid="A"
	trailer
server clc accept
client clc decline
	decline_hdr version=2
	decline
	decline_v2
	trailer
server data "by TCP"
END
skip_without_bpf "$replay"

# judged STATUS STEPS [OPTION...]: the verdict of the judge, with the options, on a server that does STEPS.
judged() {
	local wanted=$1 pid status=0 there=
	shift
	port=$((port + 1))
	printf 'smc-replay 1\n%s\n' "$1" >"$work/hostile.smc"
	timeout 30 "$replay" run --listen "127.0.0.1:$port" "$work/hostile.smc" >"$work/hostile" 2>&1 &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		[[ ! $(ss -Hltn "sport = :$port") ]] || { there=1 && break; }
		sleep 0.02
	done
	timeout 12 "$replay" run --time-scale 0.3 --peer "127.0.0.1:$port" "${@:2}" "$work/judge.smc" >"$work/judged" 2>&1 || status=$?
	kill "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	# A stand-in that was not there would prove nothing.
	[[ $status == "$wanted" && $there ]] && return
	printf 'exit status %s\n%s\nstand-in:\n%s\n' "$status" "$(<"$work/judged")" "$(<"$work/hostile")"
	return 1
}

# survives STEPS: they are no reason to crash or to hang; the case fails by the end of the timer.
survives() {
	judged 1 "$1"
}

# It has given up its privileges before a peer can send to it: user, groups, capabilities, and system calls.
rights() {
	local pid set
	port=$((port + 1))
	"$replay" run --listen "127.0.0.1:$port" "$@" "$work/judge.smc" >"$work/hostile" 2>&1 &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		[[ ! $(ss -Hltn "sport = :$port") ]] || break
		sleep 0.02
	done
	set=$(grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Uid|Gid|Groups|Seccomp):' "/proc/$pid/status" | tr '\t' ' ')
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	echo "$set"
	[[ $(grep -cE '^Cap...: 0{16}$' <<<"$set") == 4 && $set == *'NoNewPrivs: 1'* && $set == *'Seccomp: 2'* ]] || return 1
	# Neither root nor a user that there is.
	[[ $set =~ Uid:\ ([0-9]+)\ ([0-9]+)\ ([0-9]+)\ ([0-9]+) ]] || return 1
	[[ ${BASH_REMATCH[1]} -ge 60000 && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" && ${BASH_REMATCH[1]} == "${BASH_REMATCH[3]}" ]] || return 1
	[[ $(sed -n 's/^Groups: *//p' <<<"$set") == '' ]] && ! getent passwd "${BASH_REMATCH[1]}" >/dev/null
}
ok "no right is left" rights
ok "no right is left, with bundles" rights --bundle "$work/bundles"

# What has to be written all the same goes through open files, and bundles are their owner's alone.
leaves() {
	local bundle=$work/mine
	umask 022
	port=$((port + 1))
	"$replay" run --time-scale 0.1 --json "$work/left.json" --junit "$work/left.xml" --bundle "$bundle" \
		--role server --peer "127.0.0.1:$port" "$work/judge.smc" >"$work/left" 2>&1 || :
	judged 1 $'client clc proposal\nserver gone' --json "$work/left.json" --junit "$work/left.xml" --bundle "$bundle" || return 1
	jq -e '.cases | length == 1' "$work/left.json" >/dev/null || return 1
	grep -F '</testsuite>' "$work/left.xml" >/dev/null || return 1
	find "$bundle" -printf '%m %U %f\n' | sort -u >"$work/modes"
	cat "$work/modes"
	[[ $(find "$bundle" -type f | wc -l) == 6 ]] || return 1
	[[ ! $(find "$bundle" -type f ! -perm 600) && ! $(find "$bundle" -mindepth 1 -type d ! -perm 700) ]]
}
ok "results are written" leaves
# The host's other packets are not in it.
only_its_own() {
	local n
	n=$(tcpdump -nr "$work/mine/judge-as-client/run.pcapng" 2>/dev/null | grep -vc "127.0.0.1.$port") || :
	[[ $n == 0 ]]
}
ok "a bundle has the packets of its case alone" only_its_own

header='\n		accept_hdr version=2'
while IFS='|' read -r name steps; do
	ok "$name" survives "$(printf '%b' "$steps")"
done <<END
silence|client clc proposal\nserver silent 8000
reset at once|server reset
end at once|server gone
reset behind the Proposal|client clc proposal\nserver reset
end behind the Proposal|client clc proposal\nserver eof
other bytes|server bytes 0x00*1000
a megabyte of other bytes|server bytes 0xff*1000000
a megabyte that begins well|server bytes 0xe2d4c3d9020000200000*100000
half an eyecatcher|client clc proposal\nserver bytes 0xe2d4\nserver silent 8000
length 0|server clc accept$header length=0
length 7|server clc accept$header length=7
length 65535, and no more|client clc proposal\nserver clc accept$header length=65535\nserver silent 8000
a header alone|server clc accept$header
a header in pieces, slowly|server clc accept segment=1 delay=700$header length=65535
type 255|server clc 255\n		proposal_hdr version=2
an Accept of SMC-R that is all ones|server clc accept\n		accept_hdr version=2 first_contact=1\n		bytes 0xff*200
256 GIDs in 20 bytes|server clc accept\n		accept_hdr version=2 first_contact=1\n		smcr\n		smcr_v2\n		fce release=1\n		fce_smcr\n		gid_list gid_count=255\n		trailer
end within the trailer|server clc accept cut=100$header\n		smcr\n		smcr_v2\n		trailer\nserver gone
reset within the trailer|server clc accept cut=100$header\n		smcr\n		smcr_v2\n		trailer\nserver reset
two thousand Accepts|server clc accept repeat=2000$header\n		smcr\n		smcr_v2\n		trailer
END

# The actions that --survive lets a stack do, and those that it does not.
message() {
	printf 'client clc proposal\nserver clc %s\n\t\t%s_hdr version=2%s\n\t\ttrailer\nserver eof' "$1" "$2" "${3-}"
}
ok survive__decline judged 0 "$(message decline decline $'\n\t\tdecline\n\t\tdecline_v2')" --survive
ok survive__reset judged 0 $'client clc proposal\nserver reset' --survive
ok survive__end judged 0 $'client clc proposal\nserver eof' --survive
ok survive__silence judged 0 $'client clc proposal\nserver silent 8000' --survive
ok survive__not_a_message_of_its_end judged 1 "$(message confirm accept $'\n\t\tsmcr\n\t\tsmcr_v2')" --survive
ok survive__not_a_message_that_can_be judged 1 "$(message decline decline $' length=43\n\t\tdecline\n\t\tdecline_v2')" --survive
ok survive__not_other_bytes judged 1 $'client clc proposal\nserver bytes 0x00*1000' --survive

# Its own end closes first and stays in TIME-WAIT.
port_again() {
	judged 0 $'client clc proposal\nserver eof' --survive && port=$((port - 1)) || return 1
	[[ $(ss -Htan state time-wait "sport = :$((port + 1))") ]] || return 1
	judged 0 $'client clc proposal\nserver eof' --survive
}
ok "a port in TIME-WAIT can be listened on" port_again
tap_end
