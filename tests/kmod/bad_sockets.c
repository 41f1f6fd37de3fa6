// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be preloaded into kmod_torture: sockets with a fault, so that it can be seen to find it.
 * $BAD_SOCKETS says which; the fault shows at one call in some hundreds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int bad(const char *what, unsigned int every)
{
	static _Thread_local unsigned int calls;
	const char *wanted = getenv("BAD_SOCKETS");

	return wanted && !strcmp(wanted, what) && ++calls % every == 0;
}

__attribute__((visibility("default"))) ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	static ssize_t (*next)(int, void *, size_t, int);
	ssize_t n;

	if (!next)
		next = (ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
	if (bad("eof", 100))
		return 0;
	if (bad("reset", 100)) {
		errno = ECONNRESET;
		return -1;
	}
	if (bad("hang", 200))
		pause();
	if (bad("lose", 100))
		next(fd, buf, 1, flags);
	if (flags & MSG_PEEK && bad("peek", 5))
		flags &= ~MSG_PEEK;
	n = next(fd, buf, len, flags);
	if (n > 0 && bad("byte", 100))
		((char *)buf)[n / 2] ^= 1;
	return n;
}

__attribute__((visibility("default"))) ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	static ssize_t (*next)(int, const void *, size_t, int);

	if (!next)
		next = (ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
	if (bad("twice", 100))
		next(fd, buf, len, flags);
	/* Taken, and gone. */
	return bad("drop", 50) ? (ssize_t)len : next(fd, buf, len, flags);
}
