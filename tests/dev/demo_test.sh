#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's output on recorded SMC: README.md begins with a piece of it, as it stands there. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# The first block of README.md.
sample() {
	awk '/^```/ { inside++; next } inside == 1' "$TOP/README.md"
}

"$TOP/lab/demo" --recorded >"$work/demo" 2>"$work/errors" || :
is demo__no_error "$(<"$work/errors")" ""
is demo__has_a_sample "$(sample | grep -cE '^  (Runs as +SMC-R|0[.].*SMC-R CDC 1)')" 2
ok demo__prints_what_readme_shows eval '[[ $(<"$work/demo") == *"$(sample)"* ]] || diff <(sample) "$work/demo"'
is demo__says_why "$(grep -c '^  Why not SMC ' "$work/demo")" 3
tap_end
