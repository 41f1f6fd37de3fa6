#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's tools on a kernel with SMC and loopback-ism: run it in the VM 6.12-lo. On a kernel without
# loopback-ism the connections fall back, and cases that need SMC-D are skipped.
# Usage: tools_vm_test.sh FOLDER-OF-THE-TOOLS
set -euo pipefail
tools=$1
. "$(dirname "$0")/lib.sh"
ctl=$tools/smc-ctl raw=$tools/smc-rawpeer
host=127.0.0.1
smc_option=fe06e2d4c3d9

[[ -d /sys/module/smcx ]] || modprobe -a smc smc_diag 2>/dev/null || skip_all "this kernel has no SMC"

# ---- smc-ctl: the EIDs and the PNET table

ueid_listed() {
	"$ctl" ueid list --json | jq -e --arg u "$1" 'any(.ueid == $u)'
}
ok ueid__flush "$ctl" ueid flush
ok ueid__add "$ctl" ueid add SMCKIT-TEST.1
ok ueid__list ueid_listed SMCKIT-TEST.1
ok ueid__add_twice says "in the table already" 2 "$ctl" ueid add SMCKIT-TEST.1
ok ueid__add_if_missing "$ctl" ueid add SMCKIT-TEST.1 --if-missing
for n in 2 3 4; do
	ok ueid__add_$n "$ctl" ueid add SMCKIT-TEST.$n
done
ok ueid__table_full says "takes 4 UEIDs" 2 "$ctl" ueid add SMCKIT-TEST.5
ok ueid__del "$ctl" ueid del SMCKIT-TEST.4
ok ueid__del_missing says "no such UEID" 2 "$ctl" ueid del SMCKIT-TEST.4
ok ueid__flush_all "$ctl" ueid flush
ok ueid__list_empty says "^\[\]$" 0 "$ctl" ueid list --json
ok ueid__del_last bash -c "'$ctl' ueid add ONE && '$ctl' ueid del ONE"
ok seid__show "$ctl" seid
ok pnet__add_eth "$ctl" pnet add NET1 --eth lo
ok pnet__show says "^pnetid=NET1 eth=lo " 0 "$ctl" pnet show
ok pnet__add_twice says "PNET ID already" 2 "$ctl" pnet add NET1 --eth lo
ok pnet__add_ib "$ctl" pnet add NET2 --ib rxe9:2
ok pnet__show_ib says "^pnetid=NET2 .*ib=rxe9 ib_port=2" 0 "$ctl" pnet
ok pnet__not_valid says "1 to 16 characters" 2 "$ctl" pnet add A_B --eth lo
ok pnet__del "$ctl" pnet del NET1
ok pnet__flush "$ctl" pnet flush
ok pnet__empty says "^\[\]$" 0 "$ctl" pnet show --json
ok info says "^version=2 .*hostname=" 0 "$ctl" info
ok devices "$ctl" devices --json
ok links says "^\[\]$" 0 "$ctl" links --json
ok permission says "not permitted" 2 setpriv --reuid 65534 --clear-groups "$ctl" ueid add NOBODY

# ---- fallback: without a UEID nothing but TCP is agreed on

# held_client FAMILY ADDRESS OPTION...: a server, and a client that holds until the file "go" appears.
held_client() {
	local family=$1 address=$2
	shift 2
	rm -f "$work/go"
	start_server "$tools/smc-xfer" server -f "$family" -b "$address" -p 0 -n 1 -t 20 \
		--hold-file "$work/go" "$@" || return
	"$tools/smc-xfer" client -f "$family" -p "$port" -t 20 --hold-file "$work/go" "$@" "$address" \
		>"$work/client" 2>&1 &
	client=$!
}

let_go() {
	local status=0
	: >"$work/go"
	wait "$client" || status=$?
	wait "$server" || status=$?
	cat "$work/client" "$work/server"
	return $status
}

