// SPDX-License-Identifier: GPL-2.0-or-later
/* How a listening program reports that it listens, and where. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "ready.h"

static int write_port(int fd, uint16_t port)
{
	int err = dprintf(fd, "%u\n", port) < 0 ? -errno : 0;

	return close(fd) && !err ? -errno : err;
}

/* The file appears under its name with the port in it already. */
static int tell_file(const char *path, uint16_t port)
{
	char part[PATH_MAX];
	int fd, err;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_port(fd, port);
	return !err && rename(part, path) ? -errno : err;
}

/**
 * ready_tell - report the port to those who wait for it
 * @file: created with the port in it; NULL for none
 * @fd: the port is written to it and it is closed; -1 for none
 * @port: in host order
 *
 * Return: 0 or -errno.
 */
int ready_tell(const char *file, int fd, uint16_t port)
{
	int err = file ? tell_file(file, port) : 0;

	return err || fd < 0 ? err : write_port(fd, port);
}
