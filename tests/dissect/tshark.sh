# SPDX-License-Identifier: GPL-2.0-or-later
# smcx_tshark [--builtin] ARGUMENT...: Debian's tshark with this build's smcx.so, or without it, and
# nothing else from outside: a fresh home, no system-wide plugins, no preferences of the user, and
# none of the lists of names of vendors and ports, which take half of a start.
#
# A start takes ten times as long as a small capture, so where Debian's own tshark runs, the first call starts one that serves
# them all (tshark_serve.c), until the test ends.
#
# smcx_each [--builtin] ARGUMENT...: the same for many captures, after one start of tshark. It reads
# lines "CAPTURE<tab>NAME[<tab>VARIABLE=VALUE]"; $smcx_out/NAME is what tshark prints, NAME.err its standard error, NAME.rc
# its status. captures_for_each copies the recorded captures to where tshark's user may read them.
#
# To be sourced where $work is a folder for the test's own files; they become readable for nobody,
# as whom tshark runs for root.
#
#   SMCX_SO       the plugin (default: build/dissector/smcx.so of this checkout)
#   SMCX_PRELOAD  LD_PRELOAD of tshark
#   TSHARK_EACH_SO  the library of smcx_each (default: as above)
#   smcx_timeout  seconds after which tshark is ended
#   smcx_seconds  the same for each capture of smcx_each (60)
#   smcx_time     file for its user and system seconds and peak kibibytes
# shellcheck shell=bash

smcx_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$smcx_top/lab/lib/tshark.sh"
: "${SMCX_SO:=$smcx_top/build/dissector/smcx.so}"
if [[ ! ${TSHARK_EACH_SO-} ]]; then
	TSHARK_EACH_SO=$smcx_top/build/tests/dissect/libtshark_each.so
fi
smcx_home=$work/tshark smcx_out=$work/tshark/out

# smcx_setup: homes with and without the plugin; once more after a change of SMCX_SO.
smcx_setup() {
	mkdir -p "$smcx_home/no-plugins" "$smcx_home/no-names" "$smcx_out"
	make_home "$smcx_home/without"
	if [[ -r $SMCX_SO ]]; then
		make_home "$smcx_home/with" "$SMCX_SO"
	fi
	rm -f "$smcx_home"/serve.* # of the plugin before
	[[ ! -r $TSHARK_EACH_SO ]] || cp "$TSHARK_EACH_SO" "$smcx_home/tshark_each.so"
	if [[ -r ${TSHARK_EACH_SO%/*}/libtshark_serve.so ]]; then
		cp "${TSHARK_EACH_SO%/*}/libtshark_serve.so" "$smcx_home/tshark_serve.so"
	fi
	chmod a+rx "$work"
	if ((EUID == 0)); then
		chown -R 65534:65534 "$smcx_home" # for smcx_time
	fi
}

smcx_tshark() ( # files opened for it are open in here only
	kind=with
	if [[ ${1-} == --builtin ]]; then
		kind=without
		shift
	elif [[ ! -r $SMCX_SO ]]; then
		echo "smcx_tshark: no plugin at $SMCX_SO" >&2
		return 1
	fi
	parse_tshark "$@"
	if smcx_can_serve; then
		smcx_ask
		return
	fi
	open_file "$smcx_home"
	smcx_start "${arguments[@]}"
)

# smcx_start ARGUMENT...: tshark of $kind.
smcx_start() {
	in_home "$smcx_home/$kind" WIRESHARK_PLUGIN_DIR="$smcx_home/no-plugins" \
		${smcx_names[@]+"${smcx_names[@]}"} ${smcx_seconds:+SMCX_EACH_SECONDS="$smcx_seconds"} \
		LC_ALL=C.UTF-8 TZ=UTC ${SMCX_PRELOAD:+LD_PRELOAD="$SMCX_PRELOAD"} \
		${smcx_time:+/usr/bin/time -o "$smcx_time" -f "%U %S %M"} \
		${smcx_timeout:+timeout -k 5 "$smcx_timeout"} tshark "$@"
}

smcx_can_serve() {
	[[ $file && -r $smcx_home/tshark_serve.so && ! ${SMCX_PRELOAD-}${smcx_time-}${smcx_timeout-}${SMCKIT_WIRESHARK-} ]]
}

# Some options are for tshark's start, so each set of them has its server.
smcx_early_options() {
	early=()
	local i
	for ((i = 0; i < ${#arguments[@]}; i++)); do
		case ${arguments[i]} in
		-[VPx]) early+=("${arguments[i]}") ;;
		-[OXC]) early+=("${arguments[i]}" "${arguments[++i]}") ;;
		-[eYoTzEwdRN]) i=$((i + 1)) ;;
		esac
	done
}

# The first of several that come at once starts it.
smcx_ask() {
	local early socket
	smcx_early_options
	socket=$smcx_home/serve.$kind${early[*]}
	socket=${socket// /}
	if [[ ! -S $socket ]]; then
		exec {lock}>"$socket.lock"
		flock "$lock"
		[[ -S $socket ]] || smcx_serve "$socket"
		exec {lock}>&-
	fi
	"${TSHARK_EACH_SO%/*}/tshark_ask" "$socket" "$file" "${arguments[@]}"
}

# The server and the shell that waits for it live on. What they hold open of the call, such as the pipe of a $(...), would never
# come to its end.
smcx_close_files() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		((fd < 3)) || exec {fd}>&-
	done
}

smcx_serve() {
	local ready
	read -r ready < <(exec 2>&1 </dev/null && smcx_close_files && SMCX_SERVE=$1 SMCX_SERVE_FOR=$$ \
		SMCX_PRELOAD=$smcx_home/tshark_serve.so smcx_start -r - ${early[@]+"${early[@]}"}) || :
	[[ ${ready-} == ready ]] || echo "smcx_tshark: no server: ${ready-}" >&2
}

smcx_each() {
	local list status=0 smcx_seconds=${smcx_seconds:-60}
	list=$(mktemp "$smcx_home/list.XXXXXX")
	sed "s|\t|&$smcx_out/|" >"$list"
	chmod a+r "$list"
	SMCX_PRELOAD=$smcx_home/tshark_each.so smcx_tshark "$@" -r "$list" || status=$?
	rm -f "$list"
	return $status
}

# captures_for_each: sets $captures to a folder with copies of captures/*.pcapng.
captures_for_each() {
	captures=$work/captures
	mkdir -p "$captures"
	cp "$smcx_top"/captures/*.pcapng "$captures"
	chmod -R a+rX "$captures"
}

# Later versions have the lists built in.
smcx_names=(WIRESHARK_DATA_DIR="$smcx_home/no-names")
[[ ! ${SMCKIT_WIRESHARK-} ]] || smcx_names=()
smcx_setup