# mode_of MODE FAMILY ADDRESS: while both ends hold, sock_diag has this mode for both.
mode_of() {
	local mode=$1 status=0
	shift
	held_client "$@" -d both || return
	"$ctl" wait --mode "$mode" --state active --port "$port" --count 2 --exactly --timeout 10 || status=$?
	"$ctl" diag --listen
	let_go && return $status
}

# The end that declines has a reason of its own; the other one has the decliner's as diagnosis.
fallback_reason() {
	local status=0
	held_client smc $host || return
	"$ctl" wait --reason 05000000 --port "$port" --timeout 10 || status=$?
	"$ctl" diag >"$work/diag"
	cat "$work/diag"
	grep -E "reason=0x05000000 reason_text=peer declined .*peer_diagnosis_text=$no_smc" "$work/diag" || status=$?
	grep -E "reason=0x0303000[08] reason_text=$no_smc" "$work/diag" || status=$?
	let_go && return $status
}

# No device at all, or, with loopback-ism, nothing in common.
no_smc="no (user-defined EID|usable SMC device)"
ok stats__known "$ctl" wait --timeout 0 --stat smcd.rx_bytes=0
ok fallback__smc mode_of tcp smc $host
ok fallback__smc6 mode_of tcp smc6 ::1
ok fallback__reason fallback_reason
ok fallback__stats says "reason=0x0303000[08] .*text=$no_smc" 0 "$ctl" stats
ok fallback__echo transfer smc $host -d echo
ok fallback__half transfer smc $host -d both --close half
ok fallback__abort transfer smc $host -d both --close abort
ok fallback__linger0 transfer smc $host -d both --close linger0
ok fallback__urgent transfer smc $host -d both --oob

# ---- SMC-D

ok ueid__for_smcd "$ctl" ueid add SMCKIT-TEST

if ! mode_of smcd smc $host >"$work/probe" 2>&1; then
	note "$(<"$work/probe")"
	skip smcd "no loopback-ism here"
	tap_end
fi

for entry in smc,$host smc6,::1 ipproto-smc,$host ipproto-smc,::1; do
	ok "smcd__mode_$entry" mode_of smcd "${entry%,*}" "${entry#*,}"
done
for entry in smc,$host smc6,::1 ipproto-smc,$host; do
	for direction in c2s s2c both echo pingpong; do
		for end in normal half abort linger0; do
			[[ $direction$end == c2sabort ]] && continue
			ok "smcd__${entry}_${direction}_$end" \
				transfer "${entry%,*}" "${entry#*,}" -d $direction --close $end
		done
	done
done
for end in normal half abort linger0; do
	ok "smcd__both_${end}_by_server" transfer smc $host -d both --close $end --closer server
done
ok smcd__odd_sizes transfer smc $host -d both -B 300007 -m 777 --nodelay
ok smcd__large_buffers transfer smc $host -d both -B 8m -m 1m --sndbuf 1m --rcvbuf 1m
ok smcd__small_buffers transfer smc $host -d both -B 1m --sndbuf 16k --rcvbuf 16k
ok smcd__text transfer smc $host -d both --text "hello, world" --reply "good day" --banner "220 "
# Small enough to stay in the DMB's first round. Linux 6.12 stalls when the urgent byte is the first one
# of a new round: the consumer's cursor stays in front of it, and the producer waits for it to pass.
ok smcd__urgent transfer smc $host -d both --oob -B 40k

parallel() {
	start_server "$tools/smc-xfer" server -f smc -b $host -p 0 -n 40 -t 20 -d both -B 200k || return
	"$tools/smc-xfer" client -f smc -p "$port" -t 20 -d both -B 200k -n 40 -P 10 $host || return
	wait "$server"
}
ok smcd__parallel parallel

wrong_seed() {
	start_server "$tools/smc-xfer" server -f smc -b $host -p 0 -n 1 -t 5 --seed 1 || return
	"$tools/smc-xfer" client -f smc -p "$port" -t 5 --seed 2 $host
	exits 1 wait "$server" && grep "wrong byte at offset" "$work/server"
}
ok smcd__other_seed_is_seen wrong_seed

