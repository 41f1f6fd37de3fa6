#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smcx.ko answers like the in-tree module: the same requests are put to both, one after the other in one
# VM, and every attribute of every answer is compared. Where they differ on purpose, the difference is
# written down here (known), and has to be just that.
#
# Usage: netlink_vm_test.sh KERNEL FOLDER-OF-THE-TOOLS OWN-FOLDER. KERNEL has to have an in-tree module with
# loopback-ism. It builds smcx.ko, boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-$1"
tools=$2 own=$3
tree=$own/kmod_nl_tree

if [[ ${4-} != in-vm ]]; then
	. "$TOP/tests/tap.sh"
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	# No exec: tap.sh's trap has to run. The plan and the cases are the VM's.
	"$TOP/lab/vm" --timeout 500 "$kernel" -- "$0" "$kernel" "$tools" "$own" in-vm
	exit
fi

# ---- in the VM --------------------------------------------------------------------------------

. "$TOP/tests/tools/lib.sh"
ctl=$tools/smc-ctl socks=$own/kmod_nl_socks
PATH=/usr/sbin:/sbin:$PATH

# ask INTERFACE REQUEST...: the request and its answer.
ask() {
	echo "? $*"
	"$tree" "$@"
}

# The numbers of <linux/smc.h>.
SYS_INFO=1 LGR_R=2 LINK_R=3 LGR_D=4 DEV_R=6 STATS=7 FBACK=8
UEIDS=9 UEID_ADD=10 UEID_DEL=11 UEID_FLUSH=12 SEID=13 SEID_ON=14 SEID_OFF=15 HS=16 HS_ON=17 HS_OFF=18
PNET_GET=1 PNET_ADD=2 PNET_DEL=3 PNET_FLUSH=4

# eid TEXT: as it has to be given, with blanks to 32 bytes.
eid() {
	printf '%-32s' "$1"
}

# ---- what is asked. say_NAME prints it, the same for both modules; known[NAME], a sed script, makes of the
# in-tree module's answer the one that ours has to give. known_of_ours[NAME] masks what ours says.

declare -A known known_of_ours

say_sys_info() {
	ask gen dump $SYS_INFO
	ask gen send $SYS_INFO
}
# No SMC-R here.
known[sys_info]='s/^1\.6 len=1 01$/1.6 len=1 00/'

say_nothing_there() {
	local what
	for what in $LGR_R $LINK_R $LGR_D $DEV_R $FBACK $UEIDS; do
		ask gen dump "$what"
	done
	ask diag dump
	ask pnet dump $PNET_GET
}

say_stats_at_first() {
	ask gen dump $STATS
}

say_ueid() {
	local n
	ask gen send $UEID_ADD "1=$(eid ONE.1-X)"
	ask gen send $UEID_ADD "1=$(eid ONE.1-X)"
	for n in 2 3 4 5; do
		ask gen send $UEID_ADD "1=$(eid "NUMBER$n")"
	done
	ask gen send $UEID_ADD "1=$(eid ONE.1-X)"
	ask gen dump $UEIDS
	unshare -n "$tree" gen dump $UEIDS
	ask gen send $UEID_DEL "1=$(eid NUMBER3)"
	ask gen send $UEID_DEL "1=$(eid NUMBER3)"
	ask gen dump $UEIDS
	ask gen send $UEID_ADD "1=$(eid 32CHARACTERS.32CHARACTERS.32CHAR)"
	ask gen dump $UEIDS
	ask gen send $UEID_FLUSH
	ask gen send $UEID_FLUSH
	ask gen send $UEID_DEL "1=$(eid ONE.1-X)"
	ask gen dump $UEIDS
}

say_ueid_not_valid() {
	local text
	ask gen send $UEID_ADD
	ask gen send $UEID_DEL
	for text in '' lower .DOT-FIRST -MINUS ' BLANK' 'IN SIDE' 'UNDER_LINE' 'A/B'; do
		ask gen send $UEID_ADD "1=$(eid "$text")"
	done
	ask gen send $UEID_ADD 1=SHORT
	ask gen send $UEID_DEL 1=SHORT
	ask gen send $UEID_ADD "1=$(eid LONG)X"
	ask gen send $UEID_ADD "1:4142"
	ask gen send $UEID_ADD "2=$(eid OTHER)"
	ask gen send $UEID_ADD "1=$(eid ONE)" "2=$(eid OTHER)"
	ask gen send $UEID_FLUSH 1=X
	ask gen dump $UEIDS 1=X
	ask gen send 99
	ask gen dump 99
	ask gen dump $UEID_ADD
	ask gen send $UEID_FLUSH
}

