#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The conformance suite of smckit against net/smc of the running kernel, as KTAP. Exit status 4: nothing could run. It needs
# smc-replay (Debian: smckit-replay) and root. $SMC_SUITE_OPTIONS has further options, such as --only 'srv/*'.
ksft_skip=4

skip() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $ksft_skip
}

command -v smc-replay >/dev/null || skip "smc-replay is missing: install smckit-replay"
[ "$(id -u)" = 0 ] || skip "it needs root"
modprobe smc 2>/dev/null || [ -d /proc/sys/net/smc ] || skip "this kernel has no SMC: CONFIG_SMC"
modprobe smc_diag 2>/dev/null
# Deviations of this kernel that are known, in the form of smc-replay --known.
known=$(dirname "$0")/known
[ ! -f "$known" ] || set -- --known "$known" "$@"
# Split on purpose, without file names.
set -f
exec smc-replay suite --ktap "$@" $SMC_SUITE_OPTIONS
