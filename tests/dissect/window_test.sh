#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A Wireshark window with the plugin and its profile, worked by its keys: it has to show the capture, our
# colours, the flow graph, a stream to follow, and, of several captures in one file, SMC's entries of the menus
# Statistics and Analyze. The lists are read from the clipboard and compared with tshark's.
#
#   window_test.sh [--pictures DIR]   and keep the pictures there
#
# Wireshark is lab/wireshark's 4.4: up to 4.0 the menu Follow has no place for plugins.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/tests/tap.sh"
# Places in the menu Statistics; SMC Messages is the last one there.
readonly VERSION=4.4 CONVERSATIONS=4 ENDPOINTS=5 SMC_CONNECTIONS=12 SMC_LINK_GROUPS=13 FLOW_GRAPH=19
pictures=$work
[[ ${1-} != --pictures ]] || pictures=$(realpath "$2")

for tool in Xvfb xdotool openbox import convert xclip mergecap; do
	command -v $tool >/dev/null ||
		skip_all "$tool is missing: install xvfb, xdotool, openbox, imagemagick, xclip and wireshark-common"
done
((EUID == 0)) || skip_all "lab/wireshark needs root"

# In /tmp, which lab/wireshark shows to the programs that it runs.
home=$(mktemp -d /tmp/smckit-window.XXXXXX)
at_exit rm -rf "$home"
plugin=$TOP/build/wireshark-$VERSION/dissector/smcx.so
[[ -e $plugin ]] || "$TOP/lab/wireshark" $VERSION --build
mkdir -p "$home/.config/wireshark/profiles" "$home/.local/lib/wireshark/plugins/$VERSION/epan"
cp -r "$TOP/dissector/profile" "$home/.config/wireshark/profiles/SMC"
cp "$plugin" "$home/.local/lib/wireshark/plugins/$VERSION/epan"
cp "$TOP/captures/smcr-http.pcapng" "$home"
several=()
for name in smcr-http smcr-second-connection fallback-prefix smcd-loopback fallback-plain-server smcr-write-blocked \
	smcr-abort; do
	several+=("$TOP/captures/$name.pcapng")
done
mergecap -a -w "$home/several.pcapng" "${several[@]}"
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

# start_wireshark FILE FRAME
start_wireshark() {
	"$TOP/lab/wireshark" $VERSION -- setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" \
		XDG_CONFIG_HOME="$home/.config" XDG_RUNTIME_DIR="$home" DISPLAY="$DISPLAY" QT_QPA_PLATFORM=xcb \
		LC_ALL=C.UTF-8 wireshark -C SMC -g "$2" -r "$home/$1" >>"$work/wireshark" 2>&1 &
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

# open FILE FRAME: in a window of its own, $main.
open() {
	start_wireshark "$@"
	ok "window__opens_$1" until_true window "^$1"
	main=$(sed -n 1p "$work/window")
	xdotool windowsize "$main" 1398 830 windowmove "$main" 0 0 windowactivate "$main"
	sleep 3
}

# statistics N: the Nth entry of the menu Statistics.
statistics() {
	local i
	keys alt+s
	for ((i = 1; i < $1; i++)); do
		keys Down
	done
	keys Return
}

# back: from a window to the main one.
back() {
	keys Escape
	xdotool windowactivate "$main"
	sleep 1
}

# size WIDTH HEIGHT: of the window that was found last.
size() {
	xdotool windowsize "$(sed -n 1p "$work/window")" "$1" "$2" windowmove "$(sed -n 1p "$work/window")" 4 150
	sleep 1
}

# copied: the table of the window found last, of 1390 x 320, by its button Copy; sorted, single blanks.
copied() {
	local window
	window=$(sed -n 1p "$work/window")
	xdotool mousemove --window "$window" 1159 297 click 1
	sleep 1
	timeout 10 xclip -o -selection clipboard | grep -E '^ +[0-9]+ ' |
		tr -s ' ' | sed 's/^ //; s/ $//' | sort
}

# listed STATISTIC: tshark's output for the same file, where nothing stands for the window's nothing.
listed() {
	"$TOP/lab/wireshark" $VERSION -- setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" \
		XDG_CONFIG_HOME="$home/.config" LC_ALL=C.UTF-8 tshark -r "$home/several.pcapng" -q -z "$1" 2>/dev/null |
		grep -E '^ +[0-9-]+ ' | sed -E ':again; s/ - / /; t again; s/ -$//' | tr -s ' ' | sed 's/^ //; s/ $//' | sort
}

start_screen
open smcr-http.pcapng 41
picture wireshark
while read -r name colour; do
	ok "window__colour_of_$name" has_colour wireshark "$colour"
done < <(sed -nE 's/^@([^@]*)@[^@]*@\[([0-9]+),([0-9]+),([0-9]+)\].*/\1 \2 \3 \4/p' "$TOP/dissector/profile/colorfilters" |
	awk '/^SMC (data|CDC|link control) / { n = NF; printf "%s %02X%02X%02X\n", $1 "_" $2, $(n-2) / 256, $(n-1) / 256, $n / 256 }')

statistics $FLOW_GRAPH
ok window__flow_graph until_true window 'Flow .*smcr-http.pcapng'
picture flow
back

# The entry before the last but one that can be chosen, then ours after HTTP's.
keys alt+a Up Up Right Down Return
ok window__follow until_true window 'Follow SMCX Stream \(smcx.conn eq 0\)'
picture follow
back
# HTTP's, from a packet of RDMA: the connection is found by its ports, and its data by tcp.stream.
keys alt+a Up Up Right Return
ok window__follow_http until_true window 'Follow HTTP Stream \(tcp.stream eq 0\)'
picture follow-http
kill $wireshark
wait $wireshark 2>/dev/null || :

open several.pcapng 150
keys alt+s Up
picture statistics
keys Return
ok window__messages until_true window 'SMC Messages .*several.pcapng'
picture messages
back
statistics $SMC_CONNECTIONS
ok window__connections until_true window 'SMC Connections .*several.pcapng'
size 1390 320
picture connections
is window__connections_as_tshark "$(copied)" "$(listed smcx,conns)"
back
statistics $SMC_LINK_GROUPS
ok window__groups until_true window 'SMC Link Groups .*several.pcapng'
size 1390 320
picture groups
is window__groups_as_tshark "$(copied)" "$(listed smcx,groups)"
back
statistics $CONVERSATIONS
ok window__conversations until_true window 'Conversations .*several.pcapng'
picture conversations
back
statistics $ENDPOINTS
ok window__endpoints until_true window 'Endpoints .*several.pcapng'
picture endpoints
back
keys alt+a Up Return
ok window__expert until_true window 'Expert Information .*several.pcapng'
picture expert
is window__says_nothing_bad "$(grep -iE 'error|warn|crit' "$work/wireshark" || :)" ""
tap_end
