#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A profile or a debugger names a function and no file. So no two files of a part have a static function of the same name, and
# a name of one word begins with the file's name. kmod.names is stricter, as a report of the kernel has nothing else. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/lab/lib/sources.sh"
. "$TOP/tests/statics.sh"

# single_words: of "FILE NAME", the lines whose name is one word that does not say its file.
single_words() {
	without_stem | awk '$2 !~ /_/ && $2 != "main"'
}

# twice: of "FILE NAME", the lines whose name another file has too.
twice() {
	awk '{ line[NR] = $0; name[NR] = $2; count[$2]++ }
		END { for (i = 1; i <= NR; i++) if (count[name[i]] > 1 && name[i] != "main") print line[i] }'
}

cd "$TOP"
total=0
for part in dissector lab/tools privs proto replay tracer wire; do
	mapfile -t files < <(source_files | grep -E "^$part/.*\.c$")
	statics "${files[@]}" >"$work/statics"
	total=$((total + $(wc -l <"$work/statics")))
	is "${part}__one_word_says_its_file" "$(single_words <"$work/statics")" ""
	is "${part}__names_are_of_one_file" "$(twice <"$work/statics" | without_stem)" ""
done
ok names__are_read test "$total" -gt 2000
printf 'static bool full(struct list *l)\n{\n}\n\nstatic int\nadd_row(void)\n{\n}\n' >"$work/listen.c"
printf 'static int add_row(void)\n{\n}\n' >"$work/other.c"
is planted__is_found "$(cd "$work" && statics listen.c | single_words) $(cd "$work" && statics listen.c other.c | twice | xargs)" \
	"listen.c full listen.c add_row other.c add_row"
tap_end
