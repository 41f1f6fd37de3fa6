#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two machines with smcx.ko whose devices have the same GID, so that each takes the other one for itself: the
# handshake agrees on SMC-D, but the token names no DMB on the other machine. Both ends have to go on with TCP, and no
# byte may be lost or wrong. Then with GIDs that differ.
#
#   VM a, server                             VM b, client
#   10.9.4.1 eth0 <------- wire -------> eth0 10.9.4.2
#
# Usage: pair_vm_test.sh KERNEL
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "smcx-${1-6.12}"

# result_of NAME ROLE: what the VM left of that step; "ok" is a line of its own.
result_of() {
	[[ $(cat "$work/out/$1.$2" 2>&1) == ok ]] && return
	cut -c 1-300 "$work/out/$1.$2"
	return 1
}

readonly steps=(same_gid__one same_gid__many same_gid__server_first same_gid__ipproto same_gid__on_its_own
	other_gid__many other_gid__on_its_own module__goes)

if [[ ${2-} != in-vm ]]; then
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	build_stack
	mkdir "$work/out"
	status=0
	"$TOP/lab/vm-pair" --timeout 1500 --out "$work/out" "$kernel" -- "$0" "$kernel" in-vm \
		--- "$0" "$kernel" in-vm || status=$?
	for name in "${steps[@]}"; do
		ok "${name}_at_the_server" result_of "$name" a
		ok "${name}_at_the_client" result_of "$name" b
	done
	is vm__no_report_in_the_kernel_log "$status" 0
	tap_end
fi

# ---- in a VM ----------------------------------------------------------------------------------

. "$TOP/tests/kmod/guest.sh"
role=$SMCKIT_ROLE
declare -A address=([a]=10.9.4.1 [b]=10.9.4.2)
same=5a5a5a5a-0000-1111-2222-333344445555

# hear FILE: wait for what the other VM writes.
hear() {
	local end=$((SECONDS + 120))
	until [[ -s $SMCKIT_OUT/$1 ]]; do
		((SECONDS < end)) || { echo "the other VM does not say: $1" && return 1; }
		sleep 0.2
	done
}

tell() {
	printf '%s\n' "${2-yes}" >"$SMCKIT_OUT/$1.part"
	mv "$SMCKIT_OUT/$1.part" "$SMCKIT_OUT/$1"
}

# enum smcw_decline_reasons: the DMB cannot be had, says the client; no device reaches the peer, says the server.
readonly no_dmb=01010000 no_device=03030007

# ends_on_tcp N REASON: the last N connections fell back here, for this reason or by a Decline that says it; and
# none was on SMC-D.
ends_on_tcp() {
	local want=" peer=$2" falls conns
	case $role$2 in
	"a$no_device" | "b$no_dmb") want=" reason=$2" ;;
	esac
	falls=$(grep -c "smcx_fallback:.*$want" "$TRACE/trace" || :)
	conns=$(grep -c 'smcx_conn_create:' "$TRACE/trace" || :)
	[[ $falls == "$1" && $conns == 0 ]] && return
	echo "$falls of $1 fell back with$want, $conns ends were on SMC"
	grep smcx_fallback: "$TRACE/trace" | head -n 3
	return 1
}

# across FAMILY COUNT REASON OPTION...: from b to a.
across() {
	local family=$1 count=$2 reason=$3 status=0
	shift 3
	echo >"$TRACE/trace"
	if [[ $role == a ]]; then
		rm -f "$work/port"
		smc-xfer server -f "$family" -b "${address[a]}" -p 0 --timeout 60 -n "$count" --ready-file "$work/port" "$@" \
			>"$work/said" 2>&1 &
		while [[ ! -s $work/port ]]; do sleep 0.1; done
		tell "port.$step" "$(<"$work/port")"
		wait $! || status=$?
	else
		hear "port.$step" || return
		smc-xfer client -f "$family" -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 60 -n "$count" -P 5 "$@" \
			"${address[a]}" >"$work/said" 2>&1 || status=$?
	fi
	[[ $status == 0 ]] || { echo "status $status" && head -n 5 "$work/said" && return 1; }
	ends_on_tcp "$count" "$reason" && drained
}

same_gid__one() {
	across smc 1 "$no_dmb" -B 3m -d both
}

same_gid__many() {
	across smc 25 "$no_dmb" -B 60k -d both
}

# The server's first bytes come right behind the end of the handshake.
same_gid__server_first() {
	across smc 10 "$no_dmb" -B 20k -d both --server-first --banner hello
}

same_gid__ipproto() {
	across ipproto-smc 5 "$no_dmb" -B 60k -d echo
}

# Connections within the machine are SMC-D all the same.
same_gid__on_its_own() {
	transfer smc smc smc 127.0.0.1 -B 300k -d both && drained
}

other_gid__many() {
	[[ $role == a ]] || echo 00112233-4455-6677-8899-aabbccddeeff >"$SMCX_DEBUG/gid"
	tell "gid.$role"
	hear gid.b || return
	across smc 10 "$no_device" -B 60k -d both
}

other_gid__on_its_own() {
	same_gid__on_its_own
}

module__goes() {
	drained && rmmod smcx
}

load_smcx ueid=SMCKIT.TEST gid="$same"
ip link set lo up
ip address add "${address[$role]}/24" dev eth0
ip link set eth0 up
tell "up.$role"
hear up.a
hear up.b
for step in "${steps[@]}"; do
	if "$step" >"$work/step" 2>&1; then echo ok >"$work/step"; fi
	tell "$step.$role" "$(<"$work/step")"
done
# Each needs the other to be there until both are through.
hear module__goes.a
hear module__goes.b
