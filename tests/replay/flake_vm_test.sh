#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Twenty runs of the whole suite and of changes by a seed say the same, down to every answer of the stack: most on a quiet machine, some
# while three processes a processor do nothing but compute, which takes a run four times as long.
# Usage: flake_vm_test.sh [QUIET-RUNS [BUSY-RUNS [6.12-lo|smcx [PATTERN]]]]. TAP on stdout.
# PATTERN: the cases of the suite, else all of them.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
readonly replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite

if [[ ${1-} == inside ]]; then
	cd "$SMCKIT_OUT"
	quiet=$2 busy=$3 stack=$4 only=${5-*} random='prp/*'
	# A part of the suite takes a part of the changes.
	[[ $only == '*' ]] || random='prp/v1-*'
	# one_run NAME
	one_run() {
		"$replay" suite --suite "$suite" --known "$suite/known/$stack" --only "$only" --jobs 6 --json "$1.suite.json" >"$1.tap"
		"$replay" suite --suite "$suite" --only "$random" --random 2 --seed 5 --jobs 6 --json "$1.random.json" >>"$1.tap"
		# The VM's log of what runs so far, should it end early.
		echo "$1: $SECONDS s"
	}
	for ((i = 1; i <= quiet; i++)); do
		one_run "quiet$i" || :
	done
	for ((i = 0; i < 3 * $(nproc); i++)); do
		while :; do :; done &
	done
	for ((i = 1; i <= busy; i++)); do
		one_run "busy$i" || :
	done
	# shellcheck disable=SC2046 # one word a process
	kill $(jobs -p)
	exit 0
fi

. "$TOP/tests/tap.sh"
quiet=${1:-18} busy=${2:-2} stack=${3:-6.12-lo} only=${4-*} out=$work/out
kernel=${stack/#smcx/6.12} module=()
mkdir "$out"
if [[ $stack == smcx ]]; then
	ko=$("$TOP/lab/module" 6.12 "$TOP/kmod" "$TOP/build/kmod/6.12" 2>"$work/build") || {
		fail build "$(tail -n 20 "$work/build")"
		tap_end
	}
	module=(--smcx "$ko")
fi
ok "the VM does it all" "$TOP/lab/vm" --out "$out" --timeout 7000 "$kernel" -- \
	"$TOP/tests/replay/host.sh" "${module[@]}" "$TOP/tests/replay/flake_vm_test.sh" inside "$quiet" "$busy" "$stack" "$only"

# All that a run says, without times.
seen() {
	jq -c '.cases[] | [.name, .verdict, .seen]' "$1"
}
# same NAME KIND: as the first run.
same() {
	local differences
	seen "$out/quiet1.$2.json" >"$work/first"
	seen "$out/$1.$2.json" >"$work/this"
	differences=$(diff "$work/first" "$work/this" || :)
	[[ -s $work/this && ! $differences ]] || { cut -c 1-300 <<<"$differences" && return 1; }
}
[[ $only != '*' ]] || ok "enough cases" test "$(jq '.pass' "$out/quiet1.suite.json")" -ge 115
for run in $(seq -f quiet%g "$quiet") $(seq -f busy%g "$busy"); do
	ok "suite: $run" same "$run" suite
	ok "random: $run" same "$run" random
done
tap_end
