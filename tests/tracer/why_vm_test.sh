#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace why on a live kernel: provoked situations, each on a port of its own, and the cause that each has;
# and what stands around a trace: privileges, planted names, missing BTF, what exists already, filters.
#
# Usage: why_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"

# ---- in the VM ------------------------------------------------------------------------

guest_clean() {
	start_trace clean
	serve 6000 smc 5
	for _ in 1 2 3 4 5; do ask 6000 smc; done
	wait "$server"
	sleep 0.3
	stop_trace
}

guest_causes() {
	start_trace causes
	both 6001 tcp smc
	both 6002 smc tcp
	nft add table ip m
	nft add chain ip m o '{ type filter hook output priority -150; }'
	nft add rule ip m o 'tcp dport 6003 tcp flags & syn == syn reset tcp option 254'
	nft add rule ip m o 'tcp sport 6004 tcp flags & (syn | ack) == (syn | ack) reset tcp option 254'
	both 6003 smc smc
	both 6004 smc smc
	ask 6005 smc
	raw_server 6006 recv-clc 'text HTTP/1.1 400 Bad Request'
	raw_server 6007 recv-clc 'sleep 9000'
	raw_server 6008 recv-clc close
	sleep 0.3
	stop_trace
	nft delete table ip m
}

guest_setup() {
	smc-ctl ueid flush
	start_trace no_ueid
	both 6010 smc smc
	sleep 0.3
	stop_trace
	smc-ctl ueid add SMCKIT.LAB
	sysctl -qw net.ipv4.tcp_syncookies=2
	start_trace cookies
	both 6011 smc smc
	sleep 0.3
	stop_trace
	sysctl -qw net.ipv4.tcp_syncookies=1
}

# A stack that is built in has no BTF of its own.
guest_module_btf() {
	mkdir -p /run/btf
	cp /sys/kernel/btf/vmlinux /run/btf/
	refused no_btf unshare -m sh -c "mount --bind /run/btf /sys/kernel/btf && exec '$T' -q -w '$SMCKIT_OUT/no_btf.trace' --wait" &
	until_true grep -q tracing "$SMCKIT_OUT/no_btf.err"
	pkill -INT -o smc-trace
	wait "$!"
	refused no_btf_doctor unshare -m sh -c "mount --bind /run/btf /sys/kernel/btf && '$T' doctor"
	refused no_btf_strict unshare -m sh -c "mount --bind /run/btf /sys/kernel/btf && '$T' -q --strict"
}

guest_unseen() {
	refused no_sys unshare -m sh -c "umount -l /sys && exec '$T' -q -c 1"
	refused no_sys_doctor unshare -m sh -c "umount -l /sys && exec '$T' doctor"
	refused no_kernel_btf_doctor unshare -m sh -c "mount -t tmpfs none /sys/kernel && exec '$T' doctor"
	refused user_namespace unshare -U -r "$T" -q -c 1
	refused user_namespace_doctor unshare -U -r "$T" doctor
}

