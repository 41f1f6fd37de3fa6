// SPDX-License-Identifier: GPL-2.0-or-later
/* See call.h. */
#include "call.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "expect.h"
#include "peer/conn.h"
#include "script/call_names.h"
#include "stack/option.h"
#include "state/play.h"
#include "state/seen.h"

/* Between two looks, when something is waited for. */
enum { LOOK_MS = 10 };

/* Reading SO_ERROR clears it, so what comes after a wrong value says nothing. */
static bool call_takes_value(const struct call *c)
{
	const struct call_name *name = &call_names(c)[c->what];

	return c->kind == CALL_GET && name->level == SOL_SOCKET && name->number == SO_ERROR;
}

/* A value that is waited for: what the peer does takes its time. */
static int expect_value(struct play *p, const struct step *s)
{
	const struct call *c = &s->call;
	const char *name = call_names(c)[c->what].name;
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	int value, error;

	for (;;) {
		value = -1;
		error = c->kind == CALL_GET ? option_get(p->app.fd, c, &value) :
			ioctl(p->app.fd, (unsigned long)call_requests[c->what].number, &value) ?
					      errno :
					      0;
		if ((c->has_value && !error && value == c->value) || !c->has_value ||
		    (!error && value && call_takes_value(c)) || clock_now() >= end)
			break;
		clock_pause(LOOK_MS);
	}
	if (!c->has_value || error)
		return c->has_value ? play_failed(p, "%s: expected %d, got %s", name, c->value,
						  strerror(error)) :
				      expect_error(p, s, name, error);
	seen_other(p->seen, p->number, name, "%d", value);
	return value == c->value ? 0 :
				   play_failed(p, "%s: expected %d, got %d", name, c->value, value);
}

static void call_write_events(char *out, size_t size, unsigned int events)
{
	size_t len = (size_t)snprintf(out, size, "%s", events ? "" : "none");

	for (int i = 0; call_events[i].name; i++)
		if (events & (unsigned int)call_events[i].number && len < size)
			len += (size_t)snprintf(out + len, size - len, len ? ",%s" : "%s",
						call_events[i].name);
}

static int expect_events(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	char wanted[64], got[64];
	struct pollfd ready = { .fd = p->app.fd };

	for (int i = 0; call_events[i].name; i++)
		ready.events = (short)(ready.events | call_events[i].number);
	do {
		if (poll(&ready, 1, 0) < 0)
			return -errno;
		if ((unsigned short)ready.revents == s->call.what)
			break;
		clock_pause(LOOK_MS);
	} while (clock_now() < end);
	call_write_events(wanted, sizeof(wanted), s->call.what);
	call_write_events(got, sizeof(got), (unsigned short)ready.revents);
	seen_other(p->seen, p->number, "poll", "%s", got);
	return (unsigned short)ready.revents == s->call.what ?
		       0 :
		       play_failed(p, "expected poll() to say %s, got %s", wanted, got);
}

/* Edges: each is to be reported by who wakes up the socket, and not by a look at it. */
static int call_watch(struct play *p, const struct step *s)
{
	struct epoll_event wanted = { .events = s->call.what | EPOLLET };

	if (p->app.epoll < 0)
		p->app.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->app.epoll < 0 || epoll_ctl(p->app.epoll, EPOLL_CTL_ADD, p->app.fd, &wanted))
		return -errno;
	return 0;
}

static int expect_watched(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	unsigned int events = 0;
	char wanted[64], got[64];
	struct epoll_event event;

	while ((events & s->call.what) != s->call.what && clock_now() < end)
		if (epoll_wait(p->app.epoll, &event, 1, LOOK_MS) == 1)
			events |= event.events;
	call_write_events(wanted, sizeof(wanted), s->call.what);
	call_write_events(got, sizeof(got), events);
	seen_other(p->seen, p->number, "epoll", "%s", got);
	return events == s->call.what ?
		       0 :
		       play_failed(p, "expected epoll to report %s, got %s", wanted, got);
}

/* ---- bytes ------------------------------------------------------------------------------ */

static int call_compare(struct play *p, const struct step *s, const __u8 *bytes, ssize_t n)
{
	if (n < 0)
		return play_failed(p, "expected %zu bytes, got %s", s->len, strerror(errno));
	for (size_t i = 0; i < s->len; i++)
		if (i >= (size_t)n || bytes[i] != s->data[i])
			return play_failed(p, "expected 0x%02x as byte %zu of %zu, got %s",
					   s->data[i], i, s->len,
					   i >= (size_t)n ? "none" : "another one");
	return 0;
}

/* As many as the script says, unless no more come. */
static int call_peek(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	static __u8 bytes[1 << 16];
	ssize_t n;

	if (s->len > sizeof(bytes))
		return play_failed(p, "expected no more than %zu bytes to look at", sizeof(bytes));
	do {
		n = recv(p->app.fd, bytes, s->len, MSG_PEEK | MSG_DONTWAIT);
		if (n == (ssize_t)s->len)
			break;
		clock_pause(LOOK_MS);
	} while (clock_now() < end);
	return call_compare(p, s, bytes, n);
}

static int call_splice_bytes(struct play *p, const struct step *s)
{
	bool always = p->app.splice;
	static __u8 bytes[1 << 16];
	int rc;

	if (s->len > sizeof(bytes))
		return play_failed(p, "expected no more than %zu bytes to splice", sizeof(bytes));
	p->app.splice = true;
	rc = app_receive(&p->app, bytes, s->len, play_limit(p, PLAY_DIAG_MS));
	p->app.splice = always;
	if (rc)
		return play_failed(p, "expected %zu bytes by splice(), got %s", s->len,
				   play_verdict_text(rc));
	rc = call_compare(p, s, bytes, (ssize_t)s->len);
	if (!rc && p->conn)
		p->conn->app_read += s->len;
	return rc;
}

/* ---- others ------------------------------------------------------------------------------- */

static int call_result_of(struct play *p, const struct step *s)
{
	const struct call *c = &s->call;
	union address at;
	socklen_t size = sizeof(at);

	switch (c->kind) {
	case CALL_SET:
		return -option_set(p->app.fd, c);
	case CALL_SHUTDOWN:
		return shutdown(p->app.fd, call_ways[c->what].number) ? errno : 0;
	case CALL_CONNECT:
		return connect(p->app.fd, &p->app.to.any, address_len(&p->app.to)) ? errno : 0;
	default:
		return getpeername(p->app.fd, &at.any, &size) ? errno : 0;
	}
}

int call_step(struct play *p, const struct step *s)
{
	int rc = play_want_connection(p);

	if (rc)
		return rc;
	pace_begin(&p->pace);
	p->app.by_hand |= s->call.kind == CALL_SHUTDOWN || s->call.kind == CALL_CLOSE ||
			  s->call.kind == CALL_CLOSING;
	switch (s->call.kind) {
	case CALL_GET:
	case CALL_IOCTL:
		return expect_value(p, s);
	case CALL_POLL:
		return expect_events(p, s);
	case CALL_WATCH:
		return call_watch(p, s);
	case CALL_WATCHED:
		return expect_watched(p, s);
	case CALL_PEEK:
		return call_peek(p, s);
	case CALL_SPLICE:
		return call_splice_bytes(p, s);
	case CALL_CLOSE:
		app_close_socket(&p->app);
		return 0;
	case CALL_CLOSING:
		return app_begin_close(&p->app);
	default:
		return expect_error(p, s, "the call", call_result_of(p, s));
	}
}
