#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace why on a live kernel: what was provoked, each on a port of its own, is the cause that is named, and no other
# one; on a clean run nothing is. The peer is smc-rawpeer, which says bytes one by one: where the kernel declines, the
# reason is held against the Decline that this peer has received.
#
# Usage: causes_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"
clc=$TOP/build/lab/scenarios/clc-bytes

# ---- in the VM: ends ------------------------------------------------------------------------

# raw_client PORT STEP...: one that asks for SMC.
raw_client() {
	local port=$1 server
	shift
	serve "$port" smc
	printf '%s\n' "$@" | smc-rawpeer --timeout 15 connect 127.0.0.1 "$port" >"$SMCKIT_OUT/$port.said" 2>&1 || :
	finish "$server"
}

# answering PORT COMMAND...: a server that makes its answer of the Proposal that it has received.
answering() {
	local port=$1 server
	shift
	rm -f "/run/ready.$port" "/run/steps.$port"
	mkfifo "/run/steps.$port"
	smc-rawpeer --timeout 15 --ready-file "/run/ready.$port" listen 127.0.0.1 "$port" \
		<"/run/steps.$port" >"$SMCKIT_OUT/$port.said" 2>&1 &
	server=$!
	{
		echo recv-clc
		until_true test -s "$SMCKIT_OUT/$port.said"
		"$@" <"$SMCKIT_OUT/$port.said"
	} >"/run/steps.$port" &
	until_true test -s "/run/ready.$port"
	ask "$port" smc
	finish "$server"
}

hex() {
	grep -oE '[0-9a-f]{16,}' | head -n 1
}

echo_it() {
	echo "send $(hex)"
}

accept() {
	echo "send $("$clc" accept "$@")"
	echo recv-any
}

# Another type in byte 4, or another last byte of the trailer.
confirm_instead() {
	echo "send $("$clc" accept typev1=D | sed 's/^\(.\{8\}\)02/\103/')"
}

bad_trailer() {
	echo "send $("$clc" accept typev1=D | sed 's/..$/00/')"
}

# ---- in the VM: what is provoked ---------------------------------------------------------------

guest_clean() {
	start_trace clean
	for port in 6090 6091 6092; do both "$port" smc smc; done
	sleep 0.3
	stop_trace
}

guest_options() {
	both 6001 tcp smc
	both 6002 smc tcp
	nft add rule ip m o 'tcp dport 6003 tcp flags & syn == syn reset tcp option 254'
	nft add rule ip m o 'tcp sport 6004 tcp flags & (syn | ack) == (syn | ack) reset tcp option 254'
	both 6003 smc smc
	both 6004 smc smc
	ask 6005 smc
	if nft add rule ip m o 'tcp dport 6006 reject with icmp type host-unreachable'; then
		ask 6006 smc
	else
		echo 'the kernel has no reject of nft (CONFIG_NFT_REJECT)' >"$SMCKIT_OUT/6006.cannot"
	fi
	for how in '6007 connect' '6008 listen' '6009 ipsec'; do
		# shellcheck disable=SC2086
		with_option $how || echo "$how came to nothing"
	done
}

with_option() {
	local status=0
	timeout 180 python3 -c "$OPTIONS" "$@" || status=$?
	((status == 92)) || return "$status"
	echo 'the kernel has no such option of the socket (CONFIG_XFRM_USER)' >"$SMCKIT_OUT/$1.cannot"
}

# An option of TCP's at an end of SMC's: PORT connect|listen|ipsec. Exit status 92, ENOPROTOOPT: the kernel does not have it.
OPTIONS=$(cat <<'PY'
import socket, struct, sys, threading
IPPROTO_SMC, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, IP_XFRM_POLICY = 256, 23, 30, 17

def policy():
    # xfrm_userpolicy_info: any selector of IPv4, no limits, allow, out
    return struct.pack("=56s64s32sIIBBBB4x", struct.pack("=40xH14x", socket.AF_INET), b"\xff" * 32 + bytes(32), bytes(32),
                       0, 0, 1, 0, 0, 0)

for port, how in [sys.argv[1:]]:
    s, c = (socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SMC) for _ in range(2))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if how == "listen":
        s.setsockopt(socket.SOL_TCP, TCP_FASTOPEN, 5)
    s.bind(("127.0.0.1", int(port)))
    s.listen(1)
    if how == "connect":
        c.setsockopt(socket.SOL_TCP, TCP_FASTOPEN_CONNECT, 1)
    if how == "ipsec":
        try:
            c.setsockopt(socket.SOL_IP, IP_XFRM_POLICY, policy())
        except OSError as e:
            sys.exit(e.errno)
    def serve():
        a = s.accept()[0]
        a.recv(9)
        a.close()
    t = threading.Thread(target=serve)
    t.start()
    c.connect(("127.0.0.1", int(port)))
    c.send(b"hi")
    t.join()
    c.close()
    s.close()
PY
)

