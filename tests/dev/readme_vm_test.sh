#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command of README.md, run as it stands there. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$TOP"

# The commands: all lines of blocks marked sh.
mapfile -t commands < <(awk '/^```/ { inside = /^```sh$/; next } inside && NF' README.md)

run() {
	case $1 in
	"./dev test") return ;; # that is what runs this
	"cmake --install build") DESTDIR=$work cmake --install build ;;
	*) bash -c "$1" ;;
	esac
}

# What the output has to show, for the commands that show something.
expected() {
	case $1 in
	*demo) echo 'kernel says +mode=smcd' ;;
	*first-contact.pcapng*) echo 'SMC-R Confirm v2.1, first contact' ;;
	*fallback-prefix*) echo 'IP prefixes do not match \(0x03070000\)' ;;
	*uname*) echo '^6\.12\.' ;;
	*smcr-rxe) echo 'ok: SMC-R' ;;
	*loopback) echo 'ok: SMC-D' ;;
	*) echo '' ;;
	esac
}

printf '1..%d\n' "${#commands[@]}"
for ((i = 0; i < ${#commands[@]}; i++)); do
	command=${commands[i]}
	if run "$command" >"$work/out" 2>&1 </dev/null &&
		{ [[ ! -s $work/out ]] || grep -Eq -e "$(expected "$command")" "$work/out"; }; then
		printf 'ok %d - %s\n' "$((i + 1))" "$command"
	else
		printf 'not ok %d - %s\n' "$((i + 1))" "$command"
		tail -n 20 "$work/out" | sed 's/^/# /'
	fi
done
