#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# captures/record from scratch: the same messages in the same order as in the file that is shipped.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"

# messages FILE: SYNs, CLC, LLC and CDC by their kinds, without numbers. Both ends delete their rkeys
# when they come to it, so of those only the number counts.
messages() {
	"$TOP/lab/tshark" -r "$1" -Y 'smcx || tcp.flags.syn == 1' -T fields -E separator=' ' \
		-e ip.src -e _ws.col.Info >"$work/all" || return
	sed 's/ [0-9]* → .*\(\[SYN.*\]\).*/ \1/; s/,.*//; s/0x[0-9a-f]*//' "$work/all" | grep -v DELETE_RKEY
	grep DELETE_RKEY "$work/all" | sed 's/,.*//' | sort
}

# Messages that cannot be read are missing in the cases after this one.
ok record__one "$TOP/captures/record" --out "$work" smcr-first-contact
messages "$TOP/captures/smcr-first-contact.pcapng" >"$work/shipped" || :
ok record__has_messages grep -q Proposal "$work/shipped"
messages "$work/smcr-first-contact.pcapng" >"$work/recorded" || :
ok record__same_messages diff "$work/shipped" "$work/recorded"
ok record__unknown_name bash -c "! '$TOP/captures/record' no-such-capture"
tap_end
