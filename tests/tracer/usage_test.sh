#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line of smc-trace: what is refused and in which words, what commands on files do with
# their options, Wireshark's questions, and completion.
#
# Prints TAP. EVENT_FILE and HOST_FILES are programs of this folder, SMC_TRACE is smc-trace.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
. "$here/../tap.sh"
: "${HOST_FILES:=$top/build/tests/tracer/host_files}"
: "${EVENT_FILE:=$top/build/tests/tracer/event_file}" "${SMC_TRACE:=$top/build/tracer/smc-trace}"
T=$SMC_TRACE
file=$work/events.pcapng
"$EVENT_FILE" "$file"

# says NAME STATUS PATTERN COMMAND...: ends with the status, and a line of what it says matches.
says() {
	local name=$1 status=$2 pattern=$3 got=0
	shift 3
	"$@" >"$work/said" 2>&1 || got=$?
	if [[ $got == "$status" ]] && grep -qE -e "$pattern" "$work/said"; then
		pass "$name"
	else
		fail "$name" "status $got, said: $(sed -n 1,5p "$work/said")"
	fi
}

# ---- refusals ------------------------------------------------------------------------

says unknown_command 2 "unknown command 'trace': one of capture, top, conns" "$T" trace
says read_what 2 "which file\? 'smc-trace read FILE'" "$T" read
says one_too_many 2 "'x' is one argument too many" "$T" doctor x
for command in stats why conns read; do
	says "${command}_takes_no_wait" 2 "--wait has no meaning for '$command FILE'" "$T" "$command" "$file" --wait
	says "${command}_takes_no_w" 2 "--write has no meaning for '$command FILE'" "$T" "$command" "$file" -w x
done
says stats_takes_no_hex 2 "--hex has no meaning" "$T" stats -x "$file"
says top_takes_no_json 2 "--json has no meaning for 'top'" "$T" top --json
says doctor_takes_no_port 2 "--port has no meaning for 'doctor'" "$T" doctor --port 1
says by_without_use 2 "--by is for stats, top, and --metrics" "$T" --by peer
says w_without_c_or_g 2 "-W counts the files of -C or -G" "$T" -w x -W 3
says stdout_does_not_rotate 2 "-C and -G make files" "$T" -w - -C 1
says port_70000 2 "--port: '70000' is not a number from 0 to 65535" "$T" read "$file" --port 70000
says kinds_of_nothing 2 "--kinds: name at least one" "$T" read "$file" --kinds ''
says kinds_unknown 2 "'nonsense' is none of clc, llc, cdc, life" "$T" read "$file" --kinds nonsense
says host_by_name 2 "'localhost' is neither an IPv4 nor an IPv6 address" "$T" read "$file" --host localhost
says cgroup_is_no_cgroup 2 "--cgroup: /etc/passwd is no cgroup: name a folder under /sys/fs/cgroup" "$T" --cgroup /etc/passwd
says cgroup_is_not_there 2 "--cgroup: /no/such is No such file" "$T" --cgroup /no/such
says netns_is_no_namespace 2 "--netns: /etc/passwd is no namespace: name /run/netns/NAME" "$T" --netns /etc/passwd
says by_unknown 2 "'colour' is none of process, service, cgroup, peer" "$T" stats --by colour "$file"
says no_such_file 1 "/no/such: No such file" "$T" read /no/such
printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' >"$work/ethernet.pcap"
says other_packets 1 'link type EN10MB, not trace events: it is no file of smc-trace -w' "$T" why "$work/ethernet.pcap"

# ---- files -----------------------------------------------------------------------------

