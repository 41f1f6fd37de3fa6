#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# captures/record from scratch: the same messages in the same order as in the file that is shipped.
set -uo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
count=0 failed=0
if ! command -v qemu-system-x86_64 >/dev/null; then
	echo "1..0 # SKIP qemu-system-x86_64 is missing"
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {
	local name=$1 said
	shift
	count=$((count + 1))
	if said=$("$@" 2>&1); then
		echo "ok $count - $name"
		return
	fi
	echo "not ok $count - $name"
	sed 's/^/# /' <<<"$said"
	failed=$((failed + 1))
}

# messages FILE: SYNs, CLC, LLC and CDC by their kinds, without numbers. Both ends delete their rkeys
# when they come to it, so of those only the number counts.
messages() {
	"$TOP/lab/tshark" -r "$1" -Y 'smcx || tcp.flags.syn == 1' -T fields -E separator=' ' \
		-e ip.src -e _ws.col.Info >"$work/all" || return
	sed 's/ [0-9]* → .*\(\[SYN.*\]\).*/ \1/; s/,.*//; s/0x[0-9a-f]*//' "$work/all" | grep -v DELETE_RKEY
	grep DELETE_RKEY "$work/all" | sed 's/,.*//' | sort
}

check record__one "$TOP/captures/record" --out "$work" smcr-first-contact
messages "$TOP/captures/smcr-first-contact.pcapng" >"$work/shipped"
check record__has_messages grep -q Proposal "$work/shipped"
messages "$work/smcr-first-contact.pcapng" >"$work/recorded"
check record__same_messages diff "$work/shipped" "$work/recorded"
check record__unknown_name bash -c "! '$TOP/captures/record' no-such-capture"

echo "1..$count"
exit $((failed > 0))
