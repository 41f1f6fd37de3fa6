// SPDX-License-Identifier: GPL-2.0-or-later
/* See application.h. */
#include "application.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cdc.h"
#include "transfer.h"

/* Between two looks, when two things are waited for. */
enum { STEP_MS = 20 };

/* ---- the application reads ----------------------------------------------------------- */

static int application_compare(struct play *p, const __u8 *bytes, size_t len)
{
	struct conn *c = p->conn;

	for (size_t i = 0; i < len; i++, c->app_read++) {
		__u8 want = c->to_stack.stream.bytes[c->app_read - c->to_stack.stream.base];

		if (bytes[i] != want)
			return play_failed(
				p,
				"expected 0x%02x as byte %llu for the application, got 0x%02x "
				"[CDC-11]",
				want, c->app_read, bytes[i]);
	}
	return 0;
}

/* An urgent byte is not in the stream. */
static int read_urgent(struct play *p)
{
	struct conn *c = p->conn;
	__u64 end = clock_now() + play_limit(p, CDC_MS);
	__u8 byte;
	struct iovec room = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &room, .msg_iovlen = 1 };

	while (recvmsg(p->app.fd, &msg, MSG_OOB) != 1) {
		if (errno != EAGAIN && errno != EINVAL)
			return play_failed(p, "expected a byte by recv(MSG_OOB), got %s [CDC-17]",
					   strerror(errno));
		if (clock_now() > end)
			return play_failed(p, "expected an urgent byte, got none in time [CDC-17]");
		poll(NULL, 0, STEP_MS);
	}
	c->urgent = false;
	if (!(msg.msg_flags & MSG_OOB))
		return play_failed(p, "expected recvmsg() to report MSG_OOB, got none [CDC-17]");
	return application_compare(p, &byte, 1);
}

static int read_piece(struct play *p, __u64 until)
{
	struct conn *c = p->conn;
	__u8 piece[1 << 16];
	size_t len;
	int rc;

	if (c->urgent && c->app_read == c->urgent_at)
		return read_urgent(p);
	if (c->urgent && c->urgent_at < until)
		until = c->urgent_at;
	len = until - c->app_read < sizeof(piece) ? until - c->app_read : sizeof(piece);
	rc = app_receive(&p->app, piece, len, play_limit(p, CDC_MS));
	if (rc)
		return rc < 0 ?
			       rc :
			       play_failed(
				       p,
				       "expected %llu bytes for the application, got %llu, then %s",
				       until, c->app_read, play_verdict_text(rc));
	return application_compare(p, piece, len);
}

static int read_until(struct play *p, __u64 until)
{
	struct conn *c = p->conn;
	int rc = 0;

	if (until > c->to_stack.stream.base + c->to_stack.stream.len)
		until = c->to_stack.stream.base + c->to_stack.stream.len;
	if (p->app.closed || until <= c->app_read)
		return 0;
	rc = play_want_connection(p);
	while (!rc && c->app_read < until)
		rc = read_piece(p, until);
	return rc;
}

/* ---- it shuts down or closes -------------------------------------------------------------- */

static int end_as(struct play *p, const struct transfer_cdc *want)
{
	int rc = play_want_connection(p);

	if (rc || p->app.closed || p->app.by_hand)
		return rc;
	if (want->state & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT)) {
		pace_begin(&p->pace);
		app_close_socket(&p->app);
		return 0;
	}
	if (want->state & SMCW_CDC_DONE_WRITING && !p->app.shut) {
		p->app.shut = true;
		pace_begin(&p->pace);
		if (shutdown(p->app.fd, SHUT_WR))
			return play_failed(p, "expected shutdown() to go well, got %s",
					   strerror(errno));
	}
	return 0;
}

/* It has read what the stack says next that it has. */
static int read_ahead(struct play *p, const struct step *s, struct transfer_cdc *want)
{
	*want = (struct transfer_cdc){ 0 };
	s = transfer_next_cdc(p, s);
	if (!s)
		return 0;
	transfer_read_step(p, s, want);
	return read_until(p, want->consumed);
}

int application_before_cdc(struct play *p, const struct step *s)
{
	struct transfer_cdc want;
	int rc = read_ahead(p, s, &want);

	return !rc && want.state ? end_as(p, &want) : rc;
}

/* ---- it sends ------------------------------------------------------------------------------ */

/* The last byte is urgent if that is what the stack is to say next. */
static bool ends_urgent(const struct play *p, const struct step *s)
{
	const struct step *cdc = transfer_next_cdc(p, s);
	struct transfer_cdc want;

	for (const struct step *at = s->next; at && at != cdc; at = at->next)
		if (at->kind == STEP_WRITE && at->end == s->end)
			return false;
	if (!cdc)
		return false;
	transfer_read_step(p, cdc, &want);
	return want.flags & SMCW_CDC_URG_PRESENT;
}

static int send_some(struct play *p, const __u8 *bytes, size_t len, int flags, size_t *sent)
{
	ssize_t n = send(p->app.fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT | flags);

	*sent = n < 0 ? 0 : (size_t)n;
	if (n < 0 && errno != EAGAIN)
		return play_failed(p, "expected the application to send, got %s", strerror(errno));
	return 0;
}

/* While there is no room our end takes the bytes that are there, and says so. */
static int make_room(struct play *p)
{
	int rc = transfer_take_cdc(p, STEP_MS);

	if (rc == PEER_LATE)
		return 0;
	return rc ? rc : transfer_update(p);
}

int application_send(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_CLC_MS);
	struct transfer_cdc want;
	int rc = read_ahead(p, s, &want), urgent;
	size_t pos = 0, n;

	if (!rc)
		rc = play_want_connection(p);
	conn_expect(p->conn, s->data, s->len);
	urgent = ends_urgent(p, s) ? MSG_OOB : 0;
	pace_begin(&p->pace);
	while (!rc && pos < s->len) {
		rc = send_some(p, s->data + pos, s->len - pos, urgent, &n);
		pos += n;
		if (!rc && !n && clock_now() > end)
			rc = play_failed(p, "expected %zu bytes to be sent, got %zu", s->len, pos);
		else if (!rc && !n)
			rc = make_room(p);
	}
	return rc;
}