all=$("$T" read "$file" 2>/dev/null | wc -l)
is count_is_obeyed "$("$T" read -c 3 "$file" 2>/dev/null | wc -l)" 3
is port_is_obeyed "$("$T" read --port 443 "$file" 2>/dev/null | grep -vc ':443' || :)" "$("$T" read --port 1 "$file" 2>/dev/null | wc -l)"
kinds_of() {
	"$T" read --json --kinds "$1" "$file" 2>/dev/null | jq -s 'map(.kind) | unique' -c
}
is kinds_are_obeyed "$(kinds_of clc)" '[1,31,32,48,49]'
is kinds_llc "$(kinds_of llc)" '[2,31,32,48,49]'
# CDC is also what is made of it: 33 and 34. 21 to 23 report which connection it is.
is kinds_cdc "$(kinds_of cdc)" '[3,21,22,23,31,32,33,34,48,49]'
is kinds_life "$(kinds_of life)" '[16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,48,49]'
is host_is_obeyed "$("$T" read --json --host 2001:db8::1 "$file" 2>/dev/null | jq -s 'map(select(.local_port != 0).local) | unique | length')" 2
ok filters_leave_something [ "$("$T" read --kinds clc "$file" 2>/dev/null | wc -l)" -lt "$all" ]
ok stats_json_is_json jq -e '.observed and .handshakes.tcp.count == 1' <<<"$("$T" stats --json --by process "$file" 2>/dev/null)"
is stats_of_a_kind "$("$T" stats --json --kinds clc "$file" 2>/dev/null | jq '.handshakes.tcp.count')" 0
says why_something_is_wrong 1 'server does not use SMC|did not ask for SMC|peer did not offer' "$T" why "$file"
says why_says_what_is_observed 1 '^observed: CLC / not observed: CDC \(smc has no BTF\)' "$T" why "$file"
says stats_says_what_is_observed 0 '^observed: CLC / not observed: ' "$T" stats "$file"
says read_says_what_is_observed 0 '^smc-trace: observed: CLC / not observed: ' "$T" read "$file"
ok json_says_what_is_observed jq -es 'any(.text | startswith("observed: CLC; not observed: CDC"))' <<<"$("$T" read --json "$file" 2>/dev/null)"
says strict_of_a_file 3 '^observed' "$T" stats --strict "$file"
says conns_of_a_file 0 '^ENDED +PROCESS +SIDE +CLIENT' "$T" conns "$file"
gzip -k "$file"
is gzip_is_read "$("$T" read "$file.gz" 2>/dev/null | wc -l)" "$all"

# ---- several hosts -----------------------------------------------------------------------

mkdir "$work/hosts"
"$HOST_FILES" "$work/hosts" 3
hosts=("$work/hosts/1.pcapng" "$work/hosts/2.pcapng" "$work/hosts/3.pcapng")
all_hosts=$work/hosts/all.pcapng
says merge__needs_two 2 'a file from each host, two at least' "$T" merge "${hosts[0]}" -o "$all_hosts"
says merge__needs_a_place 2 'where to\? -o FILE' "$T" merge "${hosts[@]}"
says merge__takes_fifteen 2 'merge takes 15 files at most' "$T" merge $(seq 16) -o "$all_hosts"
says merge__takes_no_port 2 "--port has no meaning for 'merge FILE'" "$T" merge "${hosts[@]}" --port 1 -o "$all_hosts"
says read__takes_no_o 2 "--output has no meaning for 'read FILE'" "$T" read "$file" -o x
says merge__names_the_clock 0 '^smc-trace: 2\.pcapng: [0-9]+ events, clock \+[23]\.[0-9]+ s, \+[0-9.]+ ppm, put right within' \
	"$T" merge "${hosts[@]}" -o "$all_hosts"
is merge__quiet "$("$T" merge -q "${hosts[@]}" -o "$all_hosts" 2>&1)" ""
is merge__to_stdout "$("$T" merge -q "${hosts[@]}" -o - 2>/dev/null | "$T" read --json - 2>/dev/null | jq -s 'map(.host) | unique' -c)" '[1,2,3]'
says merge__stats_has_clocks 0 '^   2  2\.pcapng ' "$T" stats "$all_hosts"
ok merge__stats_json_has_clocks jq -e '.clocks | length == 3 and .[0].within_ns == 0 and .[1].within_ns > 0' <<<"$("$T" stats --json "$all_hosts" 2>/dev/null)"
says merge__not_twice 1 'is a merged file already' "$T" merge "$all_hosts" "${hosts[1]}" -o "$work/again.pcapng"
says merge__nothing_matches 1 'no CLC, LLC or CDC|no message that it sent or received' "$T" merge "${hosts[0]}" "$here/loopback.pcapng" -o "$work/again.pcapng"
ok merge__leaves_nothing [ ! -e "$work/again.pcapng" ]
says merge__drift_is_a_limit 1 'drift apart by more than 1 ppm \(--drift\)' "$T" merge --drift 1 "${hosts[@]}" -o "$work/tight.pcapng"