say_seid() {
	ask gen dump $SEID
	ask gen send $SEID_ON
	ask gen send $SEID_OFF
	ask gen dump $SEID
}

say_hs_limitation() {
	ask gen dump $HS
	ask gen send $HS_ON
	ask gen send $HS_ON
	ask gen dump $HS
	cat /proc/sys/net/smc/limit_smc_hs
	unshare -n "$tree" gen dump $HS
	echo 0 >/proc/sys/net/smc/limit_smc_hs
	ask gen dump $HS
	ask gen send $HS_ON
	ask gen send $HS_OFF
	cat /proc/sys/net/smc/limit_smc_hs
}

say_pnet() {
	ask pnet send $PNET_ADD 1=NET1 2=eth7
	ask pnet send $PNET_ADD 1=NET1 2=lo
	ask pnet send $PNET_ADD 1=NET1 2=lo
	ask pnet send $PNET_ADD 1=OTHER 2=lo
	ask pnet send $PNET_ADD 1=' small2 ' 3=' rxe9 '
	ask pnet send $PNET_ADD 1=SMALL2 3=rxe9 4:02
	ask pnet send $PNET_ADD 1=NET3 3=rxe8 4:02
	ask pnet send $PNET_ADD 1=BOTH 2=eth8 3=rxe7
	ask pnet send $PNET_ADD 1=BOTH 2=eth8 3=rxe6
	ask pnet send $PNET_ADD 1=BOTH 2=eth9 3=rxe6
	ask pnet send $PNET_ADD 1=BOTH 2=eth9 3=rxe6
	ask pnet send $PNET_ADD 1=ABCDEFGHIJ012345 2=fifteen.letters
	ask pnet dump $PNET_GET
	ask pnet send $PNET_GET 1=NET1
	ask pnet send $PNET_GET 1=BOTH
	ask pnet send $PNET_GET 1='NET3 '
	ask pnet send $PNET_GET 1=NET
	ask pnet send $PNET_DEL 1=net1
	ask pnet send $PNET_DEL 1=NET
	ask pnet send $PNET_DEL 1='NET1 X'
	ask pnet send $PNET_DEL 1=NET1
	ask pnet dump $PNET_GET
	ask pnet send $PNET_FLUSH
	ask pnet send $PNET_FLUSH
	ask pnet dump $PNET_GET
}

say_pnet_not_valid() {
	local text
	ask pnet send $PNET_ADD
	ask pnet send $PNET_DEL
	ask pnet send $PNET_GET
	ask pnet send $PNET_ADD 1=NAME
	ask pnet send $PNET_ADD 2=eth0
	for text in '' ' ' A_B 'A B' 17CHARACTERS.LONG ABCDEFGHIJKLMNOPQ; do
		ask pnet send $PNET_ADD "1=$text" 2=eth0
	done
	ask pnet send $PNET_ADD 1=NAME 2=sixteen.letters.
	ask pnet send $PNET_ADD 1=NAME 3=rxe0 4:00
	ask pnet send $PNET_ADD 1=NAME 3=rxe0 4:03
	ask pnet send $PNET_ADD 1=NAME 3=rxe0 4:0001
	ask pnet send $PNET_ADD 1:4e4554 2=eth0
	ask pnet send $PNET_ADD 1=NAME 2=eth0 9=X
	ask pnet send 9
	ask pnet send $PNET_FLUSH
}

