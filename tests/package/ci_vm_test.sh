#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is in replay/ci for other people's CI, as they would run it, against the lab's 6.12:
# * qemu.yml: its commands in a bare Debian 12, which has a kernel image, modules and our packages and nothing else of ours;
# * selftests: copied into the kernel's own, installed by make, and run by run_kselftest.sh in a VM.
# Each plays a part of the suite (SMCKIT_PART=1/1: all of it), and no case may fail that is not known.
#
# Usage: ci_vm_test.sh [workflow | selftests]   TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP KERNEL=6.12 PART=${SMCKIT_PART:-1/30}
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
entry=$("$LAB/kernel" "$KERNEL")
kernel_release=$(<"$entry/release")

# results FILE: "PASSED FAILED", of TAP; what is known to fail has not failed.
results() {
	awk '/^ *(# )?ok [0-9]/ && !/# SKIP/ { passed++ } /^ *(# )?not ok [0-9]/ && !/# TODO/ { failed++ } END { print passed + 0, failed + 0 }' "$1"
}

# passes NAME FILE: there are cases that ran, and none has failed.
passes() {
	local counts passed failed
	counts=$(results "$2")
	read -r passed failed <<<"$counts"
	note "$1: $passed cases passed, $failed failed, $(grep -c '# SKIP' "$2" || :) skipped"
	is "$1__nothing_failed" "$failed" 0
	ok "$1__cases_ran" test "$passed" -gt 0
}

# ---- the workflow ----

# steps: the commands of the job, one a line, for the first shard.
steps() {
	sed -n 's/^ *- run: //p' "$TOP/replay/ci/qemu.yml" | sed "s,[$]{{ matrix.shard }}/3,$PART,"
}

workflow() {
	local root=$work/debian command
	ready_packages
	base_debian
	make_root "$root"
	mkdir -p "$root/job/smckit" "$root/job/modules/lib/modules"
	cp "$debs"/smckit-replay_*.deb "$root/job/smckit"
	cp "$entry/vmlinuz" "$root/job/bzImage"
	cp -a "$entry/lib/modules/$kernel_release" "$root/job/modules/lib/modules"
	cp "$TOP/replay/suite/known/$KERNEL" "$root/job/known-deviations"
	is workflow__has_steps "$(steps | wc -l)" 3
	while read -r command; do
		ok "workflow__${command%% *}_${#command}" in_root "$root" bash -c "cd /job && export SMC_QEMU_ACCEL=tcg && $command" </dev/null
	done < <(steps)
	passes workflow "$root/job/results/smc.tap"
	ok workflow__names_the_kernel grep -qF "$kernel_release" "$root/job/results/smc.json"
	ok workflow__junit grep -q '<testsuite' "$root/job/results/smc.xml"
	# It can fail: no image, and modules of another kernel.
	ok smc-qemu__no_image eval '! in_root "$root" /usr/share/smckit/ci/smc-qemu --kernel /etc/passwd --modules /job/modules /job/none'
	ok smc-qemu__other_modules eval '! in_root "$root" /usr/share/smckit/ci/smc-qemu --kernel /job/bzImage --modules /etc /job/none'
}

# ---- selftests ----

selftests() {
	local linux=$work/linux folder=tools/testing/selftests
	mkdir -p "$linux/scripts" "$linux/tools/testing" "$work/out"
	cp -r "$("$LAB/source" linux-source-6.12)/$folder" "$linux/$folder"
	# The lab keeps the selftests only of the kernel's sources.
	echo 'SUBARCH := x86' >"$linux/scripts/subarch.include"
	cp -r "$TOP/replay/ci/selftests" "$linux/$folder/net/smc_suite"
	cp "$TOP/replay/suite/known/$KERNEL" "$linux/$folder/net/smc_suite/known"
	ok selftests__install env -u MAKEFLAGS make -C "$linux/$folder" TARGETS=net/smc_suite install INSTALL_PATH="$work/kselftest"
	is selftests__are_listed "$(cat "$work/kselftest/kselftest-list.txt")" net/smc_suite:smc_suite.sh
	# Without smc-replay it is a skip, and the kernel's runner says so.
	is selftests__skip_where_it_cannot_run "$(cd "$work/kselftest" && PATH=/usr/bin:/bin ./run_kselftest.sh -c net/smc_suite | tail -n 1)" \
		"ok 1 selftests: net/smc_suite: smc_suite.sh # SKIP"
	mkdir "$work/bin"
	ln -s "$TOP/build/replay/smc-replay" "$work/bin"
	ok selftests__vm "$LAB/vm" --out "$work/out" --timeout 1500 "$KERNEL" -- sh -c "ip link set lo up; cd '$work/kselftest'
		export PATH='$work/bin':/usr/sbin:/usr/bin:/sbin:/bin SMC_SUITE_OPTIONS='--suite $TOP/replay/suite --jobs 6 --shard $PART'
		./run_kselftest.sh -c net/smc_suite >\$SMCKIT_OUT/ktap 2>&1"
	is selftests__verdict "$(grep -E '^(not )?ok ' "$work/out/ktap")" "ok 1 selftests: net/smc_suite: smc_suite.sh"
	grep "^# " "$work/out/ktap" >"$work/out/cases"
	passes selftests "$work/out/cases"
	((tap_failed == 0)) || note "$(tail -n 30 "$work/out/ktap")"
}

case ${1-} in
workflow | selftests) "$1" ;;
*)
	selftests
	workflow
	;;
esac
tap_end
