#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a VM with soft-RoCE (host.sh --rxe): the captures of SMC-R against the kernel, then smc-replay against a stand-in for the
# stack that has queue pairs, too: smc-replay in the other role, one thing of it wrong. Usage: verbs.sh SMC-REPLAY [--fake LIBRARY]
# [--full]. TAP on stdout; with --full every fault and every hostile peer, else the captures and a fault of each kind. LIBRARY is
# loaded in place of that of the devices, and both ends are of 127.0.0.0/8: no kernel is played against, and no VM is needed.
#
#   10.9.0.1 ra  judge: smc-replay  <--- veth --->  stand-in: smc-replay  rb 10.9.0.2
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"
replay=$1 port=20000 fake='' net=10.9.0
shift
if [[ ${1-} == --fake ]]; then
	fake=$2 net=127.0.0
	shift 2
	printf '#!/bin/sh\nLD_PRELOAD=%q exec %q "$@"\n' "$fake" "$replay" >"$work/replay"
	chmod +x "$work/replay"
	replay=$work/replay
	# Below the ports that the kernel gives to connections, and not those of the tests that run beside this one.
	port=$((11000 + RANDOM % 8000))
	skip_without_bpf "$replay"
fi

for name in first-contact write-blocked half-close; do
	"$replay" extract "$TOP/captures/smcr-$name.pcapng" | grep -v '^[[:space:]]*needs' >"$work/$name.smc"
done
# A handshake, up to the first bytes of the applications; the steps of the tests follow it.
awk '/^\tclient write/ { exit } { print }' "$work/first-contact.smc" >"$work/handshake.smc"
{
	cat "$work/handshake.smc"
	cat <<'END'
	client llc test_link_v2
		llc_v2
		test_link user_data=0x000102030405060708090a0b0c0d0e0f
	server llc test_link_v2
		llc_v2
		test_link response=1 user_data=0x000102030405060708090a0b0c0d0e0f
	client llc delete_rkey_v2
		llc_v2
		delete_rkey_v2 rkey_count=2
		rkey_entry*2 rkey=0x00111111
		filler*28
	server llc delete_rkey_v2
		llc_v2
		delete_rkey_v2 response=1 negative=1 rkey_count=2 invalid_count=2
		rkey_entry*2
		filler*28
	client llc confirm_rkey_v2
		llc_v2
		confirm_rkey rkey_count=4 rkey=0x00111111
	server llc confirm_rkey_v2
		llc_v2
		confirm_rkey response=1 negative=1 retry=1 rkey_count=4 rkey=0x00111111
END
} >"$work/llc.smc"

# A tenth of 64 KiB and one byte are read, and half of it is taken up.
{
	cat "$work/handshake.smc"
	cat <<'END'
	client write $rkey1 0 "0123456789abcdef"*2048
	client llc cdc
		cdc
	server llc cdc
		cdc cons_count=6554
END
} >"$work/tenth.smc"
# And a tenth, which is not told of.
sed 's/6554/6553/' "$work/tenth.smc" >"$work/less.smc"

# play SCRIPT STAND-INS-SCRIPT ROLE-OF-THE-JUDGE [OPTION OF THE STAND-IN...]: $judged is what the judge says, $verdict its exit status.
play() {
	local judge=$1 stand_in=$2 role=$3 other=server pid i
	shift 3
	port=$((port + 1))
	[[ $role == client ]] || other=client
	judge=(env FAKE_VERBS_FAILS="${lacks-}" "$replay" run --role "$role" --time-scale 0.4 "$judge")
	stand_in=("$replay" run --role "$other" --time-scale 0.5 "$@" "$stand_in")
	if [[ $role == client ]]; then
		timeout 60 "${stand_in[@]}" --from "$net.2" --listen "$net.2:$port" >"$work/stand-in" 2>&1 &
		judge+=(--from "$net.1" --peer "$net.2:$port")
	else
		timeout 60 "${judge[@]}" --from "$net.1" --listen "$net.1:$port" >"$work/judge" 2>&1 &
		judge=("${stand_in[@]}" --from "$net.2" --peer "$net.1:$port")
	fi
	pid=$!
	for ((i = 0; i < 500; i++)); do
		[[ ! $(ss -Hltn "sport = :$port") ]] || break
		sleep 0.05
	done
	verdict=0
	if [[ $role == client ]]; then
		timeout 60 "${judge[@]}" >"$work/judge" 2>&1 || verdict=$?
		kill "$pid" 2>/dev/null || :
	else
		timeout 60 "${judge[@]}" >"$work/stand-in" 2>&1 &
		i=$!
		wait "$pid" || verdict=$?
		kill "$i" 2>/dev/null || :
	fi
	wait
	judged=$(<"$work/judge")
}

explain() {
	printf 'exit status %s:\n%s\nstand-in:\n%s\n' "$verdict" "$judged" "$(<"$work/stand-in")" | cut -c 1-300
	return 1
}

