#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SMC-R of smcx.ko with smcx_rdma.ko, and the kernel's own of another machine as the judge: every byte is checked at both
# ends, the other kernel's sock_diag has to say SMC-R, and nothing may be left when the RDMA device goes, which reports what
# was leaked of it.
#
#   VM a, smcx                               VM b, net/smc
#   10.9.5.1 eth0 <------- wire -------> eth0 10.9.5.2
#        ra (rxe)                             rb (rxe)
#
# Usage: rdma_vm_test.sh KERNEL [STEP...]
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
PATH=${SMCKIT_TOOLS:-$TOP/build/lab/tools}:/usr/sbin:$PATH
. "$TOP/tests/tap.sh"
kernel=${1-6.12}
modules=$TOP/build/kmod/$kernel-rdma

steps=(serves__one_byte connects__one_byte serves__more_than_rings connects__more_than_rings serves__both_ways
	connects__both_ways connects__ping_pong serves__half_close connects__half_close serves__abort connects__abort
	connects__linger0 serves__many connects__many serves__one_after_another
	connects__one_after_another connects__small_ring serves__large_ring own_host__is_smcd group__is_one pnet__decides device__goes_while_busy
	module__goes)

# result_of NAME ROLE: what the VM left of that step; "ok" is a line of its own.
result_of() {
	[[ $(cat "$out/$1.$2" 2>&1) == ok ]] && return
	cut -c 1-300 "$out/$1.$2"
	return 1
}

if [[ ${2-} != in-vm ]]; then
	[[ ! ${2-} ]] || steps=("${@:2}")
	command -v qemu-system-x86_64 >/dev/null || skip_all "qemu-system-x86_64 is missing"
	"$TOP/lab/module" "$kernel" "$TOP/kmod" "$modules" SMCX_RDMA=y >"$work/build" 2>&1 || {
		fail build "$(tail -n 20 "$work/build")"
		tap_end
	}
	mkdir "$work/out"
	out=${SMCKIT_RDMA_OUT:-$work/out}
	status=0
	"$TOP/lab/vm-pair" --timeout "${SMCKIT_RDMA_LIMIT:-900}" --out "$out" "$kernel" -- "$0" "$kernel" in-vm "${steps[@]}" \
		--- "$0" "$kernel" in-vm "${steps[@]}" || status=$?
	for name in "${steps[@]}"; do
		ok "${name}_at_smcx" result_of "$name" a
		ok "${name}_at_net_smc" result_of "$name" b
	done
	is vm__no_report_in_the_kernel_log "$status" 0
	tap_end
fi

# ---- in a VM ----------------------------------------------------------------------------------

role=$SMCKIT_ROLE
readonly TRACE=/sys/kernel/debug/tracing
declare -A address=([a]=10.9.5.1 [b]=10.9.5.2)

# hear FILE: wait for what the other VM writes.
hear() {
	local end=$((SECONDS + 90))
	until [[ -s $SMCKIT_OUT/$1 ]]; do
		((SECONDS < end)) || { echo "the other VM does not say: $1" && return 1; }
		sleep 0.1
	done
}

tell() {
	printf '%s\n' "${2-yes}" >"$SMCKIT_OUT/$1.part"
	mv "$SMCKIT_OUT/$1.part" "$SMCKIT_OUT/$1"
}

# listening: the server that was started has written its port, or what it said.
listening() {
	local i
	for ((i = 0; i < 200; i++)); do
		[[ ! -s $work/port ]] || return 0
		sleep 0.05
	done
	head -n 5 "$work/said"
	return 1
}

