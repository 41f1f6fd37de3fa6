/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address of either family, and the numbers of SMC's sockets. */
#ifndef SMCKIT_REPLAY_ADDRESS_H
#define SMCKIT_REPLAY_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#ifndef AF_SMC
#define AF_SMC 43
#endif

/* Third argument of socket(AF_SMC, ...): SMC over IPv4 or IPv6, of the kernel's net/smc/smc.h. */
enum { SMCPROTO_SMC = 0, SMCPROTO_SMC6 = 1 };

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Numeric address and port. Return: 0 or -EINVAL. */
int address_resolve(const char *host, unsigned int port, union address *address);
socklen_t address_len(const union address *address);
void address_set_port(union address *address, unsigned int port);

#endif
