// SPDX-License-Identifier: GPL-2.0-or-later
/* See peer.h. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

void peer_init(struct peer *p, const struct tap *tap)
{
	*p = (struct peer){ .tap = tap, .fd = -1, .listener = -1 };
}

static void peer_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void peer_close(struct peer *p)
{
	peer_close_fd(&p->fd);
	peer_close_fd(&p->listener);
	if (p->port)
		tap_forget(p->tap, p->port);
	free(p->bytes);
	peer_init(p, p->tap);
}

static int set_one(int fd, int level, int option)
{
	const int one = 1;

	return setsockopt(fd, level, option, &one, sizeof(one)) ? -errno : 0;
}

static bool port_is_given(const union address *at)
{
	return at->any.sa_family == AF_INET6 ? at->in6.sin6_port : at->in.sin_port;
}

static int open_fd(const struct peer *p, int family)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC;

	if (!p->smc)
		return socket(family, type, IPPROTO_TCP);
	return socket(AF_SMC, type, family == AF_INET6 ? SMCPROTO_SMC6 : SMCPROTO_SMC);
}

/*
 * A socket with a port, for which the tap knows the option. A port that somebody named is had
 * although the run before left it in TIME-WAIT; one that the kernel picks shall be nobody's.
 */
static int peer_open_socket(struct peer *p, const union address *at, const void *option, size_t len)
{
	union address bound;
	socklen_t size = sizeof(bound);
	int fd = open_fd(p, at->any.sa_family), err;

	if (fd < 0)
		return -errno;
	p->bytes = malloc(PEER_BUFFER_MAX);
	err = p->bytes ? set_one(fd, IPPROTO_TCP, TCP_NODELAY) : -ENOMEM;
	if (!err && port_is_given(at))
		err = set_one(fd, SOL_SOCKET, SO_REUSEADDR);
	if (!err && (bind(fd, &at->any, address_len(at)) || getsockname(fd, &bound.any, &size)))
		err = -errno;
	if (!err) {
		p->port = ntohs(bound.any.sa_family == AF_INET6 ? bound.in6.sin6_port :
								  bound.in.sin_port);
		err = p->smc ? 0 : tap_set(p->tap, p->port, option, len);
	}
	if (err)
		close(fd);
	return err ? err : fd;
}

static int peer_wait_for(int fd, short events, __u64 end)
{
	struct pollfd poller = { .fd = fd, .events = events };
	int n = poll(&poller, 1, clock_left(end));

	if (n < 0)
		return -errno;
	return n ? 0 : PEER_LATE;
}

static int peer_connected(int fd, __u64 end)
{
	int rc = peer_wait_for(fd, POLLOUT, end), error = 0;
	socklen_t size = sizeof(error);

	if (!rc && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		rc = -errno;
	if (!rc && error)
		rc = error == ECONNREFUSED || error == ECONNRESET ? PEER_RESET : -error;
	return rc;
}

int peer_connect(struct peer *p, const union address *from, const union address *to,
		 const void *option, size_t len, unsigned int ms)
{
	union address at = *from;
	__u64 end = clock_now() + ms;

	address_set_port(&at, 0);
	p->fd = peer_open_socket(p, &at, option, len);
	if (p->fd < 0)
		return p->fd;
	if (fcntl(p->fd, F_SETFL, O_NONBLOCK))
		return -errno;
	if (connect(p->fd, &to->any, address_len(to)) && errno != EINPROGRESS)
		return -errno;
	return peer_connected(p->fd, end);
}

int peer_listen(struct peer *p, union address *at, const void *option, size_t len)
{
	int err;

	p->listener = peer_open_socket(p, at, option, len);
	if (p->listener < 0)
		return p->listener;
	err = p->smc ? 0 : set_one(p->listener, IPPROTO_TCP, TCP_SAVE_SYN);
	if (!err && listen(p->listener, 1))
		err = -errno;
	address_set_port(at, p->port);
	return err;
}

int peer_accept(struct peer *p, unsigned int ms)
{
	int rc = peer_wait_for(p->listener, POLLIN, clock_now() + ms);

	if (rc)
		return rc;
	p->fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return p->fd < 0 ? -errno : 0;
}

static bool is_reset(int error)
{
	return error == ECONNRESET || error == EPIPE;
}

static int peer_send_all(struct peer *p, const __u8 *bytes, size_t len, __u64 end)
{
	while (len) {
		int rc = peer_wait_for(p->fd, POLLOUT, end);
		ssize_t n;

		if (rc)
			return rc;
		n = send(p->fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0)
			return is_reset(errno) ? PEER_RESET : -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_once(struct peer *p, const __u8 *bytes, size_t len, const struct delivery *d,
		     unsigned int ms)
{
	size_t step = d->segment ? d->segment : len;
	int rc = 0;

	for (size_t pos = 0; !rc && pos < len; pos += step) {
		clock_pause(d->segment && pos ? d->delay_ms : 0);
		rc = peer_send_all(p, bytes + pos, len - pos < step ? len - pos : step,
				   clock_now() + ms);
	}
	return rc;
}

int peer_send(struct peer *p, const void *bytes, size_t len, const struct delivery *d,
	      unsigned int ms)
{
	unsigned int times = d->repeat ? d->repeat : 1;
	int rc = 0;

	if (p->fd < 0)
		return -ENOTCONN;
	if (d->cut && d->cut < len)
		len = d->cut;
	clock_pause(d->segment ? 0 : d->delay_ms);
	for (unsigned int i = 0; !rc && i < times; i++)
		rc = send_once(p, bytes, len, d, ms);
	return rc;
}

static int peer_receive(struct peer *p, __u64 end)
{
	int rc = peer_wait_for(p->fd, POLLIN, end);
	ssize_t n;

	if (rc)
		return rc;
	n = recv(p->fd, p->bytes + p->len, PEER_BUFFER_MAX - p->len, 0);
	if (n > 0) {
		p->len += (size_t)n;
		return 0;
	}
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0 && !is_reset(errno))
		return -errno;
	return p->end = n ? PEER_RESET : PEER_EOF;
}

int peer_wait(struct peer *p, size_t len, unsigned int ms)
{
	__u64 end = clock_now() + ms;
	int rc = p->fd < 0 ? -ENOTCONN : 0;

	if (len > PEER_BUFFER_MAX)
		return -ENOSPC;
	while (!rc && p->len < len)
		rc = p->end ? p->end : peer_receive(p, end);
	return rc;
}

int peer_wait_clc(struct peer *p, unsigned int ms, size_t *len)
{
	__u64 end = clock_now() + ms;
	size_t want = 1;
	int need, rc;

	for (;;) {
		rc = peer_wait(p, want, (unsigned int)clock_left(end));
		if (rc)
			return rc;
		need = smcw_clc_frame(p->bytes, p->len);
		if (need < 0)
			return need;
		if (need && (size_t)need <= p->len) {
			*len = (size_t)need;
			return 0;
		}
		want = need ? (size_t)need : p->len + 1;
	}
}

void peer_take(struct peer *p, size_t len)
{
	p->len -= len;
	memmove(p->bytes, p->bytes + len, p->len);
}

int peer_shutdown(struct peer *p)
{
	return shutdown(p->fd, SHUT_WR) && errno != ENOTCONN ? -errno : 0;
}

void peer_reset(struct peer *p)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (p->fd >= 0)
		setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close_fd(&p->fd);
}