# Only network interfaces have a PNET ID in other namespaces, and the tables are apart.
say_pnet_in_namespace() {
	ask pnet send $PNET_ADD 1=OUTSIDE 2=eth0
	# shellcheck disable=SC2016
	unshare -n bash -c '
		for ask in "send 2 1=INSIDE 2=eth0" "send 2 1=INSIDE 3=rxe0" "send 2 1=INSIDE 2=eth1 3=rxe0 4:03" \
				"dump 1" "send 3 1=OUTSIDE" "send 4" "dump 1"; do
			echo "? $ask"
			"$0" pnet $ask
		done' "$tree"
	ask pnet dump $PNET_GET
	ask pnet send $PNET_FLUSH
}

# The device is known by its name, and keeps its one PNET ID.
say_pnet_of_device() {
	ask pnet send $PNET_ADD 1=DEVICE 3=loopback-ism
	ask pnet send $PNET_ADD 1=DEVICE2 3=loopback-ism
	ask pnet dump $PNET_GET
	ask pnet send $PNET_DEL 1=DEVICE
	ask pnet dump $PNET_GET
}

# Administrators' commands, for others.
say_permissions() {
	# shellcheck disable=SC2016
	setpriv --reuid 65534 --clear-groups bash -c '
		for command in $0; do "$tree" gen send "$command"; done
		for command in $1; do "$tree" gen dump "$command" | tail -n 1; done
		for command in $2; do "$tree" pnet send "$command" 1=X; done
		"$tree" pnet dump 1
		"$tree" diag dump' "$UEID_ADD $UEID_DEL $UEID_FLUSH $SEID_ON $SEID_OFF $HS_ON $HS_OFF" \
		"$SYS_INFO $LGR_R $LINK_R $LGR_D $DEV_R $FBACK $UEIDS $SEID $HS" "$PNET_ADD $PNET_DEL $PNET_FLUSH"
}

say_family() {
	genl ctrl get name SMC_GEN_NETLINK 2>&1 | sed 's/ID: [^ ]*/ID: */'
	genl ctrl get name SMC_PNETID 2>&1 | sed 's/ID: [^ ]*/ID: */'
}

# Our buffers are larger if nobody says otherwise: docs/kmod.md.
sysctl_defaults() {
	grep -r . /proc/sys/net/smc | sed -E 's/([rw]mem):(65536|262144)$/\1:default/' | sort
}

say_sysctl() {
	local name value now
	sysctl_defaults
	stat -c '%n %a' /proc/sys/net/smc/* | sort
	for name in wmem rmem; do
		echo 65536 >/proc/sys/net/smc/$name
	done
	for name in /proc/sys/net/smc/*; do
		name=${name##*/}
		for value in -1 0 1 2 3 15 16 255 256 16383 16384 1073741823 1073741824 4294967296 x; do
			{ echo "$value" >"/proc/sys/net/smc/$name"; } 2>/dev/null || echo refused:
			read -r now <"/proc/sys/net/smc/$name"
			echo "$name=$value: $now"
		done
	done
	for name in wmem rmem; do
		echo 65536 >/proc/sys/net/smc/$name
	done
	unshare -n bash -c 'sysctl_defaults; echo 131072 >/proc/sys/net/smc/rmem'
	cat /proc/sys/net/smc/rmem
}

# ---- sockets

# shellcheck disable=SC2120
# sockets [EXTENSIONS]: all of them in an order of their own, without what is another number each time. 0 stays 0.
sockets() {
	"$tree" diag dump "${1-0xff}" | sed -E -e 's/\b(sport|dport|inode)=[1-9][0-9]*/\1=*/g' \
		-e 's/\b(cookie|conn_token|linkid|token|peer_token)=0*[1-9a-f][0-9a-f]*/\1=*/g' \
		-e 's/\b(gid|peer_gid)=[0-9a-f]{16}\.[0-9a-f]{16}/\1=*.*/g' | sort
}

# sockets_inet: for IPPROTO_SMC in-tree SMC tells no addresses, and says that accepted ones are AF_SMC.
sockets_inet() {
	sockets | sed -E -e 's/\b(family|src|dst)=[0-9a-f]+/\1=*/g' | sort
}

# sockets_read: our consumer cursor is in memory that both ends see; that of the in-tree module is told later.
sockets_read() {
	sockets | sed -E 's/\b(rx_cons|tx_fin)=[0-9/]+/\1=*/g'
}

