#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smc-replay without SMC in the kernel: extract, format, --list, errors. Usage: cli_test.sh SMC-REPLAY. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 golden=$TOP/tests/replay/golden synth=${SMC_SYNTH:-$TOP/build/tests/synth/smc-synth}
. "$TOP/tests/tap.sh"
. "$TOP/tests/dissect/tshark.sh"

# told STATUS REGEX COMMAND...: its status, and a line of its stderr.
told() {
	local got=0
	"${@:3}" >"$work/stdout" 2>"$work/stderr" </dev/null || got=$?
	[[ $got == "$1" ]] && grep -E -e "$2" "$work/stderr" >/dev/null && return
	printf 'status %s, wanted %s; wanted /%s/, stderr:\n%s\n' "$got" "$1" "$2" "$(<"$work/stderr")"
	return 1
}

same() {
	diff -u "$1" "$2"
}

# extracts GOLDEN CAPTURE
extracts() {
	"$replay" extract -o "$work/script" "$2" && same "$golden/$1.smc" "$work/script"
}
for name in smcr-first-contact fallback-declined smcd-loopback; do
	ok "extract__$name" extracts "$name" "$TOP/captures/$name.pcapng"
done
ok extract__traced extracts traced "$TOP/tests/replay/traced.pcapng"

# tshark's own count of CLC messages by type is another's word for it.
messages() {
	local wanted got
	wanted=$(smcx_tshark -r "$1" -Y smc.clc_msg -T fields -e smc.clc_msg | tr ',' '\n' | sort | uniq -c | awk '{print $1}' | xargs)
	got=$("$replay" extract "$1" | sed -n 's/^\t\(client\|server\) clc \([a-z]*\) .*/\2/p' |
		sed 's/proposal/1/; s/accept/2/; s/confirm/3/; s/decline/4/' | sort | uniq -c | awk '{print $1}' | xargs)
	[[ $got == "$wanted" ]] || { echo "got $got, tshark has $wanted" && return 1; }
}
for capture in "$TOP"/captures/*.pcapng; do
	ok "extract__as_many_messages_as_tshark: ${capture##*/}" messages "$capture"
done

# Of a link group with several links, too, each message belongs to a connection.
leaves_nothing_out() {
	"$replay" extract "$1" >/dev/null 2>"$work/said"
	[[ ! -s $work/said ]] || { cat "$work/said" && return 1; }
}
# repeated TEXT BYTES, as smc-xfer sends it; written CAPTURE END: all that the end has written, by whichever link.
repeated() {
	yes "$1" | tr -d '\n' | head -c "$2"
}
written() {
	"$replay" extract "$TOP/captures/$1.pcapng" | sed -nE "s/^\t$2 write [^ ]+ [0-9]+ \"(.*)\"\$/\1/p" | tr -d '\n'
}
for capture in "$TOP"/captures/*.pcapng; do
	ok "extract__leaves_nothing_out: ${capture##*/}" leaves_nothing_out "$capture"
done
for scenario in link-two-links link-joins-two; do
	"$synth" "$scenario" -o "$work/$scenario.pcap"
	ok "extract__leaves_nothing_out: $scenario" leaves_nothing_out "$work/$scenario.pcap"
done
for name in smcr-failover smcr-v1-failover; do
	ok "extract__both_links_of_the_client: $name" cmp <(written "$name" client) <(repeated "Over either link. " 15360)
	ok "extract__both_links_of_the_server: $name" cmp <(written "$name" server) <(repeated "And back. " 15360)
done

ok extract__not_there told 2 'smc-replay: /nowhere: No such file' "$replay" extract /nowhere
ok extract__no_capture told 2 'unknown file format' "$replay" extract "$TOP/README.md"
head -c 3000 "$TOP/captures/smcr-first-contact.pcapng" >"$work/cut.pcapng"
cut_capture() {
	told 2 'cut.pcapng: truncated' "$replay" extract "$work/cut.pcapng" && grep -E 'clc accept' "$work/stdout" >/dev/null
}
ok extract__cut_capture cut_capture

# snapped STATUS REGEX SNAPLEN CAPTURE
snapped() {
	editcap -s "$3" "$4" "$work/snapped.pcapng" && told "$1" "$2" "$replay" extract "$work/snapped.pcapng" &&
		[[ ! -s $work/stdout ]]
}
refused='snapped.pcapng: .* cut by a snap length.*record with snap length 0'
for snaplen in 66 96 128 200; do
	ok "extract__snap_length_$snaplen" snapped 2 "$refused" $snaplen "$TOP/captures/smcr-first-contact.pcapng"
