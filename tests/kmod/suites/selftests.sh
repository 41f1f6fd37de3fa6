# SPDX-License-Identifier: GPL-2.0-or-later
# Linux's own tests of TCP sockets, from Debian's linux-source-6.12, built here. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

selftests_there=$TOP/build/suites/selftests
# Those whose sockets a program could make SMC. Not tls, which is all about an upper protocol on TCP's queues; nor bind_bhash and
# fin_ack_lat, which measure times; nor tcp_fastopen_backup_key, whose sockets are TCP in any case.
selftests_those='bind_timewait bind_wildcard ip_local_port_range reuseaddr_conflict reuseport_addr_any
	reuseport_bpf reuseport_bpf_cpu reuseport_dualstack sk_bind_sendto_listen sk_connect_zero_addr sk_so_peek_off
	so_incoming_cpu so_netns_cookie socket tcp_inq mptcp_connect txtimestamp rxtimestamp msg_zerocopy
	tcp_mmap stress_reuseport_listen reuseaddr_ports_exhausted'

# Debian's headers are older than these tests. tcp_mmap sends 32 GiB, which takes hours where a processor is slow.
suite_prepare() {
	local source name from
	source=$("$TOP/lab/source" linux-source-6.12)/tools/testing/selftests/net && mkdir -p "$selftests_there" || return
	for name in $selftests_those; do
		from=$source/$name.c
		[[ -f $from ]] || from=$source/mptcp/$name.c
		[[ ! $selftests_there/$name -nt $from ]] || continue
		sed '/^#define FILE_SZ/s/35/24/' "$from" >"$selftests_there/$name.c" &&
			gcc -D_GNU_SOURCE -DIP_LOCAL_PORT_RANGE=51 -DSO_NETNS_COOKIE=71 -DSOF_TIMESTAMPING_OPT_RX_FILTER=0x20000 -O1 -w \
				-I"$source/.." -I"$source" "$selftests_there/$name.c" -o "$selftests_there/$name" -lpthread -lcap -lcrypto || return
	done
}

suite_parts() {
	tr -s '[:space:]' '\n' <<<"$selftests_those"
}

# selftest NAME COMMAND...: its outcome. 4: the test asks to be skipped. One that hangs has failed.
selftest() {
	local status=0
	[[ ! ${selftests_only-} || " $selftests_only " == *" $1 "* ]] || return 0
	"${way[@]}" timeout -k 5 200 "${@:2}" || status=$?
	# Some end in the middle of a line.
	printf '\n== %s %s\n' "$1" "$status"
}

# Both ends in one command, since only what it starts is SMC.
# shellcheck disable=SC2016 # it is for another shell
until_listening='until ss -Hltn "sport = :$port" | grep -q .; do sleep 0.1; done'

# Bytes there and back, by one of its ways to move them.
mptcp_connect() {
	local how
	head -c 1000000 /dev/urandom >in
	for how in poll mmap sendfile; do
		selftest "mptcp_connect.$how" bash -c "
			set -e
			port=10001
			ends=($selftests_there/mptcp_connect -s TCP -m $how -t 20 -p \$port)
			\"\${ends[@]}\" -l 127.0.0.1 <in >server &
			$until_listening
			\"\${ends[@]}\" 127.0.0.1 <in >client
			wait \$!
			cmp server in
			cmp client in"
	done
}

# Each send's stamp, with and without the bytes, asked for by option and by control message. How long one takes is not asked.
txtimestamp() {
	local family how address
	for family in 4 6; do
		address=127.0.0.1
		[[ $family == 4 ]] || address=::1
		for how in '' -C -n '-l 100' '-c 5'; do
			# shellcheck disable=SC2086 # words
			selftest "txtimestamp.$family${how// /}" "$selftests_there/txtimestamp" -$family -t 60000000 -L $how "$address"
		done
	done
}

msg_zerocopy() {
	local flag
	for flag in -v -z; do
		selftest "msg_zerocopy.${flag#-}" bash -c "
			set -e
			port=8000
			end=($selftests_there/msg_zerocopy -4 -D 127.0.0.1)
			\"\${end[@]}\" -t 4 -r tcp &
			$until_listening
			\"\${end[@]}\" -t 2 $flag tcp
			wait \$!"
	done
}

# Its server goes on without what it cannot have, and never ends.
tcp_mmap() {
	selftest tcp_mmap.bytes bash -c "
		port=8787
		stdbuf -o L $selftests_there/tcp_mmap -s -z -4 -p \$port >server 2>&1 &
		$until_listening
		$selftests_there/tcp_mmap -4 -z -p \$port -H 127.0.0.1
		for ((i = 0; i < 200; i++)); do ! grep -q '^received' server || break; sleep 0.1; done
		kill \$!
		cat server
		grep -q '^received 16 MB' server"
	selftest tcp_mmap.maps bash -c '[[ -s server ]] && ! grep -q ^mmap: server'
}

# A case of a program with the harness takes all of the program.
suite_run() { # PART [TEST...]
	local it=$selftests_there/$1 selftests_only=''
	[[ ${2-} != "$1".* || ! $1 =~ ^(mptcp_connect|txtimestamp|msg_zerocopy)$ ]] || selftests_only="${*:2}"
	case $1 in
	ip_local_port_range)
		sysctl -qw net.ipv4.ip_local_port_range='40000 49999'
		selftest "$1" "$it"
		;;
	rxtimestamp) selftest "$1" "$it" --tcp --strict ;;
	stress_reuseport_listen)
		sysctl -qw net.ipv6.ip_nonlocal_bind=1
		selftest "$1" "$it" 30 8
		;;
	reuseaddr_ports_exhausted)
		sysctl -qw net.ipv4.ip_local_port_range='32768 32768' net.ipv4.ip_autobind_reuse=1
		selftest "$1" "$it"
		;;
	mptcp_connect | txtimestamp | msg_zerocopy | tcp_mmap) "$1" ;;
	*) selftest "$1" "$it" ;;
	esac
}

# 4: the test says that it is to be skipped. Those with the harness number their cases, too.
suite_read() { # PART
	awk '$1 == "==" { print $2, $3 == 0 ? "ok" : $3 == 4 ? "skipped" : "fails" }
		match($0, /^(not )?ok [0-9]+ /) { name = substr($0, RLENGTH + 1); skips = sub(/ *# SKIP.*/, "", name)
			gsub(/[^A-Za-z0-9_.]+/, "_", name); print name, skips ? "skipped" : /^not/ ? "fails" : "ok" }' said
}
