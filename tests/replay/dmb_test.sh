#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SMC-D without a device: smc-replay against a stand-in for the stack, smc-replay in the other role, which plays the same script or one
# that does one thing wrong. Their DMBs are those of fake_dmb.c.
# Usage: dmb_test.sh SMC-REPLAY LIBRARY, which is fake_dmb.c. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP replay=$1 library=$2
. "$TOP/tests/tap.sh"
. "$TOP/tests/replay/bpf.sh"
# Below the ports that the kernel gives to connections, and not those of the tests that run beside this one.
port=$((19100 + RANDOM % 800))

skip_without_bpf "$replay"

# A handshake. In the script of an end its own DMB is $own, that of the other one $peer.
"$replay" extract "$TOP/captures/smcd-loopback.pcapng" |
	sed -E '/^\tneeds|^\tlet \$dmb_token|^\t(client|server) eof/d; s/dmbe_size=64_kib/dmbe_size=16_kib/' >"$work/handshake"

# script NAME OF_CLIENT OF_SERVER STEPS: NAME.client and NAME.server. In STEPS @CLIENT and @SERVER are the DMBs of the two ends.
script() {
	local role
	for role in client server; do
		{
			sed 's/\$dmb_token1/@SERVER/; s/\$dmb_token2/@CLIENT/' "$work/handshake"
			printf '%b' "$2"
		} | if [[ $role == client ]]; then
			sed 's/@CLIENT/$own_dmb_token/; s/@SERVER/$peer_dmb_token/'
		else
			sed 's/@SERVER/$own_dmb_token/; s/@CLIENT/$peer_dmb_token/'
		fi >"$work/$1.$role"
		mv "$work/$1.$role" "$work/$1.$role.smc"
	done
}

# play NAME OTHER ROLE [OPTION OF THE STAND-IN...]: the judge plays NAME in ROLE, the stand-in OTHER.
play() {
	local role=$3 other=server judge stand_in pid i
	[[ $role == client ]] || other=client
	judge=("$replay" run --role "$role" --time-scale 0.4 "$work/$1.$role.smc")
	stand_in=("$replay" run --role "$other" --time-scale 0.5 "${@:4}" "$work/$2.$other.smc")
	port=$((port + 1)) verdict=0
	rm -f "$work/dmbs"
	listen() {
		FAKE_DMB=$work/dmbs LD_PRELOAD=$library timeout 60 "$@" --from 127.0.0.1 --listen "127.0.0.1:$port"
	}
	connect() {
		FAKE_DMB=$work/dmbs LD_PRELOAD=$library timeout 60 "$@" --from 127.0.0.2 --peer "127.0.0.1:$port"
	}
	if [[ $role == client ]]; then
		listen "${stand_in[@]}" >"$work/stand-in" 2>&1 &
	else
		listen "${judge[@]}" >"$work/judge" 2>&1 &
	fi
	pid=$!
	for ((i = 0; i < 500; i++)); do
		[[ ! $(ss -Hltn "sport = :$port") ]] || break
		sleep 0.02
	done
	if [[ $role == client ]]; then
		connect "${judge[@]}" >"$work/judge" 2>&1 || verdict=$?
		kill "$pid" 2>/dev/null || :
	else
		connect "${stand_in[@]}" >"$work/stand-in" 2>&1 &
		i=$!
		wait "$pid" || verdict=$?
		kill "$i" 2>/dev/null || :
	fi
	wait
}
explain() {
	printf 'exit status %s:\n%s\nstand-in:\n%s\n' "$verdict" "$(<"$work/judge")" "$(<"$work/stand-in")" | cut -c 1-300
	return 1
}
good() {
	play "$1" "$1" "$2"
	[[ $verdict == 0 ]] && grep '^ok 1 [^#]*$' "$work/judge" >/dev/null || explain
}
# red NAME OTHER ROLE TEXT [OPTION...]
red() {
	play "$1" "$2" "$3" "${@:5}"
	[[ $verdict == 1 ]] && grep -F -- "$4" "$work/judge" >/dev/null || explain
}


# Data both ways, and the end of both.
greet='\tserver write @CLIENT 0 "Hello by a DMB."\n\tserver dmb\n\t\tcdc_smcd prod_count=15
\tclient write @SERVER 0 "Hello yourself."\n\tclient dmb\n\t\tcdc_smcd prod_count=15 cons_count=15
'
end='\tserver dmb\n\t\tcdc_smcd prod_count=15 cons_count=15 closed=1\n\tclient dmb\n\t\tcdc_smcd prod_count=15 cons_count=15 closed=1\n'
script data "$greet$end"
ok "data: good" good data client
ok "data as server: good" good data server
# A message of which the script names no field may say what it likes.
script any "${greet/server dmb'\n\t\t'cdc_smcd prod_count=15/server dmb}$end"
any() {
	play any data client
	! cmp -s "$work/any.client.smc" "$work/data.client.smc" && [[ $verdict == 0 ]] && grep '^ok 1 [^#]*$' "$work/judge" >/dev/null || explain
}
ok "any message: good" any

# A step of the stand-in is another one than that of the judge.
while IFS='|' read -r name role text from to; do
	script wrong "$(sed "s/$from/$to/" <<<"$greet$end")\n"
	ok "$name, judged by the $role" red data wrong "$role" "$text"
