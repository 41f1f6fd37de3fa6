# SPDX-License-Identifier: GPL-2.0-or-later
# Tcl's own tests of sockets and of HTTP, from the source of Debian's tcl8.6. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

tcl_there=$TOP/build/suites/tcl

# Bytes that TCP's buffers take, as they grow. A test that is about that many has another outcome at times where the rings are smaller.
tcl_large='-2.13' tcl_large_rings=2097152

# By a link, as the VM may have another cache.
suite_prepare() {
	local source
	command -v tclsh >/dev/null || { echo "tclsh is missing" && return 1; }
	source=$("$TOP/lab/source" tcl8.6) && mkdir -p "${tcl_there%/*}" && ln -sfn "$source" "$tcl_there"
}

suite_parts() {
	printf '%s\n' socket large_rings http http11
}

suite_run() { # PART [TEST...]
	local part=$1 options=(-verbose 'pass body error skip' -singleproc 1)
	shift
	[[ ! ${1-} ]] || options+=(-match "${*#large_rings/}")
	if [[ $part == large_rings ]]; then
		sysctl -qw net.smc.rmem="$tcl_large_rings" net.smc.wmem="$tcl_large_rings"
		part=socket
		[[ ${1-} ]] || options+=(-match "*$tcl_large")
	fi
	"${way[@]}" tclsh "$tcl_there/tests/$part.test" "${options[@]}"
}

suite_read() { # PART
	local prefix=''
	[[ $1 != large_rings ]] || prefix=$1/
	sed -nE 's/^\+\+\+\+ ([^ ]+) PASSED$/\1 ok/p; s/^\+\+\+\+ ([^ ]+) SKIPPED.*/\1 skipped/p; s/^==== ([^ ]+) FAILED$/\1 fails/p' said |
		sed "s,^,$prefix,"
}