says report__needs_a_place 2 'report: where to\? -o FILE' "$T" report "$file"
says report__needs_a_file 2 "which file\\? 'smc-trace report FILE'" "$T" report
says report__takes_no_json 2 "--json has no meaning for 'report FILE'" "$T" report "$file" --json -o "$work/r"
says report__takes_no_count 2 "--count has no meaning for 'report FILE'" "$T" report "$file" -c 3 -o "$work/r"
says report__format_unknown 2 "--format: 'pdf' is none of html, perfetto" "$T" report "$file" --format pdf -o "$work/r"
says report__reads_twice 2 'report reads its files twice, and standard input can be read once: write it to a file first' "$T" report - -o "$work/r"
mkfifo "$work/pipe"
says report__no_pipe 2 'report reads its files twice, and .*/pipe can be read once' "$T" report "$work/pipe" -o "$work/r"
says report__no_such_file 1 '/no/such: No such file' "$T" report /no/such -o "$work/r"
says report__of_packets 1 'not trace events: it is no file of smc-trace -w' "$T" report "$work/ethernet.pcap" -o "$work/r"
says report__into_a_folder 1 "$work: Is a directory: name another file with -o" "$T" report "$file" -o "$work"
says report__nowhere 1 '/no/such/page: No such file or directory: name another file with -o' "$T" report "$file" -o /no/such/page
ok report__leaves_nothing [ ! -e "$work/r" ]
says report__says_of_how_much 0 '^smc-trace: .*/r: of [0-9]+ events$' "$T" report "$file" -o "$work/r"
is report__quiet "$("$T" report -q "$file" -o "$work/r" 2>&1)" ""
says report__strict 3 '^smc-trace: .*/r: of' "$T" report --strict "$file" -o "$work/r"
ok report__to_a_full_disk eval '! "$T" report -q "$file" -o - >/dev/full 2>"$work/said"'
says read__takes_no_format 2 "--format has no meaning for 'read FILE'" "$T" read "$file" --format html

# ---- every command with every filter, on every sort of file -------------------------------------

# A recorded trace: two processes, 253 and 255, with one connection between them.
recorded=$here/loopback.pcapng
gzip -c "$recorded" >"$work/recorded.gz"
head -c 24 "$work/ethernet.pcap" >"$work/packet.pcap"
printf '\0\0\0\0\0\0\0\0\16\0\0\0\16\0\0\0aaaaaabbbbbb\10\0' >>"$work/packet.pcap"
mergecap -F pcapng -w "$work/mixed.pcapng" "$recorded" "$work/packet.pcap"
gzip -c "$work/mixed.pcapng" >"$work/mixed.gz"

# output COMMAND FILE [OPTION...]: in JSON; the status is that of why, say.
output() {
	local command=$1 from=$2
	shift 2
	"$T" "$command" --json "$@" "$from" 2>/dev/null || (($? == 1))
}

