# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # module is the test's, work tests/tap.sh's

# build_smcx KERNEL: leaves the path of the module in $module; if it cannot be built, that is the test's result.
build_smcx() {
	module=$TOP/build/kmod/$1/smcx.ko
	"$TOP/lab/module" "$1" "$TOP/kmod" "${module%/*}" >"$work/build" 2>&1 && return
	fail build "$(tail -n 20 "$work/build")"
	tap_end
}
