#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The bytes of connections from captures that are damaged: dropped, repeated, moved, cut packets.
# Either the bytes are right, or the wrong and missing ones are said to be lost or unknown; a message
# that was whole on the wire is never faulty, and nothing is claimed that only lost packets suggest.
#
#   damage_test.sh [--seeds N] [--first SEED] [--keep] [CAPTURE...]
#
#   --seeds N     damages of each capture (20); the first ones are one way each (damage_pcap --ways)
#   --first SEED  from this one on (0)
#   --keep        leave captures that fail in damage-failed/: NAME-SEED.pcap
#   CAPTURE       a name below, such as smcr-http or stream-wrap (all)
#
# One damage again: damage_pcap --seed SEED -o FILE CAPTURE.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/head.sh"
: "${DAMAGE_PCAP:=$smcx_top/build/tests/dissect/damage_pcap}"
: "${DAMAGE_CHECK:=$smcx_top/build/tests/dissect/damage_check}"
: "${XFER_BYTES:=$smcx_top/build/tests/dissect/xfer_bytes}"

smcx_seconds=60 # a run takes less than one second
seeds=20 first=0 keep=''
while [[ ${1-} == --* ]]; do
	case $1 in
	--seeds) seeds=$2 && shift ;;
	--first) first=$2 && shift ;;
	--keep) keep=1 ;;
	*) echo "unknown option $1" >&2 && exit 2 ;;
	esac
	shift
done

