#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All that the plugin shows as text: lines, details, findings, statistics, streams. Of each recorded capture and each
# scenario, of the same ones damaged and with bytes changed, in one pass and in two, beside digests of what was shown
# before. Golden files, which have the values of the fields, say what is right; this says what has changed.
#
#   text_test.sh [update]
#
# update writes text.digests; `git diff` then names what has changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
: "${MUTATE_PCAP:=$smcx_top/build/tests/dissect/mutate_pcap}"
: "${DAMAGE_PCAP:=$smcx_top/build/tests/dissect/damage_pcap}"
made=$work/made shown=$work/shown
mkdir "$made" "$shown"

"$SMC_SYNTH" --all "$made"
rm -f "$made"/bench-*
cp "$captures"/*.pcapng "$made"
for file in tests/tracer/loopback tests/replay/traced tests/compat/events-1; do
	cp "$smcx_top/$file.pcapng" "$made/file-${file##*/}.pcapng"
done

# damaged CAPTURE SEED...
damaged() {
	local name=${1##*/} seed
	for seed in "${@:2}"; do
		"$DAMAGE_PCAP" --seed "$seed" -o "$made/damaged-${name%.*}-$seed.pcap" "$1"
	done
}
# changed NAME SEED CAPTURE...: bytes of messages.
changed() {
	"$MUTATE_PCAP" -n 600 -s "$2" -o "$made/changed-$1-$2.pcap" "${@:3}"
}
kinds=() events=() rdma=()
for file in "$made"/*; do
	case ${file##*/} in
	file-*) ;;
	events-* | bad-event-* | cdc-smcd.* | reach-infiniband.*) events+=("$file") ;;
	*) kinds+=("$file") ;;
	esac
	case ${file##*/} in
	smcr-loss* | smcr-port-443* | smcr-http*) ;;
	smcr-* | stream-* | link-* | alone-* | rule-* | answer-*) rdma+=("$file") ;;
	esac
done
for file in "${rdma[@]}"; do
	damaged "$file" 3 11
done
for seed in 1 2; do
	changed messages "$seed" "${kinds[@]}"
	changed events "$seed" "${events[@]}"
done
chmod -R a+rX "$work"

# show VIEW PATTERN ARGUMENT...: of the captures whose names match.
show() {
	local file name
	rm -f "$smcx_out"/*
	for file in "$made"/*; do
		name=${file##*/}
		[[ ! $name =~ $2 ]] || printf '%s\t%s\n' "$file" "${name%.*}"
	done | smcx_each "${@:3}"
	for file in "$smcx_out"/*.rc; do
		name=${file##*/}
		name=${name%.rc}
		{ sed "s|$work|.|g" "$smcx_out/$name" && echo "exit status $(<"$file")"; } >"$shown/$name.$1"
	done
}
statistics=(-z smcx,conns -z smcx,groups -z smcx,tree -z smcx,srt -z conv,smcx -z endpoints,smcx -z expert,smcx
	-z flow,any,standard,smcx -z follow,smcx,ascii,0 -z follow,smcx,raw,1)
show once . -P -V -O smcx "${statistics[@]}"
show twice '^[^d]' -2 -q "${statistics[@]}" -z 'smcx,conns,smcx.conn' -z smcx,tree,smcx.cdc
show otherwise '^(smcr|fallback|stream|port|handshake|pdu)-' -P -V -O smcx -o smcx.names:FALSE -o smcx.as_tcp:FALSE -o smcx.hand_over:FALSE \
	-o tcp.relative_sequence_numbers:FALSE -t ad
show whole '^(smcr|stream|pdu)-' -2 -P -o smcx.desegment:FALSE
"$smcx_top/tests/digest.py" "${1-check}" "$here/text.digests" "$shown"
