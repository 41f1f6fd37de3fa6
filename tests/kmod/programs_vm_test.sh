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
stack_of "${1-6.12-lo}"
size=${2-short}

if [[ ${3-} != in-vm ]]; then
	for program in qemu-system-x86_64 nginx wrk redis-benchmark redis-check-rdb iperf3 psql curl ssh python3; do
		command -v "$program" >/dev/null || skip_all "$program is missing"
	done
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

# run_server NAME PORT COMMAND...: by $how_server; sets $server, and waits until it listens.
run_server() {
	local name=$1 port=$2 end=$((SECONDS + 300))
	shift 2
	rm -f "$work/$name.check" "$work/$name.said"
	"${on_server[@]}" "${how_server[@]/CHECK/$work/$name.check}" "$@" >"$work/$name.said" 2>&1 &
	server=$!
	while ((SECONDS < end)); do
		[[ ! $("${on_server[@]}" ss -Hltn "sport = :$port") ]] || return 0
		kill -0 "$server" || break
		sleep 0.1
	done
	echo "$name does not listen"
	tail -n 5 "$work/$name.said"
	return 1
}

end_server() {
	kill "-${1-TERM}" "$server" || :
	wait "$server" || :
}

# client COMMAND...: by $how_client.
client() {
	"${on_client[@]}" "${how_client[@]/CHECK/$work/client.check}" "$@" >"$work/client.said" 2>"$work/client.stderr" && return
	echo "status $? of $*"
	tail -n 5 "$work/client.said" "$work/client.stderr"
	return 1
}

# lines_of FILE MODE: ends of connections.
ends_of() {
	sed -n "1s/.*[:,] \([0-9]*\) $2\(,.*\)*$/\1/p" "$1" | grep . || echo 0
}

# all_of FILE MODE AT_LEAST: by smc-run --check.
all_of() {
	local all of
	all=$(sed -n '1s/^smc-run: ends of connections: \([0-9]*\).*/\1/p' "$1")
	of=$(ends_of "$1" "$2")
	[[ $all == "$of" && $of -ge $3 ]] && return
	echo "not all of $3 or more are $2, in ${1##*/}:"
	sed -n 1,12p "$1"
	return 1
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

start_nginx() {
	mkdir -p "$work/www"
	head -c 200000 /dev/zero | tr '\0' x >"$work/www/index.html"
	cat >"$work/nginx.conf" <<END
user root;
worker_processes 2;
daemon off;
pid $work/nginx.pid;
events { }
http {
	access_log off;
	server { listen $address:8080; root $work/www; }
}
END
	run_server nginx 8080 nginx -e stderr -c "$work/nginx.conf"
}

serve_nginx() {
	start_nginx || return 1
	client wrk -t 1 -c 8 -d 2s "http://$address:8080/" && served
	local got=$?
	end_server QUIT
	return $got
}

served() {
	! grep -E 'Socket errors|Non-2xx' "$work/client.said" && grep -Eq '^ +[1-9][0-9]* requests in' "$work/client.said"
}

nginx_wrk() { serve_nginx && verdict nginx 8; }

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

serve_redis() {
	ln -sf "$(command -v redis-check-rdb)" "$work/redis-server"
	run_server redis 6379 "$work/redis-server" --bind "$address" --port 6379 --protected-mode no --dir "$work" \
		--save '' || return 1
	client redis-benchmark -h "$address" -c 20 -n 1000 -t set,get,lrange_100 --csv &&
		grep -Eq '^"GET","[1-9]' "$work/client.said"
	local got=$?
	end_server
	return $got
}

redis_benchmark() { serve_redis && verdict redis 20; }

serve_iperf() {
	run_server iperf3 5201 iperf3 -s -1 || return 1
	# Both ways at once. On debug a way may take seconds to its first block.
	local seconds=2 least=1000000
	[[ $kernel != debug ]] || seconds=15 least=1
	client iperf3 -c "$address" -t "$seconds" --bidir -J &&
		jq -e --argjson n "$least" '.end.sum_received.bytes >= $n and .end.sum_received_bidir_reverse.bytes >= $n' \
			"$work/client.said"
	local got=$?
	# It serves one client, and ends.
	((got == 0)) || kill "$server" 2>/dev/null || :
	wait "$server" || :
	return $got
}

iperf3_bidir() { serve_iperf && verdict iperf3 3; }

# PostgreSQL refuses to be root's.
serve_postgres() {
	local bin
	bin=$(dirname "$(find /usr/lib/postgresql -name initdb | sort -V | tail -n 1)")
	if [[ ! -d $work/pg ]]; then
		install -d -o postgres "$work/pg"
		setpriv --reuid postgres --regid postgres --init-groups "$bin/initdb" -D "$work/pg" -A trust --no-sync \
			>"$work/initdb" 2>&1 || { tail -n 3 "$work/initdb" && return 1; }
		echo 'host all all 10.8.0.0/24 trust' >>"$work/pg/pg_hba.conf"
	fi
	[[ $peers == tcp_server ]] || how_server+=(--user postgres)
	[[ $peers != tcp_server ]] || how_server=(setpriv --reuid postgres --regid postgres --init-groups)
	run_server postgres 5432 "$bin/postgres" -D "$work/pg" -h "$address" -k '' -c fsync=off || return 1
	pgbench_all
	local got=$?
	end_server INT
	return $got
}

# createdb may find it still starting up.
pgbench_all() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		! client psql -h "$address" -U postgres -c 'select 1' postgres >/dev/null || break
		sleep 0.2
	done
	client pgbench -h "$address" -U postgres -i -q -s 1 postgres && all_client 1 &&
		client pgbench -h "$address" -U postgres -c 4 -j 2 -t 20 postgres && grep -q 'processed: 80/80' "$work/client.said"
}

all_client() {
	[[ $peers != smc ]] || all_of "$work/client.check" SMC-D "$1"
}

postgres_pgbench() { serve_postgres && verdict postgres 4; }

serve_sshd() {
	if [[ ! -e $work/host_key ]]; then
		ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
		ssh-keygen -q -t ed25519 -N '' -f "$work/key"
		cp "$work/key.pub" "$work/authorized"
		mkdir -p /run/sshd
		head -c 3000000 /dev/urandom >"$work/sent"
	fi
	run_server sshd 2222 "$(command -v sshd)" -D -e -f /dev/null -h "$work/host_key" -p 2222 -o ListenAddress="$address" \
		-o AuthorizedKeysFile="$work/authorized" -o StrictModes=no -o PidFile=none -o PermitRootLogin=yes \
		-o UsePAM=no -o Subsystem='sftp internal-sftp' || return 1
	local to=(-q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i "$work/key")
	rm -f "$work/copied"
	client ssh "${to[@]}" -p 2222 "root@$address" 'echo over; cat >/dev/null' && grep -qx over "$work/client.said" &&
		all_client 1 && client scp "${to[@]}" -P 2222 "$work/sent" "root@$address:$work/copied" && cmp "$work/sent" "$work/copied"
	local got=$?
	end_server
	return $got
}

ssh_scp() { serve_sshd && verdict sshd 1; }

serve_python() {
	mkdir -p "$work/www"
	head -c 300000 /dev/urandom >"$work/www/random"
	run_server python 8000 python3 -m http.server --directory "$work/www" --bind "$address" 8000 || return 1
	client curl -sS --fail -o "$work/got1" "http://$address:8000/random" -o "$work/got2" "http://$address:8000/random" &&
		cmp "$work/www/random" "$work/got1" && cmp "$work/www/random" "$work/got2"
	local got=$?
	end_server
	return $got
}

python_curl() { serve_python && verdict python 1; }

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
