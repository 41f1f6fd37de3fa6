#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Statistics by tshark -z, and the profile: every filter in it is one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
. "$here/tshark.sh"
captures=$here/../../captures profile=$here/../../dissector/profile
blocked=$captures/smcr-write-blocked.pcapng

# statistic FILE -z-ARGUMENT: lines with single blanks.
statistic() {
	smcx_tshark -r "$1" -q -z "$2" 2>&1 | tr -s ' '
}

# row FILE -z-ARGUMENT PATTERN: the first two words after the row's name.
row() {
	statistic "$1" "$2" | sed -nE "s/^ *$3 ([^ ]+ [^ ]+).*/\1/p"
}

is tree__handshakes "$(row "$blocked" smcx,tree Confirm)" "1 0.0026"
is tree__llc "$(statistic "$blocked" smcx,tree | grep -cE '^ (DELETE_RKEY|CONFIRM_LINK|ADD_LINK) v2')" 3
is tree__bytes_a_cdc "$(row "$blocked" smcx,tree '10000-99999')" "2 16384.00"
is tree__window "$(row "$blocked" smcx,tree 'Times that a window was full \(ms\)')" "2 20.66"
is tree__writes "$(row "$blocked" smcx,tree 'Packets of RDMA WRITEs by bytes' | cut -d' ' -f1)" 40
is tree__declines "$(statistic "$captures/fallback-prefix.pcapng" smcx,tree |
	grep -c '^ IP prefixes do not match 1 ')" 1
is srt__llc "$(row "$blocked" smcx,srt '[0-9]+ DELETE_RKEY v2')" "2 0.000232"
is srt__handshake "$(row "$blocked" smcx,srt '[0-9]+ Handshake, SYN to Confirm')" "1 0.042041"
is srt__window "$(row "$blocked" smcx,srt '[0-9]+ Window full')" "2 0.000540"
is conversations__packets "$(statistic "$captures/smcr-second-connection.pcapng" conv,smcx |
	grep -c '^10.9.0.1:[0-9]* <-> 10.9.0.2:[0-9]* ')" 2
is conversations__filter "$(smcx_tshark -r "$blocked" \
	-Y 'smcx.conn.ip == 10.9.0.2 && smcx.conn.port == 58685 && smcx.write.length' 2>&1 | wc -l)" 40
is flow__messages "$(smcx_tshark -r "$blocked" -q -z flow,any,standard,smcx 2>&1 |
	grep -cE 'Proposal|CONFIRM_LINK|SMC-R CDC')" 11
is expert__counts "$(statistic "$blocked" expert,note,smcx | grep -c 'Window full')" 1

# The profile.
filters() {
	sed -n 's/^@[^@]*@\([^@]*\)@.*/\1/p' "$profile/colorfilters"
	sed -nE 's/^"[^"]*","[^"]*","([^"]*)".*/\1/p' "$profile/dfilter_buttons" "$profile/io_graphs" |
		sed 's/\\x22/"/g'
	grep -oE '%Cus:[^:]*' "$profile/preferences" | cut -d: -f2
}
while read -r filter; do
	ok "profile__$filter" eval '[[ ! $(smcx_tshark -r "$blocked" -Y "$filter" 2>&1 >/dev/null) ]]'
done < <(filters | sort -u)
tap_end