# A file of nobody's has the name of the first one, in a folder for everybody.
guest_planted() {
	mkdir -m 1777 /run/shared
	chmod 755 /run
	setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ': >/run/shared/t.pcapng0; ln -s /etc/victim /run/shared/t.pcapng1'
	"$T" -q -w /run/shared/t.pcapng -C 1 -W 3 2>"$SMCKIT_OUT/planted.said" &
	tracer=$!
	until_true grep -q tracing "$SMCKIT_OUT/planted.said"
	both 6020 smc smc
	kill -INT "$tracer"
	refused planted wait "$tracer"
	stat -c '%n %U %a %s' /run/shared/* >"$SMCKIT_OUT/planted.files"
}

guest_container() {
	local pod=/sys/fs/cgroup/kubepods.slice/kubepods-pod0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0.slice
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef client
	mkdir -p "$pod/cri-containerd-$id.scope"
	rm -f /run/hold
	serve 6030 smc 2
	"$T" conns --cgroup "$pod" >"$SMCKIT_OUT/container.out" 2>"$SMCKIT_OUT/container.err" &
	tracer=$!
	until_true grep -q tracing "$SMCKIT_OUT/container.err"
	ask 6030 smc
	# It outlives its connection, as its names are asked of it.
	# shellcheck disable=SC2016 # it is the inner shell's
	unshare --uts sh -c 'hostname web-6d4cf-x2; echo $$ >"$1"; exec python3 -c "$2"' sh \
		"$pod/cri-containerd-$id.scope/cgroup.procs" '
import os, socket, time
with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 256) as s:
	s.connect(("127.0.0.1", 6030))
	s.sendall(b"hi")
	s.shutdown(socket.SHUT_WR)
	while s.recv(99):
		pass
while not os.path.exists("/run/hold"):
	time.sleep(0.1)' &
	client=$!
	until_true grep -q :6030 "$SMCKIT_OUT/container.out"
	touch /run/hold
	wait "$client" || :
	sleep 0.5
	kill -INT "$tracer"
	wait "$tracer" || :
}

# An idle connection is older than the trace.
guest_existing() {
	rm -f /run/ready /run/hold
	smc-xfer server -f smc -p 6040 -b 127.0.0.1 -n 1 -t 300 --hold-file /run/hold --ready-file /run/ready >/dev/null &
	server=$!
	until_true test -s /run/ready
	smc-xfer client -f smc -p 6040 -t 300 --hold-file /run/hold 127.0.0.1 >/dev/null &
	until_true smc-ctl wait --port 6040 --mode smcd --state ACTIVE --count 2 --timeout 0
	start_trace existing --port 6040
	sleep 0.3
	stop_trace
	touch /run/hold
	wait
}

# idle PORT: a connection that stays, in the namespace of the caller. Prints the namespace's number when it is there.
idle() {
	ip link set lo up
	smc-xfer server -f smc -p "$1" -b 127.0.0.1 -n 1 -t 300 --hold-file /run/hold --ready-file "/run/ready.$1" >/dev/null &
	until_true test -s "/run/ready.$1"
	smc-xfer client -f smc -p "$1" -t 300 --hold-file /run/hold 127.0.0.1 >/dev/null &
	until_true smc-ctl wait --port "$1" --mode smcd --state ACTIVE --count 2 --timeout 0
	stat -L -c %i /proc/self/ns/net >"$SMCKIT_OUT/netns.$1"
	wait
}

# One namespace has a process, the other one a name, too.
guest_netns() {
	local inside
	inside="$(declare -f idle until_true); SMCKIT_OUT=$SMCKIT_OUT; idle"
	rm -f /run/hold
	unshare -n bash -c "$inside 6050" &
	ip netns add second
	ip netns exec second bash -c "$inside 6051" &
	until_true eval "test -s $SMCKIT_OUT/netns.6050 && test -s $SMCKIT_OUT/netns.6051"
	start_trace netns
	sleep 0.3
	stop_trace
	stat -L -c %i /proc/self/ns/net >"$SMCKIT_OUT/netns.own"
	touch /run/hold
	wait
	ip netns delete second
}

# TCP_FASTOPEN makes the listener fall back, and accept() is TCP's.
guest_fastopen() {
	start_trace fastopen
	rm -f /run/ready
	smc-xfer server -f smc -b 127.0.0.1 -p 6060 -n 3 --fastopen --text hi --ready-file /run/ready --log "$SMCKIT_OUT/fastopen.log" >/dev/null 2>&1 &
	server=$!
	until_true test -s /run/ready
	for _ in 1 2 3; do ask 6060 smc; done
	wait "$server"
	sleep 0.3
	stop_trace
}

guest() {
	begin_guest nf_tables
	guest_clean
	stage clean
	guest_causes
	stage causes
	guest_setup
	stage setup
	guest_planted
	stage planted
	guest_container
	stage container
	guest_existing
	stage existing
	guest_netns
	stage netns
	guest_fastopen
	stage fastopen
	guest_refused
	stage refused
	[[ ! -e /sys/kernel/btf/smc ]] || guest_module_btf
	guest_unseen
	stage btf
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host nft python3
in_vm 800 "$kernel"
for name in clean causes no_ueid cookies existing; do
	status_of "$name" 0
	"$T" why "$out/$name.trace" >"$work/$name.why" 2>&1 && got=0 || got=$?
	wanted=1
	[[ $name != clean && $name != existing ]] || wanted=0
	is "${name}__why_status" "$got" "$wanted"
	is "${name}__mode_of_the_file" "$(stat -c %a "$out/$name.trace")" 600
done

# cause NAME PORT PATTERN: the line of that port, of which there is one.
cause() {
	local line
	line=$(grep ":$2[ :]" "$work/$1.why" || :)
	if [[ $(wc -l <<<"$line") == 1 ]] && grep -qE -e "$3" <<<"$line"; then
		pass "$1__$2"
	else
		fail "$1__$2" "wanted: $3; is: ${line:-nothing}"
	fi
}

is clean__nothing_is_wrong "$(grep -c 'Nothing is wrong: .*; 5 connections reached SMC' "$work/clean.why")" 1
cause causes 6001 'the server does not use SMC \(0x03010000\)'
cause causes 6002 'the client did not ask for SMC \(0x03010000\)'
cause causes 6003 "the client's SMC option did not reach the server \(0x03010000\)"
cause causes 6004 "failed: the server's SMC option did not reach the client"
cause causes 6005 'failed: .*refused|failed: no TCP connection'
cause causes 6006 'failed: the peer confirmed SMC and does not speak it: in place of Accept came'
cause causes 6007 'failed: the peer offered SMC and then was silent: the client waited for Accept'
cause causes 6008 'failed: the peer reset or closed the connection in the handshake'
cause no_ueid 6010 'no user-defined EID in the Proposal \(0x03030008\), found by the server.*smcr ueid add'
cause cookies 6011 'SYN cookies, which have no room for the SMC option'

is planted__status "$(<"$out/planted.status")" 0
says planted__is_said 't.pcapng0 is taken by somebody else' planted.said
says planted__has_another_name '^/run/shared/t.pcapng0.1 root 600 [1-9]' planted.files
says planted__is_left_alone '^/run/shared/t.pcapng0 nobody [0-9]+ 0$' planted.files
is container__only_of_the_pod "$(grep -c 6030 "$out/container.out")" 1
says container__is_named 'client 127.*:6030 .*\[pod 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 container 0123456789ab host web-6d4cf-x2\]' container.out
ok existing__has_loopback_ism jq -es 'any(.[].message.ev_fact[]?; .topic == 9 and .name == "loopback-ism")' <<<"$("$T" read --json "$out/existing.trace")"
is existing__is_seen "$("$T" read --json "$out/existing.trace" | jq -s '[.[] | select(.seen and .kind == 22)] | length')" 2
session netns
is netns__of_each "$(jq -r 'select(.seen and .kind == 22) | [.netns, .comm, .local_port, .peer_port] | @tsv' "$work/netns.json" |
	awk '{ print $1, $2, $3 < $4 ? $3 : $4 }' | sort | uniq -c | xargs -n 4 | sort)" \
	"$(printf '2 %s smc-xfer %s\n' "$(<"$out/netns.6050")" 6050 "$(<"$out/netns.6051")" 6051 | sort)"
says netns__is_observed 'observed: .*older connections.* / not observed: nothing' netns.err
session fastopen
complete fastopen
# By the program's log: process, own port, peer's port.
is fastopen__accepted_connections "$(jq -r 'select(.kind == 29 and .role_text == "server") |
	[.pid, .local_port, .peer_port, .comm, .message.ev_fallback.reason] | @tsv' "$work/fastopen.json" | tr '\t' ' ' | sort)" \
	"$(awk '{ print $1, $2, $3, "smc-xfer", "0x03060000" }' "$out/fastopen.log" | sort)"
check_refused
if [[ -e $out/no_btf.status ]]; then
	says no_btf__warns 'not everything is observed: .*fallbacks.*smc has no BTF: /sys/kernel/btf/smc is missing' no_btf.err
	is no_btf__stored "$("$T" why "$out/no_btf.trace" 2>&1 | grep -c 'Nothing is known to be wrong\|not observed: .*smc has no BTF')" 2
	is no_btf_doctor__fails "$(<"$out/no_btf_doctor.status")" 1
	says no_btf_doctor__names_it 'smc has no BTF' no_btf_doctor.err
	says no_btf_doctor__does_not_know 'fentry/smc_connect .*not known: .* no BTF' no_btf_doctor.err
	is no_btf_strict__fails "$(<"$out/no_btf_strict.status")" 3
fi
for name in no_sys no_sys_doctor no_kernel_btf_doctor user_namespace user_namespace_doctor; do
	is "${name}__fails" "$(<"$out/$name.status")" 1
	ok "${name}__does_not_say_what_it_cannot_see" not grep -E 'not loaded|does not have it|no module|CONFIG_SMC' "$out/$name.err"
done
says no_sys__names_it '/sys: mount it' no_sys.err
says no_sys_doctor__names_it 'SMC .*not known: /sys is not mounted' no_sys_doctor.err
says no_kernel_btf_doctor__names_it "fentry/smc_connect .*not known without the kernel's BTF" no_kernel_btf_doctor.err
says user_namespace__names_it 'missing: CAP_BPF.*those of a user namespace do not count' user_namespace.err
says user_namespace_doctor__names_it 'without CAP_BPF.* of the host' user_namespace_doctor.err
tap_end
