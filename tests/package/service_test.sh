#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-trace.service: systemd finds nothing wrong with it and rates its exposure, and in a VM a systemd starts it, as locked up as it says; it
# observes all that smc-trace alone does.
#
# Usage: service_test.sh [KERNEL]. It boots once, and then calls itself in the VM. Without KERNEL it boots none. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP UNIT=$TOP/build/tracer/smc-trace.service
PATH=$TOP/build/lab/tools:$PATH

# ---- in the VM ------------------------------------------------------------------------

until_true() {
	for _ in {1..1200}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "not after two minutes: $*" >&2
	return 1
}

# A systemd that is the first process of a namespace of its own, with this unit and those that it needs.
start_systemd() {
	install -m 755 "$TOP/build/tracer/smc-trace" /usr/local/bin
	cp "$UNIT" /etc/systemd/system
	mkdir -p /etc/systemd/system/smc-trace.service.d
	printf '%s\n' '[Unit]' DefaultDependencies=no '[Service]' StandardError=file:/run/said StandardOutput=file:/run/said \
		>/etc/systemd/system/smc-trace.service.d/test.conf
	rm -f /etc/default/smc-trace
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
	unshare --pid --fork --mount --mount-proc env container=lxc SYSTEMD_LOG_TARGET=console \
		/lib/systemd/systemd --system --unit=smc-trace.service >"$SMCKIT_OUT/systemd" 2>&1 &
}

in_vm() {
	local main
	modprobe smc && modprobe smc_diag
	smc-ctl ueid add SMCKIT.LAB
	ip link set lo up
	start_systemd
	until_true grep -q tracing /run/said
	main=$(pgrep -o -x smc-trace)
	cp "/proc/$main/status" "$SMCKIT_OUT/status"
	cat "/proc/$main/mounts" >"$SMCKIT_OUT/mounts"
	smc-xfer server -f smc -b 127.0.0.1 -p 443 -n 1 --text hi --ready-file /run/ready >/dev/null &
	until_true test -s /run/ready
	smc-xfer client -f smc -p 443 -n 1 --text hi 127.0.0.1 >/dev/null
	until_true grep -q 'smc_handshakes_total{outcome="smc"} 2' /var/lib/smc-trace/smc.prom
	kill -TERM "$main"
	until_true eval '! pgrep -x smc-trace'
	cp /run/said "$SMCKIT_OUT/said"
	cp /var/lib/smc-trace/* "$SMCKIT_OUT"
	stat -c '%n %a' /var/lib/smc-trace/* >"$SMCKIT_OUT/modes"
}

if [[ ${2-} == in-vm ]]; then
	in_vm
	exit
fi

# ---- outside --------------------------------------------------------------------------

. "$TOP/tests/tap.sh"
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is missing: install systemd"

exposure=$(systemd-analyze security --offline=true --no-pager "$UNIT" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
ok service__exposure_is_at_most_3 awk -v exposure="$exposure" 'BEGIN { exit !(exposure > 0 && exposure <= 3) }'
note "exposure $exposure"
# Its program is where it will be installed, and not here.
sed "s,^ExecStart=[^ ]*,ExecStart=$TOP/build/tracer/smc-trace," "$UNIT" >"$work/smc-trace.service"
is service__systemd_has_no_objection "$(systemd-analyze verify --man=no "$work/smc-trace.service" 2>&1 | grep smc-trace.service || :)" ""
is service__default_file_has_its_settings "$(sed -n 's/^\(SMC_TRACE_[A-Z]*=[^ ]*\).*/\1/p' "$TOP/debian/default/smc-trace" | tr -d '"' | sort | paste -sd ' ')" \
	"$(sed -n 's/^Environment=//p' "$UNIT" | tr ' ' '\n' | sort | paste -sd ' ')"
if [[ ! ${1-} ]]; then
	tap_end
fi

mkdir "$work/out"
ok service__vm "$TOP/lab/vm" --out "$work/out" --timeout 400 "$1" -- "${BASH_SOURCE[0]}" "$1" in-vm
((tap_failed == 0)) || note "$(cat "$work/out/systemd" "$work/out/said" 2>/dev/null | tail -n 40)"
is service__has_no_new_privileges "$(awk '$1 == "NoNewPrivs:" { print $2 }' "$work/out/status")" 1
is service__has_a_filter_of_calls "$(awk '$1 == "Seccomp:" { print $2 }' "$work/out/status")" 2
# SETGID 6, SETUID 7, SYS_PTRACE 19, SYS_ADMIN 21, PERFMON 38, BPF 39
is service__has_six_capabilities "$(awk '$1 == "CapBnd:" { print $2 }' "$work/out/status")" \
	"$(printf '%016x' $((1 << 6 | 1 << 7 | 1 << 19 | 1 << 21 | 1 << 38 | 1 << 39)))"
ok service__writes_its_folder_only awk '$2 == "/" { root = $4 } $2 == "/var/lib/smc-trace" { own = $4 } END { exit !(root ~ /^ro/ && own ~ /^rw/) }' "$work/out/mounts"
is service__observes_all "$(sed -n 's/^smc_trace_observed{class="\(.*\)"} 0/\1/p' "$work/out/smc.prom")" ""
is service__loses_nothing "$(sed -n 's/^smc_trace_lost_total //p' "$work/out/smc.prom")" 0
ok service__traces_are_whole "$TOP/build/tracer/smc-trace" read --strict "$work/out/smc.pcapng0"
is service__traces_are_for_root "$(awk '/pcapng0/ { print $2 }' "$work/out/modes")" 600
is service__metrics_are_for_all "$(awk '/prom/ { print $2 }' "$work/out/modes")" 644
tap_end