# passing EXPRESSION: events of sockets that pass, by the whole file and jq; kind and time of each.
passing() {
	jq -c "select(.pid != 0 or .local_port != 0) | select($1) | [.kind, .time]" "$work/whole.json"
}
output read "$recorded" >"$work/whole.json"
filters=(
	'--port 35831|true' '--port 43448|.local_port == 43448 or .peer_port == 43448' '--port 1|false'
	'--pid 253|.pid == 253' '--pid 255|.pid == 255' '--pid 7|false'
	'--host 127.0.0.1|.local == "127.0.0.1" or .peer == "127.0.0.1"' '--host ::1|false'
	'--netns 4026531840|.netns == 4026531840' '--netns 5|false' '--cgroup 1|.cgroup == 1' '--cgroup 77|false'
	'--kinds clc|.kind == 1' '--kinds cdc|.kind == 3 or (.kind >= 21 and .kind <= 23)'
	'--kinds clc,cdc --pid 253|.pid == 253 and (.kind == 1 or .kind == 3 or (.kind >= 21 and .kind <= 23))'
	'--port 35831 --pid 255|.pid == 255'
)
for filter in "${filters[@]}"; do
	read -ra words <<<"${filter%%|*}"
	name=${words[*]}
	name=${name//[ :.,]/_}
	output read "$recorded" "${words[@]}" | jq -c 'select(.pid != 0 or .local_port != 0) | [.kind, .time]' >"$work/got"
	passing "${filter#*|}" >"$work/wanted"
	[[ ${filter#*|} == false || -s $work/wanted ]] || fail "read${name}__something_passes"
	ok "read${name}__is_what_passes" diff "$work/got" "$work/wanted"
	# Files are told apart before filters are asked, so some filters are enough.
	[[ $name == *_port_35831 || $name == *_pid_253 || $name == *_cdc ]] || continue
	for command in read stats why conns; do
		output "$command" "$recorded" "${words[@]}" >"$work/plain"
		for form in recorded.gz mixed.pcapng mixed.gz -; do
			from=$work/$form
			[[ $form != - ]] || from=-
			output "$command" "$from" "${words[@]}" <"$work/mixed.gz" >"$work/got"
			cmp -s "$work/plain" "$work/got" || echo "$command $form ${words[*]}"
		done
	done >"$work/differ"
	is "all${name}__the_same_of_each_file" "$(<"$work/differ")" ""
done
# They count the events that pass: the connection's two ends, or one of them.
is stats_port__bytes "$(output stats "$recorded" --port 35831 | jq .connections.seen)" 2
is stats_pid__bytes "$(output stats "$recorded" --pid 253 | jq .connections.seen)" 1
is stats_none "$(output stats "$recorded" --port 1 | jq .connections.seen)" 0
is conns_port "$(output conns "$recorded" --port 35831 | wc -l)" 2
is conns_pid "$(output conns "$recorded" --pid 255 | jq -c '[.pid, .side]')" '[255,"client"]'
is conns_none "$(output conns "$recorded" --netns 5 | wc -l)" 0
for by in process service cgroup peer; do
	is "stats_by_${by}__adds_up" "$(output stats "$recorded" --by "$by" | jq -c "[(.$by | map(.data.sent.bytes) | add), (.$by | map(.connections) | add)]")" \
		"$(output stats "$recorded" | jq -c '[.connections.data.sent.bytes, .connections.seen]')"
done

# ---- time -----------------------------------------------------------------------------

# Many connections of numbers with one remainder, and fallbacks of ever other processes.
"$EVENT_FILE" --many 100000 "$work/many.pcapng"
ok stats_of_many_is_quick timeout 20 "$T" stats "$work/many.pcapng"
says why_of_many_is_quick 1 '^100000 x  .*127.0.0.1:80' timeout 20 "$T" why "$work/many.pcapng"
is why_has_a_line_per_service "$("$T" why "$work/many.pcapng" | wc -l)" 3

# ---- Wireshark --------------------------------------------------------------------------

says extcap_interface 0 'interface \{value=smc\}' "$T" --extcap-interfaces
for option in kinds port host pid cgroup netns snaplen control-ring cdc-ring; do
	says "extcap_asks_for_$option" 0 "\{call=--$option\}" "$T" --extcap-interface smc --extcap-config
done
says extcap_asks_for_aggregate 0 '\{call=--aggregate\}.*\{type=boolflag\}' "$T" --extcap-interface smc --extcap-config
for control in 'number=0\}\{type=selector' 'number=1\}\{type=string' 'number=2\}\{type=button' 'number=3\}\{type=button\}\{role=help' \
	'number=4\}\{type=button\}\{role=logger'; do
	says "extcap_has_a_toolbar" 0 "^control \{$control\}" "$T" --extcap-interfaces
done
# Wireshark's sentences: no brace within a value.
is extcap_sentences_are_whole "$("$T" --extcap-interfaces | grep -vcE '^[a-z]+ (\{[a-z]+=[^{}]*\})+$' || :)" 0
is extcap_config_is_whole "$("$T" --extcap-interface smc --extcap-config | grep -vcE '^[a-z]+ (\{[a-z]+=[^{}]*\})+$' || :)" 0
says extcap_refuses_port_70000 2 "--port: '70000' is not a number from 0 to 65535" "$T" --capture --extcap-interface smc --fifo "$work/fifo" --port 70000
says extcap_refuses_words 2 "--port: '80x' is not a number" "$T" --capture --extcap-interface smc --fifo "$work/fifo" --port 80x
says extcap_needs_a_fifo 2 'needs --fifo' "$T" --capture --extcap-interface smc

# ---- completion ---------------------------------------------------------------------------

# complete WORD...: what completes the last one.
complete_words() {
	bash -c '. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _smc_trace 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$top/tracer/smc-trace.bash" smc-trace "$@"
}

is completes_commands "$(complete_words '' | xargs)" "capture top conns read stats why report merge doctor"
is completes_options "$(complete_words --so)" "--sort"
is completes_kinds "$(complete_words --kinds clc,l | xargs)" "clc,llc clc,life"
is completes_formats "$(complete_words report --format = '' | xargs)" "html perfetto"
is completes_values "$(complete_words stats --by = p | xargs)" "process peer"
for typed in "\$(touch $work/executed)" "\`touch $work/executed\`" "a[\$(touch $work/executed)]" \
	"\$(touch $work/executed),c" "x;touch $work/executed"; do
	for words in "'' " "--kinds" "--pid" "--color" "--cgroup" "-w" "--by" "read"; do
		complete_words "${words# }" "$typed" >"$work/said" 2>&1 || :
		complete_words "$typed" '' >"$work/said" 2>&1 || :
	done
done
is completion_executes_nothing "$(ls "$work/executed" 2>/dev/null)" ""

tap_end
