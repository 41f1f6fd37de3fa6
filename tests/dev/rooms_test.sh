#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rooms of the house: a folder includes headers only of the folders that its row in the table allows. TAP on stdout.
# Usage: rooms_test.sh [--arrows]   --arrows prints the arrows that there are, with the number of includes
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/lab/lib/sources.sh"

# Room | rooms that it may include | the reason, where an arrow is an exception.
# A room is a folder with those of its subfolders that have no row. It may include only rooms whose rows stand above its own:
# so no arrow goes up, and no circle is possible. A new folder (replay/peer, kmod/data) gets a row at its level.
rooms() {
	cat <<'ROOMS'
wire              |                              |
proto             | wire                         |
privs             |                              |
dissector/conn    | wire proto                   | what is known
dissector/field   | wire proto dissector/conn    | the table as fields; a rule is kept with a note
dissector/check   | wire proto dissector/conn dissector/field | rules, and what a note shows
dissector/stream  | dissector/conn dissector/field dissector/check | the bytes; a WRITE shows its note
dissector/message | wire proto dissector/conn dissector/field dissector/check dissector/stream | messages teach and are shown
dissector/stat    | wire dissector/conn dissector/field dissector/stream | listeners of the taps
dissector         | dissector/conn dissector/field dissector/check dissector/stream dissector/message dissector/stat | the plugin: it registers all rooms
tracer/base       | wire                         |
tracer/bpf        | wire proto tracer/base       | the programs in the kernel, which user space configures
tracer/record     | wire tracer/base             | events as files
tracer/merge      | wire tracer/base tracer/record | the events of several files in one
tracer/hook       | wire tracer/base             | the programs, seen from user space
tracer/system     | wire privs tracer/base tracer/hook | the host around a trace
tracer/stats      | wire proto tracer/base tracer/hook | what has been observed says what a sum means
tracer/why        | wire proto tracer/base tracer/hook | likewise a verdict
tracer/detail     | wire tracer/base tracer/stats | connections are chosen by their sums
tracer/report     | wire tracer/base tracer/stats tracer/why tracer/detail | sums, verdicts and chosen connections, as a page
tracer/run        | wire tracer/base tracer/record tracer/merge tracer/hook tracer/system tracer/stats tracer/why tracer/report | the program, above all rooms
replay/base       |                              |
replay/script     | wire replay/base             | the language
replay/text       | wire replay/base replay/script | the language as text
replay/capture    | wire replay/base replay/script | captures become cases
replay/stack      | wire replay/base replay/script | the stack under test: its application, and what it says of itself
replay/peer       | wire proto replay/base replay/script | our end, without a case
replay/state      | wire proto replay/base replay/script replay/stack replay/peer | the case at hand, which all know that play its steps
replay/transport  | replay/script replay/peer replay/state | what SMC-R and SMC-D of our end have in common, and TCP
replay/smcd       | wire replay/peer replay/state replay/transport | SMC-D of our end
replay/smcr       | proto replay/stack replay/peer replay/state replay/transport | SMC-R of our end
replay/steps      | wire replay/script replay/stack replay/peer replay/state replay/transport replay/smcd | what a step of a case does
replay/play       | replay/base replay/script replay/text replay/stack replay/peer replay/state replay/transport replay/smcd replay/smcr replay/steps | a case from its first step to its verdict
replay/report     | replay/base replay/stack replay/state | results, of which it knows no way
replay/run        | wire privs replay/base replay/script replay/text replay/capture replay/stack replay/state replay/smcd replay/smcr replay/play replay/report | the program, above all rooms
kmod              | wire proto                   |
kmod/option       | wire                         |
kmod/data         | wire proto kmod              | its headers say what a socket is and what each room does
kmod/handshake    | wire kmod kmod/option kmod/data | likewise; the SYN's option, who pays for a TCP socket
kmod/smcd         | wire kmod kmod/data kmod/handshake | likewise; a DMB is a ring, an Accept names an EID
kmod/rdma         | wire kmod kmod/data kmod/handshake | likewise; an RMBE is a ring, an Accept names an EID
kmod/admin        | wire kmod kmod/data kmod/handshake kmod/smcd | likewise; tools see all rooms
kmod/test         | wire kmod kmod/data kmod/smcd kmod/admin | likewise; programs have DMBs, and knobs are in debugfs
kmod/sock         | kmod kmod/option kmod/data kmod/smcd kmod/admin kmod/test | likewise; the module begins and ends all rooms
kmod/dibs         | wire kmod/test               | a module that gives net/smc of 7.2 the DMBs of programs that smcx.ko has, by the same player.h
kmod/run          | wire                         |
lab/tools         | wire                         |
lab/scenarios     | wire                         |
lab/mutants.d     |                              |
tests/wire        | wire                         |
tests/proto       | wire proto tests/wire        | unit tests, with the sample messages of tests/wire
tests/compat      | wire                         | the interface of /dev/smcx-dmb, frozen
tests/synth       | wire                         |
tests/dissect     | wire dissector/conn lab/tools     | unit tests of pure files; xfer_bytes checks the pattern that smc-xfer sends
tests/tracer      | wire tracer/base tracer/record tracer/merge tracer/hook tracer/system tracer/stats tracer/why tracer/run tests/wire       | unit tests, with the sample messages of tests/wire
tests/privs       | privs                        |
tests/replay      | wire replay/base replay/script replay/text replay/capture replay/stack replay/peer replay/state replay/transport replay/report tests/wire | unit tests, with the sample messages of tests/wire
tests/kmod/shim   |                              |
tests/kmod        | wire proto kmod kmod/option kmod/data kmod/handshake kmod/run lab/tools tests/kmod/shim | unit tests of pure files; programs of VM tests take smc-ctl's netlink
tests/kmod/option | kmod/option                  | a module that compiles the TCP option's files and nothing else
tests/tools       | lab/tools                    |
tests/bench       |                              |
tests/lab         |                              |
tests/mutants     |                              |
ROOMS
}