repeat() { # TEXT BYTES
	local text=$1
	while ((${#text} < $2)); do
		text+=$text
	done
	printf %s "${text:0:$2}"
}

page() {
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n'
	repeat abcdefghijklmnopqrstuvwxyz 40000
}

get() { # PATH TIMES
	local i
	for ((i = 0; i < $2; i++)); do
		printf 'GET %s HTTP/1.1\r\nHost: server.example\r\n\r\n' "$1"
	done
}

lines() { # WORD BYTES
	seq -f "$1 line %.0f" 100000 | head -c "$2" || :
}

hello() { # TIMES
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n'
	done
}

tls_record() { # TYPE BYTES, in hexadecimal
	printf %b "\x$1\x03\x03\x${2:0:2}\x${2:2}"
	head -c $((16#$2)) /dev/zero | tr '\0' '\134'
}

# curl and nginx choose the heads of a request and its answer. The packets have them, by a tshark
# without the plugin: in the order of their sequence numbers, of which one that comes again is old.
on_the_wire() { # CAPTURE DESTINATION
	smcx_tshark --builtin -r "$1" -Y "infiniband.bth.opcode in {6..10} && ip.dst == $2" \
		-T fields -e infiniband.bth.psn -e infiniband.bth.padcnt -e data.data -e infiniband.payload 2>/dev/null |
		awk -F'\t' '!seen[$1]++ { print substr($3 $4, 1, length($3 $4) - 2 * $2) }' | tr -d '\n' | xxd -r -p
}

# The captures; for each connection and side the bytes sent: NAME CONN-SIDE COMMAND...
sent() {
	cat <<'END'
smcr-first-contact     0-0 printf %s Hello\ over\ RDMA.
smcr-first-contact     0-1 printf %s Hello\ yourself.
smcr-port-443          0-0 printf %s Hello\ over\ RDMA.
smcr-port-443          0-1 printf %s Hello\ yourself.
smcr-test-link         0-0 printf %s Hello\ over\ RDMA.
smcr-test-link         0-1 printf %s Hello\ yourself.
smcr-second-connection 0-0 printf %s Hello\ over\ RDMA.
smcr-second-connection 0-1 printf %s Hello\ yourself.
smcr-second-connection 1-0 printf %s Hello\ over\ RDMA.
smcr-second-connection 1-1 printf %s Hello\ yourself.
smcr-two-vms           0-0 printf %s Hello,\ other\ host.
smcr-two-vms           0-1 printf %s Hello\ yourself.
smcr-half-close        0-0 printf %s Question
smcr-half-close        0-1 printf %s Answer
smcr-abort             0-0 printf %s ABCDEFGH
smcr-abort             0-1 printf %s unread
smcr-urgent            0-0 printf %s Before\ and\ behind\ the\ urgent\ byte.!
smcr-write-blocked     0-0 repeat 0123456789abcdef 40960
smcr-http              0-0 on_the_wire $capture 10.9.0.2
smcr-http              0-1 on_the_wire $capture 10.9.0.1
smcr-loss              0-0 "$XFER_BYTES" 61440 client
smcr-loss              0-1 "$XFER_BYTES" 61440 server
smcr-loss-heavy        0-0 "$XFER_BYTES" 81920 client
smcr-loss-http         0-0 on_the_wire $capture 10.9.0.2
smcr-loss-http         0-1 on_the_wire $capture 10.9.0.1
stream-wrap            0-0 get /big 2
stream-wrap            0-1 page
stream-again           0-0 get /big 1
stream-again           0-1 page
stream-late            0-0 get /big 1
stream-late            0-1 page
stream-lost            0-0 get /big 1
stream-lost            0-1 page
stream-both            0-0 lines client 50000
stream-both            0-1 lines server 50000
stream-until-close     0-0 get /big 1
stream-until-close     0-1 printf HTTP/1.1\ 200\ OK\\r\\nContent-Type:\ text/plain\\r\\n\\r\\nuntil\ the\ end\\n
stream-tls             0-0 tls_record 17 1388
stream-tls             0-1 tls_record 17 0064
stream-resp            0-0 printf *2\\r\\n\$3\\r\\nGET\\r\\n\$3\\r\\nkey\\r\\n
stream-resp            0-1 printf \$5\\r\\nvalue\\r\\n
link-three-conns       0-0 get /a 2
link-three-conns       0-1 hello 2
link-three-conns       1-0 get /a 2
link-three-conns       1-1 hello 2
link-three-conns       2-0 get /a 2
link-three-conns       2-1 hello 2
link-rmbes             0-0 get /a 1
link-rmbes             0-1 hello 1
link-rmbes             1-0 get /a 1
link-rmbes             1-1 hello 1
link-two-links         0-0 get /a 3
link-two-links         0-1 hello 3
END
}

capture_of() { # NAME
	case $1 in
	smcr-*) echo "$captures/$1.pcapng" ;;
	*) echo "$work/synth/$1.pcap" ;;
	esac
}

# Fields of a run: those that this plugin has, and all its expert infos.
fields() {
	smcx_tshark -G fields 2>/dev/null | awk -F'\t' '
		$3 ~ /^smcx\.(conn|conn\.port|sender|data|data\.(sender|position|length|missing|relative))$/ ||
		$3 ~ /^smcx\./ && $3 !~ /^smcx\.rule\./ && $4 == "FT_NONE" || $3 == "_ws.malformed" { print "-e", $3 }'
}

seeds_of_a_run() {
	echo none
	seq "$first" $((first + seeds - 1))
}

# damage NAME: a capture and a map of each seed, and lines for smcx_each.
damage() {
	local seed at damage capture
	capture=$(capture_of "$1")
	for seed in $(seeds_of_a_run); do
		at=$work/run/$1@$seed damage=(--seed "$seed")
		[[ $seed != none ]] || damage=(--damage "")
		"$DAMAGE_PCAP" "${damage[@]}" --map "$at.map" -o "$at.pcap" "$capture"
		printf '%s\t%s\n' "$at.pcap" "$1@$seed"
	done
}

# judge NAME SEED|none: problems, a line each.
judge() {
	local at=$work/run/$1@$2 out=$smcx_out/$1@$2 status
	status=$(<"$out.rc")
	[[ $status == 0 ]] || echo "bytes tshark ended with $status: $(tail -n 1 "$out.err")"
	"$DAMAGE_CHECK" --truth "$work/truth/$1" --map "$at.map" "$(capture_of "$1")" <"$out" 2>"$at.err" ||
		echo "bytes no verdict: $(tail -n 1 "$at.err")"
}

# run NAME: all seeds of a capture, after one start of tshark.
run() {
	local seed at
	damage "$1" >"$work/run/$1.list"
	chmod a+r "$work/run/$1"@*.pcap
	# shellcheck disable=SC2046 # words
	smcx_each -T fields -E header=y -e frame.number $(<"$work/fields") <"$work/run/$1.list"
	for seed in $(seeds_of_a_run); do
		at=$work/run/$1@$seed
		judge "$1" "$seed" >"$at.said" 2>&1
		sed "s|^\([a-z]*\) |\1 seed $seed ($(sed -n '1s/^[01] //p' "$at.map")): |" "$at.said" >"$work/said/$1@$seed"
		if [[ $keep ]] && grep -qE '^(bytes|faults|warnings)' "$at.said"; then
			mkdir -p damage-failed
			cp "$at.pcap" "damage-failed/$1-$seed.pcap"
			cp "$at.map" "damage-failed/$1-$seed.map"
		fi
	done
	rm -f "$work/run/$1"@* "$smcx_out/$1"@*
}

make_truth() {
	local name side words capture
	sent | while read -r name side words; do
		capture=$(capture_of "$name")
		mkdir -p "$work/truth/$name"
		eval "${words//\*/\\*}" >"$work/truth/$name/$side"
	done
}

# Warnings that the undamaged capture has, too, are true.
is_new() { # NAME
	local usual
	usual=$(sed -n 's/^warnings .* //p' "$work/said/$1@none" | sort -u)
	if [[ $usual ]]; then
		grep -vFf <(sed 's/^/: /' <<<"$usual") || :
	else
		cat
	fi
}

verdict() { # NAME KIND
	local said
	said=$(cat "$work"/said/"$1"@* | grep "^$2 " | sed "s/^$2 //" | sort -t' ' -k2,2V || :)
	[[ $2 != warnings ]] || said=$(is_new "$1" <<<"$said")
	if [[ $said ]]; then
		fail "damage__${1}_$2" "$(wc -l <<<"$said") problems in $(cut -d' ' -f2 <<<"$said" |
			sort -u | wc -l) of $((seeds + 1)) captures"$'\n'"$(head -n "${SHOWN:-12}" <<<"$said")"
	else
		pass "damage__${1}_$2"
	fi
}

mkdir "$work/run" "$work/said" "$work/synth"
"$SMC_SYNTH" --all "$work/synth"
chmod -R a+rX "$work"
names=("$@")
[[ ${names[*]} ]] || mapfile -t names < <(sent | awk '!seen[$1]++ { print $1 }')
make_truth
fields >"$work/fields"
for name in "${names[@]}"; do
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n
	done
	run "$name" &
done
wait
for name in "${names[@]}"; do
	for kind in bytes faults warnings; do
		verdict "$name" "$kind"
	done
done
note "$(cat "$work"/said/* | awk '$1 == "coverage" { given += $(NF - 1); there += $NF }
	END { print given " of " there " bytes that are in the damaged captures were given" }')"
tap_end
