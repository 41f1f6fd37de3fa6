// SPDX-License-Identifier: GPL-2.0-or-later
/* See output.h. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_path(const char *path, bool strangers)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.mode = 0666,
		.resolve = RESOLVE_NO_MAGICLINKS | (strangers ? RESOLVE_NO_SYMLINKS : 0),
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Why it is not to be written to, or NULL. */
static const char *refuse(int fd, bool strangers)
{
	struct stat st;

	if (fstat(fd, &st))
		return strerror(errno);
	if (S_ISCHR(st.st_mode))
		return NULL;
	if (!S_ISREG(st.st_mode))
		return "neither a regular file nor a character device";
	if (strangers && st.st_nlink != 1)
		return "it has another name, too (a hard link), and with --user that may be a trap";
	return ftruncate(fd, 0) ? strerror(errno) : NULL;
}

int output_open(FILE **out, const char *path, bool strangers, const char **why)
{
	int fd = open_path(path, strangers), err;
	FILE *file;

	if (fd < 0) {
		err = -errno;
		*why = strerror(errno);
		if (err == -ELOOP)
			*why = strangers ? "there is a symbolic link in it: name the file itself" :
					   "it is a symbolic link: name the file itself";
		else if (err == -ENXIO)
			*why = "neither a regular file nor a character device";
		return err;
	}
	*why = refuse(fd, strangers);
	if (*why) {
		close(fd);
		return -EINVAL;
	}
	fcntl(fd, F_SETFL, 0); /* a terminal that is slow is waited for */
	file = fdopen(fd, "w");
	if (!file) {
		err = -errno;
		*why = strerror(errno);
		close(fd);
		return err;
	}
	*out = file;
	return 0;
}