# judged_as STATUS LINE: a regular expression of the judge's output. In no case is anything of a device left (fake_made.c).
judged_as() {
	if [[ $verdict != "$1" || $judged == *fake_made:* ]] || ! grep -E -- "$2" <<<"$judged" >/dev/null; then
		explain
	fi
}

# judged_red TEXT
judged_red() {
	if [[ $verdict != 1 || $judged == *fake_made:* ]] || ! grep -F -- "$1" <<<"$judged" >/dev/null; then
		explain
	fi
}

# good SCRIPT ROLE
good() {
	play "$work/$1.smc" "$work/$1.smc" "$2"
	judged_as 0 '^ok 1 [^#]*$'
}

# bad SCRIPT ROLE TEXT FAULT
bad() {
	play "$work/$1.smc" "$work/$1.smc" "$2" --mutate "$4"
	judged_red "$3"
}

# altered SCRIPT ROLE TEXT SED-EXPRESSION: the script of the stand-in is another one.
altered() {
	sed "$4" "$work/$1.smc" >"$work/other.smc"
	! cmp -s "$work/$1.smc" "$work/other.smc" || explain
	play "$work/$1.smc" "$work/other.smc" "$2"
	judged_red "$3"
}

# survives STEPS: whatever the server sends after the handshake, the judge ends in time, and says that it failed.
survives() {
	{
		cat "$work/handshake.smc"
		printf '%b\n' "$1"
	} >"$work/other.smc"
	play "$work/first-contact.smc" "$work/other.smc" client
	judged_red 'not ok 1'
}

failed_in_time() {
	[[ $verdict == 1 ]] || explain
}

# Those of version 1 need GIDs of RoCEv1, and that of a failover a second link.
against_the_kernel() {
	local status=0 file files=()
	for file in "$TOP"/captures/smcr-*.pcapng; do
		[[ $file == */smcr-v1* || $file == */smcr-failover.pcapng ]] || files+=("$file")
	done
	"$replay" run --address 10.9.0.2 --from 10.9.0.1 --known "$TOP/tests/replay/captures.known" "${files[@]}" \
		>"$work/captures" 2>&1 || status=$?
	note "$(tail -n 1 "$work/captures")"
	ok "captures: against the kernel" test $status == 0
	ok "captures: none is skipped" test "$(grep -c SKIP "$work/captures")" == 0
}
full=${1-}
[[ $fake ]] || against_the_kernel

for name in first-contact write-blocked half-close llc; do
	ok "$name: good" good "$name" client
	[[ ! $full ]] || ok "$name as server: good" good "$name" server
done
while IFS='|' read -r name role text faults; do
	for fault in $faults; do
		ok "$name: $fault" bad "$name" "$role" "$text" "$fault"
		[[ $full ]] || break
	done
done <<'END'
first-contact|client|[LLC-10]|confirm_link.no_eye_req=0
first-contact|client|[LLC-13]|confirm_link.max_links=3 confirm_link.max_conns=1
first-contact|client|[LLC-01]|confirm_link.reserved1=1
first-contact|client|confirm_link.qpn|confirm_link.qpn=0x000001
first-contact|client|[CDC-01]|cdc.length=43 cdc.alert_token=0x00000001 cdc.prod_reserved=1 cdc.reserved=0x0100000000000000000000000000000000
first-contact|client|[CDC-04]|cdc.seqno=0 cdc.seqno=2
first-contact|client|[CDC-06]|cdc.prod_count=70000 cdc.cons_count=70000
first-contact|client|[CDC-11]|cdc.prod_count=16
first-contact|client|[CDC-13]|cdc.prod_wrap=1
first-contact|client|[CDC-15]|cdc.cons_count=17
first-contact|client|[CDC-20]|cdc.closed=1 cdc.abort=1 cdc.done_writing=1
first-contact|client|[CDC-21]|cdc.failover=1
first-contact|client|expected CDC|cdc.prod_count=14
first-contact|server|expected llc_v1 add_link|add_link.rejected=0
write-blocked|server|[CDC-14]|cdc.write_blocked=0
llc|client|[LLC-39]|test_link.user_data=0x000102030405060708090a0b0c0d0e00
llc|client|[LLC-37]|delete_rkey_v2.negative=0 delete_rkey_v2.invalid_count=1
llc|client|[LLC-31]|confirm_rkey.negative=0 confirm_rkey.retry=0
END
ok "first-contact: another byte" altered first-contact client '[CDC-11]' 's/Hello yourself/Hello yourselF/'
ok "first-contact: a byte at another place" altered first-contact client '[CDC-11]' 's/write $rkey2 0/write $rkey2 1/'
# A cursor update that is owed is missed, and one that is not owed is not.
ok "tenth: good" good tenth client
ok "tenth: nothing is told" altered tenth client 'expected CDC' '/^\tserver llc cdc$/{N;/6554/d}'
without_update() {
	sed '/^\tserver llc cdc$/{N;/6553/d}' "$work/less.smc" >"$work/other.smc"
	play "$work/less.smc" "$work/other.smc" client
	judged_as 0 '^ok 1 [^#]*$'
}
ok "less: nothing need be told" without_update
# A message that the stack has got wrong is not made good by an answer: without its bit a response is a request of the wrong end.
{
	cat "$work/handshake.smc"
	printf '\tclient wait 500\n\tserver llc test_link_v2\n\t\tllc_v2\n\t\ttest_link\n\tclient llc test_link_v2\n\t\tllc_v2\n\t\ttest_link response=1\n'
} >"$work/quiet.smc"
ok "quiet: good" good quiet client
wrong_request() {
	sed 's/^\tclient wait 500$/\tserver llc req_add_link_v2\n\t\tllc_v2\n\t\treq_add_link\n\t\tfiller*16/' "$work/quiet.smc" >"$work/other.smc"
	play "$work/quiet.smc" "$work/other.smc" client
	judged_red 'expected no more messages, got one'
}
ok "quiet: a request of the wrong end is not answered" wrong_request
ok "half-close: shutdown is not told" altered half-close server '[CDC-16.1]' 's/ done_writing=1$//'

