#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All that the plugin shows as text: lines, details, findings, statistics, streams, beside digests of what was shown before. Golden
# files, which have the values of the fields, say what is right; this says what has changed.
#
#   text_test.sh VIEW [update]
#
#   plain        each recorded capture and each scenario, lines and details
#   statistics   their statistics, in two passes
#   options      the same with other preferences
#   damaged      the same with packets lost, repeated or cut, and with bytes changed
#
# update writes text_VIEW.digests.
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

# damaged CAPTURE...: packets are lost, repeated, moved and cut.
damaged() {
	local file name
	for file; do
		name=${file##*/}
		"$DAMAGE_PCAP" --seed 11 -o "$work/damaged/${name%.*}.pcap" "$file"
	done
}
# changed NAME CAPTURE...: bytes of messages.
changed() {
	"$MUTATE_PCAP" -n 1200 -s 1 -o "$work/damaged/changed-$1.pcap" "${@:2}"
}
damage() {
	local file events=() messages=() rdma=()
	mkdir "$work/damaged"
	for file in "$made"/*; do
		case ${file##*/} in
		file-*) ;;
		events-* | bad-event-* | cdc-smcd.* | reach-infiniband.*) events+=("$file") ;;
		*) messages+=("$file") ;;
		esac
		case ${file##*/} in
		smcr-loss* | smcr-port-443* | smcr-http*) ;;
		smcr-* | stream-* | link-* | alone-* | answer-* | pdu-*) rdma+=("$file") ;;
		esac
	done
	damaged "${rdma[@]}"
	changed messages "${messages[@]}"
	changed events "${events[@]}"
	made=$work/damaged
}

# show PATTERN ARGUMENT...: of the captures whose names match.
show() {
	local file name
	chmod -R a+rX "$work"
	rm -f "$smcx_out"/*
	printf '%s\n' "$made"/* | share | while read -r file; do
		name=${file##*/}
		[[ ! $name =~ $1 ]] || printf '%s\t%s\n' "$file" "${name%.*}"
	done | smcx_each "${@:2}"
	for file in "$smcx_out"/*.rc; do
		name=${file##*/}
		name=${name%.rc}
		{ cat "$smcx_out/$name" && echo "exit status $(<"$file")"; } >>"$shown/$name"
	done
}
case ${1-} in
plain) show . -P -V -O smcx -z smcx,conns -z expert,smcx ;;
statistics)
	show . -2 -q -z smcx,conns -z smcx,groups -z smcx,tree -z smcx,srt -z conv,smcx -z endpoints,smcx -z flow,any,standard,smcx \
		-z follow,smcx,ascii,0 -z follow,smcx,raw,1 -z smcx,conns,smcx.conn -z smcx,tree,smcx.cdc
	;;
options)
	show '^(smcr|fallback|stream|port|handshake|pdu)-' -P -V -O smcx -o smcx.names:FALSE -o smcx.as_tcp:FALSE -o smcx.hand_over:FALSE \
		-o tcp.relative_sequence_numbers:FALSE -t ad
	show '^(smcr|stream|pdu)-' -2 -P -o smcx.desegment:FALSE
	;;
damaged) damage && show . -P -V -O smcx -z smcx,conns ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac
"$smcx_top/tests/digest.py" "${2-check}" "$here/text_$1.digests" "$shown"
