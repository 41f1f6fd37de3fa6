# SPDX-License-Identifier: GPL-2.0-or-later
# Functions that the scenarios share. A scenario runs as root in a VM that is thrown away after it:
# so nothing is put back.
# shellcheck shell=bash disable=SC2034,SC2154 # used and set by the scenarios

SCENARIO=${0##*/}
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TOOLS=${SMCKIT_TOOLS:-$TOP/build/lab/tools}
UEID=SMCKIT.LAB
CLC_BYTES=${SMCKIT_CLC_BYTES:-$TOP/build/lab/scenarios/clc-bytes}
PATH=$TOOLS:$PATH
capture=

say() {
	printf '%s: %s\n' "$SCENARIO" "$*"
}

fail() {
	printf '%s: FAILED: %s\n' "$SCENARIO" "$*" >&2
	exit 1
}

# begin: called first by each scenario.
begin() {
	[[ ${SMCKIT_OUT-} && $(id -u) == 0 ]] ||
		fail "it changes the system's network: run it by lab/vm KERNEL -- lab/scenarios/$SCENARIO"
	[[ -x $TOOLS/smc-ctl ]] || fail "$TOOLS/smc-ctl is missing: run ./dev build"
	work=$(mktemp -d)
	trap 'stop_left_over' EXIT
}

# So that the shell, and lab/vm with it, does not wait for a server whose client failed.
stop_left_over() {
	local status=$?
	if [[ $status != 0 ]]; then
		head -n 20 "$work"/{dumpcap,{server,client}."${name-1}"*} >&2 2>/dev/null || :
		[[ ! $capture ]] || cp "$work/raw.pcapng" "$SMCKIT_OUT/failed-$capture" || :
	fi
	# shellcheck disable=SC2046 # one word a process
	kill $(jobs -p) 2>/dev/null || :
	return $status
}

# load_modules MODULE...
load_modules() {
	local module
	for module in "$@"; do
		modprobe "$module" 2>"$work/modprobe" ||
			fail "$(uname -r) cannot load $module ($(<"$work/modprobe")): is it the right kernel?"
	done
}

# enable_smc [UEID]: without a UEID there is neither SMC-Rv2 nor loopback-ism. SMC is loaded anew, so
# that no link group of a scenario before is left; where it is built in only its tables are emptied.
enable_smc() {
	if smc_built_in; then
		smc-ctl ueid flush
		smc-ctl pnet flush
	else
		[[ ! -d /sys/module/smc || ${SMCKIT_KEEP_SMC-} ]] || until_true "SMC can be unloaded" unload_smc
		load_modules smc smc_diag
	fi
	[[ ! ${1-} ]] || smc-ctl ueid add --if-missing "$1" || fail "no UEID $1"
}

# It is no module then, and there before anybody loads it.
smc_built_in() {
	[[ ! -d /sys/module/smc ]] && grep -q '^SMC ' /proc/net/protocols
}

unload_smc() {
	rmmod smc_diag || :
	rmmod smc
}

# drop_link_groups: unloading SMC ends them with a DELETE_LINK.
drop_link_groups() {
	! smc_built_in || fail "SMC is built into $(uname -r): only where it can be unloaded do link groups end"
	until_true "SMC can be unloaded" unload_smc
}

# loopback_device: its name, if this kernel has one.
loopback_device() {
	[[ ! -d /sys/module/smcx ]] || echo loopback-ism
	awk '$3 == "smc_loopback_init" { print "loopback-ism" }
		$3 == "dibs_loopback_init" { print "lo" }' /proc/kallsyms
}

# without_loopback: give the loopback device a PNETID that no netdev has, so that nobody uses it.
without_loopback() {
	local device
	device=$(loopback_device)
	[[ ! $device ]] || smc-ctl pnet add --if-missing --smcd "$device" NOLOOPBACK ||
		fail "the loopback device cannot be put aside"
}

set_sysctl() {
	sysctl -qw "$1=$2" || fail "the kernel does not take $1=$2"
}

# until_true WHAT COMMAND...: polls, 60 s at most, or $patience.
patience=60
until_true() {
	local what=$1 end=$((SECONDS + patience))
	shift
	while ((SECONDS < end)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.05
	done
	fail "not after $patience s: $what"
}

# --- addresses ---

# make_veth A ADDRESS_A B ADDRESS_B: with fixed MACs, so that recordings differ in less.
make_veth() {
	ip link add "$1" address 02:00:00:00:00:0a type veth peer name "$3" address 02:00:00:00:00:0b
	set_sysctl "net.ipv6.conf.$1.disable_ipv6" 1
	set_sysctl "net.ipv6.conf.$3.disable_ipv6" 1
	ip address add "$2" dev "$1"
	ip address add "$4" dev "$3"
	ip link set "$1" up
	ip link set "$3" up
}

# cross_veth A ADDRESS_A B ADDRESS_B: both ends are in this netns, and yet packets cross the veth.
# Packets that come in by an end are for here; packets sent from here leave by the end that does
# not have their destination.
cross_veth() {
	local end
	for end in "$1" "$3"; do
		set_sysctl "net.ipv4.conf.$end.accept_local" 1
		set_sysctl "net.ipv4.conf.$end.rp_filter" 0
		ip rule add pref 10 iif "$end" lookup local
	done
	set_sysctl net.ipv4.conf.all.rp_filter 0
	ip route add "$4" dev "$1" src "$2" table 100
	ip route add "$2" dev "$3" src "$4" table 100
	ip rule add pref 20 iif lo to "$2/30" lookup 100
	ip rule add pref 30 lookup local
	ip rule delete pref 0
	ip neighbour replace "$4" dev "$1" lladdr 02:00:00:00:00:0b nud permanent
	ip neighbour replace "$2" dev "$3" lladdr 02:00:00:00:00:0a nud permanent
}

# rxe_pair: two hosts in one netns; objects made by a scenario before are taken as they are.
#   10.9.0.1 va, ra (rxe) <---> vb, rb (rxe) 10.9.0.2
rxe_pair() {
	without_loopback
	if [[ ! -d /sys/class/net/va ]]; then
		make_veth va 10.9.0.1/32 vb 10.9.0.2/32
		cross_veth va 10.9.0.1 vb 10.9.0.2
		ip link set va alias "client, 10.9.0.1"
		ip link set vb alias "server, 10.9.0.2"
		load_modules rdma_rxe
		add_rxe ra va
		add_rxe rb vb
	fi
	rdma_device_seen ra && rdma_device_seen rb || fail "SMC does not see the RDMA devices"
	client_options=(--bind 10.9.0.1)
}

# rdma_device_seen DEVICE: smcx lists them only with smcx_rdma, and looks at them when there is a connection.
rdma_device_seen() {
	if [[ -d /sys/module/smcx ]]; then
		until_true "port of $1 is active" eval "rdma link show '$1/1' | grep -q 'state ACTIVE'"
	else
		smc-ctl wait --device "$1" --timeout 10
	fi
}

# add_rxe DEVICE NETDEV: soft-RoCE.
add_rxe() {
	load_modules rdma_rxe
	rdma link add "$1" type rxe netdev "$2" || fail "no soft-RoCE on $2"
	rdma_device_seen "$1" || fail "SMC does not see the port of $1"
}

# --- loss ---

# lose_roce PERCENT: of the RoCE packets that come in by either end of the pair, which drops them after
# the sender's end has captured them; TCP loses nothing. 0: nothing is lost.
lost_percent=0
lose_roce() {
	[[ $1 =~ ^[0-9]+([.][0-9])?$ ]] || fail "--loss: expected a number of percent, found $1"
	lost_percent=$1
	[[ $1 != 0 ]] || return 0
	nft -f - <<END || fail "no packet filter: is nft installed?"
table ip loss {
	chain in {
		type filter hook input priority 0
		iifname { "va", "vb" } udp dport 4791 numgen random mod 1000 < $(awk "BEGIN { print $1 * 10 }") counter drop
	}
}
END
}

# lost_roce: how many packets were lost. A run that lost nothing does not serve its purpose.
lost_roce() {
	local lost
	[[ $lost_percent != 0 ]] || return 0
	lost=$(nft list chain ip loss in | sed -n 's/.*counter packets \([0-9]*\).*/\1/p')
	nft delete table ip loss
	((lost)) || fail "no packet was lost"
	say "lost: $lost RoCE packets"
}

# --- captures ---

# start_capture INTERFACE=ADDRESS...: packets that each of them sends, into $SMCKIT_OUT/$capture; none
# if no such name is set. Packets to the address leave by the interface.
# rxe leaves a time of another clock in packets, which shows at the end that receives them.
capture_direction='outbound and'
capture_ns=() ip_ns=() capture_addresses=()
start_capture() {
	local pair interface direction options=()
	[[ $capture ]] || return 0
	for pair in "$@"; do
		interface=${pair%%=*} direction=$capture_direction
		# libpcap shows what goes over it once, as coming in.
		[[ $interface != lo ]] || direction=
		options+=(-i "$interface" --ifname "$interface"
			--ifdescr "$(described "$interface")" -s 0 -B 16
			-f "$direction (tcp or udp port 4791 or udp port 9)")
	done
	capture_addresses=("${@#*=}")
	# The marks of a capture before would count for this one.
	rm -f "$work/raw.pcapng"
	"${capture_ns[@]}" dumpcap -q --capture-comment "$(comment)" "${options[@]}" \
		-w "$work/raw.pcapng" 2>"$work/dumpcap" &
	dumpcap=$!
	# Its output does not mean that all interfaces are open: ask each.
	until_true "dumpcap captures" marked BEGIN
}

# marked WORD: send a packet by each interface. Are some in the file?
marked() {
	local address
	for address in "${capture_addresses[@]}"; do
		"${capture_ns[@]}" bash -c "echo CAPTURE-$1-$address. >/dev/udp/$address/9" || :
	done
	for address in "${capture_addresses[@]}"; do
		grep -aqsF "CAPTURE-$1-$address." "$work/raw.pcapng" || return 1
	done
}

comment() {
	printf 'smckit scenario %s, Linux %s' "$command_line" "$(uname -r)"
}

described() {
	ip -o -d "${ip_ns[@]}" link show dev "$1" | sed -n 's/.* alias \(.*\)/\1/p' | grep . ||
		printf '%s' "$1"
}

# stop_capture: packets sent before its own are in the file when these are.
stop_capture() {
	local numbers
	[[ $capture ]] || return 0
	until_true "the last packets are captured" marked END
	kill -INT "$dumpcap"
	wait "$dumpcap" || fail "dumpcap: $(<"$work/dumpcap")"
	! grep -E 'dropped.*: [0-9]+/[1-9]' "$work/dumpcap" || fail "dumpcap lost packets"
	reordercap "$work/raw.pcapng" "$work/sorted.pcapng" >/dev/null
	numbers=$(tcpdump -#tnr "$work/sorted.pcapng" 2>/dev/null |
		sed -n 's/^ *\([0-9]*\) .*[.]9: UDP.*/\1/p')
	# shellcheck disable=SC2086 # one word a number
	editcap "$work/sorted.pcapng" "$SMCKIT_OUT/$capture" $numbers
	say "captured: $capture"
}

# --- transfers ---

# start_server NAME COMMAND...: a server that takes --ready-file; sets $port and pids[NAME].
declare -A pids
start_server() {
	local name=$1
	shift
	"${@/READY/$work/ready.$name}" >"$work/server.$name" 2>&1 &
	pids[$name]=$!
	until_true "the server listens" test -s "$work/ready.$name"
	port=$(<"$work/ready.$name")
}

# ended NAME: its exit status has to be 0; prints its output.
ended() {
	local status=0
	wait "${pids[$1]}" || status=$?
	cat "$work/server.$1"
	[[ $status == 0 ]] || fail "$1 ended with status $status"
}

# start_transfer NAME FAMILY ADDRESS OPTION...: both ends, which stay connected until end_transfer.
# server_ns and client_ns are commands to go before theirs.
server_ns=() client_ns=() client_options=() listen_port=0
start_transfer() {
	local name=$1 family=$2 address=$3
	shift 3
	set -- --timeout 20 --hold-file "$work/end.$name" "$@"
	start_server "$name" "${server_ns[@]}" smc-xfer server -f "$family" -b "$address" \
		-p "$listen_port" -n 1 --ready-file READY "$@"
	"${client_ns[@]}" smc-xfer client -f "$family" -p "$port" "${client_options[@]}" "$@" "$address" \
		>"$work/client.$name" 2>&1 &
	pids[client.$name]=$!
	ports[$name]=$port
}
declare -A ports

# expect_mode NAME MODE [REASON]: $ends ends, by smc_diag: smcr, smcd or tcp. Run it while connected.
# smc_diag says smcr of every socket that has not decided yet, so the state counts, too.
expect_mode() {
	local reason=()
	[[ ! ${3-} ]] || reason=(--reason "$3")
	if "${diag_ns[@]}" smc-ctl wait --port "${ports[$1]}" --mode "$2" --state ACTIVE "${reason[@]}" --count "${ends:-2}" --timeout 20 \
		2>"$work/wait"; then
		say "smc_diag: $("${diag_ns[@]}" smc-ctl diag | grep -E "_port=${ports[$1]} " | sed '1!d;s/ family=.* reason=/ reason=/')"
		return
	fi
	"${diag_ns[@]}" smc-ctl diag >&2 || :
	cat "$work/client.$1" >&2 || :
	fail "it is not ${2^^}${3:+ with reason $3}: $(<"$work/wait")"
}
ends=2 diag_ns=()

end_transfer() {
	touch "$work/end.$1"
	end_client "$1"
	ended "$1"
}

end_client() {
	local status=0
	wait "${pids[client.$1]}" || status=$?
	cat "$work/client.$1"
	[[ $status == 0 ]] || fail "the client ended with status $status"
}

# start_client NAME FAMILY ADDRESS PORT OPTION...: a client alone.
start_client() {
	local name=$1 family=$2 address=$3
	ports[$name]=$4
	"${client_ns[@]}" smc-xfer client -f "$family" -p "$4" "${client_options[@]}" \
		--timeout 20 --hold-file "$work/end.$name" "${@:5}" "$address" >"$work/client.$name" 2>&1 &
	pids[client.$name]=$!
}

# --- the peer that speaks byte by byte ---

# start_peer NAME OPTION... listen|connect ADDRESS PORT: smc-rawpeer, which then does what do_steps
# says. Its output is $work/server.NAME.
start_peer() {
	local name=$1 role=${*: -3:1}
	shift
	mkfifo "$work/steps.$name"
	[[ $role == connect ]] || set -- --ready-file "$work/ready.$name" "$@"
	smc-rawpeer --timeout 20 "$@" <"$work/steps.$name" >"$work/server.$name" 2>&1 &
	pids[$name]=$!
	exec {steps}>"$work/steps.$name"
	[[ $role == connect ]] && return
	until_true "the peer listens" test -s "$work/ready.$name"
	port=$(<"$work/ready.$name")
}

# do_steps LINE...
do_steps() {
	printf '%s\n' "$@" >&"$steps"
}

# until_peer NAME N: it has received N CLC messages.
until_peer() {
	until_true "CLC message $2 from the kernel" eval \
		"[[ \$(grep -c ^recv-clc '$work/server.$1') -ge $2 ]]"
}

end_peer() {
	exec {steps}>&-
	ended "$1"
}
