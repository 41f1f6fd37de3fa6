#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command of README.md, run as it stands there. TAP.
# Usage: readme_vm_test.sh [--slow]   the blocks that are marked sh, or those marked sh slow
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
cd "$TOP"

mark='sh'
[[ ${1-} != --slow ]] || mark='sh slow'
mapfile -t commands < <(awk -v mark="\`\`\`$mark" '/^```/ { inside = $0 == mark; next } inside && NF' README.md)

run() {
	case $1 in
	"cmake --install build") DESTDIR=$work/root cmake --install build ;;
	*--against*) bash -c "$1" || [[ $? == 1 ]] ;; # as diff does: there is a difference
	*) bash -c "$1" ;;
	esac
}

# The text that the output has to show, for the commands that show something.
expected() {
	case $1 in
	*demo) echo 'kernel says +mode=smcd' ;;
	*smcr-http*follow*) echo '^line 1 of a file' ;;
	*smcr-http*) echo 'HTTP/1.1 200 OK' ;;
	*smcx,tree*) echo 'CDC' ;;
	*smcx,conns*) echo '^ +1 +1 +10\.9\.0\.1:39077 +10\.9\.0\.2:41405 +SMC-R +2\.1 ' ;;
	*first-contact.pcapng*) echo 'SMC-R Confirm v2.1, first contact' ;;
	*fallback-prefix*) echo 'IP prefixes do not match \(0x03070000\)' ;;
	*doctor*) echo '^[0-9]+ of [0-9]+ hooks attached' ;;
	*smc-trace\ read*) echo 'SMC-D CDC, prod 0:23, cons 0:15, closed' ;;
	*smc-trace\ stats*) echo '^Lost events: 0' ;;
	*smcx.ko*) echo '1 SMC-D +to +port 127\.0\.0\.1:80 \(curl\)' ;;
	*--against*) echo '^6\.12 and 6\.1: [1-9][0-9]* cases on both, [1-9][0-9]* different' ;;
	lab/module*) echo 'smcx\.ko$' ;;
	*uname*) echo '^6\.12\.' ;;
	*smcr-rxe) echo 'ok: SMC-R' ;;
	*loopback) echo 'ok: SMC-D' ;;
	captures/record*) echo 'smcr-first-contact: [0-9]+ frames' ;;
	cmake*) echo 'smcx\.so' ;;
	*) echo '' ;;
	esac
}

# works COMMAND: it succeeds and shows the expected text.
works() {
	local wanted
	wanted=$(expected "$1")
	if run "$1" >"$work/out" 2>&1 </dev/null &&
		{ [[ ! $wanted ]] || grep -Eq -e "$wanted" "$work/out"; }; then
		return
	fi
	tail -n 20 "$work/out"
	return 1
}

for command in "${commands[@]}"; do
	if [[ $command == "./dev test" ]]; then
		skip "$command" "it is what runs this test"
	else
		ok "$command" works "$command"
	fi
done
tap_end
