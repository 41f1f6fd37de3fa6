# SPDX-License-Identifier: GPL-2.0-or-later
# CPython's own tests of what uses sockets, from Debian's libpython3.11-testsuite. See suites_vm_test.sh.
# shellcheck shell=bash disable=SC2154 # way is the test's

suite_prepare() {
	/usr/bin/python3 -c 'import test.test_socket, test.test_epoll' 2>/dev/null || { echo "libpython3.11-testsuite is missing" && return 1; }
}

suite_parts() {
	case $1 in
	quick) printf 'test_%s\n' epoll telnetlib asyncio.test_{sock_lowlevel,server} ;;
	socket) printf '%s\n' test_{socket,epoll,poll,select,selectors,socketserver,timeout,eintr} ;;
	asyncio)
		# The events of each loop by themselves: together they take longer than a part has, where a processor is slow.
		printf 'test_asyncio.test_%s\n' sock_lowlevel events:{EPoll,Poll,Select}EventLoop server streams sendfile ssl \
			buffered_proto base_events selector_events unix_events
		;;
	net)
		printf 'test_%s\n' asyncore asynchat ftplib httplib httpservers imaplib nntplib poplib smtplib smtpd ssl telnetlib \
			urllib2_localnet wsgiref xmlrpc docxmlrpc robotparser logging os
		;;
	esac
}

# smc-run leaves sockets of UDP and the like alone, and multicast has no route. A part may be one class of a module: MODULE:CLASS.
suite_run() { # PART [TEST...]
	local part=${1%:*} name options=(--junit-xml "$PWD/results.xml" --timeout 900)
	[[ $1 == "$part" || ${2-} ]] || options+=(-m "*.${1#*:}*")
	shift
	[[ $part != test_socketserver && $part != test_timeout ]] || options+=(-u network)
	[[ $part != test_socket ]] || for name in UDP VSOCK CAN RDS ALG L2CAP; do options+=(-i "*$name*"); done
	for name; do options+=(-m "$name"); done
	rm -f results.xml
	"${way[@]}" /usr/bin/python3 -W ignore -m test "${options[@]}" "$part"
}

suite_read() { # PART
	[[ -f results.xml ]] || return 0
	/usr/bin/python3 - <<-'END'
		import xml.etree.ElementTree as tree
		kinds = {"failure": "fails", "error": "fails", "skipped": "skipped"}
		for case in tree.parse("results.xml").iter("testcase"):
		    outcome = [kinds[part.tag] for part in case if part.tag in kinds]
		    print(case.get("name").replace(" ", "_"), outcome[0] if outcome else "ok")
	END
}
