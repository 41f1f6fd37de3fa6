# SPDX-License-Identifier: GPL-2.0-or-later
# Linux's own tests of TCP sockets, from Debian's linux-source-6.12, built here. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

selftests_there=$TOP/build/suites/selftests
# Those whose sockets a program could make SMC. Not tls, which is all about an upper protocol on TCP's queues.
selftests_those='bind_bhash bind_timewait bind_wildcard fin_ack_lat ip_local_port_range reuseaddr_conflict reuseport_addr_any
	reuseport_bpf reuseport_bpf_cpu reuseport_dualstack sk_bind_sendto_listen sk_connect_zero_addr sk_so_peek_off
	so_incoming_cpu so_netns_cookie socket tcp_fastopen_backup_key tcp_inq mptcp_connect'

# Debian's headers are older than these tests.
suite_prepare() {
	local source name from
	source=$("$TOP/lab/source" linux-source-6.12)/tools/testing/selftests/net && mkdir -p "$selftests_there" || return
	for name in $selftests_those; do
		from=$source/$name.c
		[[ -f $from ]] || from=$source/mptcp/$name.c
		[[ $selftests_there/$name -nt $from ]] ||
			gcc -D_GNU_SOURCE -DIP_LOCAL_PORT_RANGE=51 -DSO_NETNS_COOKIE=71 -O1 -w -I"$source/.." "$from" \
				-o "$selftests_there/$name" -lpthread -lcap || return
	done
}

suite_parts() {
	tr -s '[:space:]' '\n' <<<"$selftests_those"
}

# Bytes there and back, by one of its ways to move them.
mptcp_connect() {
	local how
	head -c 1000000 /dev/urandom >in
	for how in poll mmap sendfile; do
		"${way[@]}" bash -c "
			set -e
			ends=($selftests_there/mptcp_connect -s TCP -m $how -t 20 -T 50 -p 10001)
			\"\${ends[@]}\" -l 127.0.0.1 <in >server &
			until ss -Hltn 'sport = :10001' | grep -q .; do sleep 0.1; done
			\"\${ends[@]}\" 127.0.0.1 <in >client
			wait \$!
			cmp server in
			cmp client in"
		echo "== mptcp_connect.$how $?"
	done
}

suite_run() { # PART [TEST...]
	local part=$1 status=0 arguments=()
	case $part in
	mptcp_connect) mptcp_connect && return ;;
	bind_bhash) arguments=(12345 ipv4) ;;
	esac
	"${way[@]}" timeout -k 5 100 "$selftests_there/$part" "${arguments[@]}" || status=$?
	echo "== $part $status"
}

# 4: the test says that it is to be skipped. Those with the harness number their cases, too.
suite_read() {
	awk '$1 == "==" { print $2, $3 == 0 ? "ok" : $3 == 4 ? "skipped" : "fails" }
		match($0, /^(not )?ok [0-9]+ /) { name = substr($0, RLENGTH + 1); skips = sub(/ *# SKIP.*/, "", name)
			gsub(/[^A-Za-z0-9_.]+/, "_", name); print name, skips ? "skipped" : /^not/ ? "fails" : "ok" }' said
}
