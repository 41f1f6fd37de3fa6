# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of smc-trace in a VM. To be sourced, with $TOP and $T (smc-trace) set.
# Each calls itself in the VM with the kernel and "in-vm".
# shellcheck shell=bash disable=SC2034,SC2154 # T, TOP, and what tap.sh sets; $child is for the tests

# ---- in the VM ------------------------------------------------------------------------

stage() {
	echo "stage: $* after $SECONDS s"
}

# until_true COMMAND...: three minutes at most; to attach anew takes ten seconds of a VM that has a processor to itself.
until_true() {
	local end=$((SECONDS + 180))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "not after three minutes: $*" >&2
	return 1
}

# start_trace NAME OPTION...: writes NAME.trace; sets $tracer and $child.
start_trace() {
	trace=$SMCKIT_OUT/$1
	shift
	"$T" -w "$trace.trace" -q "$@" >"$trace.out" 2>"$trace.err" &
	tracer=$!
	if ! until_true grep -q "tracing" "$trace.err"; then
		cat "$trace.err" >&2
		return 1
	fi
	child=$(pgrep -P "$tracer")
}

stop_trace() {
	local status=0
	# Which hooks were called while they ran, of which the trace has the sum.
	bpftool prog show 2>/dev/null | grep recursion_misses >"$trace.missed" || :
	kill -INT "$tracer"
	wait "$tracer" || status=$?
	echo "$status" >"$trace.status"
}

# refused NAME COMMAND...: it is expected to fail.
refused() {
	local name=$1 status=0
	shift
	"$@" >"$SMCKIT_OUT/$name.err" 2>&1 || status=$?
	echo "$status" >"$SMCKIT_OUT/$name.status"
}

not() {
	! "$@"
}

# transfer NAME OPTION...: with smc-xfer's pids and port in NAME.pids. run is put before it.
port=0 server_family=smc client_family=smc run=()
transfer() {
	local name=$SMCKIT_OUT/$1 server client
	shift
	rm -f /run/ready
	"${run[@]}" smc-xfer server -f "$server_family" -b 127.0.0.1 -p "$port" -n 1 -t 300 --ready-file /run/ready "$@" >"$name.server" 2>&1 &
	server=$!
	until_true test -s /run/ready || { cat "$name.server" && return 1; }
	"${run[@]}" smc-xfer client -f "$client_family" -p "$(</run/ready)" -t 300 "$@" 127.0.0.1 >"$name.client" 2>&1 &
	client=$!
	wait "$client"
	wait "$server"
	echo "$(</run/ready) $server $client" >"$name.pids"
}

# begin_guest [MODULE...]: with the kernel's own SMC, which has an EID, on loopback. Scenarios leave it loaded.
begin_guest() {
	local name
	export SMCKIT_KEEP_SMC=1
	if ! grep -q '^SMC ' /proc/net/protocols; then # else it is built in
		for name in smc smc_diag "$@"; do modprobe "$name"; done
	fi
	ip link set lo up
	smc-ctl ueid add SMCKIT.LAB
}

# serve PORT FAMILY [CONNECTIONS]: in the background; $server.
serve() {
	rm -f "/run/ready.$1"
	smc-xfer server -f "$2" -b 127.0.0.1 -p "$1" -n "${3-1}" --text hi --ready-file "/run/ready.$1" >/dev/null 2>&1 &
	server=$!
	until_true test -s "/run/ready.$1"
}

# ask PORT FAMILY
ask() {
	timeout 20 smc-xfer client -f "$2" -p "$1" --text hi 127.0.0.1 >/dev/null 2>&1 || :
}

