#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab/mutants from the module to the report, with stand-ins for kernel, compiler, VM and stack: a campaign goes on where
# it was, a crash is laid to its mutant, a survivor is tried again by another suite. TAP on stdout.
# shellcheck disable=SC2016,SC2317 # for another shell; called by ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
PATH=$TOP/build/lab/tools:$PATH
/usr/bin/python3 -c 'import clang.cindex' 2>/dev/null || skip_all "libclang for Python is not installed"
head -c 0 /dev/kmsg 2>/dev/null || skip_all "the kernel log cannot be read"
export SMCKIT_CACHE=$work/cache WORK=$work PLAYER=$TOP/tests/mutants/player

mkdir -p "$work"/{parameters,kernel} "$work/replay/suite/known" "$work/cache/sources/linux-source-6.12=1.net-smc"
mkdir "$work/lab" && cp -r "$TOP"/lab/{mutants,mutants.d,lib,kernels} "$work/lab/"
echo 0 | tee "$work/parameters/smckit_mutant" >"$work/parameters/smckit_reached"
echo 'linux-source-6.12=1' >"$work/kernel/packages"
touch "$work/cache/sources/linux-source-6.12=1.net-smc/"{Makefile,smc.c} "$work/replay/suite/known/6.12-lo" "$work/replay/suite/m.inc"
printf '%s\n' 'smc-replay 1' 'case c1' 'case c2' 'case c3' >"$work/replay/suite/a.smc"
stand_in() {
	cat >"$work/lab/$1"
	chmod +x "$work/lab/$1"
}
stand_in kernel <<<'#!/bin/sh
echo "$WORK/kernel"'
stand_in module <<<'#!/bin/sh
mkdir -p "$3" && echo "int x;" | gcc -x c -c -o "$3/smc.ko" -'
mutant() {
	printf '{"number": %s, "name": "m%s", "area": "clc", "file": "f.c", "function": "f%s", "rule": "r", "line": 1, "was": "x"}' "$1" "$1" "$1"
}
printf '[%s,%s,%s,%s]' "$(mutant 5)" "$(mutant 8)" "$(mutant 12)" "$(mutant 20)" >"$work/listed"
stand_in mutants.d/rewrite.py <<<'#!/bin/bash
cp "$WORK/listed" "${!#}/mutants.json" && mkdir -p "$(dirname "${!#}")/out" && "$WORK/lab/module" x x "$(dirname "${!#}")/out"'
# The first machine that tries mutant 12 crashes.
stand_in vm <<<'#!/bin/bash
echo "$*" >>"$WORK/booted"
while [[ $1 != 6.12-lo ]]; do [[ $1 != --out ]] || out=$2; [[ $1 != --log ]] || log=$2; shift; done
: >"$log"; rm -f "$WORK/parameters/broken"
jq --arg work "$WORK" --arg player "$PLAYER" --arg out "$out/lines" ".play = [\$player, \$work + \"/parameters\"] + .play | .play[2] = \"suite\" | .out = \$out |
	.module = \"../..\" + \$work" "$out/job" >"$WORK/job"
if jq -e ".mutants[0].number == 12" "$WORK/job" >/dev/null && [[ ! -e $WORK/crashed ]]; then
	touch "$WORK/crashed"
	echo "{\"start\": 12}" >"$out/lines"
	echo "[    1.0] Kernel panic - not syncing: Fatal exception" >"$log"
	exit 125
fi
"$WORK/lab/mutants.d/run.py" "$WORK/job"'
mutants() {
	"$work/lab/mutants" "$@" >"$work/said" 2>&1
}
boots() {
	if [[ -e $work/booted ]]; then wc -l <"$work/booted"; else echo 0; fi
}

ok "a sample: its survivor is not listed" eval '! mutants --sample 2'
is "the table" "$(tr -s ' ' <"$work/said" | grep '^all')" "all 1 0 0 1 0 0 50 % of 2"
is "the survivor" "$(grep ^unlisted "$work/said")" "unlisted survivor: m8 (survived): x"
is "boots: to measure, and to try" "$(boots)" 2
ok "the rest, of which one crashes" eval '! mutants'
is "one that no case reaches is a survivor without a run" "$(tr -s ' ' <"$work/said" | grep '^all')" "all 2 0 0 1 1 0 50 % of 4"
is "the crash is laid to its mutant" "$(grep -o 'crash 1' "$work/said")" "crash 1"
is "and nothing is tried twice" "$(boots)" 3
ok "what is known is reported without a boot" eval '! mutants --report && [[ $(boots) == 3 ]]'
printf '%s\n' 'm8 | equivalent | x' 'm20 | gap | x' >>"$work/lab/mutants.d/survivors"
ok "listed survivors are no failure" mutants --report
echo 'case c5' >>"$work/replay/suite/a.smc"
ok "another suite" mutants
is "tries survivors again, and one that leaves its machine stuck in a new one" "$(tr -s ' ' <"$work/said" | grep '^all')" "all 3 0 1 0 0 0 100 % of 3"
ok "kills are kept in the tree" mutants --report --keep
is "by name" "$(grep -v '^#' "$work/lab/mutants.d/killed/6.12-lo")" "m12 | crash
m20 | a/c5 as client
m5 | a/c1 as client"
rm -r "$work/cache/mutants" "$work/crashed"
ok "without results they are found again" mutants
is "those with a case first" "$(jq -r '.start // empty' "$work"/cache/mutants/*/results.6.12-lo | uniq | paste -sd ' ')" "5 20 12"
for wrong in '--stack 5' '--shard 3/2' '--sample 0' '--minutes x' '--nothing' '--stack'; do
	# shellcheck disable=SC2086 # two words
	ok "refused: $wrong" eval '"$work/lab/mutants" '"$wrong"' >/dev/null 2>&1; [[ $? == 2 ]]'
done
tap_end
