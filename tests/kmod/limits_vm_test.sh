#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits of what a stranger may take of the machine with smcx.ko, and see or end of another's connections: TCP's answer beside
# ours, in the same run. The stranger is nobody, mostly in a user and a network namespace that it has made itself.
#
#	 namespace c                     namespace s
#	 vc 10.8.0.1 ------------------- vs 10.8.0.2
#
# Usage: limits_vm_test.sh KERNEL
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:$TOP/build/tests/kmod:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-${1-6.12}"

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	status=0
	"$TOP/lab/vm" --timeout "$(vm_limit 1400)" "$kernel" -- "$0" "$kernel" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

. "$TOP/tests/kmod/guest.sh"
# Where nobody may look, too.
readonly OPEN=/run/smckit-limits CGROUPS=/run/smckit-cgroup
readonly PAGES=8192 # net.smc.mem and net.ipv4.tcp_mem where they are to be reached
many=400
[[ $kernel != debug ]] || many=150

# as_nobody COMMAND...; stranger COMMAND...: in namespaces of its own, where it is root.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

stranger() {
	as_nobody unshare -Urnu sh -c 'ip link set lo up; exec "$@"' sh "$@"
}

# ask KIND QUESTION...: kmod_limits
ask() {
	"$OPEN/kmod_limits" "$@"
}

# hold COMMAND...: kmod_limits in the background till "let_go"; returns when it is ready.
hold() {
	rm -f "$OPEN/end"
	: >"$work/held"
	"$@" "$OPEN/end" >"$work/held" 2>&1 &
	held=$!
	until grep -q ready "$work/held"; do
		kill -0 "$held" 2>/dev/null || { cat "$work/held" && return 1; }
		sleep 0.1
	done
}

let_go() {
	touch "$OPEN/end"
	wait "$held" || { cat "$work/held" && return 1; }
}

tcp_pages() {
	awk '$1 == "TCP:" { print $NF }' /proc/net/sockstat
}

# over_smc COMMAND...: it succeeds, and both ends are on SMC.
over_smc() {
	local ends
	echo >"$TRACE/trace"
	"$@" || return
	ends=$(grep -c 'smcx_conn_create:' "$TRACE/trace" || :)
	((ends >= 2)) && ! grep smcx_fallback: "$TRACE/trace" && return
	echo "$ends ends on SMC" && cat "$SMCX_DEBUG/counts" && return 1
}

# within SECONDS COMMAND...: it comes true.
within() {
	local end=$((SECONDS + $1))
	until "${@:2}"; do
		((SECONDS < end)) || return
		sleep 0.2
	done
}

# ---- memory ---------------------------------------------------------------------

mem_of() {
	cat "/proc/sys/net/$1"
}

# pinned KIND USED: what a stranger pins with two descriptors. USED COMMAND: pages of all of that kind.
pinned() {
	local used
	hold stranger "$OPEN/kmod_limits" "$1" pin "$many" || return
	used=$("${@:2}")
	echo "$1: $used pages of $PAGES, $(<"$work/held")"
	((used > 100 && used <= PAGES + PAGES / 8))
}

# All others go on meanwhile.
others_go_on() {
	over_smc ask smc carry 2 300000 && over_smc setpriv --reuid 1000 --regid 1000 --clear-groups \
		"$OPEN/kmod_limits" smc carry 2 300000
}

all_given_back() {
	let_go && within 30 test "$(count mem_pages)" == 0 && drained && return
	cat "$SMCX_DEBUG/counts" && return 1
}

# Limits that are reached while ways are filled: connections go on, without more.
carry_without_memory() {
	local carry status=0
	mem_of smc/mem >"$work/mem"
	ask smc carry 8 2000000 >"$work/carry" 2>&1 &
	carry=$!
	sleep 0.3
	echo "$1" >/proc/sys/net/smc/mem
	wait "$carry" || status=$?
	cat "$work/carry"
	note "$1 pages: $(<"$work/carry")"
	cat "$work/mem" >/proc/sys/net/smc/mem
	drained && return "$status"
}

# idle_gives_back COMMAND...: rings that have been full are a page each after COMMAND, which leaves the machine short of memory.
idle_gives_back() {
	local before after
	hold ask smc idle 20 || return
	before=$(count mem_pages)
	within 10 idle_rings_shrink "$@" || :
	after=$(count mem_pages)
	let_go || return
	echo "$before pages before, $after afterwards"
	((before > 400 && after <= 80))
}

idle_rings_shrink() {
	"$@"
	(($(count mem_pages) <= 80))
}

drop_slab() {
	echo 2 >/proc/sys/vm/drop_caches
}

# Pressure: one connection more is enough to notice.
press() {
	local mem
	mem=$(mem_of smc/mem)
	echo "10 20 $PAGES" >/proc/sys/net/smc/mem
	ask smc carry 1 10 >/dev/null
	sleep 0.3
	echo "$mem" >/proc/sys/net/smc/mem
}

