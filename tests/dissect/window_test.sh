#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A Wireshark window with the plugin and its profile, worked by its keys: it has to show the capture, our
# colours, the flow graph, and a stream to follow.
#
#   window_test.sh [--pictures DIR]   and keep the pictures there
#
# Wireshark is lab/wireshark's 4.4: up to 4.0 the menu Follow has no place for plugins.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/tests/tap.sh"
readonly VERSION=4.4 FLOW_GRAPH=17 # its place in the menu Statistics
pictures=$work
[[ ${1-} != --pictures ]] || pictures=$(realpath "$2")

for tool in Xvfb xdotool openbox import convert; do
	command -v $tool >/dev/null || skip_all "$tool is missing: install xvfb, xdotool, openbox and imagemagick"
done
((EUID == 0)) || skip_all "lab/wireshark needs root"

# In /tmp, which lab/wireshark shows to what it runs.
home=$(mktemp -d /tmp/smckit-window.XXXXXX)
at_exit rm -rf "$home"
plugin=$TOP/build/wireshark-$VERSION/dissector/smcx.so
[[ -e $plugin ]] || "$TOP/lab/wireshark" $VERSION --build
mkdir -p "$home/.config/wireshark/profiles" "$home/.local/lib/wireshark/plugins/$VERSION/epan"
cp -r "$TOP/dissector/profile" "$home/.config/wireshark/profiles/SMC"
cp "$plugin" "$home/.local/lib/wireshark/plugins/$VERSION/epan"
cp "$TOP/captures/smcr-http.pcapng" "$home"
chown -R 65534:65534 "$home"

# until_true COMMAND...: a minute at most.
until_true() {
	local end=$((SECONDS + 60))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.3
	done
}

# A screen of its own, whose number the server chooses.
start_screen() {
	Xvfb -displayfd 1 -screen 0 1400x860x24 >"$work/display" 2>/dev/null &
	at_exit kill $!
	until_true test -s "$work/display"
	DISPLAY=:$(<"$work/display")
	export DISPLAY
	openbox >/dev/null 2>&1 &
	at_exit kill $!
}

start_wireshark() {
	"$TOP/lab/wireshark" $VERSION -- setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" \
		XDG_CONFIG_HOME="$home/.config" XDG_RUNTIME_DIR="$home" DISPLAY="$DISPLAY" QT_QPA_PLATFORM=xcb \
		LC_ALL=C.UTF-8 wireshark -C SMC -g 41 -r "$home/smcr-http.pcapng" >"$work/wireshark" 2>&1 &
	wireshark=$!
	at_exit eval "kill $wireshark 2>/dev/null"
}

# window NAME: is there one that is called so?
window() {
	xdotool search --onlyvisible --name "$1" >"$work/window" && [[ -s $work/window ]]
}

# keys KEY...: with time to follow in between.
keys() {
	local key
	for key; do
		xdotool key "$key"
		sleep 0.3
	done
}

picture() {
	sleep 2
	import -window root "$pictures/$1.png"
}

# has_colour PICTURE COLOUR: on 2,000 points and more.
has_colour() {
	local points
	points=$(convert "$pictures/$1.png" -format %c histogram:info: | awk -v c="#$2" '$0 ~ c { n += $1 } END { print n + 0 }')
	echo "$points points of $2"
	((points >= 2000))
}

start_screen
start_wireshark
ok window__opens_the_capture until_true window smcr-http.pcapng
main=$(sed -n 1p "$work/window")
xdotool windowsize "$main" 1398 830 windowmove "$main" 0 0 windowactivate "$main"
sleep 3
picture wireshark
while read -r name colour; do
	ok "window__colour_of_$name" has_colour wireshark "$colour"
done < <(sed -nE 's/^@([^@]*)@[^@]*@\[([0-9]+),([0-9]+),([0-9]+)\].*/\1 \2 \3 \4/p' "$TOP/dissector/profile/colorfilters" |
	awk '/^SMC (data|CDC|link control) / { n = NF; printf "%s %02X%02X%02X\n", $1 "_" $2, $(n-2) / 256, $(n-1) / 256, $n / 256 }')

keys alt+s
for ((i = 1; i < FLOW_GRAPH; i++)); do
	keys Down
done
keys Return
ok window__flow_graph until_true window 'Flow .*smcr-http.pcapng'
picture flow
keys Escape
xdotool windowactivate "$main"
sleep 1

# The entry before the last but one that can be chosen, then ours behind HTTP's.
keys alt+a Up Up Right Down Return
ok window__follow until_true window 'Follow SMCX Stream \(smcx.conn eq 0\)'
picture follow
is window__says_nothing_bad "$(grep -iE 'error|warn|crit' "$work/wireshark" || :)" ""
tap_end