done
ok extract__snap_length_fallback snapped 2 "$refused" 100 "$TOP/captures/fallback-declined.pcapng"
ok extract__snap_length_events snapped 2 "$refused" 180 "$TOP/tests/replay/traced.pcapng"
# One that ends within a packet has no whole cases either.
snapped_and_cut() {
	editcap -s 128 "$TOP/captures/smcr-first-contact.pcapng" "$work/long.pcapng" && head -c -10 "$work/long.pcapng" >"$work/snapped.pcapng" &&
		told 2 "$refused" "$replay" extract "$work/snapped.pcapng" && [[ ! -s $work/stdout ]]
}
ok extract__snap_length_and_cut snapped_and_cut
# One that is long enough cuts nothing.
editcap -s 300 "$TOP/captures/smcr-first-contact.pcapng" "$work/whole.pcapng"
ok extract__snap_length_300 extracts smcr-first-contact "$work/whole.pcapng"

formatted() {
	"$replay" format "$golden/$1.smc" >"$work/script" && same "$golden/$1.smc" "$work/script"
}
ok format__written_scripts_stay formatted smcr-first-contact
mkdir -p "$work/sub"
printf 'smc-replay 1\nimport sub/one.inc\ncase x\n\tserver clc @two\n' >"$work/imports.smc"
printf 'smc-replay 1\nimport ../two.inc\n' >"$work/sub/one.inc"
printf 'smc-replay 1\nmessage two clc decline\n\tdecline_hdr version=2\n' >"$work/two.inc"
ok format__imports_from_the_importing_file "$replay" format "$work/imports.smc"
printf 'smc-replay 1\nclient clc proposal\n\tproposal mac=0\n' >"$work/wrong.smc"
ok format__error_by_place told 2 'wrong.smc:3:15: expected a MAC address, or a \$name, found .0.$' "$replay" format "$work/wrong.smc"
for file in "$TOP"/replay/suite/*.smc; do
	ok "format__suite: ${file##*/}" "$replay" format "$file"
done

