# SPDX-License-Identifier: GPL-2.0-or-later
# Tcl's own tests of sockets and of HTTP, from the source of Debian's tcl8.6. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

tcl_there=$TOP/build/suites/tcl

# By a link, as the VM may have another cache.
suite_prepare() {
	local source
	command -v tclsh >/dev/null || { echo "tclsh is missing" && return 1; }
	source=$("$TOP/lab/source" tcl8.6) && mkdir -p "${tcl_there%/*}" && ln -sfn "$source" "$tcl_there"
}

suite_parts() {
	printf '%s\n' socket http http11
}

suite_run() { # PART [TEST...]
	local part=$1 options=(-verbose 'pass body error skip' -singleproc 1)
	shift
	[[ ! ${1-} ]] || options+=(-match "$*")
	"${way[@]}" tclsh "$tcl_there/tests/$part.test" "${options[@]}"
}

suite_read() {
	sed -nE 's/^\+\+\+\+ ([^ ]+) PASSED$/\1 ok/p; s/^\+\+\+\+ ([^ ]+) SKIPPED.*/\1 skipped/p; s/^==== ([^ ]+) FAILED$/\1 fails/p' said
}
