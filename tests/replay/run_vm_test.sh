#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs of smc-replay as a whole, on a kernel with loopback-ism: jobs, shards, changes by seed, the stack's counters,
# the files of a failed case, and captures of other machines. Usage: run_vm_test.sh. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP kernel=6.12-lo
. "$TOP/tests/tap.sh"
readonly replay=$TOP/build/replay/smc-replay suite=$TOP/replay/suite

# --- in the VM: each command leaves NAME.tap, NAME.json and its exit status in NAME.status ---
if [[ ${1-} == inside ]]; then
	cd "$SMCKIT_OUT"
	run() {
		local name=$1 status=0
		shift
		"$replay" "$@" --json "$name.json" >"$name.tap" 2>"$name.err" || status=$?
		echo $status >"$name.status"
	}
	the_suite=(suite --suite "$suite" --known "$suite/known/$kernel" --jobs 6)
	run all "${the_suite[@]}" --coverage all.tsv
	for i in 1 2 3; do
		run "shard$i" "${the_suite[@]}" --only '*as server' --shard "$i/3"
	done
	run random1 "${the_suite[@]}" --only 'prp/[a-m]*' --random 3 --seed 5
	run random2 "${the_suite[@]}" --only 'prp/[a-m]*' --random 3 --seed 5
	run captures run --jobs 6 --known "$TOP/tests/replay/captures.known" --known "$suite/known/$kernel" "$SMCKIT_OUT"/moved/*
	run broken run --role client --only 'prp/of-no-type as client' --mutate proposal_hdr.typev2=smc_r --time-scale 0.3 \
		--bundle bundle "$suite/prp.smc"
	run counters run --bundle bundle wrong.smc
	run job_ends run --jobs 2 --bundle /proc/nowhere wrong.smc
	# As if installed: the recipe of the suite's README, and the step of the workflow, word by word.
	mkdir -p /usr/local/share/smckit
	ln -sfn "$suite" /usr/local/share/smckit/suite
	mkdir -p /usr/share/smckit
	ln -sfn "$TOP/replay/ci" /usr/share/smckit/ci # the workflow is for the package
	PATH=$TOP/build/replay:$PATH
	cp "$suite/known/$kernel" known-deviations
	sed -n '/^```sh$/,/^```$/{//!p}' "$suite/README.md" >recipe.sh
	status=0
	sh -e recipe.sh >recipe.tap || status=$?
	echo $status >recipe.status
	sed -n 's/^ *- run: sudo //p' "$TOP/replay/ci/github.yml" | sed 's/[$]{{ matrix.shard }}/2/' >step.sh
	status=0
	sh -e step.sh >step.out || status=$?
	echo $status >step.status
	exit 0
fi

out=$work/out
mkdir -p "$out/moved"
for capture in "$TOP"/captures/*.pcapng; do
	"$TOP/build/tests/replay/replay_elsewhere" "$capture" "$out/moved/${capture##*/}"
done
# Right but for the counters.
cat >"$out/wrong.smc" <<'END'
smc-replay 1
case counted-otherwise
	play client
	client option none
	server result ok
	server stats errors=1 fallbacks=0 fallback.peer_did_not_offer_smc=1
END
ok "the VM does it all" "$TOP/lab/vm" --out "$out" "$kernel" -- "$TOP/tests/replay/host.sh" "$TOP/tests/replay/run_vm_test.sh" inside

status() {
	cat "$out/$1.status"
}
# count VERDICT NAME
count() {
	sed -n "s/^# pass.*/,&/; s/.*[,#] $1 \([0-9]*\).*/\1/p" "$out/$2.tap" | tail -n 1
}
cases() {
	cat "${@/#/$out/}" | grep -E '^(not )?ok ' | sed -E 's/^(not )?ok [0-9]+ - //' | sort
}
# The observations, without times.
seen() {
	jq -c '.cases[] | [.name, .verdict, .seen]' "$out/$1.json"
}

is jobs__status "$(status all)" 0
ok "jobs__enough_passes ($(count pass all))" test "$(count pass all)" -ge 115
ok jobs__every_statement_has_its_line test "$(grep -vc '^#' "$out/all.tsv")" -eq "$(grep -vc '^#' "$suite/catalogue.tsv")"
# In the order of the scripts, whichever job was first.
is jobs__order "$(jq -r '.cases[].name' "$out/all.json" | sha256sum)" \
	"$("$replay" suite --suite "$suite" --list | sha256sum)"

