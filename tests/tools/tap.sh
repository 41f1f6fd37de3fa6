# SPDX-License-Identifier: GPL-2.0-or-later
# Test Anything Protocol for the shell tests of this folder, and what they all need.
# shellcheck shell=bash

tap_count=0 tap_failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ok NAME COMMAND...: the command has to succeed; what it said is shown if it does not.
ok() {
	local name=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@" >"$work/tap" 2>&1; then
		echo "ok $tap_count - $name"
	else
		echo "not ok $tap_count - $name"
		sed 's/^/# /' "$work/tap"
		tap_failed=$((tap_failed + 1))
	fi
}

# skip NAME REASON
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# skip_all REASON: ends the test.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

tap_end() {
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}

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

# until_file FILE: programs tell by a file that they listen.
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
