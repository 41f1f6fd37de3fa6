# SPDX-License-Identifier: GPL-2.0-or-later
# From ctest --verbose to the cases that failed, each with the name of its test and its diagnostics, 25 lines at most. A test that failed
# without a failed case of its own shows its last lines.
BEGIN { most = 25 }

function show(test, line) {
	shown[test] = shown[test] line "\n"
}

/^ *Start +[0-9]+: / {
	test = $2
	name[test] = $3
}

/^[0-9]+: / {
	test = $1
	line = substr($0, length($1) + 2)
	last[test, ++lines[test] % most] = line
	# cmocka gives the reason before the name, and names its failures twice.
	if (line ~ /^\[  ERROR   \]|^\[   LINE   \]/) {
		show(test, "  " line)
	} else if (line ~ /^not ok / && line !~ /# SKIP/ || line ~ /^\[  FAILED  \] [^0-9]/) {
		if (!seen[test, line]++)
			show(test, line)
		left[test] = most
	} else if (left[test] > 0 && line ~ /^[# \t]/) {
		show(test, "  " line)
		left[test]--
	} else {
		left[test] = 0
	}
}

/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ && !/ Passed / && !/\*\*\*Skipped/ {
	match($0, /#[0-9]+:/)
	test = substr($0, RSTART + 1, RLENGTH - 1)
	if (!shown[test])
		for (i = lines[test] > most ? lines[test] - most + 1 : 1; i <= lines[test]; i++)
			show(test, "  " last[test, i % most])
	printf "\n%s failed:\n%s", name[test], shown[test]
}
