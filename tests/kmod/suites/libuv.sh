# SPDX-License-Identifier: GPL-2.0-or-later
# libuv's own tests of TCP and of polling, from the source of Debian's libuv1, built here. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way and the folders are the test's

libuv_there=$TOP/build/suites/libuv
# Not the tests of pipes, UDP, files, threads and clocks.
declare -A libuv_those=(
	[tcp]='^tcp6?_'
	[poll]='^poll_'
	[ipc]='^ipc_.*(listen|tcp)'
	[shutdown]='^shutdown_'
	[other]='^(connect|callback_stack|close_order|delayed_accept|embed|getsockname_tcp|idle_starvation|multiple_listen'
)
libuv_those[other]+='|not_(read|writ)able|socket_buffer_size|watcher_cross_stop)'

suite_prepare() {
	local source
	source=$("$TOP/lab/source" libuv1) &&
		cmake -G Ninja -S "$source" -B "$libuv_there" -DBUILD_TESTING=ON -DLIBUV_BUILD_TESTS=ON &&
		ninja -C "$libuv_there" uv_run_tests
}

suite_parts() {
	printf '%s\n' tcp poll ipc shutdown other
}

# As nobody: some tests want to see that a port below 1024 is not theirs. One at a time over both ways, as they have sockets in /tmp.
suite_run() { # PART [TEST...]
	local names nobody='setpriv --reuid 65534 --regid 65534 --clear-groups' those=${libuv_those[$1]}
	shift
	names=("$@")
	[[ ${1-} ]] || mapfile -t names < <($nobody "$libuv_there/uv_run_tests" --list | awk '{ print $1 }' | grep -E "$those" | sort -u)
	chmod 777 .
	export UV_TEST_TIMEOUT_MULTIPLIER=20
	"${way[@]}" bash -c "
		cd '$libuv_there'
		for name; do
			status=0
			flock '$work/libuv' timeout -k 5 200 $nobody ./uv_run_tests \"\$name\" 2>&1 || status=\$?
			echo \"== \$name \$status\"
		done" uv "${names[@]}"
}

# 7: the test says that it is to be skipped.
suite_read() { # PART
	awk '$1 == "==" { print $2, $3 == 0 ? "ok" : $3 == 7 ? "skipped" : "fails" }' said
}