# link_groups: likewise; ids and GIDs are random. Both ends are in one link group of the in-tree module, and it
# keeps buffers for later: numbers of connections and bytes are looked at below.
link_groups() {
	"$tree" gen dump $LGR_D | sed -E 's/^(4\.(1|2|3|5|10|11|13) len=[0-9]+) .*/\1 */'
}

# steps FAMILY STEP...; "sockets" and other functions of this file may be run.
steps() {
	echo "? $*"
	"$socks" "$@"
}

say_sockets_new() {
	local family
	for family in smc smc6 inet inet6; do
		steps "$family" new run=sockets
	done
}

say_sockets_listening() {
	steps smc listen run=sockets
	steps smc6 listen run=sockets
	steps inet listen run=sockets_inet
	steps inet6 listen run=sockets_inet
}

# No UEID: TCP. Ours does not even propose, so that it is the client that declines, with another reason.
say_sockets_fallback() {
	local reasons='s/\| 5 len=8 ([0-9a-f]{8}){2}/| 5 len=8 */'
	steps smc listen connect run=sockets accept run=sockets | sed -E "$reasons" | sort
	steps smc6 listen connect accept run=sockets | sed -E "$reasons" | sort
	steps inet listen connect run=sockets_inet accept run=sockets_inet | sed -E "$reasons" | sort
	ask gen dump $FBACK | sed -E -e 's/^(8\.[14] len=[14]) .*/\1 */' | sort
	ask gen dump $STATS
	unshare -n "$tree" gen dump $FBACK
	sockets
}

say_sockets_smcd() {
	ask gen send $UEID_ADD "1=$(eid SMCKIT-TEST)"
	steps smc listen connect run=sockets accept run=sockets send=1 send=8192 run=sockets \
		recv=8193 run=sockets_read shutdown wait run=sockets_read run='sockets 0'
	steps smc6 listen connect accept run=sockets
	steps inet listen connect accept run=sockets_inet
	steps inet6 listen connect accept run=sockets_inet
	ask gen send $UEID_FLUSH
}

say_link_groups() {
	ask gen send $UEID_ADD "1=$(eid SMCKIT-TEST)"
	steps smc listen connect run=link_groups accept run=link_groups
	link_groups
	ask gen send $UEID_FLUSH
}

say_stats() {
	ask gen send $UEID_ADD "1=$(eid SMCKIT-TEST)"
	steps smc listen connect accept send=1 recv=1 send=8192 recv=8192 send=8193 recv=8193 send=30000 \
		recv=30000 nodelay=0 nodelay=1 cork=1 cork=0 run="ask gen dump $STATS"
	steps smc rcvbuf=262144 listen connect accept run="ask gen dump $STATS" run=sockets
	ask gen dump $STATS
	unshare -n "$tree" gen dump $STATS
	ask gen send $UEID_FLUSH
}

# It takes a buffer that was used before, where ours makes a new one.
known[stats]='s/^(7\.1\.6\.[56] len=8) .*/\1 */'
known_of_ours[stats]=${known[stats]}

say_buffer_sizes() {
	local size
	ask gen send $UEID_ADD "1=$(eid SMCKIT-TEST)"
	for size in 16384 100000 131072 4194304; do
		echo "$size" >/proc/sys/net/smc/rmem
		echo "$size" >/proc/sys/net/smc/wmem
		steps smc listen connect accept run=sockets
	done
	echo 65536 >/proc/sys/net/smc/rmem
	echo 65536 >/proc/sys/net/smc/wmem
	ask gen send $UEID_FLUSH
}

export -f sysctl_defaults ask sockets sockets_inet sockets_read link_groups
export tree LGR_D STATS SHELL=/bin/bash

sections=(sys_info nothing_there stats_at_first ueid ueid_not_valid seid hs_limitation pnet pnet_not_valid
	pnet_in_namespace pnet_of_device permissions family sysctl
	sockets_new sockets_listening sockets_fallback sockets_smcd link_groups stats buffer_sizes)