guest_servers() {
	raw_server 6010 recv-clc 'text HTTP/1.1 400 Bad Request'
	raw_server 6011 recv-clc 'send 15 03 03 00 02 02 28'
	raw_server 6012 recv-clc 'text SSH-2.0-OpenSSH_9.2p1 Debian-2'
	raw_server 6013 recv-clc 'text 220 mail.example ESMTP ready, say hello'
	raw_server 6014 recv-clc 'send 00 01 02 03 ff fe fd fc 00 00 00 00'
	answering 6015 echo_it
	answering 6016 confirm_instead
	answering 6017 bad_trailer
	raw_server 6018 recv-clc close
	raw_server 6019 recv-clc reset
	raw_server 6020 recv-clc "send $("$clc" decline reason=01010000)" recv-any
	raw_server 6021 recv-clc "send $("$clc" decline reason=03070000)" recv-any
	raw_server 6022 recv-clc "send $("$clc" decline reason=09990000)" recv-any
	answering 6023 accept typev1=R
	answering 6024 accept typev1=D
}

# own_proposal: what this host's kernel proposes; 6015 has received it.
own_proposal() {
	echo "send $(hex <"$SMCKIT_OUT/6015.said")"
}

proposal() {
	echo "send $("$clc" proposal "$@")"
}

guest_clients() {
	local declined=(recv-clc 'text hi' shutdown)
	raw_client 6030 'text GET / HTTP/1.0'
	raw_client 6031 'send 16 03 01 00 c8 01 00 00 c4 03 03 00'
	raw_client 6032 close
	raw_client 6033 "$(own_proposal)" recv-clc close
	raw_client 6034 "$(own_proposal)" recv-clc 'text POST /x HTTP/1.1'
	raw_client 6035 "$(own_proposal)" recv-clc "send $("$clc" decline reason=01010000)" 'text hi' shutdown
	raw_client 6036 "$(own_proposal | sed 's/..$/00/')"
	raw_client 6040 "$(proposal typev2=D ism-gid=1)" "${declined[@]}"
	raw_client 6041 "$(proposal)" "${declined[@]}"
	raw_client 6042 "$(proposal ueid=)" "${declined[@]}"
	raw_client 6043 "$(proposal version=1 typev1=R)" "${declined[@]}"
	raw_client 6044 "$(proposal version=1 typev1=R address=127.0.0.1/8)" "${declined[@]}"
	raw_client 6045 "$(proposal max-conns=15)" "${declined[@]}"
	raw_client 6046 "$(proposal max-links=0)" "${declined[@]}"
}

# Each of these waits for as long as the kernel does, so all at once.
guest_slow() {
	nft add rule ip m o 'tcp dport 6050 tcp flags & psh == psh drop'
	nft add rule ip m o 'tcp sport 6051 tcp flags & psh == psh drop'
	both 6050 smc smc &
	both 6051 smc smc &
	raw_server 6052 recv-clc 'sleep 9000' &
	raw_client 6053 'sleep 9000' &
	raw_client 6054 "$(own_proposal)" recv-clc 'sleep 9000' &
	raw_server 6055 recv-clc 'sleep 9000' &
	sleep 2
	pkill -TERM -f -- '-p 6055' || :
	sleep 9
}

guest_hanging() {
	raw_server 6056 recv-clc 'sleep 5000' &
	sleep 3.5
}

guest_setup() {
	smc-ctl ueid flush
	start_trace no_ueid
	both 6060 smc smc
	sleep 0.3
	stop_trace
	smc-ctl ueid add SMCKIT.LAB
	sysctl -qw net.ipv4.tcp_syncookies=2
	start_trace cookies
	both 6061 smc smc
	sleep 0.3
	stop_trace
	sysctl -qw net.ipv4.tcp_syncookies=1
}

