# SPDX-License-Identifier: GPL-2.0-or-later
# suites.differences, the list of what may differ in other people's suites: what it excuses, and what of it is not so any more.
# shellcheck shell=bash

# differing TCP SMC: "TEST TCP SMC" for each test with two outcomes in two files of "TEST OUTCOME".
differing() {
	join -a 1 -a 2 -e none -o 0,1.2,2.2 "$1" "$2" | awk '$2 != $3'
}

# list_faults LIST: the lines that are no rows, or give no reason.
list_faults() {
	awk -F ' *[|] *' '/^#/ || /^$/ { next }
		NF != 3 || $1 !~ /^[^ ]+ [^ ]+$/ || $2 !~ /^[a-z]+, [a-z]+( at times)?$/ || $3 == "" { print FNR ": " $0 }
		rows[$1, $2]++ { print FNR ": " $1 " is listed twice" }' "$1"
}

# listed LIST SUITE TEST TCP SMC
listed() {
	awk -F ' *[|] *' -v test="$2 $3" -v outcome="$4, $5" '
		$1 == test { sub(/ at times$/, "", $2); if ($2 == outcome) found = 1 }
		END { exit !found }' "$1"
}

# gone LIST SUITE RAN SEEN: rows for tests that have run (RAN, "TEST ..." a line), with a difference that has not been seen (SEEN,
# "TEST TCP SMC" a line). A row "at times" may be gone.
gone() {
	awk -F ' *[|] *' -v suite="$2" '
		FILENAME == ARGV[1] { sub(/ .*/, ""); ran[$0] = 1; next }
		FILENAME == ARGV[2] { seen[$0] = 1; next }
		/^#/ || $2 ~ / at times$/ { next }
		{
			split($1, name, " ")
			split($2, outcome, ", ")
			if (name[1] == suite && name[2] in ran && !((name[2] " " outcome[1] " " outcome[2]) in seen))
				print name[2] ": " $2
		}' "$3" "$4" "$1"
}
