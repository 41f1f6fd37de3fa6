// SPDX-License-Identifier: GPL-2.0-or-later
/* See sock_job.h. */
#include "sock_job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "script/call_names.h"

enum {
	LOOK_MS = 2,	/* between two looks at a thread */
	SIGNAL_MS = 50, /* between two signals: the first one may come before the call */
	/*
	 * TCP's buffers grow, and probes of a closed window put more into the peer's: full is what
	 * stays so for 800 ms. Probes come 200, 600 and 1,400 ms after the window has closed, so
	 * none comes soon after that.
	 */
	FILL_MS = 40,
	FILL_TRIES = 20,
	PIECE = 1 << 16
};

/* Four bytes from any place on are of that place alone, within a megabyte and more. */
static __u8 sock_job_pattern(__u64 at)
{
	return (__u8)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

void sock_job_interrupted(int number)
{
	(void)number;
}

static void sock_job_failed(struct sock_job *j, long ret)
{
	j->ret = ret;
	j->error = ret < 0 ? errno : 0;
}

/* ---- bytes ------------------------------------------------------------------------------ */

static void sock_job_put(struct sock_job *j, bool fill)
{
	size_t limit = j->len ? j->len : SIZE_MAX;
	__u8 *piece = j->bytes;
	int tries = 0;
	long done = 0, n;

	while ((size_t)done < limit) {
		size_t len = limit - (size_t)done < PIECE ? limit - (size_t)done : PIECE;

		for (size_t i = 0; i < len; i++)
			piece[i] = sock_job_pattern(j->from + (__u64)done + i);
		n = send(j->fd, piece, len, MSG_NOSIGNAL | (fill ? MSG_DONTWAIT : 0));
		if (n < 0 && fill && errno == EAGAIN && tries++ < FILL_TRIES) {
			poll(NULL, 0, FILL_MS);
			continue;
		}
		if (n < 0 && fill && errno == EAGAIN && done)
			break;
		if (n < 0) {
			j->error = errno;
			break;
		}
		tries = 0;
		done += n;
	}
	j->ret = done;
}

/* EBADMSG: it is another byte than the pattern's. */
static void sock_job_drain(struct sock_job *j)
{
	long done = 0, n = 0;

	while ((size_t)done < j->len && !j->error) {
		size_t len = j->len - (size_t)done;

		n = recv(j->fd, j->bytes, len < PIECE ? len : PIECE, 0);
		if (n <= 0)
			break;
		for (long i = 0; i < n; i++)
			if (j->bytes[i] != sock_job_pattern(j->from + (__u64)(done + i)))
				j->error = EBADMSG;
		done += n;
	}
	if (n < 0)
		j->error = errno;
	j->ret = done;
}

static void send_bytes(struct sock_job *j)
{
	const struct step *s = j->step;
	size_t len = s->data ? s->len : s->sock.n;

	for (size_t i = 0; i < len; i++)
		j->bytes[i] = s->data ? s->data[i] : sock_job_pattern(j->from + i);
	sock_job_failed(j, send(j->fd, j->bytes, len, MSG_NOSIGNAL | (int)s->sock.flags));
}

static void sock_job_receive(struct sock_job *j)
{
	struct iovec room = { j->bytes, j->step->sock.n };
	struct msghdr msg = { .msg_iov = &room, .msg_iovlen = 1 };

	sock_job_failed(j, recvmsg(j->fd, &msg, (int)j->step->sock.flags));
	j->flags = msg.msg_flags;
}

static void sock_job_splice_bytes(struct sock_job *j)
{
	unsigned int flags = j->step->sock.flags & MSG_DONTWAIT ? SPLICE_F_NONBLOCK : 0;
	long n = pipe2(j->pipe, O_CLOEXEC), done = 0;

	if (!n)
		n = splice(j->fd, NULL, j->pipe[1], NULL, j->step->sock.n, flags);
	sock_job_failed(j, n);
	while (done < n) {
		long more = read(j->pipe[0], j->bytes + done, (size_t)(n - done));

		if (more <= 0)
			break;
		done += more;
	}
}

static void sock_job_hold(struct sock_job *j)
{
	if (!j->held[1] && pipe2(j->held, O_CLOEXEC))
		j->held[0] = j->held[1] = 0;
	sock_job_failed(j, splice(j->fd, NULL, j->held[1], NULL, j->step->sock.n, 0));
}

/* ---- others ------------------------------------------------------------------------------ */

static void make_call(struct sock_job *j)
{
	const struct sock_call *c = &j->step->sock;

	switch (c->kind) {
	case SOCKET_BIND:
		sock_job_failed(j, bind(j->fd, &j->at.any, j->at_len));
		break;
	case SOCKET_LISTEN:
		sock_job_failed(j, listen(j->fd, (int)c->n));
		break;
	case SOCKET_CONNECT:
		sock_job_failed(j, connect(j->fd, &j->at.any, j->at_len));
		break;
	case SOCKET_ACCEPT:
		sock_job_failed(
			j, accept4(j->fd, NULL, NULL,
				   SOCK_CLOEXEC | (c->flags & MSG_DONTWAIT ? SOCK_NONBLOCK : 0)));
		break;
	case SOCKET_SEND:
		send_bytes(j);
		break;
	case SOCKET_RECV:
		sock_job_receive(j);
		break;
	case SOCKET_SPLICE:
		sock_job_splice_bytes(j);
		break;
	case SOCKET_HOLD:
		sock_job_hold(j);
		break;
	case SOCKET_PUT:
	case SOCKET_FILL:
		sock_job_put(j, c->kind == SOCKET_FILL);
		break;
	case SOCKET_DRAIN:
		sock_job_drain(j);
		break;
	case SOCKET_NAME:
		j->at_len = sizeof(j->at);
		sock_job_failed(j, getsockname(j->fd, &j->at.any, &j->at_len));
		break;
	case SOCKET_PEER:
		j->at_len = sizeof(j->at);
		sock_job_failed(j, getpeername(j->fd, &j->at.any, &j->at_len));
		break;
	case SOCKET_SHUTDOWN:
		sock_job_failed(j, shutdown(j->fd, call_ways[c->what].number));
		break;
	default:
		sock_job_failed(j, close(j->fd));
		break;
	}
}

static void *sock_job_run(void *arg)
{
	struct sock_job *j = arg;

	make_call(j);
	atomic_store(&j->done, true);
	return NULL;
}

static size_t room_for(const struct step *s)
{
	size_t n = s->sock.n > s->len ? s->sock.n : s->len;

	return n > PIECE ? n : PIECE;
}

int sock_job_begin(struct sock_job *j)
{
	const struct sigaction action = { .sa_handler =
						  sock_job_interrupted }; /* without SA_RESTART */
	int err;

	j->bytes = malloc(room_for(j->step));
	if (!j->bytes)
		return -ENOMEM;
	j->pipe[0] = j->pipe[1] = -1;
	j->ret = j->error = j->flags = 0;
	atomic_store(&j->done, false);
	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	err = pthread_create(&j->thread, NULL, sock_job_run, j);
	j->runs = !err;
	return -err;
}

static void sock_job_join(struct sock_job *j)
{
	pthread_join(j->thread, NULL);
	j->runs = false;
	for (int i = 0; i < 2; i++)
		if (j->pipe[i] >= 0)
			close(j->pipe[i]);
}

bool sock_job_wait(struct sock_job *j, unsigned int ms)
{
	__u64 end = clock_now() + ms;

	while (!atomic_load(&j->done) && clock_now() < end)
		poll(NULL, 0, LOOK_MS);
	if (!atomic_load(&j->done))
		return false;
	sock_job_join(j);
	return true;
}

bool sock_job_interrupt(struct sock_job *j, unsigned int ms)
{
	__u64 end = clock_now() + ms;

	while (!atomic_load(&j->done) && clock_now() < end) {
		pthread_kill(j->thread, SIGUSR1);
		for (int i = 0; i < SIGNAL_MS / LOOK_MS && !atomic_load(&j->done); i++)
			poll(NULL, 0, LOOK_MS);
	}
	return atomic_load(&j->done);
}