# record FOLDER: all sections of the module that is loaded.
record() {
	local section
	mkdir -p "$work/$1"
	for section in "${sections[@]}"; do
		[[ ! ${SMCKIT_OUT-} ]] || echo "$SECONDS $1 $section" >>"$SMCKIT_OUT/times"
		"say_$section" >"$work/$1/$section" 2>&1 || echo "status $?" >>"$work/$1/$section"
		[[ ! ${SMCKIT_OUT-} ]] || cp "$work/$1/$section" "$SMCKIT_OUT/$section.$1"
	done
}

# same SECTION: what both say, but for what is known.
same() {
	sed -E -e "${known[$1]-}" "$work/in-tree/$1" >"$work/wanted"
	sed -E -e "${known_of_ours[$1]-}" "$work/smcx/$1" >"$work/got"
	diff -U 2 "$work/wanted" "$work/got"
}

modprobe -a smc smc_diag || skip_all "this kernel has no SMC"
record in-tree
# Sockets that are closed may need some time.
rmmod smc_diag
for try in {1..60}; do
	rmmod smc 2>"$work/rmmod" && break
	[[ $try != 60 ]] || { echo "Bail out! $(<"$work/rmmod")"; exit 1; }
	sleep 0.5
done
insmod "$module"
record smcx

for section in "${sections[@]}"; do
	ok "like_in_tree__$section" same "$section"
done

# ---- what in-tree SMC does not do, or does worse

device() {
	"$ctl" devices --json >"$work/devices" && cat "$work/devices" &&
		jq -e 'length == 1 and .[0].pci_id == "loopback-ism" and .[0].pci_chid == "0xffff"' "$work/devices"
}
ok device__is_shown device

# The addresses of IPPROTO_SMC sockets, and accepted ones with the family of their listener.
addresses() {
	steps inet6 listen connect accept run="'$ctl' diag --listen --json" | sed 1d >"$work/diag"
	cat "$work/diag"
	jq -e 'length == 3 and all(.family == "inet6" and (.local | startswith("[::1]:"))) and
		([.[].peer | select(startswith("[::1]:"))] | length == 2)' "$work/diag"
}
ok diag__addresses_of_ipproto_smc addresses

# Each end is in a link group of its own, and a DMB is there as long as its connection.
connections() {
	"$ctl" ueid add SMCKIT-TEST
	steps smc listen connect accept run="'$ctl' lgr --json" | sed 1d >"$work/lgr"
	cat "$work/lgr"
	jq -e 'length == 2 and all(.conns == 1 and .dmb_bytes == 65536 and .sndbuf_bytes == 0)' "$work/lgr" &&
		"$ctl" wait --gone --state active && "$ctl" lgr --json | tee "$work/lgr" &&
		jq -e 'all(.conns == 0 and .dmb_bytes == 0)' "$work/lgr"
}
ok lgr__connections_and_bytes connections

dmbs_in_use() {
	"$ctl" stats --json | tee "$work/stats" && jq -e '.smcd.rx_rmb_usage == 0' "$work/stats"
}
ok stats__no_dmb_in_use dmbs_in_use

# More than one message of a dump holds, and each once.
many_sockets() {
	steps smc more=700 run="'$tree' diag dump" >"$work/many"
	[[ $(grep -c ^socket "$work/many") == 700 && $(sed -n 's/.* cookie=//p' "$work/many" | sort -u | wc -l) == 700 ]]
}
ok diag__long_dump many_sockets

many_pnetids() {
	local i
	for i in {1..120}; do
		"$tree" pnet send $PNET_ADD "1=MANY$i" "2=ethernet$i" >/dev/null
	done
	"$tree" pnet dump $PNET_GET >"$work/many"
	"$tree" pnet send $PNET_FLUSH
	[[ $(grep -c ^message "$work/many") == 120 && $(grep -c '^2 ' <(sort -u "$work/many")) == 120 ]]
}
ok pnet__long_dump many_pnetids

# While sockets come and go.
dump_under_load() {
	local i load
	for i in {1..40}; do
		steps smc listen connect accept send=100 recv=100
	done >/dev/null &
	load=$!
	while [[ -d /proc/$load ]]; do
		"$tree" diag dump >"$work/load" && "$tree" gen dump $LGR_D >"$work/load" || return
	done
	wait "$load"
}
ok diag__under_load dump_under_load
"$ctl" wait --gone --state active

ok unload rmmod smcx
tap_end