guest() {
	begin_guest nf_tables xfrm_user
	nft add table ip m
	nft add chain ip m o '{ type filter hook output priority -150; }'
	guest_clean
	stage clean
	start_trace causes
	guest_options || echo "options came to nothing"
	stage options
	guest_servers || echo "servers came to nothing"
	stage servers
	guest_clients || echo "clients came to nothing"
	stage clients
	guest_slow || echo "slow came to nothing"
	stage slow
	guest_hanging || echo "hanging came to nothing"
	stop_trace
	stage hanging
	guest_setup || echo "the setup came to nothing"
	stage setup
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host nft python3
in_vm 800 "$kernel"
for name in clean causes no_ueid cookies; do
	status_of "$name" 0
	"$T" why "$out/$name.trace" >"$work/$name.why" 2>&1 && got=0 || got=$?
	wanted=1
	[[ $name != clean ]] || wanted=0
	is "${name}__why_status" "$got" "$wanted"
done
is clean__nothing_is_wrong "$(grep -c 'Nothing is wrong: .*; 3 connections reached SMC' "$work/clean.why")" 1

# cause NAME PORT PATTERN: the line of that port, of which there is one.
situations=0 failures=0
cause() {
	local line
	[[ ! -e $out/$2.cannot ]] || { skip "$1__$2" "$(<"$out/$2.cannot")" && return; }
	line=$(grep -E ":$2[ :]" "$work/$1.why" || :)
	if [[ $(wc -l <<<"$line") == 1 ]] && grep -qE -e "$3" <<<"$line"; then
		pass "$1__$2"
		situations=$((situations + 1))
		[[ $line != *' failed: '* ]] || failures=$((failures + 1))
	else
		fail "$1__$2" "wanted: $3; is: ${line:-nothing}"
	fi
}

# declined PORT: the reason is that of the Decline which the peer has received.
declined() {
	local reason
	reason=$(grep -oE 'e2d4c3[cd][49]04[0-9a-f]{22}[0-9a-f]{8}' "$out/$1.said" | head -n 1 | cut -c 33-40)
	cause causes "$1" "\\(0x${reason:-no Decline came}\\), found by the server"
}

cause causes 6001 'the server does not use SMC \(0x03010000\)'
cause causes 6002 'the client did not ask for SMC \(0x03010000\)'
cause causes 6003 "the client's SMC option did not reach the server \(0x03010000\)"
cause causes 6004 "failed: the server's SMC option did not reach the client"
cause causes 6005 'failed: the connection was refused'
cause causes 6006 'failed: no TCP connection came about \(No route to host\)'
# A socket that falls back before it connects has no address: its reason stands with its program, and the server's line
# says what the server has seen.
cause causes 6007 'the client did not ask for SMC|socket option not supported over SMC \(0x03060000\)'
ok causes__option_of_the_client grep -E '\(of python3/[0-9]+.*\): socket option not supported over SMC \(0x03060000\)|:6007 .*\(0x03060000\)' "$work/causes.why"
cause causes 6008 'socket option not supported over SMC \(0x03060000\), found by the server'
cause causes 6009 'IPsec in use \(0x03020000\), found by the client'
cause causes 6010 'failed: the peer confirmed SMC and does not speak it: in place of Accept came an HTTP response'
cause causes 6011 'failed: the peer confirmed SMC and does not speak it: .* a TLS alert \(15 03 03 00 02 02 28\)'
cause causes 6012 'failed: the peer confirmed SMC and does not speak it: .* an SSH banner'
cause causes 6013 'failed: the peer confirmed SMC and does not speak it: .* a greeting of SMTP'
cause causes 6014 'failed: the peer confirmed SMC and does not speak it: .* bytes of no protocol'
cause causes 6015 'failed: our own Proposal came back'
cause causes 6016 'failed: a CLC message came that was not expected: Confirm in place of Accept'
cause causes 6017 'failed: a CLC message came that is not well formed: the client waited for Accept'
cause causes 6018 'failed: the peer reset or closed the connection in the handshake: the client waited for Accept'
cause causes 6019 'failed: the peer reset or closed the connection in the handshake: the client waited for Accept'
cause causes 6020 'peer declined \(0x05000000\), its diagnosis: out of memory \(0x01010000\)'
cause causes 6021 'peer declined \(0x05000000\), its diagnosis: IP prefixes do not match \(0x03070000\)'
cause causes 6022 'peer declined \(0x05000000\), its diagnosis: internal error \(0x09990000\)'
cause causes 6023 'SMC modes do not match \(0x03040000\), found by the client'
cause causes 6024 'out of memory \(0x01010000\), found by the client'
cause causes 6030 'failed: the client asked for SMC and does not speak it: in place of Proposal came an HTTP request'
cause causes 6031 'failed: the client asked for SMC and does not speak it: in place of Proposal came a TLS handshake'
cause causes 6032 'failed: the peer reset or closed the connection in the handshake: the server waited for Proposal'
cause causes 6033 'failed: the peer reset or closed the connection in the handshake: the server waited for Confirm'
cause causes 6034 'failed: the client asked for SMC and does not speak it: in place of Confirm came an HTTP request'
cause causes 6035 'peer declined \(0x05000000\), its diagnosis: out of memory \(0x01010000\)'
cause causes 6036 'failed: a CLC message came that is not well formed: the server waited for Proposal'
for port in 6040 6041 6042 6043 6044 6045 6046; do
	declined "$port"
done
cause causes 6050 'failed: CLC messages do not arrive'
cause causes 6051 'failed: CLC messages do not arrive'
cause causes 6052 'failed: the peer offered SMC and then was silent: the client waited for Accept'
cause causes 6053 'failed: the peer offered SMC and then was silent: the server waited for Proposal'
cause causes 6054 'failed: the peer offered SMC and then was silent: the server waited for Confirm'
cause causes 6055 'failed: a signal interrupted the handshake: the client waited for Accept'
cause causes 6056 'failed: the handshake does not go on: the client has waited for Accept for up to'
cause no_ueid 6060 'no user-defined EID in the Proposal \(0x03030008\), found by the server.*smcr ueid add'
cause cookies 6061 'SYN cookies, which have no room for the SMC option'
note "$situations situations, $failures of them failures"
ok situations__enough test "$situations" -ge 30
ok failures__enough test "$failures" -ge 10
# Nothing was provoked on other ports.
is causes__none_but_these "$(grep -oE '127\.0\.0\.1:60[0-9]+' "$work/causes.why" | sort -u | wc -l)" \
	"$((situations - 2))"
tap_end
