# SPDX-License-Identifier: GPL-2.0-or-later
# tshark with a plugin of ours and without the user's settings; sourced by lab/tshark and by tests.
# tshark ignores personal plugins when it runs as root, so root becomes nobody for it.
# shellcheck shell=bash

# as_user COMMAND...: as nobody instead of root. $SMCKIT_WIRESHARK takes a version of lab/wireshark.
in_wireshark=()
[[ ! ${SMCKIT_WIRESHARK-} ]] ||
	in_wireshark=("$(dirname "${BASH_SOURCE[0]}")/../wireshark" "$SMCKIT_WIRESHARK" --)
as_user() {
	if ((EUID == 0)); then
		"${in_wireshark[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# tshark_version prints MAJOR.MINOR, by which Wireshark names its plugin folders. A script asks once:
# it takes as long as to dissect a capture.
known_version=''
tshark_version() {
	if [[ $known_version ]]; then
		echo "$known_version"
	else
		as_user tshark --version 2>/dev/null | sed -n '1s/^TShark (Wireshark) \([0-9]*\.[0-9]*\).*/\1/p'
	fi
}

# make_home HOME [PLUGIN]: a home folder that has nothing but the plugin.
make_home() {
	local plugins
	known_version=$(tshark_version)
	plugins=$1/.local/lib/wireshark/plugins/$known_version/epan
	mkdir -p "$plugins"
	[[ ! ${2-} ]] || cp "$2" "$plugins/smcx.so"
	chmod -R a+rX "$1"
}

# in_home HOME [NAME=VALUE...] COMMAND...: as the user, who lives there.
in_home() {
	as_user env -u WIRESHARK_CONFIG_DIR HOME="$1" XDG_CONFIG_HOME="$1/.config" \
		XDG_DATA_HOME="$1/.local/share" "${@:2}"
}

# parse_tshark ARGUMENT...: the file of -r goes to $file, the words without it to $arguments.
parse_tshark() {
	file='' arguments=()
	while (($#)); do
		case $1 in
		-r)
			file=${2?-r needs a file}
			shift
			;;
		-r?*) file=${1#-r} ;;
		*) arguments+=("$1") ;;
		esac
		shift
	done
}

# open_file HOME: puts $file back to the front of $arguments. One that the user may not read comes in
# by stdin, and as a copy for -2, which needs to read it twice.
open_file() {
	if [[ $file && $file != - ]] && ! as_user test -r "$file"; then
		exec <"$file"
		file=-
		if [[ " ${arguments[*]} " == *' -2 '* ]]; then
			file=$1/capture
			cat >"$file"
			chmod a+r "$file"
		fi
	fi
	[[ ! $file ]] || arguments=(-r "$file" "${arguments[@]}")
}
