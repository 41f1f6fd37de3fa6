#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pages of smc-trace report in a browser without a window (report_browser.py): a recorded trace, and a merged one.
#
#   report_browser_test.sh [update]   update makes the pictures of docs/report.md anew
#
# Prints TAP. HOST_FILES is a program of this folder, SMC_TRACE is smc-trace.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../tap.sh"
: "${HOST_FILES:=$top/build/tests/tracer/host_files}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
browser=$(type -P chromium-headless-shell || type -P chromium) || skip_all "neither chromium-headless-shell nor chromium is installed"
cd "$top"
export TZ=UTC HOME=$work

# shows NAME FILE [PICTURE...]: all cases of its page are ok.
shows() {
	local said=0
	"$SMC_TRACE" report -q "$2" -o "$work/$1.html"
	timeout 240 /usr/bin/python3 "$here/report_browser.py" "$browser" "$work/$1.html" "${@:3}" >"$work/said" 2>&1 || said=$?
	is "$1__has_all_cases" "$(grep -c '^ok ' "$work/said")" 14
	is "$1__is_right" "$said $(grep -A 1 '^not ok' "$work/said" | head -n 20)" "0 "
}

pictures=()
[[ ${1-} != update ]] || pictures=(docs/pictures/report-light.png docs/pictures/report-dark.png)
shows recorded tests/tracer/loopback.pcapng "${pictures[@]}"
mkdir "$work/hosts"
"$HOST_FILES" "$work/hosts" 2
"$SMC_TRACE" merge -q "$work/hosts"/[12].pcapng -o "$work/merged.pcapng"
shows merged "$work/merged.pcapng"
for picture in docs/pictures/report-light.png docs/pictures/report-dark.png; do
	ok "${picture##*/}__is_small" [ "$(wc -c <"$picture")" -lt 150000 ]
done
tap_end
