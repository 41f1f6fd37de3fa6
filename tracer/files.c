// SPDX-License-Identifier: GPL-2.0-or-later
/* See files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER_NAMES 99

/* The folder of a file, opened, or -1; the file's name in it is set. */
static int open_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	*name = slash ? slash + 1 : path;
	if (!slash)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash == path ? 1 : slash - path),
			 path);
	return open(folder, O_DIRECTORY | O_CLOEXEC | O_RDONLY);
}

/* Whether others than the owner of the folder may make files in it. */
static bool is_shared(int folder)
{
	struct stat st;

	if (fstat(folder, &st))
		return true;
	return st.st_mode & S_IWOTH ||
	       (st.st_mode & S_IWGRP && st.st_gid && st.st_gid != getegid());
}

/* Is it there to be written to as it is? */
static bool is_channel(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode) || S_ISSOCK(st->st_mode);
}

/*
 * Make room for @name: 0 when there is, 1 when it is somebody else's, -errno. A link, too, is
 * removed and not followed: it is the link that has the name.
 */
static int make_room(int folder, const char *name)
{
	struct stat st;

	if (!*name)
		return -EISDIR;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (is_shared(folder) && (st.st_uid != geteuid() || !S_ISREG(st.st_mode)))
		return 1;
	return unlinkat(folder, name, 0) && errno != ENOENT ? -errno : 0;
}

static int create(int folder, const char *name)
{
	int fd, room = make_room(folder, name);

	if (room)
		return room < 0 ? room : -EEXIST;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int create_somewhere(int folder, const char *name, const char *wanted, char *used)
{
	char other[NAME_MAX + 1];
	int fd = create(folder, name);

	snprintf(used, PATH_MAX, "%s", wanted);
	for (int i = 1; fd == -EEXIST && i <= OTHER_NAMES; i++) {
		if (snprintf(other, sizeof(other), "%s.%d", name, i) >= (int)sizeof(other) ||
		    snprintf(used, PATH_MAX, "%s.%d", wanted, i) >= PATH_MAX)
			return -ENAMETOOLONG;
		fd = create(folder, other);
	}
	return fd;
}

/*
 * What a name leads to that is no regular file: Wireshark's pipe, /dev/null, /dev/stdout. A link
 * to it may be followed where nobody else could have made the link.
 */
static int open_channel(int folder, const char *name)
{
	int follow = is_shared(folder) ? O_NOFOLLOW : 0, fd;
	struct stat st;

	if (fstatat(folder, name, &st, follow ? AT_SYMLINK_NOFOLLOW : 0) || !is_channel(&st))
		return -ENOENT;
	fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOCTTY | follow);
	return fd < 0 ? -errno : fd;
}

int files_open(const char *wanted, char *used)
{
	const char *name;
	int folder = open_folder(wanted, &name), fd;

	if (folder < 0)
		return -errno;
	fd = open_channel(folder, name);
	if (fd != -ENOENT)
		snprintf(used, PATH_MAX, "%s", wanted);
	else
		fd = create_somewhere(folder, name, wanted, used);
	close(folder);
	return fd;
}

int files_open_beside(const char *path, char *temporary)
{
	struct stat st;
	int fd;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* mkostemp() lets nobody else read it; others are to. */
	if (!fchmod(fd, 0644))
		return fd;
	close(fd);
	return files_replace(temporary, path, -errno);
}

int files_replace(const char *temporary, const char *path, int err)
{
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}
