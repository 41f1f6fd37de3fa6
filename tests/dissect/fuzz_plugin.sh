#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Changed packets and damaged captures through tshark -2 -V with a smcx.so that was built with
# the address and undefined-behaviour sanitizers: nothing may crash, hang or leak.
#
#   fuzz_plugin.sh [N [SEED]]   N changed packets (default 5000), from SEED on (default 1)
#
#   SMCX_ASAN_SO  the plugin (default: build-asan/dissector/smcx.so)
#
# As many traced events are changed as packets, and from each capture of RDMA packets are dropped,
# repeated, moved or cut, by a damage for each seed. A failed chunk is left as fuzz-SEED.pcap,
# fuzz-events-SEED.pcap or fuzz-damaged-SEED.pcap in the working directory; the same N and SEED
# make it again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
: "${SMC_SYNTH:=$top/build/tests/synth/smc-synth}"
: "${MUTATE_PCAP:=$top/build/tests/dissect/mutate_pcap}"
: "${DAMAGE_PCAP:=$top/build/tests/dissect/damage_pcap}"
: "${LEAKY_SO:=$top/build/tests/dissect/leaky/smcx.so}"
: "${KEEP_LOADED_SO:=$top/build/tests/dissect/libkeep_loaded.so}"
SMCX_SO=${SMCX_ASAN_SO:-$top/build-asan/dissector/smcx.so}
. "$here/../tap.sh"
. "$here/tshark.sh"

packets=${1:-5000}
seed=${2:-1}
chunk=2500
seconds=300 # for a chunk; a usual one takes less than 10

# The order matters: the sanitizer's runtime comes first.
preload_list() {
	local lib
	for lib in libasan libubsan; do
		readlink -f "$(gcc -print-file-name=$lib.so)"
	done
	echo "$smcx_home/keep_loaded.so"
}

# tshark ARGS with the sanitizers. Stacks are unwound by the tables, since GLib has
# no frame pointers and the leaks of interest are called through it.
sanitized() {
	cp "$KEEP_LOADED_SO" "$smcx_home/keep_loaded.so"
	SMCX_PRELOAD=$(preload_list | tr '\n' ' ')
	export ASAN_OPTIONS="detect_leaks=1:fast_unwind_on_malloc=0:exitcode=99"
	ASAN_OPTIONS+=":stack_trace_format='    #%n %f %S %M'" # %M names the plugin
	export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
	export LSAN_OPTIONS=exitcode=0
	smcx_timeout=$seconds smcx_tshark "$@"
}

run_chunk() {
	local rc=0
	sanitized -r "$1" -2 -V >"$work/out" 2>"$work/err" || rc=$?
	return "$rc"
}

# Leaks with the plugin on the stack; those of tshark alone are its own.
leaks() {
	awk -v RS= '/leak of/ && /smcx\.so/' "$work/err"
}

# The errors of the chunk that ran, nothing if all is well.
verdict() {
	local rc=$1
	case $rc in
	0) ;;
	124 | 137) echo "hangs: not done after $seconds s" ;;
	*) echo "tshark ended with $rc" ;;
	esac
	grep -E -A12 'ERROR: AddressSanitizer|runtime error' "$work/err" | head -40 || true
	# Wireshark's RPCoRDMA has one of its own in the second pass, without the plugin as well.
	grep -E 'Dissector bug' "$work/out" | grep -v 'protocol RPCoRDMA' | sed -n 1,3p || true
	leaks | head -40 || true
}

use_plugin() {
	SMCX_SO=$1
	smcx_setup
}

# The check is worth nothing if it would not see a leak.
check_leak_is_caught() {
	local good=$SMCX_SO
	use_plugin "$LEAKY_SO"
	"$SMC_SYNTH" port-80 -o "$work/leak.pcap"
	chmod a+r "$work/leak.pcap"
	run_chunk "$work/leak.pcap" || true
	is "fuzz__a_leak_is_caught" "$(($(leaks | grep -c 'leak of') > 0))" 1
	use_plugin "$good"
}

# tshark goes on without a plugin that it cannot load; a field shows that ours is loaded.
check_plugin_is_loaded() {
	"$SMC_SYNTH" port-80 -o "$work/loaded.pcap"
	chmod a+r "$work/loaded.pcap"
	is "fuzz__the_plugin_is_loaded" "$(
		sanitized -r "$work/loaded.pcap" -Y smcx -T fields -e smcx.accept_hdr.eyecatcher \
			2>"$work/err" | xargs
	)" "0xe2d4c3d9 0xe2d4c3d9"
}

# check_capture NAME CAPTURE WHAT: it is removed, or left here if anything is wrong with it.
check_capture() {
	local rc=0 wrong
	chmod a+r "$2"
	run_chunk "$2" || rc=$?
	wrong=$(verdict "$rc")
	if [[ -z $wrong ]]; then
		pass "${1//-/_}__seed_$seed: $3"
	else
		cp "$2" .
		fail "${1//-/_}__seed_$seed: $3 (again: fuzz_plugin.sh $chunk $seed)" "$wrong"
	fi
	rm -f "$2"
}

# fuzz_chunk NAME N CAPTURE...: the captures are of one link type.
fuzz_chunk() {
	local capture=$work/$1-$seed.pcap
	"$MUTATE_PCAP" -n "$2" -s "$seed" -o "$capture" "${@:3}"
	check_capture "$1" "$capture" "$2 packets"
}

# fuzz_damaged CAPTURE...: each with a damage of its own, one after the other in one file. A queue
# pair or a buffer of one is often that of the next: they are used again.
fuzz_damaged() {
	local capture n=0 damaged=()
	for capture in "$@"; do
		damaged+=("$work/damaged-$((n++)).pcap")
		"$DAMAGE_PCAP" --seed $((seed * 1000 + n)) -o "${damaged[-1]}" "$capture"
	done
	mergecap -a -F pcapng -w "$work/fuzz-damaged-$seed.pcap" "${damaged[@]}"
	rm -f "${damaged[@]}"
	check_capture fuzz-damaged "$work/fuzz-damaged-$seed.pcap" "$n damaged captures"
}

if [[ ! -r $SMCX_SO ]]; then
	skip fuzz "no sanitized plugin at $SMCX_SO"
	tap_end
fi
check_leak_is_caught
check_plugin_is_loaded
"$SMC_SYNTH" --all "$work/corpus"
corpus=() events=() rdma=()
for file in "$work"/corpus/*.pcap "$top"/captures/*.pcapng; do
	case ${file##*/} in
	events-* | bad-event-* | cdc-smcd.* | reach-infiniband.*) events+=("$file") ;;
	*) [[ ! -f $file ]] || corpus+=("$file") ;;
	esac
	case ${file##*/} in
	smcr-* | stream-* | link-* | alone-*) rdma+=("$file") ;;
	esac
done
chmod -R a+rX "$work"
for ((left = packets; left > 0; left -= chunk)); do
	n=$((left < chunk ? left : chunk))
	fuzz_chunk fuzz "$n" "${corpus[@]}"
	fuzz_chunk fuzz-events "$n" "${events[@]}"
	fuzz_damaged "${rdma[@]}"
	seed=$((seed + 1))
done
tap_end
