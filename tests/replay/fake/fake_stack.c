// SPDX-License-Identifier: GPL-2.0-or-later
/* A stack whose SMC is TCP (LD_PRELOAD): sockets of AF_SMC are of the family that the protocol
 * names. */
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { SMC = 43, SMC_OVER_IPV6 = 1 };

int socket(int family, int type, int protocol)
{
	int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");

	if (family != SMC)
		return real(family, type, protocol);
	return real(protocol == SMC_OVER_IPV6 ? AF_INET6 : AF_INET, type, 0);
}