# moved SERVER OPTION...: a transfer whose server is at that end.
conns=1 parallel=1
moved() {
	local server=$1 status=0
	shift
	[[ $role == b ]] || echo >"$TRACE/trace"
	if [[ $role == "$server" ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address[$role]}" -p 0 --timeout 15 -n "$conns" --ready-file "$work/port" "$@" >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		wait $! || status=$?
	else
		hear "port.$step" || return
		smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 15 -n "$conns" -P "$parallel" "$@" \
			"${address[$server]}" >"$work/said" 2>&1 || status=$?
	fi
	[[ $status == 0 ]] || { echo "status $status" && head -n 5 "$work/said" && seen && return 1; }
}

# across SERVER OPTION...: likewise, and no end is on TCP.
across() {
	moved "$@" && on_smcr
}

# seen: what the tracepoints have of a step that failed, for whoever looks for the reason.
seen() {
	[[ $role == b ]] || grep -v '^#' "$TRACE/trace" | cut -c 1-400 | tail -n 30 >"$SMCKIT_OUT/trace.$step"
	dmesg | tail -n 20 >"$SMCKIT_OUT/dmesg.$step.$role"
}

# on_smcr: there was no fallback since the module was loaded, and link groups are of SMC-R.
on_smcr() {
	local stats
	stats=$(smc-ctl stats) || return
	! grep -i fallback <<<"$stats" | grep -v ' 0$' || { echo "$stats" | head -n 20 && return 1; }
	[[ $role == a ]] || smc-ctl lgr | grep -qi smcr || { smc-ctl lgr && return 1; }
}

serves__one_byte() { across a -B 1 -d both; }
connects__one_byte() { across b -B 1 -d both; }
serves__more_than_rings() { across a -B 1m; }
connects__more_than_rings() { across b -B 1m; }
serves__both_ways() { across a -B 500k -d both; }
connects__both_ways() { across b -B 500k -d both; }
connects__ping_pong() { across b -d pingpong --rounds 50; }
serves__half_close() { across a -B 100k --close half -d both; }
connects__half_close() { across b -B 100k --close half -d both; }
serves__abort() { across a -B 100k -d both --close abort; }
connects__abort() { across b -B 100k -d both --close abort; }
connects__linger0() { across b -B 100k --close linger0; }
# No step has an urgent byte among more than a buffer of data: two ends of net/smc hang on that. See docs/kmod.md.
serves__many() { conns=30 parallel=15 across a -B 60k -d both; }
connects__many() { conns=30 parallel=15 across b -B 60k -d both; }
serves__one_after_another() { conns=40 across a -B 3k -d both; }
connects__one_after_another() { conns=40 across b -B 3k -d both; }
connects__small_ring() { across b -B 300k -d both --rcvbuf 16k; }
serves__large_ring() { across a -B 2m -d both --rcvbuf 512k; }

# Sockets of one machine stay with SMC-D, which is offered first.
own_host__is_smcd() {
	local port
	[[ $role == a ]] || return 0
	rm -f "$work/port"
	smc-xfer server -f smc -b 127.0.0.1 -p 0 --timeout 15 -n 5 --ready-file "$work/port" -B 100k -d both >"$work/said" 2>&1 &
	listening || return
	port=$(<"$work/port")
	smc-xfer client -f smc -p "$port" --timeout 15 -n 5 -B 100k -d both 127.0.0.1 && wait $! && smc-ctl lgr | grep -qi smcd
}

# Two roles are two groups.
group__is_one() {
	[[ $role == a ]] || [[ $(smc-ctl lgr | grep -ci smcr) -le 2 ]] || { smc-ctl lgr && return 1; }
}

# A network device with a PNET ID is served by a device that has the same one, and by no other.
pnet__decides() {
	local step=$step
	[[ $role == b ]] || smc-ctl pnet add NETA --eth eth0
	step+=.tcp
	moved b -B 10k -d both || return
	[[ $role == b ]] || ! grep smcx_conn_create: "$TRACE/trace" || return
	[[ $role == b ]] || smc-ctl pnet add NETA --ib ra
	step+=.smc
	moved b -B 10k -d both || return
	[[ $role == b ]] || grep -q smcx_conn_create: "$TRACE/trace"
}

# The applications have an error, at once, and nothing of the device is leaked.
device__goes_while_busy() {
	local status=0
	if [[ $role == b ]]; then
		rm -f "$work/port"
		smc-xfer server -f smc -b "${address[b]}" -p 0 --timeout 20 -n 5 --ready-file "$work/port" --hold 60 -B 1k >"$work/said" 2>&1 &
		listening || return
		tell "port.$step" "$(<"$work/port")"
		hear gone || return
		kill $!
		wait $! || :
		return 0
	fi
	hear "port.$step" || return
	smc-xfer client -f smc -p "$(<"$SMCKIT_OUT/port.$step")" --timeout 20 -n 5 -P 5 -B 1k --hold 60 "${address[b]}" >"$work/said" 2>&1 &
	sleep 3
	rdma link delete ra || status=$?
	tell gone
	kill $! || :
	wait $! || :
	[[ $status == 0 ]] && ! rdma link | grep ra
}

module__goes() {
	local i
	if [[ $role == b ]]; then
		rmmod smc_diag smc && rdma link delete rb
		return
	fi
	for ((i = 0; i < 100; i++)); do
		! rmmod smcx_rdma 2>"$work/said" || break
		sleep 0.1
	done
	rmmod smcx || { cat "$work/said" && return 1; }
}

export SMCKIT_SCENARIO=rdma
if [[ $role == a ]]; then
	modprobe -a ib_core rdma_rxe
	insmod "$modules/smcx.ko" ueid=SMCKIT.TEST
	insmod "$modules/smcx_rdma.ko"
	echo 1 >"$TRACE/events/smcx/enable"
else
	modprobe -a smc smc_diag rdma_rxe
	smc-ctl ueid add SMCKIT.TEST
fi
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip link set lo up
ip address add "${address[$role]}/24" dev eth0
ip link set eth0 up
rdma link add "r$role" type rxe netdev eth0
sleep 1
tell "up.$role"
hear up.a
hear up.b
shift 2
for step in "$@"; do
	began=$SECONDS
	if "$step" >"$work/step" 2>&1; then echo ok >"$work/step"; fi
	echo "$step: $((SECONDS - began)) s: $(head -c 300 "$work/step")"
	tell "$step.$role" "$(<"$work/step")"
	hear "$step.a"
	hear "$step.b"
done
