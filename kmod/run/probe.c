// SPDX-License-Identifier: GPL-2.0-or-later
/* See probe.h. */
#include "probe.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smc_numbers.h"

static int try(int family, int protocol)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

/* Nothing that it says is of interest: whether there are sockets then is. */
static void load_smcx(void)
{
	static char *const command[] = { "modprobe", "-q", "smcx", NULL };
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	pid_t pid = fork();

	if (!pid) {
		execve("/sbin/modprobe", command, environment);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void probe_smc(struct probe *probe)
{
	probe->family = try(AF_SMC, SMCPROTO_SMC);
	if (probe->family < 0 && !geteuid()) {
		load_smcx();
		probe->family = try(AF_SMC, SMCPROTO_SMC);
	}
	probe->protocol = try(AF_INET, IPPROTO_SMC);
}