list() {
	"$replay" suite --suite "$TOP/replay/suite" --list "$@"
}
shards() {
	list | sort >"$work/all"
	for i in 1 2 3; do
		list --shard "$i/3"
	done | sort >"$work/shards"
	[[ $(wc -l <"$work/all") -ge 148 ]] && same "$work/all" "$work/shards"
}
ok suite__shards_are_all_of_it shards
names() {
	[[ ! $(list | sort | uniq -d) ]]
}
ok suite__no_name_twice names
fits() {
	local name
	while read -r name; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ $name != $1 ]] || return 0
	done <"$work/all"
	return 1
}
# A pattern that fits no case would never be missed.
# Nor would a line without what the report says.
stale() {
	local file pattern status=0
	list >"$work/all"
	for capture in "$TOP"/captures/*.pcapng; do
		"$replay" run --list "$capture"
	done >>"$work/all"
	for file in "$TOP"/replay/suite/known/* "$TOP/tests/replay/captures.known"; do
		while IFS='|' read -r pattern _; do
			[[ $pattern && $pattern != '#'* ]] || continue
			fits "${pattern% }" || { echo "$file: $pattern" && status=1; }
		done <"$file"
	done
	return $status
}
ok known__names_are_of_cases stale
covered() {
	sed -n 's/^\tcovers //p' "$TOP"/replay/suite/*.smc | tr ' ' '\n' | sort -u >"$work/covered"
	awk -F '\t' '!/^#/ && $3 !~ /^-/ { print $1 }' "$TOP/replay/suite/catalogue.tsv" | sort >"$work/tcp"
	same "$work/tcp" "$work/covered"
}
ok catalogue__every_statement_within_reach_has_a_case covered
# A name of the language that the man page lacks could only be guessed.
documented() {
	"$2" >"$work/words" && sed -n '/^\.SH PARTS AND FIELDS/,/^\.SH EXIT STATUS/p' "$TOP/replay/smc-replay.8" | sed '1,4d;/^\.ad b$/,$d' >"$work/page"
	same "$work/words" "$work/page"
}
ok man__parts_fields_and_words documented x "$2"
said() {
	local word
	for word in "$@"; do
		grep -F -e "$word" "$TOP/replay/smc-replay.8" >/dev/null || { echo "$word" && return 1; }
	done
}
# Steps, needs and counters as the program has them.
ok man__steps said $(sed -n 's/^\tS(\([A-Z]*\), \([a-z]*\)).*/"\2"/p' "$TOP/replay/script/script.h")
ok man__needs said $(sed -n 's/^\tN([A-Z0-9_]*, \([a-z0-9_]*\)).*/\1/p' "$TOP/replay/state/setup.h")
ok man__options said $("$replay" --help | sed -n 's/.* --\([a-z-]*\).*/\1/p' | grep -vE '^(usage|help|version|output)$' | sed 's/-/\\-/g')

# The differences between two stacks, by files.
report() {
	printf '{"cases":[{"name":"x","verdict":"%s","seen":{"2.accept":"%s"}}]}\n' "$1" "$2"
}
report pass ok >"$work/ok.json"
report pass ECONNRESET >"$work/reset.json"
report skip ok >"$work/skipped.json"
echo '{}' >"$work/none.json"
# differ STATUS LINE FILE...
differ() {
	local status=0 options=() file
	for file in "${@:3}"; do
		options+=(--against "$work/$file.json")
	done
	"$replay" suite "${options[@]}" >"$work/stdout" 2>&1 || status=$?
	[[ $status == "$1" ]] && grep -Fx -e "$2" "$work/stdout" >/dev/null || { echo "$status" && cat "$work/stdout" && return 1; }
}
ok against__same differ 0 'ok.json and ok.json: 1 cases on both, 0 different; 0 on one of them only' ok ok
ok against__different differ 1 '  2.accept: ok.json ok, reset.json ECONNRESET' ok reset
mkdir -p "$work/other"
cp "$work/reset.json" "$work/other/ok.json"
both_named() {
	local status=0
	"$replay" suite --against "$work/ok.json" --against "$work/other/ok.json" >"$work/stdout" 2>&1 || status=$?
	[[ $status == 1 ]] && grep -F "2.accept: $work/ok.json ok, $work/other/ok.json ECONNRESET" "$work/stdout" || { cat "$work/stdout" && return 1; }
}
ok against__two_files_of_one_name both_named
ok against__worst_of_several_counts differ 1 '  2.accept: ok.json ok, reset.json ECONNRESET' ok ok reset
ok against__nothing_in_common differ 77 'x: only on ok.json' ok skipped
ok against__no_report told 2 'none.json: this is no report of --json' "$replay" suite --against "$work/ok.json" --against "$work/none.json"
ok against__no_such_kernel told 2 'the lab could not play the suite on it' "$replay" suite --against "$work/ok.json" --against no-kernel
cp "$replay" "$work/smc-replay"
ok against__no_lab told 2 'no lab here that could boot it' "$work/smc-replay" suite --against "$work/ok.json" --against 6.12

# Of several patterns one has to fit.
several() {
	{ list --only 'prp/*' && list --only 'acc/*'; } | sort >"$work/each" && list --only 'prp/*' --only 'acc/*' | sort >"$work/both" || return
	[[ $(wc -l <"$work/both") -ge 20 ]] && same "$work/each" "$work/both"
}
ok only__several several

# Changes by a seed, by name.
random() {
	list --random 3 --seed "$1" --only 'prp/[a-m]*'
}
seeds() {
	local n
	random 1 >"$work/one" && random 1 >"$work/again" && random 2 >"$work/two" || return 1
	n=$(wc -l <"$work/one")
	[[ $n -ge 20 ]] && same "$work/one" "$work/again" && ! diff -q "$work/one" "$work/two" >"$work/stdout"
}
ok random__same_seed_same_list seeds
alone() {
	local name change
	name=$(random 1 | grep -m 1 ' with .*=+1$') change=${name##* with }
	"$replay" run --list --survive --only "${name% with *}" --mutate "$change" "$TOP/replay/suite/prp.smc" | grep -Fx "${name% with *}"
}
ok random__each_has_a_name_to_play_it_alone alone

ok usage__random_and_mutate told 2 'exclude each other' "$replay" run --random 1 --mutate cut=1 x
ok usage__random told 2 '--random: a number from 1 to 10000' "$replay" run --random 0 x
ok usage__seed told 2 '--seed: a number from 0' "$replay" run --seed x x
ok usage__jobs told 2 '--jobs: a number from 1 to 64' "$replay" run --jobs 65 x
ok usage__jobs_elsewhere told 2 'no addresses but 127.0.0.1 and ::1' "$replay" run --jobs 2 --peer 192.0.2.1:80 x
# A job that gets no network of its own ends before it begins, and so does a run that is to have jobs.
namespaces=()
[[ $(id -u) != 0 ]] || namespaces=(setpriv --bounding-set=-sys_admin)
ok jobs__no_namespace told 2 'a network namespace could not be made: Operation not permitted' \
	"${namespaces[@]}" "$replay" run --jobs 2 "$golden/smcr-first-contact.smc"
ok run__says_on_which_stack grep "^# stack: .*; kernel $(uname -r) " "$work/stdout"
ok usage__no_command told 2 'which command' "$replay"
ok usage__unknown_command told 2 "unknown command 'frob'" "$replay" frob
ok usage__no_file told 2 'run what' "$replay" run
ok usage__shard told 2 'I/N' "$replay" suite --shard 3/2
ok usage__role told 2 'client, server or both' "$replay" run --role peer x
ok usage__address told 2 'neither an IPv4 nor an IPv6 address' "$replay" run --address x y
ok usage__peer told 2 'not ADDRESS:PORT' "$replay" run --peer 127.0.0.1 y
ok usage__known told 2 'nowhere:0: No such file' "$replay" run --known /nowhere x
ok usage__set told 2 'no field of such a name takes this value' "$replay" run --set gid1=x x
tap_end
