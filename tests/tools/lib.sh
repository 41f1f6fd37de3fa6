# SPDX-License-Identifier: GPL-2.0-or-later
# Functions that the tests of the lab's tools share, on top of tap.sh. To be sourced, with $tools set.
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

# end_jobs: the servers that a failed case has left running.
end_jobs() {
	local pid
	for pid in $(jobs -rp); do
		kill "$pid"
	done
}
at_exit end_jobs

# exits STATUS COMMAND...
exits() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[[ $got == "$want" ]] && return
	echo "exit status $got, not $want: $*"
	return 1
}

# says PATTERN STATUS COMMAND...: its output has a line that matches the extended regular expression.
says() {
	local pattern=$1 want=$2 out
	shift 2
	out=$(exits "$want" "$@" 2>&1) || {
		echo "$out"
		return 1
	}
	grep -Eq -- "$pattern" <<<"$out" && return
	echo "no line matches '$pattern':"
	echo "$out"
	return 1
}

# until_file FILE: programs report by a file that they listen.
until_file() {
	local i
	for ((i = 0; i < 500; i++)); do
		[[ -s $1 ]] && return
		sleep 0.02
	done
	echo "no file $1 after 10 s"
	return 1
}

# start_server COMMAND...: sets $server and, when it listens, $port.
start_server() {
	rm -f "$work/ready"
	"$@" --ready-file "$work/ready" >"$work/server" 2>&1 &
	server=$!
	until_file "$work/ready" || {
		cat "$work/server"
		return 1
	}
	port=$(<"$work/ready")
}

# transfer FAMILY ADDRESS OPTION...: both ends with the same options, and both are as planned.
transfer() {
	local family=$1 address=$2 client=0 status=0
	shift 2
	start_server "$tools/smc-xfer" server -f "$family" -b "$address" -p 0 -n 1 -t 10 "$@" || return
	"$tools/smc-xfer" client -f "$family" -p "$port" -t 10 "$@" "$address" || client=$?
	wait "$server" || status=$?
	cat "$work/server"
	[[ $client == 0 && $status == 0 ]] && return
	echo "exit status of the client $client, of the server $status"
	return 1
}
