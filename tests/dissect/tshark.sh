# SPDX-License-Identifier: GPL-2.0-or-later
# smcx_tshark [--builtin] ARGS: Debian's tshark with this build's smcx.so and
# nothing else from outside: a fresh home, no system-wide plugins, no
# preferences of the user. To be sourced.
#
#   SMCX_SO       the plugin (default: build/dissector/smcx.so of this checkout)
#   SMCX_PRELOAD  LD_PRELOAD of tshark
#   smcx_timeout  seconds after which tshark is ended
#   smcx_time     file for its user and system seconds and peak kibibytes
#
# tshark drops personal plugins when it runs as root, so root becomes nobody for
# it; captures that nobody may not read are copied first.

smcx_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${SMCX_SO:=$smcx_here/../../build/dissector/smcx.so}"
smcx_nobody=65534
smcx_home=

# Home directories with and without the plugin, gone when the script ends.
smcx_setup()
{
	local version plugins

	smcx_home=$(mktemp -d "${TMPDIR:-/tmp}/smcx-tshark.XXXXXX")
	version=$(smcx_as_user tshark --version 2>/dev/null |
		sed -n '1s/.* \([0-9]*\.[0-9]*\)\..*/\1/p')
	for plugins in "with/plugins/$version/epan" without/plugins; do
		mkdir -p "$smcx_home/$plugins"
	done
	if [[ -r $SMCX_SO ]]; then
		cp "$SMCX_SO" "$smcx_home/with/plugins/$version/epan/"
	fi
	chmod -R a+rX "$smcx_home"
	if ((EUID == 0)); then
		chown -R "$smcx_nobody:$smcx_nobody" "$smcx_home"
	fi
}

smcx_cleanup()
{
	[[ -z $smcx_home ]] || rm -rf "$smcx_home"
}

smcx_as_user()
{
	if ((EUID == 0)); then
		setpriv --reuid="$smcx_nobody" --regid="$smcx_nobody" --clear-groups "$@"
	else
		"$@"
	fi
}

# The arguments with unreadable captures behind -r replaced by copies, in smcx_args.
smcx_readable()
{
	local previous='' arg

	smcx_args=()
	for arg; do
		if [[ $previous == -r && $arg != - ]] && ! smcx_as_user test -r "$arg"; then
			cp "$arg" "$smcx_home/${arg##*/}"
			chmod a+r "$smcx_home/${arg##*/}"
			arg=$smcx_home/${arg##*/}
		fi
		smcx_args+=("$arg")
		previous=$arg
	done
}

smcx_tshark()
{
	local kind=with

	if [[ ${1-} == --builtin ]]; then
		kind=without
		shift
	elif [[ ! -r $SMCX_SO ]]; then
		echo "smcx_tshark: no plugin at $SMCX_SO" >&2
		return 1
	fi
	smcx_readable "$@"
	smcx_as_user env -u XDG_CONFIG_HOME -u XDG_DATA_HOME HOME="$smcx_home/$kind" \
		WIRESHARK_CONFIG_DIR="$smcx_home/$kind/config" \
		WIRESHARK_PLUGIN_DIR="$smcx_home/$kind/plugins" \
		LC_ALL=C.UTF-8 TZ=UTC ${SMCX_PRELOAD:+LD_PRELOAD="$SMCX_PRELOAD"} \
		${smcx_time:+/usr/bin/time -o "$smcx_time" -f "%U %S %M"} \
		${smcx_timeout:+timeout -k 5 "$smcx_timeout"} tshark "${smcx_args[@]}"
}

smcx_setup
trap smcx_cleanup EXIT
