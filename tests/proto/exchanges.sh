#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which end of net/smc asks by which LLC message, and how soon it is answered, in captures/: net-smc.exchanges. The client is the
# address that sends the SYN; a message that answers is found by its bit and its type.
#
#   exchanges.sh >net-smc.exchanges
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../dissect/tshark.sh"

captures_for_each
for file in "$captures"/smcr-*.pcapng; do
	printf '%s\t%s\n' "$file" "$(basename "$file" .pcapng)"
done >"$work/list"
smcx_each -T fields -e tcp.flags.syn -e tcp.flags.ack -e ip.src -e ip.dst -e smc.llc_msg -e smcx.request_in -e smcx.time <"$work/list"

echo "# SPDX-License-Identifier: GPL-2.0-or-later"
echo "# Answered LLC requests of net/smc in captures/, by exchanges.sh: type, who asks, milliseconds, captures that have such a one."
for file in "$smcx_out"/smcr-*; do
	[[ ${file##*/} != *.* ]] || continue
	awk -F '\t' -v name="${file##*/}" '
		$1 == 1 && $2 == 0 { client = $3 }
		$5 != "" && $6 != "" && $3 != $4 {
			print $5, ($4 == client ? "client" : "server"), int($7 * 1000 + 0.5), name
		}' "$file"
done | sort -k1,2 -k3,3n | awk '
	{ key = $1 " " $2 }
	key != last { if (last) print last, most, n; last = key; n = 0; seen = "" }
	{ most = $3; if (seen != $4) n++; seen = $4 }
	END { if (last) print last, most, n }'
