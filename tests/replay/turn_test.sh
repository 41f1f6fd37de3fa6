#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Link groups of loopback-ism are those of the whole host, and so are their counts: a case in which both ends may be SMC says that it needs
# its turn, or else, with --jobs, another case counts its connections. TAP on stdout.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/tests/tap.sh"

# without_turn FILE...: the cases with a connect() of a socket of SMC to a listener of SMC that may be played beside others.
without_turn() {
	awk '
	function end() {
		if (name && both && !alone)
			print name
		name = ""; both = alone = 0; split("", smc); split("", listens)
	}
	FNR == 1 || $1 == "case" { end() }
	$1 == "case" { name = $2 }
	$1 == "times" || $1 == "needs" && / (turn|alone)( |$)/ { alone = 1 }
	$2 == "sock" && $4 == "open" && $5 == "smc" { smc[$3] = 1 }
	$2 == "sock" && $4 == "listen" { listens[$3] = 1 }
	$2 == "sock" && $4 == "connect" && ($3 in smc) && ($5 in smc) && ($5 in listens) { both = 1 }
	END { end() }' "$@"
}

printf 'case x\n\tneeds app\n\tserver sock l open smc\n\tserver sock l listen 1 ok\n\tclient sock a open smc\n\tclient sock a connect l ok\n' >"$work/bad.smc"
sed 's/needs app/needs app turn/' "$work/bad.smc" >"$work/good.smc"
is 'a case without its turn is found' "$(without_turn "$work/bad.smc")" x
is 'and not one that has it' "$(without_turn "$work/good.smc")" ''
# Its connection becomes TCP.
is 'cases without their turn' "$(without_turn "$TOP"/replay/suite/*.smc)" fallback-by-an-option
tap_end
