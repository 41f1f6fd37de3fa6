# SPDX-License-Identifier: GPL-2.0-or-later
# From ctest --verbose to one line of counts; exits 1 if anything failed or nothing ran.
/^[0-9]+: / {
	test = $1
	line = substr($0, length($1) + 2)
	if (seen[test, line]++) # cmocka names its failures twice
		next
	if (line ~ /^ok .*# SKIP/ || line ~ /^\[  SKIPPED \] [^0-9]/)
		skipped[test]++
	else if (line ~ /^ok / || line ~ /^\[       OK \] /)
		passed[test]++
	else if (line ~ /^not ok .*# SKIP/)
		skipped[test]++
	else if (line ~ /^not ok / || line ~ /^\[  FAILED  \] [^0-9]/)
		failed[test]++
}
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
	match($0, /#[0-9]+:/)
	test = substr($0, RSTART + 1, RLENGTH - 1)
	ran++
	good = $0 ~ / Passed /
	if ($0 ~ /\*\*\*Skipped/) {
		if (!skipped[test])
			skipped[test] = 1
	} else if (!good && !failed[test]) {
		failed[test]++
	} else if (good && !(passed[test] + failed[test] + skipped[test])) {
		passed[test]++
	}
}
/^ *Start +[0-9]+:/ { started++ }
END {
	for (t in passed) p += passed[t]
	for (t in failed) f += failed[t]
	for (t in skipped) s += skipped[t]
	if (!ran || ran < started) # nothing ran, or ctest itself was ended on the way
		f++
	printf "%d passed, %d failed, %d skipped\n", p, f, s
	exit f > 0
}
