// SPDX-License-Identifier: GPL-2.0-or-later
/* Preloaded by smc-run where BPF cannot do it: the program's TCP sockets become SMC ones. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "smc_numbers.h"

int socket(int family, int type, int protocol);

static int tcp(int family, int type, int protocol)
{
	return (family == AF_INET || family == AF_INET6) &&
	       (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

/**
 * socket - in the C library's place
 * @family: AF_INET and AF_INET6 become AF_SMC, if @type and @protocol are TCP's
 * @type: passed on
 * @protocol: of AF_SMC, the address family
 *
 * A program is not to fail for want of SMC: then the socket is TCP's.
 *
 * Return: a file descriptor, or -1 with errno set.
 */
__attribute__((visibility("default"))) int socket(int family, int type, int protocol)
{
	long fd = -1;

	if (tcp(family, type, protocol))
		fd = syscall(SYS_socket, AF_SMC, type,
			     family == AF_INET6 ? SMCPROTO_SMC6 : SMCPROTO_SMC);
	if (fd < 0)
		fd = syscall(SYS_socket, family, type, protocol);
	return (int)fd;
}