rmem_is_the_hosts() {
	stranger sh -c '
		for name in rmem wmem; do
			! echo 1048576 2>/dev/null >/proc/sys/net/smc/$name || exit 1
			echo 65536 >/proc/sys/net/smc/$name || exit 2
		done' && in_netns c sh -c 'echo 1048576 >/proc/sys/net/smc/rmem && echo 262144 >/proc/sys/net/smc/rmem'
}

# ---- who pays -------------------------------------------------------------------

make_groups() {
	mkdir "$CGROUPS"
	mount -t cgroup2 none "$CGROUPS"
	echo +memory >"$CGROUPS/cgroup.subtree_control"
	mkdir "$CGROUPS/tcp" "$CGROUPS/smc"
}

sock_of() {
	awk '$1 == "sock" { print $2 }' "$CGROUPS/$1/memory.stat"
}

# fed KIND: how much of plain TCP clients' bytes a group pays for whose server does not read them.
fed() {
	hold ask "$1" feed 20 "$CGROUPS/$1" || return
	sock[$1]=$(sock_of "$1")
	let_go || return
	echo "$1: $(<"$work/held"), the group pays for ${sock[$1]} bytes"
	within 10 test "$(sock_of "$1")" == 0
}

declare -A sock
tcp_clients_are_paid_for() {
	fed tcp && fed smc && ((sock[tcp] > 1000000 && sock[smc] > sock[tcp] * 3 / 4))
}

# ---- DMBs -----------------------------------------------------------------------

nobody_takes_all() {
	local dmbs status=0
	EMPTY=1 hold "$@" "$OPEN/kmod_limits" smc pin "$dmb_conns" || return
	dmbs=$(count dmbs)
	echo "$dmbs DMBs taken"
	note "$dmbs DMBs taken by $(<"$work/held")"
	((dmbs < 16000)) && over_smc ask smc carry 10 10000 && over_smc setpriv --reuid 1000 --regid 1000 --clear-groups \
		"$OPEN/kmod_limits" smc carry 10 10000 || status=1
	let_go && within 60 drained && return "$status"
}

# ---- network namespaces ---------------------------------------------------------

make_netns() {
	ip netns add c && ip netns add s &&
		ip link add vc netns c type veth peer name vs netns s &&
		ip -n c address add 10.8.0.1/24 dev vc && ip -n s address add 10.8.0.2/24 dev vs &&
		ip -n c link set vc up && ip -n s link set vs up && ip -n c link set lo up
}

veth_is_gone() {
	! ip -n s link show vs >/dev/null 2>&1
}

# deleted KIND: the namespace of a client that has gone, while its server stays.
deleted() {
	local end=0
	make_netns
	rm -f "$OPEN/end"
	: >"$work/held"
	ip netns exec s "$OPEN/kmod_limits" "$1" serve 7000 "$OPEN/end" >"$work/held" 2>&1 &
	held=$!
	within 10 grep -q listens "$work/held" || return
	ip netns exec c "$OPEN/kmod_limits" "$1" leave 10.8.0.2 7000 || return
	within 10 grep -q ready "$work/held" || return
	ip netns del c
	within 10 veth_is_gone || end=1
	let_go || return
	ip netns del s
	return "$end"
}

# ---- ended by an administrator ------------------------------------------------------

# same_as_tcp QUESTION...: TCP's answer and ours.
same_as_tcp() {
	ask tcp "$@" >"$work/tcp" 2>&1 || { cat "$work/tcp" && return 1; }
	ask smc "$@" >"$work/smc" 2>&1 || { cat "$work/smc" && return 1; }
	diff -u "$work/tcp" "$work/smc"
}

# ---- whom the device leads to -------------------------------------------------------

# loopback NAMESPACE VALUE
loopback() {
	in_netns "$1" sh -c "echo $2 >/proc/sys/net/smc/loopback"
}

switched_off() {
	local status=0
	loopback '' 0
	transfer tcp smc smc 127.0.0.1 -B 100k -d both || status=1
	loopback '' 1
	transfer smc smc smc 127.0.0.1 -B 100k -d both || status=1
	loopback '' 2
	transfer smc smc smc 127.0.0.1 -B 100k -d both || status=1
	return "$status"
}

# The stricter of two namespaces decides.
between_namespaces() {
	local side status=0
	server_ns=s client_ns=c
	transfer smc smc smc 10.8.0.2 -B 100k -d both || status=1
	for side in c s; do
		loopback "$side" 1
		transfer tcp smc smc 10.8.0.2 -B 100k -d both || status=1
		loopback "$side" 0
		transfer tcp smc smc 10.8.0.2 -B 100k -d both || status=1
		loopback "$side" 2
	done
	loopback c 1
	server_ns=c
	transfer smc smc smc 127.0.0.1 -B 100k -d both || status=1
	loopback c 2
	server_ns='' client_ns=''
	return "$status"
}

