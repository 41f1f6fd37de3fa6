// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tshark_ask SOCKET CAPTURE ARGUMENT...: have the tshark that listens there (tshark_serve.c)
 * dissect CAPTURE, "-" for standard input. Its output is that of tshark, and so is its status. 125:
 * it could not ask.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tshark_serve.h"

static int fail(const char *what)
{
	fprintf(stderr, "tshark_ask: %s: %s\n", what, strerror(errno));
	return 125;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	return fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)) ? fd : -1;
}

/* The arguments, each with its NUL; their length, or 0 if they are too many. */
static size_t pack(char *bytes, char **argv)
{
	size_t len = 0, n;
	int i;

	for (i = 0; argv[i]; i++) {
		n = strlen(argv[i]) + 1;
		if (i >= SERVE_ARGUMENTS || len + n > SERVE_BYTES - 1)
			return 0;
		memcpy(bytes + len, argv[i], n);
		len += n;
	}
	return len;
}

static int ask(int conn, int capture, char *bytes, size_t len)
{
	int files[SERVE_FILES] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, capture };
	char control[CMSG_SPACE(sizeof(files))] = { 0 };
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&msg);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(files));
	memcpy(CMSG_DATA(rights), files, sizeof(files));
	return sendmsg(conn, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	static char bytes[SERVE_BYTES];
	int conn, capture, status = 0;
	size_t len;

	if (argc < 4) {
		fprintf(stderr, "usage: tshark_ask SOCKET CAPTURE ARGUMENT...\n");
		return 125;
	}
	conn = connect_to(argv[1]);
	if (conn < 0)
		return fail(argv[1]);
	capture = strcmp(argv[2], "-") ? open(argv[2], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (capture < 0)
		return fail(argv[2]);
	len = pack(bytes, argv + 3);
	if (!len) {
		errno = E2BIG;
		return fail("arguments");
	}
	if (ask(conn, capture, bytes, len))
		return fail("request");
	if (recv(conn, &status, sizeof(status), 0) != sizeof(status)) {
		fprintf(stderr, "tshark_ask: tshark ended\n");
		return 125;
	}
	return status;
}
