#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab/suite-on with a kernel of one's own: an image and a folder of modules, here those of a kernel of the lab. The reports say
# which module was tested, and other programs read them. Usage: own_vm_test.sh. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP kernel=6.12-lo
. "$TOP/tests/tap.sh"

# told STATUS TEXT OPTION...: wrong usage is answered before anything boots.
told() {
	local wanted=$1 text=$2 status=0
	shift 2
	"$TOP/lab/suite-on" "$@" >"$work/said" 2>&1 || status=$?
	[[ $status == "$wanted" ]] && grep -F -e "$text" "$work/said" >/dev/null || { echo "$status" && cat "$work/said" && return 1; }
}
entry=$("$TOP/lab/kernel" "$kernel")
release=$(<"$entry/release")
mkdir -p "$work/none" "$work/other/lib/modules/1.2.3/kernel"
ok usage__no_modules told 2 'Usage: lab/suite-on' --kernel "$entry/vmlinuz" "$work/results"
ok usage__no_image told 2 'there is no such file' --kernel "$work/nowhere" --modules "$entry/lib/modules" "$work/results"
ok usage__not_an_image told 2 'this is no bzImage' --kernel "$0" --modules "$entry/lib/modules" "$work/results"
ok usage__no_modules_in_it told 2 "the image is $release" --kernel "$entry/vmlinuz" --modules "$work/none" "$work/results"
ok usage__of_another_kernel told 2 "the image is $release" --kernel "$entry/vmlinuz" --modules "$work/other" "$work/results"

# The suite's part that is quick; a case of it is made to fail, for the bundle.
status=0
"$TOP/lab/suite-on" --kernel "$entry/vmlinuz" --modules "$entry/lib/modules/$release" "$work/results" \
	--only '[do][cp][lt]/*' >"$work/said" 2>&1 || status=$?
is run__status "$status" 0
note "$(<"$work/said")"
results=$work/results
files() {
	for file in smc.tap smc.json smc.xml coverage.tsv; do
		[[ -s $results/$file ]] || { echo "$file" && return 1; }
	done
}
ok run__files files
ok run__enough_cases test "$(jq .pass "$results/smc.json")" -ge 15
is run__prove_reads_it "$(prove -e cat "$results/smc.tap" 2>&1 | tail -n 1)" "Result: PASS"
ok run__xmllint_reads_it xmllint --noout "$results/smc.xml"
srcversion=$(modinfo -F srcversion -b "$entry" -k "$release" smc)
is stack__srcversion "$(jq -r .stack.srcversion "$results/smc.json")" "$srcversion"
is stack__module "$(jq -r .stack.module "$results/smc.json")" smc
ok stack__build_id grep -E '^[0-9a-f]{40}$' <(jq -r .stack.build_id "$results/smc.json")
ok stack__in_tap grep -E "^# stack: smc, module(, version [^,]*)?(, srcversion $srcversion)?, build ID [0-9a-f]{40}; kernel $release " "$results/smc.tap"
ok stack__in_junit grep -F "<property name=\"srcversion\" value=\"$srcversion\"/>" "$results/smc.xml"
tap_end
