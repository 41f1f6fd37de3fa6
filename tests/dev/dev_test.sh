#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What ./dev says when it cannot do its work: one clear line and a status, never a half-made thing.
# Programs in a folder of stubs play the broken machine. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/stubs" "$work/cache" "$work/checkout"
# For a user that may not read this one.
cp -r "$TOP/dev" "$TOP/packages.txt" "$TOP/lab" "$work/checkout"
chmod -R a+rX "$work"
n=0

# check NAME STATUS REGEX COMMAND...: its status, and its last line on stderr.
check() {
	local name=$1 status=$2 regex=$3 got=0
	shift 3
	n=$((n + 1))
	"$@" >"$work/stdout" 2>"$work/stderr" </dev/null || got=$?
	if ((got == status)) && tail -n 1 "$work/stderr" | grep -Eq -e "$regex"; then
		printf 'ok %d - %s\n' "$n" "$name"
	else
		printf 'not ok %d - %s\n' "$n" "$name"
		printf '# status %d, wanted %d; wanted /%s/, stderr:\n' "$got" "$status" "$regex"
		sed 's/^/#   /' "$work/stderr"
	fi
}

# stub NAME SCRIPT: put a program before the real one.
stub() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/stubs/$1"
	chmod +x "$work/stubs/$1"
}

no_stubs() {
	rm -f "$work"/stubs/*
}

broken_machine=(env PATH="$work/stubs:$PATH" SMCKIT_CACHE="$work/cache")

as_nobody() {
	if ((EUID == 0)); then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

echo 1..11
help() {
	"$TOP/dev" >&2
}
check "no verb: help" 0 'Without root it says what is missing' help
check "unknown verb" 2 "unknown verb 'tset': see ./dev --help" "$TOP/dev" tset
check "unknown bench" 2 'which bench\? One of: ' "$TOP/dev" bench nosuch
check "unknown kernel" 2 "unknown kernel '9.9': the known ones are .*6\.12" "$TOP/lab/vm" 9.9 -- true

stub dpkg-query 'exit 1'
check "a package missing, no root" 1 'run it as root, or install: build-essential' \
	as_nobody "${broken_machine[@]}" "$work/checkout/dev" build
if ((EUID == 0)); then
	stub apt-get 'echo "E: Unable to fetch some archives" >&2; exit 100'
	check "a package missing, no network" 1 'apt-get could not install .*is the network there\?' \
		"${broken_machine[@]}" "$TOP/dev" build
	stub df 'echo "Avail"; echo "12M"'
	check "the disk is full at set-up" 1 'has 12 MiB free and the set-up needs [0-9]+: make room' \
		"${broken_machine[@]}" "$TOP/dev" build
else
	echo "ok 6 - a package missing, no network # SKIP needs root"
	echo "ok 7 - the disk is full at set-up # SKIP needs root"
	n=7
fi
no_stubs
stub df 'echo "Avail"; echo "12M"'
check "the disk is full at the build" 1 'has 12 MiB free and a build needs [0-9]+: make room' \
	"${broken_machine[@]}" "$TOP/dev" build
no_stubs
stub apt-get 'echo "E: network is unreachable" >&2; exit 100'
check "no network and no kernel in the cache" 123 'network' "${broken_machine[@]}" "$TOP/lab/kernel" 6.12
no_stubs
mkdir "$work/readonly"
chmod 555 "$work/readonly"
check "a cache that cannot be written" 123 'set SMCKIT_CACHE to a writable folder' \
	as_nobody env SMCKIT_CACHE="$work/readonly/cache" "$work/checkout/lab/kernel" 6.12
# A shell's background job ignores SIGINT, so ask for it back as a terminal would give it.
stub cmake 'sleep 30'
stub ninja 'exit 1'
interrupt() {
	PATH="$work/stubs:$PATH" setsid env --default-signal=INT "$TOP/dev" build &
	local pid=$!
	sleep 2
	kill -INT -- "-$pid"
	wait "$pid"
}
check "Ctrl-C" 130 'interrupted: nothing half-made is kept, run it again' interrupt