# finish PID: it may wait for what never comes.
finish() {
	kill "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# both PORT SERVER CLIENT: a connection of the two families.
both() {
	local server
	serve "$1" "$2"
	ask "$1" "$3"
	finish "$server"
}

# raw_server PORT STEP...: a peer that answers with the SMC option, and what it does; a client comes. PORT.said is its words.
raw_server() {
	local port=$1 server
	shift
	rm -f "/run/ready.$port"
	printf '%s\n' "$@" | smc-rawpeer --timeout 15 --ready-file "/run/ready.$port" listen 127.0.0.1 "$port" \
		>"$SMCKIT_OUT/$port.said" 2>&1 &
	server=$!
	until_true test -s "/run/ready.$port"
	ask "$port" smc
	finish "$server"
}

# One connection is older than the trace, and one comes while it runs.
guest_filter() {
	local older=(-f smc -p 7001 -d both -B 10k -t 300 --hold-file /run/hold) server client
	rm -f /run/ready /run/hold
	smc-xfer server "${older[@]}" -b 127.0.0.1 -n 1 --ready-file /run/ready >/dev/null &
	server=$!
	until_true test -s /run/ready
	smc-xfer client "${older[@]}" 127.0.0.1 >/dev/null &
	client=$!
	until_true smc-ctl wait --port 7001 --mode smcd --state ACTIVE --count 2 --timeout 0
	start_trace filter --port 7001 --kinds clc,cdc
	touch /run/hold
	wait "$server" "$client"
	echo "$server $client" >"$SMCKIT_OUT/older.pids"
	transfer other -d both -B 10k
	port=7001 transfer filter -d both -B 10k -m 100 --nodelay
	stop_trace
}

# To a port where nobody listens.
guest_refused() {
	start_trace refused
	smc-xfer client -f smc -p 6098 --text hi 127.0.0.1 >"$SMCKIT_OUT/refused.client" 2>&1 || :
	sleep 0.3
	stop_trace
}

# ---- on the host ----------------------------------------------------------------------

# begin_host: sets $out, which is the VM's $SMCKIT_OUT.
begin_host() {
	local tool
	. "$TOP/tests/tap.sh"
	for tool in qemu-system-x86_64 tshark capinfos jq "$@"; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing"
	done
	[[ -x $T ]] || skip_all "$T is missing: build it"
	out=$work/out
	mkdir "$out"
}

# oops LOG: what the kernel died of, nothing if it did not. With RIP in net/smc it is not ours: see docs/netsmc.md.
oops() {
	sed -nE '/BUG: |Oops: |general protection fault/,/end trace|Kernel panic/s/^\[ *[0-9.]+\] //p' "$1" | sed 80q
}

# in_vm TIMEOUT KERNEL [ARGUMENT]: this test, there, with the argument (KERNEL); sets $lab_status. vm_options are lab/vm's.
vm_options=()
in_vm() {
	lab_status=0
	"$TOP/lab/vm" "${vm_options[@]}" --timeout "$1" --out "$out" --log "$work/log" "$2" -- "$0" "${3-$2}" in-vm \
		>"$work/said" 2>&1 || lab_status=$?
	is vm__status "$lab_status" 0
	note "$(grep ^stage: "$work/said")"
	[[ $lab_status == 0 ]] || note "$(tail -n 40 "$work/said"; oops "$work/log")"
}

# says NAME PATTERN FILE
says() {
	if grep -qE -e "$2" "$out/$3"; then
		pass "$1"
	else
		fail "$1" "wanted: $2; is:"$'\n'"$(sed 10q "$out/$3" 2>&1)"
	fi
}

status_of() {
	is "$1__status" "$(cat "$out/$1.status" 2>&1)" "$2"
}

# show NAME: the ways of looking at a file of events.
show() {
	"$T" read -x "$out/$1.trace" >"$work/$1.text"
	"$T" read --json "$out/$1.trace" >"$work/$1.json"
	"$T" stats "$out/$1.trace" >"$work/$1.stats"
	# 1: something is wrong, as it is meant to be in some sessions.
	"$T" why "$out/$1.trace" >"$work/$1.why" || (($? == 1))
}

# counters_add_up NAME: each event that was seen is accounted for, and every stored one was sent.
counters_add_up() {
	jq -es '(map(select(.kind == 32)) | last.message.ev_counter) as $c | ($c | length > 0) and
		all($c[]; .seen == .filtered + .sent + .full + .unreadable) and
		([.[] | select(.kind != 32 and .hook != 0)] | length) == ([$c[].sent] | add // 0)' \
		"$work/$1.json"
}

# lost_nothing NAME [GAPS]: with GAPS the hooks were gone meanwhile, which is a loss that is counted (hook 33).
lost_nothing() {
	local lost=0
	[[ ! ${2-} ]] || lost='[1-9][0-9]*'
	jq -es --arg gaps "${2-}" '[.[] | .message.ev_counter[]?] |
		([.[] | select(.hook != 33)] | all(.full == 0 and .unreadable == 0 and .truncated == 0)) and
		(any(.[]; .hook == 33 and .full > 0) == ($gaps != ""))' \
		"$work/$1.json" && grep -Eq " $lost lost$" "$out/$1.err" && ! grep contradict "$out/$1.err" && return
	grep 'lost\|contradict' "$out/$1.err"
	jq -c '.message.ev_counter[]? | select(.full + .unreadable + .truncated > 0)' "$work/$1.json"
	cat "$out/$1.missed"
	return 1
}

# session NAME
session() {
	status_of "$1" 0
	ok "$1__file_is_valid" capinfos "$out/$1.trace"
	ok "$1__file_is_read" show "$1"
}

# complete NAME [GAPS]
complete() {
	ok "$1__counters_add_up" counters_add_up "$1"
	ok "$1__nothing_is_lost" lost_nothing "$@"
}

# ---- against the wire ------------------------------------------------------------------

# fields FILE FILTER FIELD...: without plugins and preferences of the user's.
fields() {
	local file=$1 filter=$2 arguments=() field
	shift 2
	for field; do
		arguments+=(-e "$field")
	done
	HOME=$work XDG_CONFIG_HOME=$work tshark -r "$out/$file" -Y "$filter" -T fields "${arguments[@]}" 2>/dev/null
}

# For awk, of which not every one knows hexadecimal numbers.
readonly HEX='function value(hex, i, n) {
	for (i = 1; i <= length(hex); i++)
		n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}'

# clc_on_wire FILE: the messages in hex. They are the first in each direction, whatever segments
# they come in, and each has its length in bytes 5 and 6.
clc_on_wire() {
	fields "$1" 'tcp.len > 0' tcp.stream tcp.srcport tcp.seq tcp.payload |
		awk "$HEX"'
		{ way = $1 " " $2 }
		!((way, $3) in seen) { seen[way, $3]; bytes[way] = bytes[way] $4 }
		END {
			for (way in bytes) {
				rest = bytes[way]
				while (rest ~ /^e2d4c3(d9|c4)/) {
					n = 2 * value(substr(rest, 11, 4))
					if (n == 0)
						break
					print substr(rest, 1, n)
					rest = substr(rest, n + 1)
				}
			}
		}' | sort
}

# traced NAME DIRECTIONS KIND [PORT]: messages in hex: KIND clc, roce (LLC and CDC) or ism (CDC of SMC-D).
traced() {
	awk -v directions="$2" -v kind="$3" -v port="${4-}" '
		/^\t/ {
			hex = substr($0, 2)
			is = hex ~ /^e2d4c3(d9|c4)/ ? "clc" : length(hex) == 64 ? "ism" : "roce"
			if (is == kind && index(directions, arrow) && of_port)
				print hex
			next
		}
		{
			arrow = $4
			of_port = port == "" || $3 ~ (":" port "$") || $5 ~ (":" port "$")
		}' "$work/$1.text" | sort
}

# same NAME GOT WANTED: files with a line a message; none is not enough.
same() {
	if [[ -s $2 && -s $3 ]] && cmp -s "$2" "$3"; then
		pass "$1, $(wc -l <"$2") messages"
	else
		fail "$1" "$(wc -l "$2" "$3"; diff "$2" "$3" | cut -c 1-200 | sed -n 1,10p)"
	fi
}

# owned NAME TRANSFER: what happened on its port is smc-xfer's, and of its two processes.
owned() {
	local port server client
	read -r port server client <"$out/$2.pids"
	jq -es --argjson port "$port" --argjson server "$server" --argjson client "$client" '
		[.[] | select(.kind != 16 and (.local_port == $port or .peer_port == $port))] |
		all(.comm == "smc-xfer") and
		all(.pid == (if .local_port == $port then $server else $client end)) and
		(map(.pid) | unique == ([$server, $client] | sort))' "$work/$1.json" >/dev/null && return
	jq -c --argjson port "$port" 'select(.local_port == $port or .peer_port == $port) |
		[.text, .pid, .comm, .local_port]' "$work/$1.json"
	return 1
}

# check_clc_of_two NAME [PORT]: $work/wire is what both kernels' ends have sent and received.
check_clc_of_two() {
	traced "$1" '>' clc "${2-}" >"$work/sent"
	traced "$1" '<' clc "${2-}" >"$work/received"
	same "$1${3-}__clc_sent_is_on_the_wire" "$work/sent" "$work/wire"
	same "$1${3-}__clc_received_is_on_the_wire" "$work/received" "$work/wire"
}

# check_privileges: of the processes of which the VM has kept keeper.proc and reader.proc.
check_privileges() {
	ok reader__is_a_user_that_nobody_is [ "$(sed -nE 's/^Uid:\s*([0-9]+).*/\1/p' "$out/reader.proc")" -ge 61184 ]
	is reader__has_no_privilege "$(sed -nE 's/^(CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp):\s*//p' "$out/reader.proc" |
		sed 's/^00*$/0/' | xargs)" "0 0 0 0 1 2"
	is keeper__is_root "$(sed -nE 's/^Uid:\s*([0-9]+).*/\1/p' "$out/keeper.proc")" 0
}

