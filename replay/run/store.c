// SPDX-License-Identifier: GPL-2.0-or-later
/* See store.h. */
#include "store.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct store {
	int fd; /* letters, and answers to them */
};

/* A letter; the file's bytes come as memory in the form of a file. */
struct letter {
	char sub[NAME_MAX + 1], name[NAME_MAX + 1];
};

/* ---- the process that writes --------------------------------------------------------- */

static void store_tame(char *name)
{
	name[NAME_MAX] = '\0';
	for (size_t i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    (!strchr("._+=-", name[i]) || (!i && name[i] == '.')))
			name[i] = '-';
}

static int store_copy(int from, int to)
{
	char piece[1 << 16];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, piece, sizeof(piece), at)) > 0) {
		if (write(to, piece, (size_t)n) != n)
			return errno ? -errno : -EIO;
		at += n;
	}
	return n < 0 ? -errno : 0;
}

/* No link is followed, and a file that exists is replaced, not written into. */
static int put_file(int folder, struct letter *l, int from)
{
	int sub, fd, rc;

	store_tame(l->sub);
	store_tame(l->name);
	if (!*l->sub || !*l->name)
		return -EINVAL;
	if (mkdirat(folder, l->sub, 0700) && errno != EEXIST)
		return -errno;
	sub = openat(folder, l->sub, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub < 0)
		return -errno;
	unlinkat(sub, l->name, 0);
	fd = openat(sub, l->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = fd < 0 ? -errno : store_copy(from, fd);
	if (fd >= 0 && close(fd) && !rc)
		rc = -errno;
	close(sub);
	return rc;
}

/* Return: the length of the letter, 0 at the end; *@fd is -1 without a file in it. */
static ssize_t store_receive(int from, struct letter *l, int *fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { l, sizeof(*l) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static void store_serve(int from, int folder)
{
	struct letter l;
	ssize_t n;
	int fd;

	while ((n = store_receive(from, &l, &fd)) > 0) {
		int rc = n == sizeof(l) && fd >= 0 ? put_file(folder, &l, fd) : -EINVAL;

		if (fd >= 0)
			close(fd);
		if (send(from, &rc, sizeof(rc), MSG_NOSIGNAL) != sizeof(rc))
			break;
	}
}

/* ---- the one that has it write ----------------------------------------------------------- */

static int store_open_folder(const char *path)
{
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int store_start(struct store *s, int folder)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid) {
		close(ends[1]);
		s->fd = ends[0];
		return pid < 0 ? -errno : 0;
	}
	close(ends[0]);
	/* It ends with the one that sends letters, and not before. */
	signal(SIGINT, SIG_IGN);
	store_serve(ends[1], folder);
	_exit(0);
}

int store_open(struct store **out, const char *path)
{
	struct store *s = calloc(1, sizeof(*s));
	int folder = store_open_folder(path), rc;

	*out = s;
	if (!s || folder < 0)
		rc = s ? folder : -ENOMEM;
	else
		rc = store_start(s, folder);
	if (folder >= 0)
		close(folder);
	if (rc) {
		free(s);
		*out = NULL;
	}
	return rc;
}

static int memory_of(const void *bytes, size_t len)
{
	int fd = memfd_create("smc-replay", MFD_CLOEXEC);
	const char *at = bytes;

	while (fd >= 0 && len) {
		ssize_t n = write(fd, at, len);

		if (n <= 0) {
			close(fd);
			return -EIO;
		}
		at += n;
		len -= (size_t)n;
	}
	return fd < 0 ? -errno : fd;
}

static int store_exchange(struct store *s, struct letter *l, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { l, sizeof(*l) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int rc = -EIO;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(s->fd, &msg, MSG_NOSIGNAL) != sizeof(*l))
		return -errno;
	return recv(s->fd, &rc, sizeof(rc), 0) == sizeof(rc) ? rc : -EPIPE;
}

int store_put(struct store *s, const char *sub, const char *name, const void *bytes, size_t len)
{
	struct letter l = { { 0 }, { 0 } };
	int fd = memory_of(bytes, len), rc;

	if (fd < 0)
		return fd;
	snprintf(l.sub, sizeof(l.sub), "%.200s", sub);
	snprintf(l.name, sizeof(l.name), "%.200s", name);
	rc = store_exchange(s, &l, fd);
	close(fd);
	return rc;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}
