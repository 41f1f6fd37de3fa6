#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The suite can fail: a stand-in plays the stack, one thing of it wrong, and the case has to go red, with the ID of the
# statement that is broken. Without the fault it has to pass. No SMC in the kernel is needed, since the stand-in is
# smc-replay in the other role. Usage: can_fail_test.sh SMC-REPLAY. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"

# The values that a stack with loopback-ism would have shown, and the interface of 127.0.0.1.
known=(--set stack_ism_gid1=0x0102030405060708 --set stack_ism_gid2=0x1112131415161718 --set 'stack_eid1="SMCKIT.LAB"'
	--set local_subnet=127.0.0.0 --set local_prefix_len=8 --set local_max_conns=255 --set local_max_links=2)
needs='^[[:space:]]*needs'
# Below the ports that the kernel gives to connections.
port=$((20000 + RANDOM % 12000))
mkdir "$work/suite"
# Neither end has an application or a device that could be needed here.
for file in "$TOP"/replay/suite/*.smc; do
	grep -vE "$needs" "$file" >"$work/suite/${file##*/}"
done
cp "$TOP/replay/suite/messages.inc" "$work/suite"

skip_without_bpf "$replay"

listens() {
	[[ $(ss -Hltn "sport = :$port") ]]
}

# play CASE ROLE-OF-THE-JUDGE [FAULT]: $judged is what the judge says, $verdict its exit status.
play() {
	local file=$work/suite/${1%%/*}.smc judge stand_in pid fault=()
	port=$((port + 1))
	[[ ! ${3-} ]] || fault=(--mutate "$3")
	judge=("$replay" run "${known[@]}" --only "$1 as $2" "$file")
	stand_in=("$replay" run "${known[@]}" "${fault[@]}" "$file")
	if [[ $2 == client ]]; then
		"${stand_in[@]}" --only "$1 as server" --listen "127.0.0.1:$port" >"$work/stand-in" 2>&1 &
		pid=$!
		judge+=(--peer "127.0.0.1:$port")
	else
		"${judge[@]}" --listen "127.0.0.1:$port" >"$work/judge" 2>&1 &
		pid=$!
		judge=("${stand_in[@]}" --only "$1 as client" --peer "127.0.0.1:$port")
	fi
	for ((i = 0; i < 200; i++)); do
		! listens || break
		sleep 0.02
	done
	verdict=0
	if [[ $2 == client ]]; then
		"${judge[@]}" >"$work/judge" 2>&1 || verdict=$?
		wait "$pid" || :
	else
		"${judge[@]}" >"$work/stand-in" 2>&1 || :
		wait "$pid" || verdict=$?
	fi
	judged=$(<"$work/judge")
}

# good CASE ROLE
good() {
	play "$1" "$2"
	[[ $verdict == 0 ]] && grep -E '^ok 1 ' <<<"$judged" >/dev/null && return
	printf '%s\nstand-in:\n%s\n' "$judged" "$(<"$work/stand-in")"
	return 1
}

# bad CASE ROLE ID FAULT
bad() {
	play "$1" "$2" "$4"
	[[ $verdict == 1 ]] && grep -E "^not ok 1 .* $3( |$)" <<<"$judged" >/dev/null && return
	printf 'exit status %s:\n%s\nstand-in:\n%s\n' "$verdict" "$judged" "$(<"$work/stand-in")"
	return 1
}

# The cases play one role only, so the stand-in's is opened.
sed -i '/^[[:space:]]*play /d' "$work"/suite/*.smc

while read -r name role id faults; do
	[[ $name && $name != '#'* ]] || continue
	ok "$name: good" good "$name" "$role"
	for fault in $faults; do
		ok "$name: $fault" bad "$name" "$role" "$id" "$fault"
	done
done <<'END'
srv/eid-of-another-last-byte client SRV-09.1 decline.diagnosis=0x03030000
dcl/own-of-v2 client DCL-01 decline_hdr.length=+1 decline_hdr.version=1 without=decline_v2 cut=43 without=trailer trailer.eyecatcher=0x00000000
dcl/own-of-v2 client DCL-02 decline.os=0 decline.os=z_os decline_v2.diagnosis1=1 decline_v2.diagnosis4=0x80000000
dcl/own-of-v2 client DCL-04 decline_hdr.out_of_sync=1
dcl/own-of-v2 client CLC-06 decline_hdr.reserved=1 decline.reserved1=8 decline.reserved2=1
dcl/peer-id-without-system-id client DCL-03 decline.peer_id=0x0000000000000001
clc/version-15 client CLC-09 decline_hdr.version=15 decline_hdr.type=2
prp/of-no-type client PRP-16 decline.diagnosis=0x03030000
prp/eight-prefixes client PRP-05 decline.diagnosis=0x03000000
srv/smcr-without-eid client SRV-08 decline.diagnosis=0x03030002
srv/fifteen-connections client SRV-15 decline.diagnosis=0x0303000b
srv/no-links client SRV-16 decline.diagnosis=0x0303000a
srv/other-subnet client SRV-02 decline.diagnosis=0x03030000 decline_hdr.version=2
srv/second-eid-matches client SRV-09 smcd_v2.eid="OTHER"
srv/release-2 client SRV-14 fce.release=2 fce.release=0
srv/release-2 client ACC-25 fce.os=aix fce.hostname=0x0000000000000000000000000000000000000000000000000000000000000000
srv/release-0 client ACC-26 fce.release=1
srv/prefix-is-not-for-v2 client SRV-05 accept_hdr.smc_type=smc_r
acc/first-contact-bit client ACC-09 accept_hdr.first_contact=0
acc/first-contact-bit client ACC-16 fce_smcd.feature_mask=0x0003
acc/first-contact-bit client ACC-19 smcd.dmbe_size=512_mib
prp/own-proposal server PRP-17 proposal_hdr.version=1 v2_ext.release=2 v2_ext.feature_mask=0x0000 proposal_hdr.typev2=smc_r
prp/own-proposal server PRP-18 proposal_hdr.typev1=smc_d
prp/own-proposal server PRP-24 without=gid_chid gid_chid.chid=0xff00 gid_chid[2].chid=0xff01
prp/own-proposal server CLC-01 proposal_hdr.length=-1 proposal_hdr.eyecatcher=0x534d4352 proposal_smcd.v2_ext_offset=+1 v2_ext.eid_count=+1
prp/own-proposal server CLC-06 v2_ext.reserved4=0x000000000000000000000001 proposal_smcd.reserved=0x0100000000000000000000000000000000000000
ism/token-of-accept-does-not-exist server ISM-07 decline.diagnosis=0x05000000
acc/of-a-mode-not-proposed server ACC-08 decline.diagnosis=0x03030000
END
tap_end