done <<'END'
another byte|client|[CDC-11]|Hello by|Hello bY
another byte|server|[CDC-11]|Hello your|Hello Your
a byte at another place|client|[CDC-11]|@CLIENT 0|@CLIENT 1
more bytes are reported than written|client|[CDC-11]|server dmb\\n\\t\\tcdc_smcd prod_count=15$|server dmb\\n\\t\\tcdc_smcd prod_count=16
the cursor wraps too early|client|[CDC-13]|server dmb\\n\\t\\tcdc_smcd prod_count=15$|server dmb\\n\\t\\tcdc_smcd prod_wrap=1 prod_count=15
more is consumed than was sent|client|[CDC-15]|cons_count=15 closed=1\\n\\tclient|cons_count=16 closed=1\\n\\tclient
an end too early|client|[CDC-20]|server dmb\\n\\t\\tcdc_smcd prod_count=15$|server dmb\\n\\t\\tcdc_smcd prod_count=15 closed=1
another end|client|[CDC-20]|closed=1\\n\\tclient|abort=1\\n\\tclient
no signal|client|nothing in time|server dmb\\n\\t\\tcdc_smcd prod_count=15$|server dmb unsolicited\\n\\t\\tcdc_smcd prod_count=15
END
# The whole buffer, twice round, in both directions; and a sender that waits for room.
script wrap '\tclient write @SERVER 0 "0123456789abcdef"*768\n\tclient dmb\n\t\tcdc_smcd prod_count=12288
\tserver dmb\n\t\tcdc_smcd cons_count=12288
\tclient write @SERVER 12288 "ABCDEFGH"*508\n\tclient write @SERVER 0 "IJKLMNOP"*512\n\tclient dmb\n\t\tcdc_smcd prod_wrap=1 prod_count=4096
\tserver write @CLIENT 0 "0123456789abcdef"*1022\n\tserver dmb\n\t\tcdc_smcd cons_wrap=1 cons_count=4096 prod_wrap=1 write_blocked=1
\tclient dmb\n\t\tcdc_smcd prod_wrap=1 prod_count=4096 cons_wrap=0 cons_count=8192
\tserver write @CLIENT 0 "01234567"*1000\n\tserver dmb\n\t\tcdc_smcd cons_wrap=1 cons_count=4096 prod_wrap=1 prod_count=8000
\tclient dmb\n\t\tcdc_smcd prod_wrap=1 prod_count=4096 cons_wrap=1 cons_count=8000 closed=1
\tserver dmb\n\t\tcdc_smcd cons_wrap=1 cons_count=4096 prod_wrap=1 prod_count=8000 closed=1
'
ok "wrap: good" good wrap client
ok "wrap as server: good" good wrap server
# Bytes that are not there yet, or no more; an urgent one.
script urgent '\tserver write @CLIENT 0 "Before!"\n\tserver dmb\n\t\tcdc_smcd prod_count=7 urgent_pending=1 urgent_present=1
\tclient dmb\n\t\tcdc_smcd cons_count=7\n\tserver write @CLIENT 7 "beyond"\n\tserver dmb\n\t\tcdc_smcd prod_count=13
\tclient dmb\n\t\tcdc_smcd cons_count=13 closed=1\n\tserver dmb\n\t\tcdc_smcd prod_count=13 abort=1\n'
ok "urgent: good" good urgent client
ok "urgent as server: good" good urgent server

# What the end that is played cannot do.
# fails STATUS STEPS TEXT
fails() {
	script wrong "$2"
	play wrong data client
	[[ $verdict == "$1" ]] && grep -F -- "$3" "$work/judge" >/dev/null || explain
}
ok "a write to another DMB" fails 1 '\tclient write 0x0badc0de 0 "x"\n' 'is not the DMB that our end is attached to'
ok "a write to a name of nothing" fails 77 '\tclient write $nothing 0 "x"\n' '$nothing is not known'
ok "a message with a name of nothing" fails 77 '\tclient dmb\n\t\tcdc_smcd prod_count=$nothing\n' '$nothing is not known'
ok "a write beyond the end" fails 2 '\tclient write @SERVER 16352 "x"\n' 'could not go on: Invalid argument'
ok "a message of another way" fails 77 '\tclient llc test_link_v2\n\t\tllc_v2\n\t\ttest_link\n' 'takes'
early() {
	sed '/server clc accept/i\	server dmb\n\t\tcdc_smcd' "$work/data.server.smc" >"$work/wrong.server.smc"
	red wrong data server 'there is no connection yet'
}
ok "a message before there is a connection" early
# An Accept of SMC-R names no DMB.
not_smcd() {
	local i
	script wrong '\tclient write 0x0badc0de 0 "x"\n'
	for i in client server; do
		sed -i '/server clc accept/,/trailer/{/^\t\tsmcd_v2/d; /^\t\tfce_smcd/d; s/smcd_in_ebcdic/smcr_in_ebcdic/; s/smc_type=smc_d/smc_type=smc_r/
			s/^\t\tsmcd .*/\t\tsmcr\n\t\tsmcr_v2/; /^\t\tfce /s/$/\n\t\tfce_smcr/}' "$work/wrong.$i.smc"
	done
	red wrong wrong client 'is not the DMB that our end is attached to'
}
ok "an Accept of SMC-R" not_smcd
FAKE_SIZE=0 ok "no DMB has the token" red data data client '[ISM-07]'
FAKE_SIZE=32768 ok "another size than the DMB's" red data data client 'dmbe_size: expected 32768 bytes, got 16384'
ok "a message that is cut" red data data client 'expected' --mutate cut=3
script two '\tserver write @CLIENT 0 "Hello."\n\tserver dmb\n\t\tcdc_smcd prod_count=6
\tserver write @CLIENT 6 "More."\n\tserver dmb\n\t\tcdc_smcd prod_count=11
'
FAKE_LOSES=1 ok "a signal is lost" red two two client 'expected every signal, got 1 more'
tap_end
