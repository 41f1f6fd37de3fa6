#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smc-ctl and smc-xfer where the kernel has no SMC: clear words and exit codes.
# Usage: ctl_test.sh FOLDER-OF-THE-TOOLS
set -euo pipefail
tools=$1
. "$(dirname "$0")/lib.sh"
ctl=$tools/smc-ctl

ok usage__help says "^ +ueid " 0 "$ctl" --help
ok usage__help_of_command says "--timeout" 0 "$ctl" wait --help
ok usage__no_command exits 64 "$ctl"
ok usage__unknown_command says "no such command: frob" 64 "$ctl" frob
ok usage__unknown_verb exits 64 "$ctl" ueid frob
ok usage__argument_too_many exits 64 "$ctl" stats now
ok usage__pnet_without_device exits 64 "$ctl" pnet add NET1
ok usage__wait_for_nothing exits 64 "$ctl" wait
ok usage__mode says "no such mode" 64 "$ctl" wait --mode smcx
ok usage__state says "no such state" 64 "$ctl" wait --state asleep
ok usage__stat exits 64 "$ctl" wait --stat smcd.rx_bytes

rule="a UEID has 1 to 32 characters"
for bad in lower "WITH BLANK" .DOT "" A_B "$(printf 'A%.0s' {1..33})"; do
	ok "ueid__'$bad'" says "$rule" 2 "$ctl" ueid add "$bad"
done

if [[ -d /sys/module/smc ]]; then
	skip no_module "SMC is loaded here"
else
	for command in "ueid list" "ueid add A" "seid show" "pnet show" stats devices lgr links info; do
		# shellcheck disable=SC2086
		ok "no_module__${command// /_}" says "smc is not loaded; load it: modprobe smc$" 3 "$ctl" $command
	done
	ok no_module__diag says "load it: modprobe smc_diag$" 3 "$ctl" diag
	ok no_module__wait says "load it: modprobe smc_diag$" 3 "$ctl" wait --mode smcr
	ok no_module__xfer says "load it: modprobe smc" 2 "$tools/smc-xfer" server -f smc -p 0 -n 1
	ok no_module__xfer_ipproto says "load it: modprobe smc" 2 "$tools/smc-xfer" server -f ipproto-smc -p 0 -n 1
fi
tap_end
