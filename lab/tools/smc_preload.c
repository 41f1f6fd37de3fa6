// SPDX-License-Identifier: GPL-2.0-or-later
/* To be preloaded into a program of the lab's: its TCP sockets become SMC ones where they can. */
#include <sys/syscall.h>
#include <unistd.h>

#include "smc_compat.h"

static int smc_preload_tcp(int family, int type, int protocol)
{
	return (family == AF_INET || family == AF_INET6) &&
	       (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

/**
 * socket - socket(2) in the place of the C library's
 * @family: AF_INET and AF_INET6 become AF_SMC, if @type and @protocol are TCP's
 * @type: passed on, with SOCK_NONBLOCK and SOCK_CLOEXEC
 * @protocol: gives SMC the address family instead
 *
 * Without SMC it is a socket of TCP after all; scenarios ask smc_diag what it has become.
 *
 * Return: a file descriptor, or -1 with errno set.
 */
__attribute__((visibility("default"))) int socket(int family, int type, int protocol)
{
	int fd = -1;

	/* The system call, as this function hides the C library's socket(). */
	if (smc_preload_tcp(family, type, protocol))
		fd = (int)syscall(SYS_socket, AF_SMC, type,
				  family == AF_INET6 ? SMCPROTO_SMC6 : SMCPROTO_SMC);
	if (fd >= 0)
		return fd;
	return (int)syscall(SYS_socket, family, type, protocol);
}
