# SPDX-License-Identifier: GPL-2.0-or-later
# Set-up of a Debian machine: packages, builds, kernels. Sourced by ./dev, which sets TOP.
# shellcheck shell=bash

# Free space that a first run needs, in MiB: packages, builds and three kernels.
readonly NEED_INSTALL=2500 NEED_BUILD=500

step() {
	printf '== %s\n' "$*" >&2
}

# stop STATUS MESSAGE: one line that says what to do, and out.
stop() {
	trap - INT TERM EXIT
	printf 'dev: %s\n' "$2" >&2
	exit "$1"
}

require_space() { # DIR MIB WHAT
	local dir=$1 free
	while [[ ! -d $dir ]]; do
		dir=$(dirname "$dir")
	done
	free=$(df --output=avail -BM "$dir" | tail -n 1 | tr -dc 0-9)
	((free >= $2)) ||
		stop 1 "the disk of $dir has $free MiB free and $3 needs $2: make room and run it again"
}

wanted_packages() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$TOP/packages.txt"
}

missing_packages() {
	local name
	while read -r name; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -x installed >/dev/null ||
			printf '%s\n' "$name"
	done < <(wanted_packages)
}

# Packages with a daemon, and the service it is: they are for the lab's VMs, and may not run here.
readonly DAEMONS=(nginx=nginx postgresql=postgresql openssh-server=ssh iperf3=iperf3
	prometheus=prometheus prometheus-node-exporter=prometheus-node-exporter)

# without_daemons COMMAND...: while it runs no package may start one. A policy that the machine has already stands.
without_daemons() (
	policy=/usr/sbin/policy-rc.d
	if [[ ! -e $policy ]]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\ncase $1 in %s) exit 101 ;; esac\n' \
			"$(printf '%s | ' "${DAEMONS[@]/#*=/}")ssh.socket" >"$policy"
		chmod 755 "$policy"
	fi
	"$@"
)

# Nor may the next boot, unless the package was here before us.
disable_daemons() { # PACKAGE...
	local daemon
	for daemon in "${DAEMONS[@]}"; do
		[[ " $* " != *" ${daemon%=*} "* ]] || update-rc.d "${daemon#*=}" disable >/dev/null 2>&1 || :
	done
}

# Debian asks no questions, and a mirror may hiccup once.
apt_install() {
	local log=$1
	shift
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1 && return
	apt-get update >>"$log" 2>&1 || :
	apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1
}

set_up() {
	local missing log
	command -v dpkg-query >/dev/null ||
		stop 1 "this set-up is for Debian 12; elsewhere install what packages.txt lists"
	mapfile -t missing < <(missing_packages)
	((${#missing[@]})) || return 0
	((EUID == 0)) ||
		stop 1 "packages are missing: run it as root, or install: ${missing[*]}"
	require_space / "$NEED_INSTALL" "the set-up"
	step "installing ${#missing[@]} packages: ${missing[*]}"
	log=$(mktemp)
	without_daemons apt_install "$log" "${missing[@]}" || {
		tail -n 5 "$log" >&2
		stop 1 "apt-get could not install them (above its last lines, all in $log): is the network there?"
	}
	disable_daemons "${missing[@]}"
	rm -f "$log"
}

# build PRESET: configure once, then build what changed.
build() {
	local dir=$TOP/build log
	[[ $1 == default ]] || dir=$TOP/build-$1
	require_space "$TOP" "$NEED_BUILD" "a build"
	log=$(mktemp)
	if ! { { [[ -f $dir/build.ninja ]] || { step "configuring ($1)" &&
		cmake -S "$TOP" --preset "$1" >"$log" 2>&1; }; } &&
		build_progress "$dir" "$1" "$log"; }; then
		tail -n 30 "$log" >&2
		stop 1 "the build ($1) failed: above its last lines, all in $log"
	fi
	rm -f "$log"
}

# Said only when something is really built; a dry run of ninja does not show it, as it checks for new files first.
build_progress() {
	cmake --build "$1" 2>&1 | tee "$3" |
		awk -v line="== building ($2)" '/^\[[0-9]+\/[0-9]+\] (Building|Linking)/ && !said++ {
			print line > "/dev/stderr"
		}'
}

prepare_kernels() {
	local kernel
	for kernel in "$@"; do
		"$TOP/lab/kernel" "$kernel" >/dev/null ||
			stop 1 "the kernel $kernel could not be made ready: see above"
	done
}
