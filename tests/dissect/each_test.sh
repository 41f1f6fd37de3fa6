#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Other tests rely on smcx_each: its output for each capture is that of smcx_tshark for it alone, and
# one that breaks or hangs tshark is found and harms no other one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"

captures_for_each
mkfifo "$work/hangs.pcap" # nobody writes
chmod a+r "$work/hangs.pcap"
ln -s nowhere "$work/absent.pcap"
"$SMC_SYNTH" bad-trailer -o "$work/bad.pcap"
chmod a+r "$work/bad.pcap"
list() {
	local name
	for name in smcr-second-connection smcr-first-contact; do
		printf '%s\t%s\n' "$captures/$name.pcapng" "$name"
		printf '%s\t%s\n' "$work/$1.pcap" "$1"
	done
}

# same NAME FILE: smcx_tshark prints of FILE what smcx_each has printed as NAME.
same() {
	smcx_tshark "${arguments_of_both[@]}" -r "$2" >"$work/alone" 2>/dev/null || :
	[[ -s $work/alone ]] && diff "$work/alone" "$smcx_out/$1"
}

for arguments in "-T json" "-2 -V" "-q -z expert" "--builtin -T json"; do
	read -ra arguments_of_both <<<"$arguments"
	list bad | smcx_each "${arguments_of_both[@]}"
	for name in smcr-first-contact smcr-second-connection; do
		ok "each__same_as_alone $name $arguments" same "$name" "$captures/$name.pcapng"
	done
	ok "each__same_as_alone bad $arguments" same bad "$work/bad.pcap"
done

# statuses NAME: those of all, when NAME is among them.
statuses() {
	rm -f "$smcx_out"/*
	list "$1" | smcx_each -T json
	(cd "$smcx_out" && grep -H . -- *.rc) | sed 's/:[23]$/:no file/' | tr '\n' ' '
}
is each__absent "$(statuses absent)" "absent.rc:no file smcr-first-contact.rc:0 smcr-second-connection.rc:0 "
is each__says_why "$(grep -c "doesn't exist" "$smcx_out/absent.err")" 1
is each__of_nothing "$(smcx_each -T json </dev/null 2>&1)" ""
smcx_seconds=1
is each__hangs "$(statuses hangs)" "hangs.rc:142 smcr-first-contact.rc:0 smcr-second-connection.rc:0 "
tap_end
