# SPDX-License-Identifier: GPL-2.0-or-later
# Functions for every program of the lab: its messages, and the place of its cache.
# shellcheck shell=bash

# The lab's own exit statuses; everything else is the status of the guest's command.
readonly EXIT_USAGE=2 EXIT_LAB=123 EXIT_TIMEOUT=124 EXIT_KERNEL=125

# depmod, modprobe and, in the guest, much more; not in everybody's PATH.
PATH+=:/usr/local/sbin:/usr/sbin:/sbin

say() {
	printf 'lab: %s\n' "$*" >&2
}

# The lab could not do its work; the message says what to do about it.
die() {
	say "$@"
	exit "$EXIT_LAB"
}

die_usage() {
	say "$@"
	exit "$EXIT_USAGE"
}

cache_dir() {
	printf '%s\n' "${SMCKIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/smckit}"
}

need_program() {
	command -v "$1" >/dev/null || die "$1 is missing: install the Debian package $2"
}

# Kernel files may not be hidden nor be paths: a typing error must not source just any file.
known_kernels() {
	local file
	for file in "$LAB"/kernels/*; do
		[[ $file == *.config ]] || printf '%s\n' "${file##*/}"
	done
}

require_known_kernel() {
	# No grep -q: it ends at the first match, and with pipefail its writer's SIGPIPE is a failure.
	known_kernels | grep -Fx -e "$1" >/dev/null ||
		die_usage "unknown kernel '$1': the known ones are $(known_kernels | paste -sd ' ')"
}
