// SPDX-License-Identifier: GPL-2.0-or-later
/* See address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>

int address_resolve(const char *host, unsigned int port, union address *address)
{
	*address = (union address){ 0 };
	if (inet_pton(AF_INET, host, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons((__u16)port);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &address->in6.sin6_addr) != 1)
		return -EINVAL;
	address->in6.sin6_family = AF_INET6;
	address->in6.sin6_port = htons((__u16)port);
	return 0;
}

socklen_t address_len(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

void address_set_port(union address *address, unsigned int port)
{
	if (address->any.sa_family == AF_INET6)
		address->in6.sin6_port = htons((__u16)port);
	else
		address->in.sin_port = htons((__u16)port);
}
