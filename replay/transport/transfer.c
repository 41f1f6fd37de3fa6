// SPDX-License-Identifier: GPL-2.0-or-later
/* See transfer.h. */
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cdc.h"

enum {
	STEP_MS = 20, /* between two looks, when two things are waited for */
};

/* ---- reading the script ------------------------------------------------------------- */

static bool read_terms(const struct part *part, struct smcw_cdc *cdc)
{
	struct smcw_cdc_smcd head = { 0 };
	bool smcd = part && part->id == SMCW_PART_cdc_smcd;
	__u8 *at = smcd ? (__u8 *)&head : (__u8 *)cdc;

	if (!smcd && (!part || part->id != SMCW_PART_cdc))
		return false;
	for (const struct term *t = part->terms; t; t = t->next)
		if (t->kind == TERM_SET)
			value_put(&smcw_fields[t->field], at, CONN_BIG, &t->value);
	if (smcd)
		conn_from_smcd(&head, cdc);
	return true;
}

void transfer_read_step(const struct play *p, const struct step *s, struct transfer_cdc *t)
{
	const struct conn *c = p->conn;
	struct smcw_cdc cdc = { 0 };

	*t = (struct transfer_cdc){ 0 };
	if (!read_terms(s->message->parts, &cdc))
		return;
	t->produced = conn_count(&cdc.prod, c->from_stack.size, c->from_stack.produced);
	t->consumed = conn_count(&cdc.cons, c->to_stack.size, c->to_stack.consumed);
	/* A script that says nothing of cursors has none in mind. */
	if (!smcw_get16(&cdc.prod.wrap) && !smcw_get32(&cdc.prod.count))
		t->produced = 0;
	if (!smcw_get16(&cdc.cons.wrap) && !smcw_get32(&cdc.cons.count))
		t->consumed = 0;
	t->flags = cdc.flags;
	t->state = cdc.state;
}

const struct step *transfer_next_cdc(const struct play *p, const struct step *s)
{
	for (; s; s = s->next)
		if ((s->kind == STEP_LLC || s->kind == STEP_DMB) && s->end != p->role &&
		    s->message->type == SMCW_CDC_TYPE)
			return s;
	return NULL;
}

/* ---- the application reads ----------------------------------------------------------- */

static int compare(struct play *p, const __u8 *bytes, size_t len)
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
	return compare(p, &byte, 1);
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
	return compare(p, piece, len);
}

int transfer_read(struct play *p, __u64 until)
{
	struct conn *c = p->conn;
	int rc = 0;

	if (until > c->to_stack.stream.base + c->to_stack.stream.len)
		until = c->to_stack.stream.base + c->to_stack.stream.len;
	if (p->setup->remote || p->app.closed || until <= c->app_read)
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
	if (!s || p->setup->remote)
		return 0;
	transfer_read_step(p, s, want);
	return transfer_read(p, want->consumed);
}

int transfer_before_cdc(struct play *p, const struct step *s)
{
	struct transfer_cdc want;
	int rc = read_ahead(p, s, &want);

	return !rc && want.state && !p->setup->remote ? end_as(p, &want) : rc;
}

int transfer_update(struct play *p)
{
	struct conn *c = p->conn;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };
	int rc;

	if (c->from_stack.produced == c->from_stack.consumed)
		return 0;
	conn_fill(c, &cdc);
	rc = p->transport->send_cdc(p, &cdc);
	if (rc)
		return rc < 0 ?
			       rc :
			       play_failed(
				       p,
				       "expected the stack to take a cursor update, got no answer");
	conn_sent(c, &cdc, sizeof(cdc));
	c->updates++;
	return 0;
}

int transfer_take_cdc(struct play *p, unsigned int ms)
{
	return p->transport->take_cdc(p, ms);
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

int transfer_send(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_CLC_MS);
	struct transfer_cdc want;
	int rc = read_ahead(p, s, &want), urgent;
	size_t pos = 0, n;

	if (!rc && !p->setup->remote)
		rc = play_want_connection(p);
	conn_expect(p->conn, s->data, s->len);
	if (p->setup->remote)
		return rc;
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
