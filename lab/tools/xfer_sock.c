// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-xfer: sockets of every family, as the plan wants them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "smc_compat.h"
#include "xfer.h"

/**
 * sock_now - the time, for measuring
 *
 * Return: nanoseconds of a clock that only runs forward.
 */
uint64_t sock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * sock_address - read a numeric address
 * @addr: filled in
 * @family: restricts it: smc is IPv4, smc6 is IPv6
 * @host: IPv4 or IPv6 address; NULL for any, of the family's kind
 * @port: in host order
 *
 * Return: 0, -EINVAL if it is no address, -EAFNOSUPPORT if the family does not take its kind.
 */
int sock_address(struct xfer_addr *addr, enum xfer_family family, const char *host, uint16_t port)
{
	if (!host)
		host = family == FAMILY_SMC6 ? "::" : "0.0.0.0";
	*addr = (struct xfer_addr){ .len = 0 };
	if (inet_pton(AF_INET, host, &addr->in.sin_addr) == 1) {
		addr->in.sin_family = AF_INET;
		addr->in.sin_port = htons(port);
		addr->len = sizeof(addr->in);
		return family == FAMILY_SMC6 ? -EAFNOSUPPORT : 0;
	}
	if (inet_pton(AF_INET6, host, &addr->in6.sin6_addr) != 1)
		return -EINVAL;
	addr->in6.sin6_family = AF_INET6;
	addr->in6.sin6_port = htons(port);
	addr->len = sizeof(addr->in6);
	return family == FAMILY_SMC ? -EAFNOSUPPORT : 0;
}

static int sock_open(const struct xfer_plan *plan)
{
	int ip = plan->addr.any.sa_family;

	switch (plan->family) {
	case FAMILY_SMC:
		return socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, SMCPROTO_SMC);
	case FAMILY_SMC6:
		return socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, SMCPROTO_SMC6);
	case FAMILY_IPPROTO_SMC:
		return socket(ip, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SMC);
	case FAMILY_TCP:
		break;
	}
	return socket(ip, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

#define FASTOPEN_QUEUE 16 /* handshakes under way */

/* Buffer sizes count at the handshake, so they are set before it. */
static int set_options(const struct xfer_plan *plan, int fd)
{
	const struct timeval patience = { .tv_sec = plan->timeout_ms / 1000,
					  .tv_usec = plan->timeout_ms % 1000 * 1000 };
	int err = 0;

	if (plan->sndbuf >= 0)
		err = set_int(fd, SOL_SOCKET, SO_SNDBUF, plan->sndbuf);
	if (!err && plan->rcvbuf >= 0)
		err = set_int(fd, SOL_SOCKET, SO_RCVBUF, plan->rcvbuf);
	if (!err && plan->nodelay)
		err = set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (!err && plan->fastopen && plan->server)
		err = set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, FASTOPEN_QUEUE);
	if (!err && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		err = -errno;
	return err;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static int xfer_sock_fail(int fd, int err)
{
	close(fd);
	return err;
}

static int xfer_sock_bound_port(int fd, uint16_t *port)
{
	struct xfer_addr addr = { .len = sizeof(addr.in6) };

	if (getsockname(fd, &addr.any, &addr.len))
		return -errno;
	*port = ntohs(addr.any.sa_family == AF_INET6 ? addr.in6.sin6_port : addr.in.sin_port);
	return 0;
}

/**
 * sock_listen - open the server's socket
 * @plan: where, and how
 * @port: set to the port it listens on, in host order
 *
 * Return: the file descriptor, or -errno.
 */
int sock_listen(const struct xfer_plan *plan, uint16_t *port)
{
	int fd = sock_open(plan), err;

	if (fd < 0)
		return -errno;
	err = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!err)
		err = set_options(plan, fd);
	if (!err && (bind(fd, &plan->addr.any, plan->addr.len) || listen(fd, SOMAXCONN)))
		err = -errno;
	if (!err)
		err = xfer_sock_bound_port(fd, port);
	if (!err)
		err = set_nonblocking(fd);
	return err ? xfer_sock_fail(fd, err) : fd;
}

/**
 * sock_accept - take the next connection
 * @plan: how long to wait; a server without a limit of connections waits for ever
 * @listener: from sock_listen()
 *
 * Return: the file descriptor, -ETIMEDOUT, -EINTR, or another -errno.
 */
int sock_accept(const struct xfer_plan *plan, int listener)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	int fd, err;

	do {
		int n = poll(&poller, 1, plan->connections ? (int)plan->timeout_ms : -1);

		if (n <= 0)
			return n ? -errno : -ETIMEDOUT;
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED));
	if (fd < 0)
		return -errno;
	err = plan->nodelay ? set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) : 0;
	return err ? xfer_sock_fail(fd, err) : fd;
}

/**
 * sock_connect - connect to the server
 * @plan: where to, and how
 *
 * Connecting blocks, for as long as the plan's timeout: that is the way every family supports.
 *
 * Return: the file descriptor (non-blocking), or -errno.
 */
int sock_connect(const struct xfer_plan *plan)
{
	int fd = sock_open(plan), err;

	if (fd < 0)
		return -errno;
	err = set_options(plan, fd);
	if (!err && plan->bind.len && bind(fd, &plan->bind.any, plan->bind.len))
		err = -errno;
	if (!err && connect(fd, &plan->addr.any, plan->addr.len))
		err = errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	if (!err)
		err = set_nonblocking(fd);
	return err ? xfer_sock_fail(fd, err) : fd;
}

/**
 * sock_port - the port of one end of a connection
 * @fd: the socket
 * @peer: of the other end
 *
 * Return: the port, or 0 if it cannot be found out, as that of a peer that is gone.
 */
uint16_t sock_port(int fd, bool peer)
{
	struct xfer_addr addr = { .len = sizeof(addr.in6) };
	int err = peer ? getpeername(fd, &addr.any, &addr.len) :
			 getsockname(fd, &addr.any, &addr.len);

	/* It is at the same place in both kinds of addresses. */
	return err ? 0 : ntohs(addr.in.sin_port);
}

/**
 * sock_close - close a connection
 * @fd: the socket
 * @linger: seconds to wait for unsent data, 0 to reset the connection, -1 to leave it to the system
 *
 * Return: 0 or -errno.
 */
int sock_close(int fd, int linger)
{
	const struct linger option = { .l_onoff = 1, .l_linger = linger };
	int err = 0;

	if (linger >= 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, sizeof(option)))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}
