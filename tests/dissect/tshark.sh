# SPDX-License-Identifier: GPL-2.0-or-later
# smcx_tshark [--builtin] ARGUMENT...: Debian's tshark with this build's smcx.so, or without it, and
# nothing else from outside: a fresh home, no system-wide plugins, no preferences of the user.
# To be sourced where $work is a folder for the test's own files; they become readable for nobody,
# as whom tshark runs for root.
#
#   SMCX_SO       the plugin (default: build/dissector/smcx.so of this checkout)
#   SMCX_PRELOAD  LD_PRELOAD of tshark
#   smcx_timeout  seconds after which tshark is ended
#   smcx_time     file for its user and system seconds and peak kibibytes
# shellcheck shell=bash

smcx_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$smcx_top/lab/lib/tshark.sh"
: "${SMCX_SO:=$smcx_top/build/dissector/smcx.so}"
smcx_home=$work/tshark

# smcx_setup: homes with and without the plugin; once more after a change of SMCX_SO.
smcx_setup() {
	mkdir -p "$smcx_home/no-plugins"
	make_home "$smcx_home/without"
	if [[ -r $SMCX_SO ]]; then
		make_home "$smcx_home/with" "$SMCX_SO"
	fi
	chmod a+rx "$work"
	if ((EUID == 0)); then
		chown -R 65534:65534 "$smcx_home" # for smcx_time
	fi
}

smcx_tshark() ( # what is opened for it is open in here only
	kind=with
	if [[ ${1-} == --builtin ]]; then
		kind=without
		shift
	elif [[ ! -r $SMCX_SO ]]; then
		echo "smcx_tshark: no plugin at $SMCX_SO" >&2
		return 1
	fi
	parse_tshark "$@"
	open_file "$smcx_home"
	in_home "$smcx_home/$kind" WIRESHARK_PLUGIN_DIR="$smcx_home/no-plugins" \
		LC_ALL=C.UTF-8 TZ=UTC ${SMCX_PRELOAD:+LD_PRELOAD="$SMCX_PRELOAD"} \
		${smcx_time:+/usr/bin/time -o "$smcx_time" -f "%U %S %M"} \
		${smcx_timeout:+timeout -k 5 "$smcx_timeout"} tshark "${arguments[@]}"
)

smcx_setup