# One SYN, which has not been answered, and why.
check_refused() {
	session refused
	complete refused
	is refused__syns "$(jq -r 'select(.kind == 16) | [.direction_text, .peer_port, .local_port > 0,
		.message.ev_syn.present, .message.ev_syn.answer, .message.ev_syn.error] | @tsv' "$work/refused.json" | tr '\t' ' ')" \
		"sent 6098 true 1 0 111"
}

check_filter() {
	session filter
	complete filter
	jq -c 'select((.kind == 1 or .kind == 3) and .local_port != 7001 and .peer_port != 7001)' \
		"$work/filter.json" | sed 10q >"$work/wrong"
	is filter__only_of_that_port "$(<"$work/wrong")" ""
	is filter__owners_of_both_connections "$(jq -r 'select(.kind == 3).pid' "$work/filter.json" | sort -nu | xargs)" \
		"$(sed 's/^7001 //' "$out/older.pids" "$out/filter.pids" | xargs -n 1 | sort -n | xargs)"
	traced filter '>' ism >"$work/sent"
	traced filter '<' ism >"$work/received"
	# With smcx who closes first is gone by then, and the last message of the other one, which says that it is closed, is
	# received by nobody.
	comm -13 "$work/received" "$work/sent" >"$work/unheard"
	[[ ! ${module-} ]] || grep -E '^fe.{44}[4-7c-f]' "$work/unheard" >"$work/last" || :
	if [[ ${module-} && $(wc -l <"$work/last") -le 2 ]]; then
		sort -m "$work/received" "$work/last" -o "$work/received"
	fi
	same filter__cdc_sent_is_received "$work/received" "$work/sent"
	is filter__others_are_counted "$(jq -s '[.[] | .message.ev_counter[]?.filtered] | add > 0' "$work/filter.json")" true
}
