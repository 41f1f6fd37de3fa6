#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's output on recorded SMC: README.md has a piece of it below the command, as it stands there. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"

# The block below ./dev demo.
sample() {
	awk '/^```/ { inside = !inside; if (command && $0 == "```" && inside) sample = 1; else if (!inside && sample) exit; next }
		inside && sample
		inside && $0 == "./dev demo" { command = 1 }' "$TOP/README.md"
}

"$TOP/lab/demo" --recorded >"$work/demo" 2>"$work/errors" || :
is demo__no_error "$(<"$work/errors")" ""
is demo__has_a_sample "$(sample | grep -cE '^  (Runs as +SMC-R|0[.].*LLC CONFIRM_LINK v2 request)')" 2
ok demo__prints_what_readme_shows eval '[[ $(<"$work/demo") == *"$(sample)"* ]] || diff <(sample) "$work/demo"'
is demo__says_why "$(grep -c '^  Why not SMC ' "$work/demo")" 3
is demo__ends_with_the_page "$(tail -n 1 "$work/demo" | cut -d : -f 1)" build/demo/report.html
ok demo__page_is_there grep -q '^<h1>\|<h1>SMC report' "$TOP/build/demo/report.html"
tap_end
