# SPDX-License-Identifier: GPL-2.0-or-later
# libevent's own tests of connections, from the source of Debian's libevent, built here. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

libevent_there=$TOP/build/suites/libevent

suite_prepare() {
	local source
	source=$("$TOP/lab/source" libevent) &&
		cmake -G Ninja -S "$source" -B "$libevent_there" -DEVENT__DISABLE_OPENSSL=ON -DEVENT__DISABLE_MBEDTLS=ON \
			-DEVENT__DISABLE_BENCHMARK=ON -DEVENT__DISABLE_SAMPLES=ON -DEVENT__LIBRARY_TYPE=STATIC &&
		ninja -C "$libevent_there" regress
}

suite_parts() {
	printf '%s\n' bufferevent listener rpc et http
}

# write_during_read never ends over TCP either, where a processor is slow.
suite_run() { # PART [TEST...]
	local part=$1 tests=("$1/..")
	shift
	[[ ! ${1-} ]] || tests=("$@")
	[[ $part != http || ${1-} ]] || tests+=(:http/write_during_read)
	"${way[@]}" "$libevent_there/bin/regress" --timeout 60 "${tests[@]}"
}

# A test that fails is named without its group.
suite_read() { # PART
	sed -nE 's/^([a-z]+\/[^ :]+): .*(OK|SKIPPED|DISABLED)$/\1 \2/p; s/^([a-z]+\/[^ :]+): .*FAILED.*$/\1 fails/p; '"s/^ *\\[(.*\\/)?([^ \\/]+) FAILED\\]\$/$1\\/\\2 fails/p" said |
		sed 's/ OK$/ ok/; s/ SKIPPED$/ skipped/; s/ DISABLED$/ skipped/' | awk '{ o[$1] = $2 } END { for (t in o) print t, o[t] }'
}