# A room that one can take in at a glance: as many files in C, headers too.
readonly ROOM_FILES=24

# Folder | the reason why it has more.
crowded() {
	cat <<'CROWDED'
tests/synth   | a file for each kind of packets, that do not know each other
tests/kmod    | programs of VM tests, a file each, that do not know each other
tests/tracer  | programs of tests, a file each, that do not know each other
lab/tools     | programs, a file each, that do not know each other
CROWDED
}

# What every part may know; parts know nothing of each other.
readonly SHARED='^(wire|proto|privs)$'

# rows: "ROOM ALLOWED..." of the table.
rows() {
	rooms | awk -F '|' '{ $1 = $1; print $1, $2 }' | sed 's/  */ /g; s/ $//'
}

# Faults of the table itself: a row that allows what stands below it, or one part another.
table_faults() {
	rows | awk -v shared="$SHARED" '
		function top(room) { sub("/.*", "", room); return room }
		{
			for (i = 2; i <= NF; i++) {
				if (!($i in above))
					print $1 " -> " $i ": not above"
				if ($1 !~ /^(lab|tests)\// && top($1) != top($i) && $i !~ shared)
					print $1 " -> " $i ": a part knows a part"
				if ($1 ~ /^(wire|proto)$/ && !($1 == "proto" && $i == "wire"))
					print $1 " -> " $i ": it stands at the bottom"
			}
			above[$1]
		}'
}

# includes DIR <FILES: a line "FILE QUOTE NAME" for each include, QUOTE being " or <.
includes() {
	(cd "$1" && xargs grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' |
		sed -nE 's/^([^:]*):[^"<]*(["<])([^">]*).*/\1 \2 \3/p')
}

# arrows ACTION <INCLUDES: with "faults" each include that no row allows, with "count" each arrow and the number of its
# includes. A line "FILE" says that there is such a file.
#
# A name in quotes is looked for beside the file that includes it, as a compiler does, and then in all rooms. Where several
# rooms have it, one that the row allows will do: the others are not in the compiler's path.
arrows() {
	awk -v action="$1" '
		function folder(path) { return sub("/[^/]*$", "", path) ? path : "." }
		function room(path) {
			for (path = folder(path); path ~ "/" && !(path in allows); )
				path = folder(path)
			return path in allows ? path : ""
		}
		# a/b/../c.h is a/c.h
		function straight(path) {
			while (sub("[^/]+/\\.\\./", "", path))
				;
			return path
		}
		function allowed(from, to) { return from == to || index(" " allows[from] " ", " " to " ") }
		# The room that has NAME itself; <linux/list.h> is of the kernel, though tests/kmod/shim has one too.
		function in_brackets(name,   found) {
			for (found in allows)
				if (name !~ "/" && found "/" name in known)
					return found
			return ""
		}
		# The room that has NAME for a file of the room FROM, "" for none.
		function owner(from, name,   n, i, found, list) {
			found = ""
			n = split(places[name], list, " ")
			for (i = 1; i <= n; i++) {
				found = room(list[i])
				if (allowed(from, found))
					return found
			}
			return found
		}
		# The first lines are the table.
		FNR == NR { name = $1; $1 = ""; allows[name] = substr($0, 2); next }
		!($1 in known) { # a header is known by each end of its path
			known[$1]
			for (tail = $1; tail != ""; tail = sub("^[^/]*/", "", tail) ? tail : "")
				places[tail] = places[tail] " " $1
		}
		NF == 3 { from_file[++lines] = $1; how[lines] = $2; what[lines] = $3 }
		END {
			for (i = 1; i <= lines; i++) {
				file = from_file[i]
				from = room(file)
				if (from == "") {
					fault[file ": its folder has no row in the table"]
					continue
				}
				beside = straight(folder(file) "/" what[i])
				if (how[i] == "\"" && beside in known)
					to = room(beside)
				else if (how[i] == "<")
					to = in_brackets(what[i])
				else
					to = owner(from, what[i])
				if (to == "" && (how[i] == "<" || what[i] ~ /\.skel\.h$|^vmlinux\.h$/))
					continue # of the system, or made by the build
				if (to == "")
					fault[file " includes " what[i] ": no room has it"]
				else if (!allowed(from, to))
					fault[file " includes " what[i] ": " from " may not know " to]
				else if (from != to)
					count[from " -> " to]++
			}
			if (action == "count")
				for (arrow in count)
					print arrow, count[arrow]
			else
				for (text in fault)
					print text
		}' <(rows) - | sort
}

# all: the files of the tree and their includes.
all() {
	cat "$work/files" "$work/includes"
}

# crowded_faults <FILES: each folder with too many files that the list above does not have, and each in the list without need.
crowded_faults() {
	awk -F / -v max="$ROOM_FILES" -v listed="$(crowded | sed 's/ *|.*//')" '
		BEGIN { n = split(listed, list, "\n"); for (i = 1; i <= n; i++) excused[list[i]] }
		{ sub("/[^/]*$", ""); count[$0]++ }
		END {
			for (folder in count)
				if (count[folder] > max && !(folder in excused))
					print folder " has " count[folder] " files, more than " max
			for (folder in excused)
				if (count[folder] <= max)
					print folder " has " count[folder] + 0 " files, and is excused for more"
		}' | sort
}

# signs: what is wrong with the READMEs of the rooms that have to have one: it is short, names each header and no file that is
# not there. That of a part names its rooms.
signs() {
	local room file
	while read -r room _; do
		[[ $room =~ $SHARED || $room == replay/* || $room == tracer/* || $room == dissector/* || ($room == kmod* && $room != kmod/dibs && $room != kmod/run) ]] || continue
		[[ -f $TOP/$room/README.md ]] || { echo "$room has no README.md" && continue; }
		[[ $(wc -l <"$TOP/$room/README.md") -le 25 ]] || echo "$room/README.md is longer than 25 lines"
		while read -r file; do
			grep -Fq "\`${file##*/}\`" "$TOP/$room/README.md" || echo "$room/README.md does not name ${file##*/}"
		done < <(grep "^$room/[^/]*\\.h$" "$work/files")
		while read -r file; do
			[[ -f $TOP/$room/$file || -f $TOP/$file || -f $TOP/${room%%/*}/$file ]] || echo "$room/README.md names $file, which is not there"
		done < <(grep -oE '`[a-z_/]+(\.bpf)?\.[ch]`' "$TOP/$room/README.md" | tr -d '`')
	done < <(rows)
	while read -r room _; do
		[[ $room =~ ^(dissector|tracer|replay)/(.*) ]] || continue
		grep -Fq "](${BASH_REMATCH[2]}/README.md)" "$TOP/${BASH_REMATCH[1]}/README.md" ||
			echo "${BASH_REMATCH[1]}/README.md does not name ${BASH_REMATCH[2]}"
	done < <(rows)
}

# upwards ROOMS...: a file in each of the rooms that includes a header of one above it is found, for each pair of them.
upwards() {
	local tree=$work/upwards below above header found
	local -a rooms=("$@")
	for ((below = 0; below < ${#rooms[@]}; below++)); do
		mkdir -p "$tree/${rooms[below]}"
		for ((above = below + 1; above < ${#rooms[@]}; above++)); do
			header=$(grep -m 1 "^${rooms[above]}/[^/]*\.h$" "$work/files")
			printf '#include "%s"\n' "${header#*/}" >>"$tree/${rooms[below]}/new.c"
			echo "${rooms[below]}/new.c includes ${header#*/}: ${rooms[below]} may not know ${rooms[above]}"
		done
	done | sort >"$work/wanted"
	printf '%s\n' "${rooms[@]/%//new.c}" >"$work/planted-files"
	found=$({ all && cat "$work/planted-files" && (cd "$tree" && ls -d -- */*/new.c) | includes "$tree"; } | arrows faults)
	comm -23 "$work/wanted" - <<<"$found" | grep . && return 1
	test "$(wc -l <"$work/wanted")" -gt 50
}

# planted FILE LINE WANTED: the tree with such a line in such a file has the fault that WANTED describes.
planted() {
	local found tree=$work/planted
	mkdir -p "$tree/${1%/*}" && printf '%s\n' "$2" >"$tree/$1"
	found=$({ all && echo "$1" && includes "$tree" <<<"$1"; } | arrows faults)
	grep -Fxq -e "$3" <<<"$found" && return
	printf 'found:  %s\nwanted: %s\n' "${found:-nothing}" "$3"
	return 1
}

source_files | grep -E '\.([ch]|def)$' >"$work/files"
includes "$TOP" <"$work/files" >"$work/includes"
if [[ ${1-} == --arrows ]]; then
	all | arrows count
	exit
fi

is table__arrows_go_down_and_parts_are_apart "$(table_faults)" ""
is table__exceptions_have_a_reason "$(rooms | awk -F '|' '
	function exception(list,   n, i, room) {
		n = split(list, room, " ")
		for (i = 1; i <= n; i++)
			if (room[i] !~ /^(wire|proto|privs)$/)
				return 1
	}
	$1 !~ /^tests\/tools / && exception($2) && $3 !~ /[a-z]/ { print $1 }')" ""
is rooms__every_include_is_allowed "$(all | arrows faults)" ""
# An arrow that nothing needs any more is no longer allowed.
is rooms__every_allowed_arrow_is_used "$(comm -13 <(all | arrows count | cut -d ' ' -f 1-3 | sort) \
	<(rows | awk '{ for (i = 2; i <= NF; i++) print $1 " -> " $i }' | sort))" ""
# By another program than the order of the table.
circles() {
	awk '{ print $1, $3 }' | tsort >/dev/null
}
ok rooms__no_circle circles < <(all | arrows count)
is rooms__a_sign_at_each_door "$(signs)" ""
is rooms__none_is_crowded "$(crowded_faults <"$work/files")" ""
is planted__a_crowded_room "$({ grep -v ^replay/base/ "$work/files" && printf 'replay/base/new%u.c\n' {1..40}; } | crowded_faults)" \
	"replay/base has 40 files, more than $ROOM_FILES"
ok rooms__includes_are_read test "$(wc -l <"$work/includes")" -gt 2000

# Each of these has to be found, or the test could not fail.
ok planted__wire_knows_nobody planted wire/new.c '#include "state.h"' 'wire/new.c includes state.h: wire may not know proto'
ok planted__proto_knows_no_part planted proto/new.h '# include "../kmod/sock.h"' \
	'proto/new.h includes ../kmod/sock.h: proto may not know kmod'
ok planted__a_part_knows_no_part planted dissector/conn/new.c '#include "script.h"' \
	'dissector/conn/new.c includes script.h: dissector/conn may not know replay/script'
ok planted__by_a_path planted replay/peer/new.c '#include "../../tracer/hook/ring.h"' \
	'replay/peer/new.c includes ../../tracer/hook/ring.h: replay/peer may not know tracer/hook'
ok planted__in_brackets planted tracer/bpf/new.bpf.c '#include <listen.h>' 'tracer/bpf/new.bpf.c includes listen.h: tracer/bpf may not know kmod'
ok planted__below_a_part planted kmod/run/new.c '	#include "cursor.h" // ours' \
	'kmod/run/new.c includes cursor.h: kmod/run may not know proto'
ok planted__upwards_in_a_part planted kmod/new.c '#include "smc_numbers.h"' 'kmod/new.c includes smc_numbers.h: kmod may not know kmod/run'
# shellcheck disable=SC2046 # rooms are words
ok planted__upwards_in_the_replayer upwards $(rows | sed -n 's,^\(replay/[a-z]*\).*,\1,p')
ok planted__a_program_of_the_lab planted lab/tools/new.c '#include "script.h"' \
	'lab/tools/new.c includes script.h: lab/tools may not know replay/script'
ok planted__a_room_without_a_row planted common/new.c '#include "smc_wire.h"' 'common/new.c: its folder has no row in the table'
ok planted__a_circle eval '! { all | arrows count && echo "wire -> tests/kmod 1"; } | circles 2>/dev/null'
ok planted__a_header_of_nobody planted replay/run/new.c '#include "nosuch.h"' 'replay/run/new.c includes nosuch.h: no room has it'
tap_end
