// SPDX-License-Identifier: GPL-2.0-or-later
/* See probe.h. */
#include "probe.h"

#include <errno.h>
#include <sys/socket.h>

#include "smc_numbers.h"

static int try(int family, int protocol)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

void probe_smc(struct probe *probe)
{
	probe->family = try(AF_SMC, SMCPROTO_SMC);
	probe->protocol = try(AF_INET, IPPROTO_SMC);
}
