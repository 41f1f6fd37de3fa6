#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Other people's test suites, as Debian has them: each of their tests has the same outcome over SMC, by smc-run on smcx, as over TCP in the
# same VM, or it is in suites.differences with its reason, and is there no longer than it is so. Both run at once, each in a network
# namespace of its own. A test whose outcome is another one is repeated by itself: these suites have time-outs, and the machine may be slow.
# What passes over SMC and fails over TCP says nothing of SMC.
#
# Usage: suites_vm_test.sh [smcx-]KERNEL SUITE [SET [PART...]]
#
# SUITE is a file of suites/, SET one of its sets of parts. It defines
#	suite_prepare		on this machine, fetches and builds it; says why it cannot
#	suite_parts SET		prints the parts of a set, each run by itself
#	suite_run PART [TEST...]	runs "${way[@]}" and all of a part, or those tests only, in an empty folder
#	suite_read PART		there, prints "TEST OUTCOME" for each test that has ended
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=$TOP/build/kmod/run:$TOP/build/lab/tools:/usr/sbin:/sbin:/usr/bin:/bin
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
. "$TOP/tests/kmod/suites_list.sh"
stack_of "${1-smcx-6.12}"
suite=${2-python} set=${3-}
# shellcheck source=/dev/null
. "$TOP/tests/kmod/suites/$suite.sh"

if [[ ! ${SMCKIT_OUT-} ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	suite_prepare >"$work/prepare" 2>&1 || skip_all "$suite: $(tail -n 1 "$work/prepare")"
	build_stack
	# The suites' output is kept there, if it is wanted.
	mkdir -p "${SMCKIT_SUITES_LOG:=$work/out}"
	"$TOP/lab/vm" --mem 3072 --timeout 3400 --out "$SMCKIT_SUITES_LOG" "$kernel" -- "$0" "$@"
	exit
fi

. "$TOP/tests/kmod/guest.sh"
export LC_ALL=C.UTF-8 # one order for sort and join
differences=$TOP/tests/kmod/suites.differences

# ---- a part, over TCP and over SMC ----------------------------------------------------------------

# one HOW PART [TEST...]: in a namespace of its own and a folder of its own; leaves results, said and check in there.
one() {
	local how=$1 status=0
	shift
	ip link set lo up
	mkdir -p "$work/$how" && cd "$work/$how" && find . -mindepth 1 -delete
	# suite_run's. A test that hangs is to end, and has no outcome.
	way=(timeout -k 20 1000)
	[[ $how == tcp ]] || way+=(smc-run -q --check -o "$PWD/check")
	export TMPDIR=$PWD HOME=$PWD
	suite_run "$@" >said 2>&1 </dev/null || status=$?
	suite_read "$1" | sort -u >results
	echo "$status" >status
}

both() {
	local how
	export work
	for how in tcp smc; do
		unshare -n bash -c "
			set -euo pipefail
			TOP=$TOP
			. '$TOP/tests/kmod/suites/$suite.sh'
			$(declare -f one)
			one \"\$@\"" one "$how" "$@" &
	done
	wait
}

# kept PART: what was said, for whoever wants to know why.
kept() {
	local how
	for how in tcp smc; do
		mkdir -p "$SMCKIT_OUT/$1"
		for file in said results check; do
			cp "$work/$how/$file" "$SMCKIT_OUT/$1/$how.$file" 2>/dev/null || :
		done
	done
}

# ---- what is the same, and what may differ -----------------------------------------------------------

# differing_now: of the last run.
differing_now() {
	differing "$work/tcp/results" "$work/smc/results"
}

# steady PART TEST: three times by itself it has the same outcome over SMC as over TCP.
steady() {
	local i
	for i in 1 2 3; do
		both "$1" "$2"
		[[ -s $work/tcp/results && -s $work/smc/results ]] || return
		[[ ! $(differing_now) ]] || return
	done
}

part_is_the_same() {
	local part=$1 test tcp smc found wrong=0 ends how start=$SECONDS
	both "$part"
	kept "$part"
	echo "$((SECONDS - start)) s"
	cut -d ' ' -f 1 "$work/tcp/results" "$work/smc/results" >>"$work/ran"
	echo "tcp: status $(<"$work/tcp/status"), $(cut -d ' ' -f 2 "$work/tcp/results" | sort | uniq -c | xargs)"
	echo "smc: status $(<"$work/smc/status"), $(cut -d ' ' -f 2 "$work/smc/results" | sort | uniq -c | xargs)"
	ends=$(sed -n 's/^smc-run: ends of connections: //p' "$work/smc/check")
	echo "${ends:-no report of smc-run}"
	! grep -q 'SMC-D' <<<"$ends" || used=1
	for how in tcp smc; do
		[[ -s $work/$how/results ]] || { tail -n 20 "$work/$how/said" && return 1; }
	done
	found=$(differing_now)
	while read -r test tcp smc; do
		[[ $test ]] || continue
		if listed "$differences" "$suite" "$test" "$tcp" "$smc"; then
			echo "$test: $tcp, $smc: as listed"
			echo "$test $tcp $smc" >>"$work/seen"
		elif steady "$part" "$test"; then
			echo "$test: $tcp, $smc: the same when it is repeated"
		elif [[ "$tcp $smc" == 'fails ok' ]]; then
			echo "$test: $tcp, $smc: TCP does not do here what is asked"
		else
			echo "$test: $tcp over TCP, $smc over SMC, and not listed"
			wrong=1
		fi
	done <<<"$found"
	return "$wrong"
}

# part PART: and what it was, in any case.
part() {
	if part_is_the_same "$1" >"$work/part" 2>&1; then
		pass "$suite: $1"
		note "$(<"$work/part")"
	else
		fail "$suite: $1" "$(<"$work/part")"
	fi
}

mount -t tmpfs -o mode=1777 suites "$work"
at_exit umount -l "$work"
ok load load_smcx ueid=SMCKIT.TEST
modprobe tls 2>/dev/null || :
if [[ $# -gt 3 ]]; then parts=("${@:4}"); else mapfile -t parts < <(suite_parts "$set"); fi
used=0
touch "$work/ran" "$work/seen"
for name in "${parts[@]}"; do
	part "$name"
done
# A row that is not true any more is to go.
is what_is_listed_is_so "$(gone "$differences" "$suite" "$work/ran" "$work/seen")" ''
# Some parts know no connection, but not all of a set.
is smc_was_used "$used" 1
ok none_is_left none_is_left
ok all_buffers_free drained
ok module__goes rmmod smcx
tap_end
