// SPDX-License-Identifier: GPL-2.0-or-later
/* See helper.h. */
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int helper_start(int *fd, void (*serve)(int from))
{
	int ends[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid) {
		close(ends[0]);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		serve(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (err)
		close(ends[0]);
	else
		*fd = ends[0];
	return err;
}