# Of an end that takes no messages 64 are taken all the same, and no more, until it does again.
deaf() {
	{
		sed '/^case/a\\tplay client' "$work/handshake.smc"
		printf '%b' "$2"
	} >"$work/deaf.smc"
	{
		cat "$work/handshake.smc"
		printf '\tserver wait 500\n\tserver llc test_link_v2 repeat=65\n\t\tllc_v2\n\t\ttest_link\n'
	} >"$work/other.smc"
	play "$work/deaf.smc" "$work/other.smc" client
	judged_as 0 "answered in the background:.* TEST_LINK v2 $1\$"
}
ok "deaf: 64 are taken" deaf 64 '\tclient receive off\n\tclient wait 2500\n'
ok "deaf: not at all" deaf 65 '\tclient receive off\n\tclient receive on\n\tclient wait 2000\n'
ok "deaf: for a while" deaf 65 '\tclient receive off\n\tclient wait 1000\n\tclient receive on\n\tclient wait 1500\n'

# without KIND STATUS LINE: something of a device cannot be had. This is said, and what is there already is given back.
without() {
	local lacks=$1
	play "$work/first-contact.smc" "$work/first-contact.smc" client
	judged_as "$2" "$3"
}
if [[ $fake ]]; then
	ok "without a context" without context 77 '# SKIP .* takes an RDMA .* device'
	ok "without a domain" without domain 77 'the RDMA device cannot be used: Cannot allocate memory'
	for kind in region region:2 region:3 channel cq qp; do
		ok "without a $kind" without "$kind" 2 'could not go on: Cannot allocate memory'
	done
fi

filler='bytes 0xff*43'
while IFS='|' read -r name steps; do
	[[ $full || $name == a* ]] || continue
	ok "$name" survives "$steps"
done <<END
silence|\tserver silent 8000
the end of the connection|\tserver gone
one byte|\tserver llc 254\n\t\tbytes 0xfe
a CDC message that is all ones|\tserver llc 254\n\t\tbytes 0xfe\n\t\t$filler
a CDC message without a length|\tserver llc 254\n\t\tbytes 0xfe00\n\t\tbytes 0x00*42
8192 bytes of LLC|\tserver llc 34\n\t\tbytes 0x22\n\t\tbytes 0xff*8191
8192 bytes of CDC|\tserver llc 254\n\t\tbytes 0xfe\n\t\tbytes 0xff*8191
a DELETE_RKEY of 255 rkeys in 44 bytes|\tserver llc 41\n\t\tbytes 0x292c0000ff\n\t\tbytes 0xff*39
an ADD_LINK of 65535 rkeys|\tserver llc 34\n\t\tbytes 0x222c0000\n\t\tbytes 0xff*200
types that are none|\tserver llc 0\n\t\tbytes 0x00*44\n\tserver llc 255\n\t\tbytes 0xff*44
five thousand messages of no type|\tserver llc 255 repeat=5000\n\t\tbytes 0xff*44
five hundred requests|\tserver llc test_link_v2 repeat=500\n\t\tllc_v2\n\t\ttest_link\n\tserver silent 5000
a write to a key that is none|\tserver write 0x0badc0de 0 "x"
a write behind the RMB|\tserver write 0x00000001 99999999 "x"
DELETE_LINK of all links|\tserver llc delete_link_v2\n\t\tllc_v2\n\t\tdelete_link all_links=1\n\tserver gone
END
[[ $full ]] || tap_end
for fault in smcr.qpn=0x000000 smcr.qpn=0xffffff smcr.gid=:: smcr.gid=ff02::1 smcr.gid=192.0.2.1 smcr.mtu=0 smcr.rmbe_idx=0 \
	smcr.rmbe_size=15 smcr.vaddr=0xffffffffffffffff smcr.rkey=0x00000000 smcr.psn=0xffffff; do
	play "$work/first-contact.smc" "$work/first-contact.smc" client --mutate "$fault"
	ok "Accept with $fault" failed_in_time
done
tap_end
