#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole way of the metrics, in a VM: smc-trace of a live kernel writes the file, node_exporter's textfile collector
# serves it, prometheus scrapes it and loads our rules. Each provoked fault is a number there and an alert: connections
# that stay on TCP (pending: the rule waits 15 minutes), and lost events (firing).
#
#	kernel --> smc-trace --metrics --> smc.prom --> node_exporter :9100 --> prometheus :9090 --> its HTTP API
#
# Usage: prometheus_vm_test.sh KERNEL. It boots once, and then calls itself in the VM.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
T=$TOP/build/tracer/smc-trace PATH=$TOP/build/lab/tools:$PATH
kernel=${1-6.12-lo}
. "$TOP/tests/tracer/trace.sh"
readonly PLAIN=12 SMC=3 API=http://127.0.0.1:9090/api/v1

# ---- in the VM ------------------------------------------------------------------------

# get URL
get() {
	python3 -c 'import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=30).read().decode())' "$1"
}

# says_so URL EXPRESSION: of jq, on what the URL gives.
says_so() {
	get "$1" | jq -e "$2"
}

# connections NUMBER SERVER CLIENT PORT
connections() {
	local server
	rm -f /run/ready
	smc-xfer server -f "$2" -b 127.0.0.1 -p "$4" -n "$1" --text hi --ready-file /run/ready >/dev/null &
	server=$!
	until_true test -s /run/ready
	smc-xfer client -f "$3" -p "$4" -n "$1" --text hi 127.0.0.1 >/dev/null
	wait "$server"
}

# alert NAME STATE
alert() {
	says_so "$API/alerts" ".data.alerts | any(.labels.alertname == \"$1\" and .state == \"$2\")"
}

start_prometheus() {
	mkdir -p /run/textfile /run/tsdb
	cat >/run/prometheus.yml <<END
global: { scrape_interval: 2s, evaluation_interval: 2s }
rule_files: [ "$TOP/tracer/prometheus/smc.rules.yml" ]
scrape_configs:
  - job_name: node
    static_configs: [ { targets: [ "127.0.0.1:9100" ] } ]
END
	prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory=/run/textfile --web.listen-address=127.0.0.1:9100 \
		>"$SMCKIT_OUT/exporter.said" 2>&1 &
	exporter=$!
	prometheus --config.file=/run/prometheus.yml --storage.tsdb.path=/run/tsdb \
		--web.listen-address=127.0.0.1:9090 >"$SMCKIT_OUT/prometheus.said" 2>&1 &
	prometheus=$!
	until_true get http://127.0.0.1:9100/metrics
	until_true get "${API%/api/v1}/-/ready"
	stage prometheus
}

guest() {
	ip link set lo up
	modprobe smc
	smc-ctl ueid add SMCKIT.LAB
	start_prometheus
	start_trace live --metrics /run/textfile/smc.prom --by service --control-ring 4 --cdc-ring 4
	# Rates are of what was there before.
	until_true says_so "$API/query?query=smc_trace_build_info" '.data.result | length == 1'
	sleep 5
	stage scraped
	connections "$PLAIN" tcp smc 7001
	connections "$SMC" smc smc 7002
	until_true says_so "$API/query?query=sum(smc_fallbacks_total)" \
		".data.result[0].value[1] == \"$PLAIN\""
	until_true alert SmcFallsBack pending
	stage fallbacks
	kill -STOP "$child"
	connections 20 smc smc 7003
	kill -CONT "$child"
	until_true alert SmcTraceLosesEvents firing
	stage losses
	get http://127.0.0.1:9100/metrics >"$SMCKIT_OUT/exported"
	get "$API/rules" >"$SMCKIT_OUT/rules.json"
	get "$API/alerts" >"$SMCKIT_OUT/alerts.json"
	get "$API/targets" >"$SMCKIT_OUT/targets.json"
	get "$API/query?query=smc_handshakes_total" >"$SMCKIT_OUT/handshakes.json"
	get "$API/query?query=smc_group_handshakes_total" >"$SMCKIT_OUT/services.json"
	get "$API/query?query=histogram_quantile(0.99,smc_handshake_seconds_bucket)" >"$SMCKIT_OUT/quantile.json"
	kill "$exporter" "$prometheus"
	stop_trace
}

if [[ ${2-} == in-vm ]]; then
	guest
	exit
fi

# ---- on the host ------------------------------------------------------------------------

begin_host prometheus prometheus-node-exporter python3
in_vm 600 "$kernel"
status_of live 0
# of FILE EXPRESSION
of() {
	jq -r "$2" "$out/$1.json"
}
is exporter__takes_the_file "$(awk '$1 == "node_textfile_scrape_error" { print $2 }' "$out/exported")" 0
ok exporter__has_the_types grep -q '^# TYPE smc_handshake_seconds histogram' "$out/exported"
is targets__is_up "$(of targets '.data.activeTargets[0].health')" up
is rules__are_healthy "$(of rules '[.data.groups[].rules[].health] | unique | join(" ")')" ok
is rules__are_all_of_ours "$(of rules '[.data.groups[].rules[].name] | sort | join(" ")')" \
	"$(sed -n 's/.*- alert: //p' "$TOP/tracer/prometheus/smc.rules.yml" | sort | xargs)"
# Both ends of the one sort are here; of the others only the client is SMC's.
is handshakes__to_tcp "$(of handshakes '.data.result[] | select(.metric.outcome == "tcp").value[1]')" "$PLAIN"
ok handshakes__to_smc test "$(of handshakes '.data.result[] | select(.metric.outcome == "smc").value[1]')" -ge "$((2 * SMC))"
is handshakes__by_service "$(of services '.data.result[] |
	select(.metric.service == "127.0.0.1:7001" and .metric.outcome == "tcp").value[1]')" "$PLAIN"
ok quantile__is_a_time test "$(of quantile '[.data.result[].value[1] | tonumber? | select(. > 0)] | length')" -ge 1
is alerts__pending "$(of alerts '[.data.alerts[] | select(.state == "pending").labels.alertname] | join(" ")')" SmcFallsBack
is alerts__firing "$(of alerts '[.data.alerts[] | select(.state == "firing").labels.alertname] | unique | join(" ")')" \
	SmcTraceLosesEvents
ok losses__were_losses grep -Eq ' [1-9][0-9]* lost$' "$out/live.err"
tap_end
