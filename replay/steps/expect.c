// SPDX-License-Identifier: GPL-2.0-or-later
/* See expect.h. */
#include "expect.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "peer/conn.h"
#include "state/seen.h"

enum {
	STEP_MS = 20,  /* between two looks, when two things are waited for */
	QUIET_MS = 300 /* for nothing to come */
};

static const char *expect_wanted(int error)
{
	const char *name = script_errno_name(error);

	return error == RESULT_EOF ? "eof" : error ? name ? name : strerror(error) : "ok";
}

int expect_error(struct play *p, const struct step *s, const char *call, int error)
{
	const char *got = expect_wanted(error);

	seen_other(p->seen, p->number, call, "%s", got);
	/* A stack that gives a connection up says so to its peer, too. */
	if (p->conn && (error == ECONNABORTED || error == ECONNRESET))
		p->conn->state |= SMCW_CDC_ABORT;
	for (unsigned int i = 0; i < s->n_errors; i++)
		if (s->errors[i] == error)
			return 0;
	return play_failed(p, "%s: expected %s%s, got %s", call, expect_wanted(s->errors[0]),
			   s->n_errors > 1 ? " (or others)" : "", got);
}

static int socket_error(const struct play *p)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(p->app.fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

/* It may have happened between the two. */
static bool socket_error_later(const struct play *p, int *error)
{
	int later = socket_error(p);

	if (later)
		*error = later;
	return later;
}

/* It is waited for, since it comes of a message that is on its way. */
int expect_recv(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + (s->errors[0] == EAGAIN ? play_limit(p, QUIET_MS) :
							    play_step_limit(p, PLAY_CLC_MS));
	int rc = play_want_connection(p), error = EAGAIN;
	__u8 byte;

	while (!rc && error == EAGAIN && clock_now() < end) {
		ssize_t n;

		/* A call that is not waiting when it happens gets it by SO_ERROR alone. */
		error = socket_error(p);
		if (error)
			break;
		n = recv(p->app.fd, &byte, 1, MSG_DONTWAIT);
		error = n > 0 ? 0 : n < 0 ? errno : RESULT_EOF;
		if (error == ENOTCONN && socket_error_later(p, &error))
			break;
		if (error == EAGAIN)
			poll(NULL, 0, STEP_MS);
	}
	return rc ? rc : expect_error(p, s, "recv()", error);
}

int expect_socket_error(struct play *p, const struct step *s)
{
	struct pollfd ready = { .fd = p->app.fd, .events = POLLOUT };
	int n = poll(&ready, 1, (int)play_step_limit(p, PLAY_RESULT_MS));

	if (n <= 0)
		return play_failed(p, "expected poll() to say that the socket is ready, got %s",
				   n ? strerror(errno) : "nothing in time");
	return expect_error(p, s, "SO_ERROR", socket_error(p));
}

int expect_send(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_CLC_MS);
	int rc = play_want_connection(p), error = 0;

	/* Bytes that had room before the message came that ends it have gone nowhere. */
	while (!rc && !error && clock_now() < end) {
		ssize_t n = send(p->app.fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);

		error = n < 0 ? errno : 0;
		if (!error && p->conn)
			conn_expect(p->conn, "", 1);
		if (!error && s->errors[0])
			poll(NULL, 0, STEP_MS);
		else if (!error)
			break;
	}
	return rc ? rc : expect_error(p, s, "send()", error);
}
