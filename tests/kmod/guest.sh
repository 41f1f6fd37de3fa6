# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of smcx.ko inside a VM, which is thrown away after them.
# shellcheck shell=bash disable=SC2154 # work is tests/tap.sh's, module stack.sh's

readonly SMCX_DEBUG=/sys/kernel/debug/smcx TRACE=/sys/kernel/debug/tracing

# load_smcx [PARAMETER...]: of stack_of, without an EID unless it is given one.
load_smcx() {
	insmod "$module" "$@"
	for event in smcx_conn_create smcx_fallback; do
		echo 1 >"$TRACE/events/smcx/$event/enable"
	done
}

# count NAME: of the device's counters.
count() {
	awk -v name="$1" '$1 == name { print $2 }' "$SMCX_DEBUG/counts"
}

# drained: within 5 s no DMB is left.
drained() {
	local i
	for ((i = 0; i < 100; i++)); do
		[[ $(count dmbs) != 0 ]] || return 0
		sleep 0.05
	done
	cat "$SMCX_DEBUG/counts"
	return 1
}

# in_netns NAME COMMAND...: in that namespace, or here if NAME is empty.
in_netns() {
	if [[ $1 ]]; then ip netns exec "$@"; else "${@:2}"; fi
}

# both_ends SERVER_FAMILY CLIENT_FAMILY ADDRESS OPTION...: one run of smc-xfer; the namespaces are in $server_ns and
# $client_ns. Statuses are left in $server_status and $client_status, what they said in $work/server and client.
server_ns='' client_ns='' patience=20
both_ends() {
	local server_family=$1 client_family=$2 address=$3 server i
	shift 3
	rm -f "$work/port"
	echo >"$TRACE/trace"
	in_netns "$server_ns" smc-xfer server -f "$server_family" -b "$address" -p 0 --timeout "$patience" -n "${connections:-1}" \
		--ready-file "$work/port" "$@" >"$work/server" 2>&1 &
	server=$!
	for ((i = 0; i < 200; i++)); do
		[[ ! -s $work/port ]] || break
		sleep 0.05
	done
	client_status=0 server_status=0
	[[ -s $work/port ]] || { client_status=255 server_status=255 && return; }
	in_netns "$client_ns" smc-xfer client -f "$client_family" -p "$(<"$work/port")" --timeout "$patience" \
		-n "${connections:-1}" -P "${parallel:-1}" "$@" "$address" >"$work/client" 2>&1 || client_status=$?
	# A server whose client has given up waits for no one else.
	[[ $client_status == 0 ]] || { sleep 0.5; kill "$server" 2>/dev/null || :; }
	wait "$server" || server_status=$?
}

# transfer MODE ...: as both_ends; MODE smc or tcp has to be what was used, any is either.
transfer() {
	local mode=$1 conns falls
	both_ends "${@:2}"
	conns=$(grep -c 'smcx_conn_create:' "$TRACE/trace" || :)
	falls=$(grep -c 'smcx_fallback:' "$TRACE/trace" || :)
	if [[ $server_status$client_status == 00 ]]; then
		case $mode in
		smc) [[ $conns -ge 2 && $falls == 0 ]] && return ;;
		tcp) [[ $falls -ge 1 ]] && return ;;
		any) return ;;
		esac
	fi
	echo "server $server_status, client $client_status, $conns ends on SMC, $falls fallen back"
	head -n 5 "$work/server" "$work/client"
	return 1
}

# intact: no end has seen a wrong byte, whatever else went wrong.
intact() {
	! grep -Ei 'wrong byte|instead of|unexpected' "$work/server" "$work/client"
}
