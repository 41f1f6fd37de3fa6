#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The conformance suite and every capture against a kernel of the lab, or against smcx.ko, which takes the stock kernel.
# With smcx-rdma, against smcx_rdma.ko: the cases of SMC-R and all that a host with it can play.
# Usage: suite_vm_test.sh KERNEL|smcx|smcx-rdma. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP stack=$1
kernel=${1%-rdma} limit=1200
kernel=${kernel/#smcx/6.12}
. "$TOP/tests/tap.sh"
replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite here=$TOP/tests/replay
mkdir "$work/out"
# build OPTION SOURCE NAME [VARIABLE...]: a module, and how it is loaded in $module.
build() {
	local ko
	ko=$("$TOP/lab/module" "$kernel" "$TOP/$2" "$TOP/build/kmod/$3" "${@:4}" 2>"$work/build") || {
		fail build "$(tail -n 20 "$work/build")"
		tap_end
	}
	module=("$1" "$(head -n 1 <<<"$ko")")
}

module=()
case $stack in
smcx) build --smcx kmod "$kernel" ;;
smcx-rdma) build --smcx kmod "$kernel-rdma" SMCX_RDMA=y && limit=2400 ;;
# DMBs for our end take dibs, which came with 6.18.
7.2) build --dibs kmod/dibs dibs-7.2 ;;
esac

# in_vm NAME HOST-OPTION... COMMAND...: in a VM of its own, so that nothing is left of the run before.
# Files of the command with names without a folder come to $work/out.
in_vm() {
	local name=$1 status=0 host=()
	shift
	[[ $1 != --rxe* ]] || { host=("$1") && shift; }
	"$TOP/lab/vm" --timeout "$limit" --out "$work/out" "$kernel" -- "$here/host.sh" "${host[@]}" "${module[@]}" \
		sh -c 'cd "$SMCKIT_OUT" && exec "$@"' sh "$@" >"$work/$name" 2>&1 || status=$?
	return $status
}

# count VERDICT FILE: of smc-replay's last line.
count() {
	sed -n "s/^# pass.*/,&/; s/.*[,#] $1 \([0-9]*\).*/\1/p" "$2" | tail -n 1
}

# at_least NAME MINIMUM NUMBER: a run in which nothing ran shall not look like one that went well.
at_least() {
	ok "$1 ($3)" test "${3:-0}" -ge "$2"
}

# suite_of NAME MINIMUM [HOST-OPTION] [SUITE-OPTION...]
suite_of() {
	local name=$1 minimum=$2 host=() jobs=(--jobs 6) known=(--known "$suite/known/${stack%-rdma}")
	shift 2
	[[ $stack != smcx-rdma ]] || known+=(--known "$suite/known/smcx-rdma")
	# A network namespace of its own has no RDMA device.
	[[ ${1-} != --rxe* ]] || { host=("$1") jobs=() && shift; }
	run_of "$name" "$minimum" "${host[@]}" "$replay" suite "${jobs[@]}" --suite "$suite" "${known[@]}" \
		--coverage "coverage.$name" --json json --junit junit "$@"
	ok "$name: a line a statement" test "$(grep -vc '^#' "$work/out/coverage.$name")" -eq "$(grep -vc '^#' "$suite/catalogue.tsv")"
	ok "$name: the JSON has every case" \
		test "$(jq '.cases | length' "$work/out/json")" -eq "$(grep -cE '^(not )?ok ' "$work/$name")"
	ok "$name: the JUnit is whole" \
		test "$(grep -c '<testcase ' "$work/out/junit")" -eq "$(grep -c '</testcase>' "$work/out/junit")"
}

# The best that the runs have shown of each statement, counted.
all_coverage() {
	awk -F '\t' '!/^#/ {
		rank = $3 == "failed" ? 5 : $3 == "passed" ? 4 : $3 == "known deviation" ? 3 : $3 == "skipped" ? 2 : 1
		if (rank > best[$1]) { best[$1] = rank; what[$1] = $3 }
	} END { for (id in what) n[what[id]]++; for (w in n) print "statements " w ": " n[w] }' "$work"/out/coverage.* | sort
}

# run_of NAME MINIMUM COMMAND...: the cases that failed are shown.
run_of() {
	local name=$1 minimum=$2 status=0
	shift 2
	in_vm "$name" "$@" || status=$?
	if [[ $status == 0 ]]; then
		pass "$name: nothing fails that is not known to"
	else
		fail "$name: nothing fails that is not known to" "status $status
$(grep -A 12 -E '^not ok [^#]*$|^smc-replay:|^# failed:' "$work/$name" || cat "$work/$name")"
	fi
	at_least "$name: enough passes" "$minimum" "$(count pass "$work/$name")"
}

case $stack in
6.12)
	suite_of suite 70
	# A host without a UEID, and one of another site.
	SMCKIT_UEID='' suite_of no-eid 60
	SMCKIT_UEID=ANOTHER.EID suite_of other-eid 60
	suite_of rdma 260 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3
	# What the two sysctls say is what is proposed (PRP-27), and no constant.
	SMCKIT_SYSCTLS='net.smc.smcr_max_conns_per_lgr=100 net.smc.smcr_max_links_per_lgr=1' \
		suite_of sysctls 1 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3 --only 'rdma/own-proposal as server'
	# Two devices at each end; and buffers that need not be contiguous.
	suite_of paths 15 --rxe2 --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.5 "$suite/paths.smc" "$suite/ports.smc"
	SMCKIT_SYSCTLS='net.smc.smcr_buf_type=1' \
		suite_of virtual 50 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3 "$suite/links.smc" "$suite/moves.smc"
	SMCKIT_SYSCTLS='net.smc.smcr_buf_type=2' \
		suite_of mixed 50 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3 "$suite/links.smc" "$suite/moves.smc"
	;;
6.1) suite_of suite 70 ;;
7.2)
	suite_of suite 150
	suite_of rdma 260 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3
	run_of captures-rdma 27 --rxe "$replay" run --known "$here/captures.known" --address 10.9.0.2 --from 10.9.0.1 \
		"$TOP"/captures/smcr-*.pcapng
	;;
6.12-lo)
	suite_of suite 330
	# Where these cases say what TCP does, TCP does it.
	for name in calls tcp same borders; do
		sed 's/open smc$/open tcp/; /^\tneeds/s/ smcx$//' "$suite/$name.smc" >"$work/out/$name.smc"
		run_of "$name-by-tcp" 10 "$replay" run --jobs 6 "$work/out/$name.smc"
	done
	# Sockets, calls, CLC and TCP.
	suite_of ipv6 200 --address ::1 --only '[cst]*'
	;;
smcx-rdma)
	suite_of rdma 480 --rxe --address 10.9.0.2 --from 10.9.0.1 --from-second 10.9.0.3
	tap_end
	;;
*) suite_of suite 140 ;;
esac
# With DMBs the captures of SMC-D are played to their end. smcx.ko has no SMC-R: a capture of its declines passes less.
captures=16
[[ $stack != 7.2 ]] || captures=22
[[ $stack != smcx ]] || captures=21
run_of captures "$captures" "$replay" run --jobs 6 --known "$here/captures.known" --known "$suite/known/$stack" "$TOP"/captures/*.pcapng
note "$(all_coverage)"
tap_end
