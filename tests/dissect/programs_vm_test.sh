#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nginx under wrk and redis-server under redis-benchmark over SMC-R in a VM, and what tshark reads of it:
# as many requests and bytes as the programs say that there were.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/tests/tap.sh"
. "$TOP/tests/dissect/tshark.sh"
readonly REQUESTS=60 # of SET, and of GET

for tool in qemu-system-x86_64 nginx wrk redis-benchmark; do
	command -v $tool >/dev/null || skip_all "$tool is missing"
done
out=$work/out
mkdir "$out"
capture=$out/programs.pcapng
ok vm__programs_run "$TOP/lab/vm" --timeout 300 --out "$out" --log "$work/log" 6.12 -- \
	"$TOP/lab/scenarios/programs" --over rxe --requests $REQUESTS --capture programs.pcapng
[[ -s $capture ]] || tap_end
chmod a+rx "$out"
chmod a+r "$capture"

# values FILTER FIELD...: of the frames that the filter lets through.
values() {
	local filter=$1 fields=() field
	shift
	for field; do
		fields+=(-e "$field")
	done
	smcx_tshark -r "$capture" -Y "$filter" -T fields "${fields[@]}" 2>/dev/null
}

sum() {
	awk '{ n++; bytes += $1 } END { print n + 0, bytes + 0 }'
}

# nginx's log has a line a request: worker, port of the client, status, bytes. wrk is interrupted while it asks, so
# a last request a connection may be in the packets and not in the log.
is http__answers_and_bytes_are_those_of_nginx "$(values http.response http.content_length | sum)" \
	"$(awk '{ print $4 }' "$out/programs.access" | sum)"
is http__ports_are_those_of_nginx "$(values http.response smcx.conn smcx.tcp_stream | sort -u | wc -l)" \
	"$(awk '{ print $2 }' "$out/programs.access" | sort -u | wc -l)"
requests=$(values http.request frame.number | wc -l) answers=$(wc -l <"$out/programs.access")
ok http__each_answer_has_a_request test "$requests" -ge "$answers"
is http__each_answer_names_its_request "$(values 'http.response && !http.request_in' frame.number | wc -l)" 0

is resp__set "$(values 'resp.bulk_string.value == 53:45:54' frame.number | wc -l)" $REQUESTS
is resp__set_is_answered "$(values 'resp.string == "OK"' frame.number | wc -l)" $REQUESTS
is resp__get "$(values 'resp.bulk_string.value == 47:45:54 && !(resp.bulk_string.value == 43:4f:4e:46:49:47)' \
	frame.number | wc -l)" $REQUESTS
# Each key that was set is of three bytes, and each answer to GET has them.
is resp__get_is_answered "$(values 'resp.bulk_string.value == 56:58:4b && !(resp.bulk_string.value == 53:45:54)' \
	frame.number | wc -l)" $REQUESTS

is all__nothing_malformed "$(values _ws.malformed frame.number | wc -l)" 0
is all__every_write_has_its_connection "$(values 'smcx.write.length && !smcx.conn' frame.number | wc -l)" 0
tap_end
