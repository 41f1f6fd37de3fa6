#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cases about applications on a host whose SMC is TCP, for which no VM is needed: all pass but those in tcp_stack.golden, which
# are about what TCP has not (the option, sock_diag of SMC).
# Usage: tcp_stack_test.sh SMC-REPLAY LIBRARY, which is fake_stack.c. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 library=$2 golden=$TOP/tests/replay/tcp_stack.golden
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"

skip_without_bpf "$replay"

# They wait most of the time, so many of them may at once.
status=0
play() {
	LD_PRELOAD=$library "$replay" run --address 127.0.0.1 "$@" "$TOP"/replay/suite/{tcp,calls,app,sock,opt}.smc
}
became() {
	jq -r '.cases[] | select(.verdict != "skip") | "\(.name)|\(.verdict)|\((.text // "") | split("\n")[0])"' "$1" | sed -E "s,\|$TOP/replay/suite/([a-z]+)\.smc:[0-9]+:[0-9]+: ,|,"
}
play --jobs 8 --json "$work/json" --junit "$work/junit" --bundle "$work/bundles" >"$work/said" 2>&1 || status=$?
became "$work/json" >"$work/became"
# A host that stands still breaks a limit of time, so a few that differ are played once more.
differing() {
	grep -v '|pass|' "$work/became" | sort >"$work/failed"
	diff "$work/failed" <(grep -v '^#' "$golden" | sort) | sed -n 's/^[<>] //p' || :
}
differing >"$work/different"
if [[ $(wc -l <"$work/different") -lt 12 ]]; then
	while IFS='|' read -r name; do
		play --only "$name" --json "$work/again" >/dev/null 2>&1 || :
		sed -i "\\,^$name|,d" "$work/became"
		became "$work/again" >>"$work/became"
	done < <(cut -d '|' -f 1 "$work/different" | sort -u)
fi
is "all pass but those of the golden file" "$(differing)" ""
ok "cases pass" test "$(grep -c '|pass|' "$work/became")" -ge 140

# The reports agree with each other.
count() {
	jq "[.cases[] | select(.verdict == \"$1\")] | length" "$work/json"
}
is "status: something failed" "$status" 1
is "the last line" "$(tail -n 1 "$work/said")" \
	"# pass $(count pass), fail $(count fail), known deviation 0, unexpected pass 0, skip $(count skip), error $(count error)"
is "TAP: the plan" "$(grep -E '^1\.\.' "$work/said")" "1..$(jq '.cases | length' "$work/json")"
is "JUnit" "$(grep -o '<testsuite [^>]*>' "$work/junit")" \
	"<testsuite name=\"smc-replay\" tests=\"$(jq '.cases | length' "$work/json")\" failures=\"$(count fail)\" errors=\"$(count error)\" skipped=\"$(count skip)\">"
is "a bundle of each failure" "$(find "$work/bundles" -mindepth 1 -maxdepth 1 | wc -l)" "$(count fail)"
# With the plan first, as tests of the kernel have it; here and in one job.
for jobs in 1 3; do
	LD_PRELOAD=$library "$replay" run --address 127.0.0.1 --jobs "$jobs" --ktap --only "tcp/*signal*" "$TOP/replay/suite/tcp.smc" >"$work/said" 2>/dev/null || :
	is "KTAP with $jobs jobs" "$(sed -n '1,2p' "$work/said" | xargs)" "KTAP version 1 1..$(grep -c '^ok ' "$work/said")"
done
# A case that goes on with the one before it is played by the same job; each is played once, whatever is left out.
{
	echo "smc-replay 1"
	for i in {1..12}; do
		printf 'case %s\n\tneeds %s\n\tplay sockets\n\tclient sock a open tcp\n\tclient sock a close\n' "$i-first" 'app alone' "$i-second" 'group app'
	done
} >"$work/pairs.smc"
for only in '*' '*second as*' '*1*' nothing; do
	status=0
	LD_PRELOAD=$library timeout 60 "$replay" run --address 127.0.0.1 --jobs 5 --only "$only" "$work/pairs.smc" >"$work/said" 2>&1 || status=$?
	is "pairs, $only: the status" "$status" "$([[ $only == nothing ]] && echo 77 || echo 0)"
	is "pairs, $only: each once" "$(sed -n 's/^ok [0-9]* - pairs\///p' "$work/said" | xargs)" \
		"$(for i in {1..12}; do for n in first second; do [[ "pairs/$i-$n as none" != $only ]] || echo "$i-$n as none"; done; done | xargs)"
done
tap_end