is shard__status "$(status shard1)$(status shard2)$(status shard3)" 000
is shard__union_is_all "$(cases shard1.tap shard2.tap shard3.tap)" "$(cases all.tap | grep ' as server ')"
is shard__none_twice "$(cases shard1.tap shard2.tap shard3.tap | uniq -d)" ""
shards_are_even() {
	local n smallest=999 largest=0
	for i in 1 2 3; do
		n=$(cases "shard$i.tap" | wc -l)
		smallest=$((n < smallest ? n : smallest)) largest=$((n > largest ? n : largest))
	done
	((largest - smallest <= 1))
}
ok shard__even shards_are_even
is shard__same_answers "$(for i in 1 2 3; do seen "shard$i"; done | sort)" "$(seen all | grep -F ' as server"' | sort)"

is random__status "$(status random1)" 0
ok "random__enough ($(count pass random1))" test "$(count pass random1)" -ge 20
is random__same_seed_same_changes "$(cases random1.tap)" "$(cases random2.tap)"
is random__same_seed_same_answers "$(seen random2)" "$(seen random1)"
is random__names_are_those_of_the_list "$(cases random1.tap | sed 's/ [A-Z][A-Z0-9 -]*$//; s/ # SKIP.*//' | sed 's/ [A-Z][A-Z0-9 -]*$//' | sort)" \
	"$("$replay" suite --suite "$suite" --list --only 'prp/[a-m]*' --random 3 --seed 5 | sort)"

is elsewhere__status "$(status captures)" 0
ok "elsewhere__enough_passes ($(count pass captures))" test "$(count pass captures)" -ge 16

bundle=$out/bundle/prp-of-no-type-as-client
is bundle__status "$(status broken)" 1
is bundle__files "$(cd "$bundle" && echo *)" "case.smc kernel.log map.txt report.txt run.pcapng seen.txt"
ok bundle__report grep -E 'prp.smc:[0-9]+:[0-9]+: server clc: expected a message, got nothing in time' "$bundle/report.txt"
# The change is in the case, which can be played as it is.
ok bundle__case_is_the_changed_one grep -E 'typev2=smc_r$' "$bundle/case.smc"
ok bundle__case_can_be_read "$replay" format "$bundle/case.smc"
ok bundle__capinfos_knows_the_case grep -F 'prp/of-no-type as client: fail' <(capinfos -k "$bundle/run.pcapng")
is bundle__tshark_reads_the_messages \
	"$("$TOP/lab/tshark" -r "$bundle/run.pcapng" -Y smc.clc_msg -T fields -e smc.clc_msg)" 1
is bundle__tshark_finds_nothing_malformed "$("$TOP/lab/tshark" -r "$bundle/run.pcapng" -Y _ws.malformed)" ""
is bundle__one_connection "$("$TOP/lab/tshark" -r "$bundle/run.pcapng" -T fields -e tcp.stream | sort -u)" 0
extracted() {
	"$replay" extract "$bundle/run.pcapng" >"$work/extracted" && grep -E '^	client clc proposal' "$work/extracted"
}
ok bundle__smc_replay_reads_it extracted

is counters__status "$(status counters)" 1
ok counters__say_what_differs grep -E '^#   errors: expected 1, got 0' "$out/counters.tap"
ok counters__by_place grep -E '^# .*wrong.smc:6:2: server stats:' "$out/counters.tap"
is counters__what_is_right_is_not_told "$(grep -c '^#   fallback\.' "$out/counters.tap" || :)" 0

is recipe__status "$(status recipe)" 0
is recipe__plays_the_suite "$(cases recipe.tap)" "$(cases all.tap)"
ok recipe__junit test "$(grep -c '<testcase ' "$out/smc.xml")" -eq "$(cases recipe.tap | wc -l)"
is workflow__status "$(status step)" 0
is workflow__plays_its_shard "$(jq -r '.cases[].name' "$out/results/smc.json")" "$("$replay" suite --suite "$suite" --list --shard 2/3)"
ok workflow__leaves_its_results test -s "$out/results/smc.xml" -a -s "$out/results/coverage.tsv" -a -s "$out/results/smc.json"

is job_ends__is_an_error_of_ours "$(status job_ends)" 2
ok job_ends__says_why grep -F '/proc/nowhere' "$out/job_ends.err"
tap_end