strangers_stay_in() {
	stranger sh -c '
		test "$(cat /proc/sys/net/smc/loopback)" = 1 || exit 1
		! echo 2 2>/dev/null >/proc/sys/net/smc/loopback || exit 2
		echo 0 >/proc/sys/net/smc/loopback && echo 1 >/proc/sys/net/smc/loopback' &&
		over_smc stranger "$OPEN/kmod_limits" smc carry 1 10000
}

# ---- what others see -----------------------------------------------------------------

# seen COMMAND...: names and link groups that it sees.
seen() {
	"$@" sh -c '[ ! "$1" ] || hostname other; smc-ctl info; smc-ctl lgr; smc-ctl devices' sh "${rename-}" 2>&1
}

strangers_see_nothing() {
	local status=0
	hostname secret-host
	hold ask smc idle 1 || return
	rename=1 seen stranger >"$work/stranger"
	seen env >"$work/root"
	let_go || return
	! grep -E 'secret|SMCKIT' "$work/stranger" || status=1
	grep -q secret-host "$work/root" && grep -q SMCKIT "$work/root" || { echo "root:" && cat "$work/root" && status=1; }
	return "$status"
}

container_hears_no_name() {
	hostname secret-host
	server_ns=s client_ns=c
	transfer smc smc smc 10.8.0.2 -B 100k -d both || return
	server_ns='' client_ns=''
	in_netns c smc-ctl lgr >"$work/lgr" && [[ -s $work/lgr ]] && ! grep secret "$work/lgr" && return
	cat "$work/lgr" && return 1
}

# ---- the run --------------------------------------------------------------------------

mkdir -m 1777 "$OPEN"
cp "$(command -v kmod_limits)" "$(command -v smc-ctl)" "$OPEN"
PATH=$OPEN:$PATH
load_smcx ueid=SMCKIT.TEST
ip link set lo up
ulimit -n 4096
echo 100000 >/proc/sys/net/core/somaxconn
smc_mem=$(mem_of smc/mem) tcp_mem=$(mem_of ipv4/tcp_mem)
note "net.smc.mem $smc_mem; net.ipv4.tcp_mem $tcp_mem"

echo "$((PAGES / 2)) $((PAGES * 2 / 3)) $PAGES" | tee /proc/sys/net/smc/mem >/proc/sys/net/ipv4/tcp_mem
ok memory__of_a_stranger_tcp pinned tcp tcp_pages
note "$(<"$work/tap")"
ok memory__given_back_tcp let_go
ok memory__of_a_stranger_smc pinned smc count mem_pages
note "$(<"$work/tap")"
ok memory__others_go_on others_go_on
ok memory__given_back_smc all_given_back
echo "$tcp_mem" >/proc/sys/net/ipv4/tcp_mem
echo "$smc_mem" >/proc/sys/net/smc/mem
ok memory__little_for_all carry_without_memory "60 90 120"
ok memory__none_for_all carry_without_memory "4 6 8"
ok memory__idle_rings_shrink idle_gives_back drop_slab
ok memory__idle_rings_under_pressure idle_gives_back press

ok payer__groups make_groups
ok payer__tcp_clients tcp_clients_are_paid_for
note "$(<"$work/tap")"

dmb_conns=7500
[[ $kernel != debug ]] || dmb_conns=0
if ((dmb_conns)); then
	ok dmbs__nobody_takes_all nobody_takes_all as_nobody
else
	skip dmbs__nobody_takes_all "it takes too long there"
fi

for kind in tcp smc; do
	ok "netns__deleted_$kind" deleted "$kind"
done

# A client that has closed has sent, however long it takes until somebody accepts.
echo 1 >/proc/sys/net/ipv4/tcp_fin_timeout
for kind in tcp smc; do
	ok "end__before_accept_$kind" ask "$kind" early 30 3000
	ok "end__just_before_accept_$kind" ask "$kind" early 30 0
done
echo 60 >/proc/sys/net/ipv4/tcp_fin_timeout

ok end__ss_kill same_as_tcp kill 'ss -K state established sport ='
# A kernel without INET_DIAG_DESTROY ends no socket of TCP.
if grep -qw tcp_diag_destroy /proc/kallsyms; then
	ok end__sock_destroy same_as_tcp destroy
else
	skip end__sock_destroy "this kernel ends no socket of TCP"
fi
ok end__all_buffers_free drained

ok loopback__switched switched_off
ok loopback__netns make_netns
ok loopback__between_namespaces between_namespaces
ok loopback__strangers_stay_in strangers_stay_in
ok memory__rmem_is_the_hosts rmem_is_the_hosts

ok secrets__no_clc_in_error_queue ask smc stamps
note "$(<"$work/tap")"
ok secrets__same_stamps_tcp ask tcp stamps
ok secrets__strangers_see_nothing strangers_see_nothing
ok secrets__containers_hear_no_name container_hears_no_name
ok seen__system_of_the_peer "$TOP/tests/kmod/peer_system.sh"

ok module__all_buffers_free drained
ok module__goes rmmod smcx
tap_end
