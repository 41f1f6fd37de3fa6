#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# own.py on a small project of its own: what a test notices is killed, what none notices survives, a test that fails now
# and then kills nothing, and a run goes on where another one was ended. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

/usr/bin/python3 -c 'import clang.cindex' 2>/dev/null || skip_all "needs python3-clang"

tree=$work/project
mkdir -p "$tree"/{wire,tests/mutants,lab}
cp "$TOP"/tests/mutants/own.{py,h} "$tree/tests/mutants/"
cp -r "$TOP/lab/mutants.d" "$tree/lab/"
cp "$TOP/CMakePresets.json" "$tree/"
: >"$tree/tests/mutants/own.survivors"
printf '%s\n' /build/ __pycache__/ flaky.n >"$tree/.gitignore"
cat >"$tree/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(small C)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
enable_testing()
add_executable(small wire/small.c)
add_test(NAME small.sign COMMAND small sign)
add_test(NAME small.flaky COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/flaky $<TARGET_FILE:small>)
add_test(NAME small.red COMMAND small red)
add_test(NAME dissect.golden COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/shared $<TARGET_FILE:small>)
END
cat >"$tree/wire/small.c" <<'END'
#include <string.h>

static int noticed(int a)
{
	return a < 5;
}

static int unnoticed(int a)
{
	return a < 7;
}

static int never_called(int a)
{
	return a < 9;
}

static int of_one_share(int a)
{
	return a < 3;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "share"))
		return of_one_share(2) != 1 || of_one_share(3) != 0;
	if (argc > 1 && !strcmp(argv[1], "red"))
		return never_called(argc);
	if (argc > 1 && !strcmp(argv[1], "sign"))
		return noticed(4) != 1 || noticed(5) != 0;
	return unnoticed(7) == 2;
}
END
# It passes when the reach is measured, and fails every second time after that.
cat >"$tree/flaky" <<'END'
#!/bin/sh
"$1" other || exit 1
n=$(cat "$0.n" 2>/dev/null || echo 0)
echo $((n + 1)) >"$0.n"
[ $((n % 2)) = 0 ]
END
# Of a test in parts one reaches the place.
cat >"$tree/shared" <<'END'
#!/bin/sh
[ "$SMCKIT_SHARE" != 2/6 ] || exec "$1" share
END
chmod +x "$tree/flaky" "$tree/shared"
git -C "$tree" init -q
git -C "$tree" add -A

# own STATUS OPTION...: its output is in $work/tap-of-own and $work/says. One at a time, or the flaky test may fail twice for one.
own() {
	local wanted=$1 status=0
	/usr/bin/python3 "$tree/tests/mutants/own.py" --jobs 1 "${@:2}" >"$work/tap-of-own" 2>"$work/says" || status=$?
	[[ $status == "$wanted" ]] && return
	echo "exit status $status" && cat "$work/says" "$work/tap-of-own"
	return 1
}
shows() {
	grep -E "$1" "$work/tap-of-own" >/dev/null || { cat "$work/tap-of-own" && return 1; }
}
says() {
	grep -E "$1" "$work/says" >/dev/null || { cat "$work/says" && return 1; }
}

own_all() {
	own 1 --only 'noticed:compare' && shows '^ok . - wire/small.c:noticed:compare-off-by-one.*: killed by small.sign' &&
		shows '^not ok . - wire/small.c:unnoticed:compare-off-by-one.* survives 1 tests' && says 'left out, as it fails'
}
ok own__kills_and_survivors own_all

own_shares() {
	own 0 --only 'of_one_share:compare' && shows '^ok 1 - .* killed by dissect.golden@2'
}
ok own__tests_in_parts own_shares

own_unreached() {
	own 1 --only 'never_called:compare' && shows '^not ok 1 - .* survives 0 tests'
}
ok own__not_reached own_unreached

own_resumed() {
	own 1 --only 'noticed:compare' && ! says 'of 2: ' >/dev/null && shows 'killed by small.sign'
}
ok own__goes_on own_resumed

own_explained() {
	echo 'wire/small.c:unnoticed:compare-off-by-one#1 | equivalent | a test of this test' >"$tree/tests/mutants/own.survivors"
	own 0 --report --only 'noticed:compare' && shows '1 of 2 are killed, 1 are equivalent: 100 %' || return
	echo 'wire/small.c:unnoticed:compare-off-by-one#1 | because | no kind' >"$tree/tests/mutants/own.survivors"
	own 1 --report --only 'noticed:compare' && says 'expected equivalent, vm, gap, not because'
}
ok own__explained own_explained

# The same ones for the same seed, other ones for another; shards have all of them between them.
own_drawn() {
	local all shards
	: >"$tree/tests/mutants/own.survivors"
	names() {
		own 1 --report "$@" || return
		sed -n 's/^\(not \)\?ok [0-9]* - \(wire[^ ]*\) .*/\2/p' "$work/tap-of-own"
	}
	all=$(names --count 6)
	[[ $(wc -l <<<"$all") == 6 && $(names --count 6) == "$all" && $(names --count 6 --seed 2) != "$all" ]] || { echo "$all" && return 1; }
	shards=$(names --count 6 --shard 1/2 && names --count 6 --shard 2/2)
	[[ $(sort <<<"$shards") == "$(sort <<<"$all")" ]]
}
ok own__drawn own_drawn

# Several at a time are tried as one after the other.
own_jobs() {
	local alone
	own 1 --only 'noticed:compare' --tests sign --work "$work/alone" && alone=$(grep -c 'killed by small.sign' "$work/tap-of-own") &&
		own 1 --only 'noticed:compare' --tests sign --work "$work/together" --jobs 4 && [[ $(grep -c 'killed by small.sign' "$work/tap-of-own") == "$alone" ]]
}
ok own__jobs own_jobs

# A source that has changed is built and tried again.
own_changed() {
	sed -i 's/a < 7/a < 8/; s/noticed(5) != 0/noticed(5) == 7/' "$tree/wire/small.c"
	own 1 --only 'noticed:compare' && shows '^not ok . - wire/small.c:noticed:compare-off-by-one'
}
ok own__changed_source own_changed
tap_end