# Both ends may be in one link group, for they are on one host.
link_groups() {
	local groups sockets
	held_client smc $host || return
	"$ctl" wait --mode smcd --count 2 --port "$port"
	groups=$("$ctl" lgr --json)
	sockets=$("$ctl" diag --json)
	let_go || return
	echo "$groups" "$sockets"
	jq -e '(map(.conns) | add) == 2 and
		all(.kind == "smcd" and .v2.eid == "SMCKIT-TEST" and .chid == "0x0000ffff")' <<<"$groups" &&
		jq -e 'length == 2 and
			.[0].dmb.token == .[1].dmb.peer_token and .[0].dmb.peer_token == .[1].dmb.token and
			.[0].local == .[1].peer and .[0].peer == .[1].local and
			any(.conn.rx_prod == (.conn.rmbe as $len | 1048576 | "\(. / $len | floor)/\(. % $len)"))' \
			<<<"$sockets"
}
ok smcd__link_groups_and_cursors link_groups

gone() {
	"$ctl" wait --gone --state active --timeout 10
}
ok wait__gone gone
ok wait__not_in_time says "not in time: 0 matching" 1 "$ctl" wait --mode smcr --timeout 0.2
ok wait__stat "$ctl" wait --stat smcd.rx_bytes=1000000 --timeout 1
ok wait__stat_unknown says "no such statistic" 2 "$ctl" wait --stat smcd.nothing=1

# ---- smc-rawpeer and the kernel's stack

# proposal: the kernel's Proposal to a raw peer that offers SMC.
proposal() {
	rm -f "$work/ready"
	"$raw" -t 10 --ready-file "$work/ready" listen $host 0 recv-clc reset >"$work/raw" &
	server=$!
	until_file "$work/ready" || return
	exits 2 "$tools/smc-xfer" client -f smc -p "$(<"$work/ready")" -t 5 $host || return
	wait "$server" && cat "$work/raw"
	message=$(sed -n 's/^recv-clc //p' "$work/raw")
	grep -q "^peer-option $smc_option$" "$work/raw" && [[ $message == e2d4c3d901* ]]
}
ok raw__proposal_of_kernel proposal

start_server "$tools/smc-xfer" server -f smc -b $host -p 0 -t 5 ||
	{ echo "Bail out! no server"; exit 1; }

# kernel_says PATTERN STATUS ARGUMENT...: a raw client of the AF_SMC server.
kernel_says() {
	local pattern=$1 want=$2
	shift 2
	says "$pattern" "$want" "$raw" -t 5 "${@//PORT/$port}"
}
accept='^recv-clc e2d4c3(c4|d9)02'
ok raw__kernel_offers_smc kernel_says "^peer-option $smc_option$" 0 connect $host PORT
ok raw__kernel_accepts kernel_says "$accept" 0 connect $host PORT send "$message" recv-clc reset
ok raw__cut_in_pieces kernel_says "$accept" 0 connect $host PORT send-cut 7 "$message" recv-clc reset
ok raw__garbage_is_reset kernel_says "^reset$" 0 \
	connect $host PORT text "GET / HTTP/1.0, and other things that are no CLC" expect-reset
ok raw__no_option kernel_says "^peer-option none$" 0 --no-option connect $host PORT silence 100
ok raw__wrong_magic kernel_says "^peer-option none$" 0 --option fe06e2d4c3d8 connect $host PORT silence 100

# Another EID at the same place, and the kernel has nothing in common with the peer.
foreign=${message//$(printf SMCKIT-TEST | od -An -tx1 | tr -d ' \n')/$(printf SMCKIT-ELSE | od -An -tx1 | tr -d ' \n')}
ok raw__other_eid_is_declined kernel_says '^recv-clc e2d4c3d904' 0 connect $host PORT send "$foreign" recv-clc reset
tap_end
