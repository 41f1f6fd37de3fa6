// SPDX-License-Identifier: GPL-2.0-or-later
/* See pins.h. */
#include "pins.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include <bpf/bpf.h>

int pins_new(void)
{
	int fs = fsopen("bpf", FSOPEN_CLOEXEC), fd = -1, err = 0;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
	    (fd = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0)
		err = -errno;
	close(fs);
	return err ? err : fd;
}

int pins_add(int pins, unsigned int n, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%u", pins, n);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}
