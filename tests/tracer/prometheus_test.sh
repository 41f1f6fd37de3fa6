#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The metrics before promtool, the alert rules with made series, and that the dashboard and the rules ask
# for metrics that there are.
#
# Prints TAP. EVENT_FILE is the program event_file of this folder, SMC_TRACE is smc-trace.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
. "$here/../tap.sh"
: "${EVENT_FILE:=$top/build/tests/tracer/event_file}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
"$EVENT_FILE" "$work/events.pcapng"
for by in process service cgroup peer; do
	ok "metrics_by_$by" "$SMC_TRACE" stats --by "$by" --metrics "$work/$by.prom" "$work/events.pcapng"
done
"$SMC_TRACE" stats --metrics "$work/smc.prom" "$work/events.pcapng" >/dev/null

# names: of the families that there are, with what histograms have.
sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$work/process.prom" |
	awk '{ print; print $1 "_bucket"; print $1 "_sum"; print $1 "_count" }' | sort -u >"$work/names"
for user in smc.rules.yml smc-dashboard.json; do
	is "${user}_asks_for_what_there_is" "$(grep -oE '\bsmc_[a-z_]+' "$top/tracer/prometheus/$user" | sort -u |
		comm -23 - "$work/names")" ""
done
ok dashboard_is_json jq -e '.panels | length > 8' "$top/tracer/prometheus/smc-dashboard.json"
is nothing_of_openmetrics "$(grep -cE '^# (EOF|UNIT)' "$work/smc.prom" || :)" 0
refused() {
	! "$SMC_TRACE" stats --metrics /dev/stdout "$work/events.pcapng" >"$work/said" 2>&1 && grep -q 'is no regular file' "$work/said"
}
ok a_device_is_not_replaced refused

if command -v promtool >/dev/null; then
	for by in process service cgroup peer smc; do
		is "promtool_finds_nothing_in_$by" "$(promtool check metrics <"$work/$by.prom" 2>&1)" ""
	done
	ok rules_are_right promtool check rules "$top/tracer/prometheus/smc.rules.yml"
	ok rules_fire_when_they_should promtool test rules "$here/smc.rules.test.yml"
else
	skip promtool "promtool is missing: install prometheus"
fi
tap_end
