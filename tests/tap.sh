# SPDX-License-Identifier: GPL-2.0-or-later
# Test Anything Protocol for the shell tests; to be sourced. A test ends with tap_end.
# shellcheck shell=bash

tap_count=0 tap_failed=0 tap_running='' tap_at_exit=()
# Stdout, for the trap: it is run with that of the case which ended the test.
exec {tap_stdout}>&1
# For the test's own files; tap.sh keeps one called "tap" in it.
work=$(mktemp -d "${TMPDIR:-/tmp}/smckit-test.XXXXXX") || exit 1

# note TEXT: each line as a diagnostic.
note() {
	sed 's/^/# /' <<<"$1"
}

# pass NAME
pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

# fail NAME [NOTE]
fail() {
	tap_count=$((tap_count + 1)) tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	[[ ! ${2-} ]] || note "$2"
}

# ok NAME COMMAND...: the command has to succeed; its output is shown when it does not.
ok() {
	# In this shell, so that a function may set variables of the test; hence the file.
	tap_running=$1
	if "${@:2}" >"$work/tap" 2>&1; then
		pass "$1"
	else
		fail "$1" "$(<"$work/tap")"
	fi
	tap_running=''
}

# is NAME GOT WANTED: the two strings have to be the same.
is() {
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1" "got:    ${2:-nothing}"$'\n'"wanted: ${3:-nothing}"
	fi
}

# skip NAME REASON
skip() {
	pass "$1 # SKIP $2"
}

# skip_all REASON: ends the test.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# tap_end: prints the plan and ends the test.
tap_end() {
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}

# share: of the lines of stdin those of the part I/N that $SMCKIT_SHARE asks for, every Nth; all without it.
share() {
	local of=${SMCKIT_SHARE:-1/1}
	awk -v number="${of%/*}" -v parts="${of#*/}" '(NR - 1) % parts == number - 1'
}

# at_exit COMMAND...: also to be run when the test ends, while $work is still there.
at_exit() {
	tap_at_exit+=("$(printf '%q ' "$@")")
}

# tap_clean_up: the trap of EXIT.
tap_clean_up() {
	local command
	exec >&"$tap_stdout"
	# A case can end the test: a variable that is not set does.
	[[ ! $tap_running ]] || fail "$tap_running" "$(echo "it ended the test" && cat "$work/tap")"
	for command in "${tap_at_exit[@]}"; do
		eval "$command" || :
	done
	rm -rf "$work"
}
trap tap_clean_up EXIT
