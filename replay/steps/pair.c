// SPDX-License-Identifier: GPL-2.0-or-later
/* See pair.h. */
#include "pair.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static enum end other_of(enum end end)
{
	return end == END_CLIENT ? END_SERVER : END_CLIENT;
}

/* p->app is the one of the end that p->role is not; the other one waits in p->other_app. */
void pair_turn(struct play *p, const struct step *s)
{
	struct app app = p->app;
	bool has_result = p->has_result;

	if (other_of((enum end)s->end) == p->role)
		return;
	p->app = p->other_app;
	p->has_result = p->other_has_result;
	p->other_app = app;
	p->other_has_result = has_result;
	p->role = other_of((enum end)s->end);
}

static int set_up(struct play *p, union address *at)
{
	int rc = app_listen(&p->app, at);

	if (!rc)
		rc = app_connect(&p->other_app, &p->setup->ours, at);
	return rc;
}

/* The results are looked at by steps; connect() is over then, so that no thread has the client. */
int pair_begin(struct play *p)
{
	union address at = p->setup->address;
	int error, rc;

	p->role = END_CLIENT;
	rc = set_up(p, &at);
	if (!rc)
		rc = app_result(&p->other_app, false, play_limit(p, PLAY_RESULT_MS), &error);
	return rc > 0 ? play_failed(p, "expected connect() to return, got nothing in time") : rc;
}

void pair_end(struct play *p)
{
	app_close(&p->other_app);
}

/* ---- steps --------------------------------------------------------------------------- */

/* Both applications have to be there. */
static int want_both(struct play *p)
{
	int error = 0, rc = play_want_connection(p);

	if (rc || p->other_app.fd >= 0)
		return rc;
	rc = app_result(&p->other_app, p->role == END_SERVER, play_limit(p, PLAY_RESULT_MS),
			&error);
	if (!rc && error)
		rc = play_failed(p, "expected the other end's connection, got none");
	p->other_has_result = true;
	return rc > 0 ? play_failed(p, "expected the other end's connection, got none in time") :
			rc;
}

static int pair_compare(struct play *p, const __u8 *is, size_t at, size_t n, const struct step *s)
{
	for (size_t i = 0; i < n; i++)
		if (is[i] != s->data[at + i])
			return play_failed(p, "expected 0x%02x as byte %zu of %zu, got 0x%02x",
					   s->data[at + i], at + i, s->len, is[i]);
	return 0;
}

/* Takes the bytes that have come by now. */
static int pair_take(struct play *p, const struct step *s, size_t *got)
{
	static __u8 bytes[1 << 16];
	size_t len = s->len - *got < sizeof(bytes) ? s->len - *got : sizeof(bytes);
	ssize_t n = app_take(&p->other_app, bytes, len);
	int rc;

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return play_failed(p, "expected %zu bytes at the other end, got %zu, then %s",
				   s->len, *got, n ? strerror(errno) : "the end of the stream");
	rc = pair_compare(p, bytes, *got, (size_t)n, s);
	*got += (size_t)n;
	return rc;
}

/* There may be more than both buffers hold, so it is read while it is sent. */
int pair_data(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_CLC_MS);
	size_t sent = 0, got = 0;
	int rc = want_both(p);

	pace_begin(&p->pace);
	while (!rc && got < s->len && clock_now() < end) {
		size_t before = sent + got;
		ssize_t n = sent < s->len ? send(p->app.fd, s->data + sent, s->len - sent,
						 MSG_NOSIGNAL | MSG_DONTWAIT) :
					    0;

		if (n < 0 && errno != EAGAIN)
			return play_failed(p, "expected the application to send, got %s",
					   strerror(errno));
		sent += n > 0 ? (size_t)n : 0;
		rc = pair_take(p, s, &got);
		if (sent + got == before)
			poll(NULL, 0, 1);
		else
			end = clock_now() + play_limit(p, PLAY_CLC_MS);
	}
	if (!rc && got < s->len)
		rc = play_failed(p, "expected %zu bytes at the other end, got %zu in time", s->len,
				 got);
	return rc;
}

int pair_end_of_data(struct play *p)
{
	int rc = want_both(p);
	__u8 byte;

	if (rc)
		return rc;
	if (shutdown(p->app.fd, SHUT_WR))
		return play_failed(p, "expected shutdown() to go well, got %s", strerror(errno));
	rc = app_receive(&p->other_app, &byte, 1, play_limit(p, PLAY_CLC_MS));
	if (rc == PEER_EOF)
		return 0;
	return play_failed(p, "expected the end of the stream at the other end, got %s",
			   rc ? play_verdict_text(rc) : "bytes");
}

int pair_gone(struct play *p)
{
	int rc = want_both(p);

	if (!rc)
		app_close_socket(&p->app);
	return rc;
}
