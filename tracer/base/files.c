// SPDX-License-Identifier: GPL-2.0-or-later
/* See files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OTHER_NAMES 99
#define LOOK_MS 50 /* for a pipe's reader */

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
static int files_make_room(int folder, const char *name)
{
	struct stat st;

	if (!*name)
		return -EISDIR;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (is_shared(folder) && (st.st_uid != geteuid() || !S_ISREG(st.st_mode)))
		return 1;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return unlinkat(folder, name, 0) && errno != ENOENT ? -errno : 0;
}

static int files_create(int folder, const char *name)
{
	int fd, room = files_make_room(folder, name);

	if (room)
		return room < 0 ? room : -EEXIST;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int create_with(int folder, const char *name, const char *suffix, const char *wanted,
		       char *used)
{
	char other[NAME_MAX + 1];

	if (snprintf(other, sizeof(other), "%s%s", name, suffix) >= (int)sizeof(other) ||
	    snprintf(used, PATH_MAX, "%s%s", wanted, suffix) >= PATH_MAX)
		return -ENAMETOOLONG;
	return files_create(folder, other);
}

/* Names that can be known before can be taken before, and all of them, so the last is random. */
static int create_somewhere(int folder, const char *name, const char *wanted, char *used)
{
	int fd = create_with(folder, name, "", wanted, used);
	unsigned long long random;
	char suffix[24];

	for (int i = 1; fd == -EEXIST && i <= OTHER_NAMES; i++) {
		snprintf(suffix, sizeof(suffix), ".%d", i);
		fd = create_with(folder, name, suffix, wanted, used);
	}
	if (fd == -EEXIST && getrandom(&random, sizeof(random), 0) == sizeof(random)) {
		snprintf(suffix, sizeof(suffix), ".%016llx", random);
		fd = create_with(folder, name, suffix, wanted, used);
	}
	return fd;
}

/* Does a signal wait that ends us? They are blocked, since they come as a file. */
static bool is_to_end(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGINT) || sigismember(&set, SIGTERM) ||
				     sigismember(&set, SIGHUP));
}

/* A pipe that nobody reads must not hold us up for longer than we are wanted. */
static int open_patiently(int folder, const char *name, int flags)
{
	int fd;

	for (;;) {
		fd = openat(folder, name, flags | O_NONBLOCK);
		if (fd >= 0)
			break;
		if (errno != ENXIO)
			return -errno;
		if (is_to_end())
			return -EINTR;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000 }, NULL);
	}
	if (!fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK))
		return fd;
	close(fd);
	return -errno;
}

/*
 * A name may lead to something that is no regular file: Wireshark's pipe, /dev/null, /dev/stdout. A
 * link to it may be followed where nobody else could have made the link; and where somebody else
 * could have made the pipe, it has to be our user's.
 */
static int open_channel(int folder, const char *name)
{
	int shared = is_shared(folder) ? O_NOFOLLOW : 0;
	struct stat st;

	if (fstatat(folder, name, &st, shared ? AT_SYMLINK_NOFOLLOW : 0) || !is_channel(&st))
		return -ENOENT;
	if (shared && st.st_uid != geteuid() && st.st_uid != getuid())
		return -ENOENT;
	return open_patiently(folder, name, O_WRONLY | O_CLOEXEC | O_NOCTTY | shared);
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
