// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-rawpeer: plain TCP sockets. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "rawpeer.h"

static int rawpeer_sock_resolve(const char *host, const char *port, struct addrinfo **out)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};

	return getaddrinfo(host, port, &hints, out) ? -EINVAL : 0;
}

static int set_one(int fd, int level, int option)
{
	const int one = 1;

	return setsockopt(fd, level, option, &one, sizeof(one)) ? -errno : 0;
}

static int rawpeer_sock_fail(int fd, int err)
{
	close(fd);
	return err;
}

/**
 * raw_connect - connect to a server
 * @host: its numeric address
 * @port: its port
 * @timeout_ms: how long to try
 *
 * Return: the file descriptor, -EINVAL if that is no address, -ETIMEDOUT, or another -errno.
 */
int raw_connect(const char *host, const char *port, int timeout_ms)
{
	const struct timeval patience = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct addrinfo *addr;
	int fd, err = rawpeer_sock_resolve(host, port, &addr);

	if (err)
		return err;
	fd = socket(addr->ai_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0)
		err = -errno;
	else if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
		 connect(fd, addr->ai_addr, addr->ai_addrlen))
		err = rawpeer_sock_fail(fd, errno == EINPROGRESS ? -ETIMEDOUT : -errno);
	freeaddrinfo(addr);
	return err ? err : fd;
}

static int rawpeer_sock_bound_port(int fd, uint16_t *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, &addr.any, &len))
		return -errno;
	*port = ntohs(addr.any.sa_family == AF_INET6 ? addr.in6.sin6_port : addr.in.sin_port);
	return 0;
}

/**
 * raw_listen - wait for clients; the SYN is kept for the BPF program to look at
 * @host: the numeric address to listen on
 * @port: the port, 0 for any
 * @bound: set to the port, in host order
 *
 * Return: the file descriptor, -EINVAL if that is no address, or another -errno.
 */
int raw_listen(const char *host, const char *port, uint16_t *bound)
{
	struct addrinfo *addr;
	int fd, err = rawpeer_sock_resolve(host, port, &addr);

	if (err)
		return err;
	fd = socket(addr->ai_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0) {
		err = -errno;
		freeaddrinfo(addr);
		return err;
	}
	err = set_one(fd, SOL_SOCKET, SO_REUSEADDR);
	if (!err)
		err = set_one(fd, IPPROTO_TCP, TCP_SAVE_SYN);
	if (!err && (bind(fd, addr->ai_addr, addr->ai_addrlen) || listen(fd, 1)))
		err = -errno;
	freeaddrinfo(addr);
	if (!err)
		err = rawpeer_sock_bound_port(fd, bound);
	return err ? rawpeer_sock_fail(fd, err) : fd;
}

/**
 * raw_accept - take a client
 * @listener: from raw_listen()
 * @timeout_ms: how long to wait
 *
 * Return: the file descriptor, -ETIMEDOUT, or another -errno.
 */
int raw_accept(int listener, int timeout_ms)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	int n = poll(&poller, 1, timeout_ms);
	int fd;

	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
