#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs as Debian has them, run over SMC by smc-run: whether they work, and whether it is SMC that carries them, by what
# the kernel tells of each socket that is closed (smc-run --check) and by smc_diag. In one network namespace; in two:
#
#   server: 10.8.0.1 sv <---veth---> cl 10.8.0.2 :client
#
# And the same binaries with a peer that has no SMC, where they fall back to TCP.
#
# Usage: programs_vm_test.sh [smcx-]KERNEL short|full
#
# smcx-KERNEL: with smcx.ko in place of the kernel's own smc.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
. "$TOP/tests/kmod/programs.sh"
stack_of "${1-6.12-lo}"
size=${2-short}

if [[ ${3-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	[[ ! $(missing_programs) ]] || skip_all "$(missing_programs) is missing"
	build_stack
	status=0 limit=1500
	[[ $kernel != debug ]] || limit=7000
	"$TOP/lab/vm" --mem 3072 --timeout "$limit" "$kernel" -- "$0" "${1-6.12-lo}" "$size" in-vm ||
		status=$?
	exit "$status"
fi

# ---- in the VM: set-up ------------------------------------------------------------------------

PATH=$TOP/build/kmod/run:$TOP/build/lab/tools:/usr/sbin:/sbin:$PATH
load_stack
mount -t tmpfs -o mode=755 programs "$work"
at_exit umount -l "$work"
chmod 755 "$work"
exec </dev/null
mode=SMC-D shared=$work
# On debug a way may take seconds to its first block.
[[ $kernel != debug ]] || seconds=15 least_bytes=1

# The namespaces. A command of one is run by nsenter, which keeps the files as they are.
make_netns() {
	local name
	ip netns add server
	ip netns add client
	ip link add sv netns server type veth peer name cl netns client
	ip -n server address add 10.8.0.1/24 dev sv
	ip -n client address add 10.8.0.2/24 dev cl
	for name in server client; do
		ip -n "$name" link set lo up
	done
	ip -n server link set sv up
	ip -n client link set cl up
}

# place one|two: where servers and clients are, and the server's address.
place() {
	case $1 in
	one) on_server=() on_client=() address=127.0.0.1 ;;
	two)
		on_server=(nsenter --net=/run/netns/server) on_client=(nsenter --net=/run/netns/client)
		address=10.8.0.1
		;;
	esac
}

# verdict NAME AT_LEAST: the server NAME has ended; what were both ends' connections?
verdict() {
	case $peers in
	smc) all_of "$work/$1.check" SMC-D "$2" && all_of "$work/client.check" SMC-D "$2" ;;
	tcp_server) all_of "$work/client.check" TCP "$2" && grep -q 0x03010000 "$work/client.check" ;;
	tcp_client) all_of "$work/$1.check" TCP "$2" && grep -q 0x03010000 "$work/$1.check" ;;
	esac
}

# with PEERS: smc, tcp_server or tcp_client; who of them is run by smc-run.
with() {
	peers=$1
	how_server=(smc-run -q --check --output CHECK) how_client=(smc-run -q --check --output CHECK)
	[[ $peers != tcp_server ]] || how_server=()
	[[ $peers != tcp_client ]] || how_client=()
}

# ---- the programs -----------------------------------------------------------------------------

# used NAME: it works, and what carried each connection is what should.
used() {
	start_"$1" || return 1
	use_"$1"
	local got=$?
	end_"$1"
	((!got)) && verdict "$1" "${connections_of[$1]}"
}

nginx_wrk() { used nginx; }
redis_benchmark() { used redis; }
iperf3_bidir() { used iperf3; }
postgres_pgbench() { used postgres; }
ssh_scp() { used ssh; }
python_curl() { used python; }

# sock_diag's view of the connections while they are there.
diag_of_nginx() {
	local pid got=0
	start_nginx || return 1
	"${on_client[@]}" "${how_client[@]/CHECK/$work/client.check}" wrk -t 1 -c 8 -d 300s "http://$address:8080/" \
		>"$work/client.said" 2>&1 &
	pid=$!
	diag_tells || got=1
	kill "$pid"
	wait "$pid" || :
	end_server
	return $got
}

# Each end in its namespace; in one namespace both are seen at once.
diag_tells() {
	local count=8 seen=(--mode tcp --reason 0x03010000) ends=(on_server on_client) end
	case $peers in
	smc) seen=(--mode smcd --state ACTIVE) ;;
	tcp_server) ends=(on_client) ;;
	tcp_client) ends=(on_server) ;;
	esac
	[[ $peers$where != smcone ]] || count=16
	for end in "${ends[@]}"; do
		local -n on_end=$end
		"${on_end[@]}" smc-ctl wait --timeout 90 --port 8080 --count "$count" "${seen[@]}" && continue
		"${on_end[@]}" smc-ctl diag
		return 1
	done
}

# ---- all of it --------------------------------------------------------------------------------

if [[ $size == full ]]; then
	# $SMCKIT_PROGRAMS, as in the names of the cases, for some of them.
	read -ra programs <<<"${SMCKIT_PROGRAMS:-python_curl nginx_wrk diag_of_nginx redis_benchmark iperf3_bidir postgres_pgbench ssh_scp}"
	places='one two' all_peers='smc tcp_server tcp_client'
else
	programs=(python_curl nginx_wrk diag_of_nginx)
	places='one' all_peers='smc tcp_server'
fi
ip link set lo up
make_netns
for where in $places; do
	place "$where"
	for who in $all_peers; do
		for program in "${programs[@]}"; do
			with "$who"
			ok "${program}__${who}_${where}_netns" "$program"
		done
	done
done
is "nothing_left__cgroups" "$(find /sys/fs/cgroup -maxdepth 1 -name 'smc-run.*')" ""
tap_end
