#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A report of KASAN or lockdep names a function and no file: each static function of kmod/ begins with its file's name, or
# the first word of that, and no two have the same. No two files have the same name, as they are built in one folder by lab/mutants. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/statics.sh"

cd "$TOP/kmod"
mapfile -t files < <(find . -name '*.c' -not -path './run/*' -printf '%P\n' | sort)
statics "${files[@]}" >"$work/statics"
is names__begin_with_the_file "$(without_stem <"$work/statics")" ""
is names__are_of_one_function "$(grep -v '^dibs/' "$work/statics" | cut -d ' ' -f 2 | sort | uniq -d)" ""
is names__files_differ "$(find . ../wire ../proto -name '*.[ch]' -not -path './run/*' -printf '%f\n' | sort | uniq -d)" ""
ok names__are_read test "$(wc -l <"$work/statics")" -gt 300
printf 'static bool full(struct smcx_sock *smc)\n{\n}\n\nstatic struct smcx_sock *\ntake(void)\n{\n}\n' >"$work/listen.c"
is planted__is_found "$(statics "$work/listen.c" | without_stem | cut -d ' ' -f 2 | xargs)" "full take"
tap_end
