#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All that smc-replay prints without a stack: the scripts of captures, of scenarios and of damaged ones; scripts that it writes
# anew, and its words about wrong ones; its lists and its command line, beside digests of what was printed before. Other
# tests say what is right; this says what has changed.
#
#   text_test.sh [update]
#
# update writes text.digests. SMC_REPLAY, SMC_SYNTH, DAMAGE_PCAP and MUTATE_PCAP are programs of the build.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${SMC_REPLAY:=$top/build/replay/smc-replay}" "${SMC_SYNTH:=$top/build/tests/synth/smc-synth}"
: "${DAMAGE_PCAP:=$top/build/tests/dissect/damage_pcap}" "${MUTATE_PCAP:=$top/build/tests/dissect/mutate_pcap}"
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=120
made=$work/made
mkdir "$made" "$work/wrong" "$work/suite"

cd "$work"
exec {list}>"$work/list"
# show NAME COMMAND...: output, errors and status of smc-replay.
show() {
	local words=("$SMC_REPLAY" "${@:2}")
	printf '%s\t%s\n' "$1" "${words[*]@Q}" >&"$list"
}

# ---- captures ------------------------------------------------------------------------------------------------

"$SMC_SYNTH" --all "$made"
rm -f "$made"/bench-*
cp "$top"/captures/*.pcapng "$made"
cp "$here/traced.pcapng" "$here/../tracer/loopback.pcapng" "$here/../compat/events-1.pcapng" "$made"
for file in "$made"/*; do
	name=${file##*/}
	case $name in
	smcr-* | smcd-* | stream-* | link-*) "$DAMAGE_PCAP" --seed 11 -o "$made/damaged-${name%.*}.pcap" "$file" 2>/dev/null || : ;;
	esac
done
"$MUTATE_PCAP" -n 400 -s 1 -o "$made/changed-1.pcap" "$top"/captures/{smcr,fallback}-*.pcapng
for name in smcr-first-contact fallback-declined smcd-loopback; do
	for bytes in 20 24 200 1000 2000 3001; do
		head -c $bytes "$top/captures/$name.pcapng" >"$made/cut-$name-$bytes.pcapng"
	done
done
for file in "$made"/*; do
	name=${file##*/}
	show "extract.${name%.*}" extract "$file"
	case $name in
	smcr-* | fallback-* | smcd-* | traced.*)
		show "extract.${name%.*}" extract -o "$work/script.smc" "$file"
		show "extract.${name%.*}" format "$work/script.smc"
		;;
	esac
done

# ---- scripts -------------------------------------------------------------------------------------------------

for file in "$top"/replay/suite/*.smc "$here"/../compat/*.smc "$here"/golden/*.smc; do
	show "format.${file##*/}" format "$file"
done
cp "$top"/replay/suite/*.inc "$work/wrong"
"$here/wrong_scripts.py" 12 "$work/wrong" "$top"/replay/suite/*.smc "$here"/golden/*.smc
for file in "$work"/wrong/*.smc; do
	name=${file##*/}
	show "wrong.${name%-*}" format "$file"
done
# ---- the suite and the command line --------------------------------------------------------------------------

suite=(--suite "$top/replay/suite")
show suite.list suite "${suite[@]}" --list
for options in '--shard 2/7' '--shard 7/7' '--only clc*' '--only *as?client' '--role client' '--role server' '--slow' '--only nothing' '--random 2 --only opt*' \
	'--random 3 --seed 7 --only prp*'; do
	# shellcheck disable=SC2086 # words
	show suite.some suite "${suite[@]}" --list $options
done
show suite.none suite --suite "$work" --list
cat >"$work/one.smc" <<'END'
smc-replay 1
case one
	server gone
END
for command in run suite; do
	for option in '--role x' '--role client' '--address x' '--address ::1' '--from 1.2.3' '--from-second ::2' '--peer 1.2.3.4' \
		'--peer [::1]:70000' '--peer [::1]:65536' '--peer a:1' '--listen 1.2.3.4:x' '--shard 0/2' '--shard 3/2' '--shard 2/2x' '--shard 2' \
		'--time-scale 0' '--time-scale 0.01' '--time-scale 0.009' '--time-scale 1000' '--time-scale 1001' '--time-scale x' '--jobs 0' '--jobs 999999' '--jobs 2 --address 10.0.0.1' \
		'--jobs 2 --peer 127.0.0.1:1' '--random 0' '--random 4294967296' '--random 1 --mutate x' '--seed -1' '--seed x' \
		'--seed 4294967296' '--mutate x' '--mutate a.b=c' '--mutate cut=' '--mutate cut=x' '--mutate segment=0' '--mutate delay=1' \
		'--mutate repeat=9' '--mutate without=x' '--mutate proposal.x=1' '--mutate clc_hdr.length=+1' '--set x' '--set x=' '--set 1=2' \
		'--set x=1' '--known /no/such' '--ktap' '--against /no/such' '--nonsense'; do
		# shellcheck disable=SC2086
		show "usage.$command" $command --list $option "$work/one.smc"
	done
done
show usage.none
show usage.none run
show usage.help --help
show usage.version --version
show usage.output format -o /no/such/folder/file "$work/one.smc"
show usage.output format "$work/one.smc" "$work/one.smc"
"$top/tests/outputs.py" "${1-check}" "$here/text.digests" "$work=." "$SMC_REPLAY=smc-replay" "$top=." <"$work/list"
