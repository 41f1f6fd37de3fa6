// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients that do not wait for connect(): they close, or take it back and connect anew with the
 * same socket. Whoever was accepted meanwhile has to hear of it, and the second connection has
 * nothing of the first.
 *
 * Usage: hasty COUNT     Exit status: 0, or 1 with a line for each end that was left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AF_SMC
#define AF_SMC 43
#endif

#define PATIENCE_MS 15000
#define GREETING "greeting"
#define LAST "the last"

static struct sockaddr_in at = { .sin_family = AF_INET };

/* Until its end, however it comes. Returns bytes, -1 if it does not come. */
static int read_all(int fd, char *buf, int size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int have = 0, n;

	do {
		if (poll(&p, 1, PATIENCE_MS) < 1)
			return -1;
		n = (int)recv(fd, buf + have, (size_t)(size - have), 0);
		if (n > 0)
			have += n;
	} while (n > 0 && have < size);
	return have;
}

/* Returns how many of its connections were left alone. */
static int serve(int listener)
{
	char buf[64];
	int left = 0;

	for (;;) {
		int fd = accept(listener, NULL, NULL), n;

		if (fd < 0)
			return left + 1;
		n = read_all(fd, buf, sizeof(buf));
		close(fd);
		if (n == sizeof(LAST) && !memcmp(buf, LAST, sizeof(LAST)))
			return left;
		if (n && (n != sizeof(GREETING) || memcmp(buf, GREETING, sizeof(GREETING)))) {
			printf("the server got %d bytes%s\n", n, n < 0 ? ": no end" : "");
			left++;
		}
	}
}

static int greet(int fd, const char *text, size_t len)
{
	char byte;

	if (connect(fd, (void *)&at, sizeof(at)) ||
	    send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len || shutdown(fd, SHUT_WR)) {
		printf("a second connection: %s\n", strerror(errno));
		return 1;
	}
	if (!read_all(fd, &byte, 1))
		return 0;
	printf("a second connection has no end\n");
	return 1;
}

static int haste(unsigned int i)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = socket(AF_SMC, SOCK_STREAM | SOCK_NONBLOCK, 0), broken = 0;

	connect(fd, (void *)&at, sizeof(at));
	usleep((useconds_t)(rand() % 4000));
	/* Too late if it is connected already. */
	if (i % 2 && !connect(fd, &none, sizeof(none))) {
		fcntl(fd, F_SETFL, 0);
		broken = greet(fd, GREETING, sizeof(GREETING));
	}
	close(fd);
	return broken;
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 2 ? (unsigned int)atoi(argv[1]) : 0;
	int listener = socket(AF_SMC, SOCK_STREAM, 0), broken = 0, status = 1, fd;
	socklen_t len = sizeof(at);
	pid_t pid;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!n || listener < 0 || bind(listener, (void *)&at, len) || listen(listener, 1024) ||
	    getsockname(listener, (void *)&at, &len)) {
		perror("hasty");
		return 2;
	}
	pid = fork();
	if (!pid)
		return serve(listener) != 0;
	close(listener);
	for (unsigned int i = 0; i < n; i++)
		broken += haste(i);
	fd = socket(AF_SMC, SOCK_STREAM, 0);
	broken += greet(fd, LAST, sizeof(LAST));
	waitpid(pid, &status, 0);
	return broken || status;
}
