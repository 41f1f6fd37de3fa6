# SPDX-License-Identifier: GPL-2.0-or-later
# Programs as Debian has them, and a use of each: start_NAME, use_NAME and end_NAME. By smc-run --check, which says what carried
# each connection. For tests in a VM, or in two of them.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # TOP is the test's, and work is tests/tap.sh's

# The test sets: on_server, on_client: where the two are run; how_server, how_client: by what, with CHECK for the file of the
# verdict; address: of the server; mode: what --check says of a connection, as in SMC-D; peers: smc, or who has no SMC; shared: a
# folder of both; least_bytes, seconds: of iperf3.
on_server=() on_client=() how_server=() how_client=() peers=smc shared=$work seconds=2 least_bytes=1000000

# How many connections a use has at least.
readonly -A connections_of=([python]=1 [nginx]=8 [redis]=20 [iperf3]=3 [postgres]=4 [ssh]=1)

# missing_programs: the first one that is not installed.
missing_programs() {
	local program
	for program in nginx wrk redis-benchmark redis-check-rdb iperf3 psql curl ssh python3; do
		command -v "$program" >/dev/null || { echo "$program" && return; }
	done
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

# ends_of FILE MODE: ends of connections.
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

# ---- nginx ------------------------------------------------------------------------------------

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

use_nginx() {
	client wrk -t 1 -c 8 -d 2s "http://$address:8080/" || return
	! grep -E 'Socket errors|Non-2xx' "$work/client.said" && grep -Eq '^ +[1-9][0-9]* requests in' "$work/client.said"
}

end_nginx() { end_server QUIT; }

# ---- redis ------------------------------------------------------------------------------------

start_redis() {
	ln -sf "$(command -v redis-check-rdb)" "$work/redis-server"
	run_server redis 6379 "$work/redis-server" --bind "$address" --port 6379 --protected-mode no --dir "$work" --save ''
}

use_redis() {
	client redis-benchmark -h "$address" -c 20 -n 1000 -t set,get,lrange_100 --csv && grep -Eq '^"GET","[1-9]' "$work/client.said"
}

end_redis() { end_server; }

# ---- iperf3 -----------------------------------------------------------------------------------

# It serves one client, and ends.
start_iperf3() { run_server iperf3 5201 iperf3 -s -1; }

# Both ways at once.
use_iperf3() {
	client iperf3 -c "$address" -t "$seconds" --bidir -J || return
	jq -e --argjson n "$least_bytes" '.end.sum_received.bytes >= $n and .end.sum_received_bidir_reverse.bytes >= $n' \
		"$work/client.said" >"$work/enough" || { jq -c '.end | map_values(.bytes?)' "$work/client.said" && return 1; }
}

end_iperf3() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)) && kill -0 "$server" 2>/dev/null; do
		sleep 0.1
	done
	kill "$server" 2>/dev/null || :
	wait "$server" || :
}

# ---- PostgreSQL -------------------------------------------------------------------------------

# It refuses to be root's.
start_postgres() {
	local bin
	bin=$(dirname "$(find /usr/lib/postgresql -name initdb | sort -V | tail -n 1)")
	if [[ ! -d $work/pg ]]; then
		install -d -o postgres "$work/pg"
		setpriv --reuid postgres --regid postgres --init-groups "$bin/initdb" -D "$work/pg" -A trust --no-sync \
			>"$work/initdb" 2>&1 || { tail -n 3 "$work/initdb" && return 1; }
		echo 'host all all 10.0.0.0/8 trust' >>"$work/pg/pg_hba.conf"
	fi
	[[ $peers == tcp_server ]] || how_server+=(--user postgres)
	[[ $peers != tcp_server ]] || how_server=(setpriv --reuid postgres --regid postgres --init-groups)
	run_server postgres 5432 "$bin/postgres" -D "$work/pg" -h "$address" -k '' -c fsync=off
}

# createdb may find it still starting up.
use_postgres() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		! client psql -h "$address" -U postgres -c 'select 1' postgres >/dev/null || break
		sleep 0.2
	done
	client pgbench -h "$address" -U postgres -i -q -s 1 postgres && all_client 1 &&
		client pgbench -h "$address" -U postgres -c 4 -j 2 -t 20 postgres && grep -q 'processed: 80/80' "$work/client.said"
}

end_postgres() { end_server INT; }

all_client() {
	[[ $peers != smc ]] || all_of "$work/client.check" "$mode" "$1"
}

# ---- ssh --------------------------------------------------------------------------------------

start_ssh() {
	if [[ ! -e $work/host_key ]]; then
		ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
		ssh-keygen -q -t ed25519 -N '' -f "$shared/key"
		cp "$shared/key.pub" "$work/authorized"
		mkdir -p /run/sshd
	fi
	run_server ssh 2222 "$(command -v sshd)" -D -e -f /dev/null -h "$work/host_key" -p 2222 -o ListenAddress="$address" \
		-o AuthorizedKeysFile="$work/authorized" -o StrictModes=no -o PidFile=none -o PermitRootLogin=yes \
		-o UsePAM=no -o Subsystem='sftp internal-sftp'
}

# A key has to be its user's alone, which a shared folder may not say.
use_ssh() {
	local to=(-q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i "$work/key.mine")
	install -m 600 "$shared/key" "$work/key.mine"
	head -c 3000000 /dev/urandom >"$work/sent"
	rm -f "$shared/copied"
	client ssh "${to[@]}" -p 2222 "root@$address" 'echo over; cat >/dev/null' && grep -qx over "$work/client.said" &&
		all_client 1 && client scp "${to[@]}" -P 2222 "$work/sent" "root@$address:$shared/copied" && cmp "$work/sent" "$shared/copied"
}

end_ssh() { end_server; }

# ---- Python and curl --------------------------------------------------------------------------

start_python() {
	mkdir -p "$shared/www"
	head -c 300000 /dev/urandom >"$shared/www/random"
	run_server python 8000 python3 -m http.server --directory "$shared/www" --bind "$address" 8000
}

use_python() {
	client curl -sS --fail -o "$work/got1" "http://$address:8000/random" -o "$work/got2" "http://$address:8000/random" &&
		cmp "$shared/www/random" "$work/got1" && cmp "$shared/www/random" "$work/got2"
}

end_python() { end_server; }
