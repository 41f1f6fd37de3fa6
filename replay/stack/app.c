// SPDX-License-Identifier: GPL-2.0-or-later
/* See app.h. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "option.h"

void app_init(struct app *a)
{
	*a = (struct app){
		.fd = -1, .listener = -1, .closing = -1, .epoll = -1, .done = -1, .pipe = { -1, -1 }
	};
}

static void app_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void app_close(struct app *a)
{
	if (a->has_thread) {
		shutdown(a->fd, SHUT_RDWR);
		pthread_join(a->thread, NULL);
	}
	if (a->closing >= 0)
		pthread_join(a->closer, NULL);
	app_close_fd(&a->fd);
	app_close_fd(&a->listener);
	app_close_fd(&a->epoll);
	app_close_fd(&a->done);
	app_close_fd(&a->pipe[0]);
	app_close_fd(&a->pipe[1]);
	app_init(a);
}

void app_close_socket(struct app *a)
{
	a->closed = true;
	app_close_fd(&a->fd);
}

static void *close_thread(void *arg)
{
	const struct app *a = arg;

	close(a->closing);
	return NULL;
}

int app_begin_close(struct app *a)
{
	int err;

	if (a->fd < 0)
		return -EBADF;
	a->closed = true;
	a->closing = a->fd;
	a->fd = -1;
	err = pthread_create(&a->closer, NULL, close_thread, a);
	if (err)
		app_close_fd(&a->closing);
	return -err;
}

/* Linux doubles the size that is asked for, and takes half of that for the RMB. */
static int set_buffer(int fd, unsigned int size)
{
	return size && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) ? -errno : 0;
}

static int app_open_socket(const struct app *a, const union address *address, int flags)
{
	bool ipv6 = address->any.sa_family == AF_INET6;
	int fd, rc;

	flags |= SOCK_STREAM | SOCK_CLOEXEC;
	if (a->tcp)
		fd = socket(address->any.sa_family, flags, IPPROTO_TCP);
	else
		fd = socket(AF_SMC, flags, ipv6 ? SMCPROTO_SMC6 : SMCPROTO_SMC);

	if (fd < 0)
		return -errno;
	rc = set_buffer(fd, a->buffer);
	for (unsigned int i = 0; !rc && i < a->n_sets; i++)
		rc = option_set(fd, a->sets[i]);
	if (rc)
		close(fd);
	return rc ? rc : fd;
}

int app_listen(struct app *a, union address *at)
{
	const int queue = 1;
	socklen_t size = sizeof(*at);

	a->listener = app_open_socket(a, at, SOCK_NONBLOCK);
	if (a->listener < 0)
		return a->listener;
	if (a->fastopen &&
	    setsockopt(a->listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)))
		return -errno;
	if (bind(a->listener, &at->any, address_len(at)) || listen(a->listener, 8) ||
	    getsockname(a->listener, &at->any, &size))
		return -errno;
	return 0;
}

static void *connect_thread(void *arg)
{
	struct app *a = arg;

	a->error = connect(a->fd, &a->to.any, address_len(&a->to)) ? errno : 0;
	eventfd_write(a->done, 1);
	return NULL;
}

static int start_thread(struct app *a)
{
	int err;

	a->done = eventfd(0, EFD_CLOEXEC);
	if (a->done < 0)
		return -errno;
	a->error = APP_PENDING;
	err = pthread_create(&a->thread, NULL, connect_thread, a);
	a->has_thread = !err;
	return -err;
}

int app_connect(struct app *a, const union address *from, const union address *to)
{
	union address at = *from;
	const int one = 1;

	a->to = *to;
	a->fd = app_open_socket(a, to, a->nonblock ? SOCK_NONBLOCK : 0);
	if (a->fd < 0)
		return a->fd;
	address_set_port(&at, 0);
	if (bind(a->fd, &at.any, address_len(&at)))
		return -errno;
	if (a->fastopen && setsockopt(a->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		return -errno;
	if (!a->nonblock)
		return start_thread(a);
	a->error = connect(a->fd, &a->to.any, address_len(&a->to)) ? errno : 0;
	return 0;
}

static int app_wait_for(int fd, short events, unsigned int ms)
{
	struct pollfd poller = { .fd = fd, .events = events };
	int n = poll(&poller, 1, (int)ms);

	if (n < 0)
		return -errno;
	return n ? 0 : PEER_LATE;
}

void app_look(struct app *a)
{
	if (a->listener >= 0 && a->fd < 0)
		a->fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static int accept_result(struct app *a, unsigned int ms, int *error)
{
	int rc = a->fd < 0 ? app_wait_for(a->listener, POLLIN, ms) : 0;

	*error = a->fd < 0 ? RESULT_NONE : 0;
	if (a->fd >= 0)
		return 0;
	if (rc)
		return rc == PEER_LATE ? 0 : rc;
	a->fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (a->fd >= 0)
		*error = 0;
	else if (errno != EAGAIN)
		*error = errno;
	return 0;
}

int app_result(struct app *a, bool server, unsigned int ms, int *error)
{
	int rc;

	if (server)
		return accept_result(a, ms, error);
	if (a->has_thread) {
		rc = app_wait_for(a->done, POLLIN, ms);
		if (rc)
			return rc;
		pthread_join(a->thread, NULL);
		a->has_thread = false;
		if (fcntl(a->fd, F_SETFL, O_NONBLOCK))
			return -errno;
	}
	*error = a->error;
	return 0;
}

static int app_verdict(ssize_t n)
{
	if (!n)
		return PEER_EOF;
	return errno == ECONNRESET || errno == EPIPE ? PEER_RESET : -errno;
}

int app_send(struct app *a, const void *bytes, size_t len, unsigned int ms)
{
	const __u8 *at = bytes;

	while (len) {
		int rc = app_wait_for(a->fd, POLLOUT, ms);
		ssize_t n;

		if (rc)
			return rc;
		n = send(a->fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0)
			return app_verdict(n);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The pipe is empty before and after. */
static ssize_t splice_in(struct app *a, void *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	if (a->pipe[0] < 0 && pipe2(a->pipe, O_CLOEXEC))
		return -1;
	n = splice(a->fd, NULL, a->pipe[1], NULL, len, SPLICE_F_NONBLOCK);
	while (n > 0 && done < (size_t)n) {
		ssize_t more = read(a->pipe[0], (__u8 *)bytes + done, (size_t)n - done);

		if (more <= 0)
			return -1;
		done += (size_t)more;
	}
	return n;
}

ssize_t app_take(struct app *a, void *bytes, size_t len)
{
	return a->splice ? splice_in(a, bytes, len) : recv(a->fd, bytes, len, MSG_DONTWAIT);
}

int app_receive(struct app *a, void *bytes, size_t len, unsigned int ms)
{
	__u8 *at = bytes;

	while (len) {
		int rc = app_wait_for(a->fd, POLLIN, ms);
		ssize_t n;

		if (rc)
			return rc;
		n = app_take(a, at, len);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return app_verdict(n);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
