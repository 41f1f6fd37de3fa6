// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps of SMC-D. See smcd.h. */
#include "smcd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "smc_dmb.h"
#include "state/observer.h"
#include "transport/cdc.h"
#include "transport/tcp.h"
#include "transport/transfer.h"

/* ---- CDC messages are heads of DMBs ------------------------------------------------------ */

static int write_peer(struct smcd *s, size_t offset, const void *bytes, size_t len, bool signal)
{
	struct smcw_dmb_copy copy = { .address = (uintptr_t)bytes,
				      .offset = (__u32)offset,
				      .len = (__u32)len,
				      .flags = signal ? SMCW_DMB_SIGNAL : 0 };

	if (!ioctl(s->fd, SMCW_DMB_WRITE, &copy))
		return 0;
	return errno == EPIPE ? PEER_RESET : -errno;
}

static int smcd_send_cdc(struct play *p, const struct smcw_cdc *cdc)
{
	struct smcw_cdc_smcd head;

	conn_to_smcd(cdc, &head);
	return write_peer(p->setup->smcd, 0, &head, sizeof(head), true);
}

/* The bytes that the stack has written, as they are now. */
static int read_own(struct smcd *s)
{
	struct smcw_dmb_copy copy = { .address = (uintptr_t)s->conn.rmb.bytes,
				      .offset = SMCD_HEAD,
				      .len = (__u32)s->conn.from_stack.size };

	return ioctl(s->fd, SMCW_DMB_READ, &copy) ? -errno : 0;
}

static int next_signal(struct smcd *s, unsigned int ms, struct smcw_dmb_signal *signal)
{
	__u64 end = clock_now() + ms;
	struct pollfd poller = { .fd = s->fd, .events = POLLIN };

	while (read(s->fd, signal, sizeof(*signal)) < 0) {
		__u64 now = clock_now();

		if (errno != EAGAIN)
			return -errno;
		if (now >= end || (poll(&poller, 1, (int)(end - now)) < 0 && errno != EINTR))
			return now >= end ? PEER_LATE : -errno;
	}
	return 0;
}

static int smcd_take_cdc(struct play *p, unsigned int ms)
{
	struct smcd *s = p->setup->smcd;
	struct smcw_dmb_signal signal;
	struct smcw_cdc_smcd head;
	char why[CONN_DIFFERENCE_MAX];
	int rc = next_signal(s, ms, &signal);

	if (rc)
		return rc;
	if (signal.number != ++s->signals)
		return play_failed(p, "expected every signal, got %llu more than can be kept",
				   signal.number - s->signals);
	memcpy(&head, signal.head, sizeof(head));
	rc = read_own(s);
	if (!rc && conn_received_smcd(&s->conn, &head, why)) {
		rc = play_failed(p, "%s", why);
		play_show_bytes(p, signal.head, sizeof(signal.head));
	}
	return rc;
}

static const char *smcd_fault(struct play *p)
{
	(void)p;
	return NULL;
}

/* ---- CLC ------------------------------------------------------------------------------- */

static bool smcd_connected(const struct play *p)
{
	return p->setup->smcd->attached;
}

/* A server that goes on to say something is not there yet. */
static bool is_last(const struct play *p, const struct step *s)
{
	for (s = s->next; s; s = s->next)
		if (s->kind == STEP_CLC && s->end == p->role)
			return s->message->type == SMCW_CONFIRM;
	return true;
}

static int smcd_steps_attach(struct play *p, const struct smcw_accept_smcd *smcd)
{
	struct smcd *s = p->setup->smcd;
	struct smcw_dmb_attach want = { .token = smcw_get64(&smcd->dmb_token) };

	if (ioctl(s->fd, SMCW_DMB_ATTACH, &want))
		return play_failed(
			p,
			"smcd.dmb_token: 0x%016llx cannot be attached to: %s; it is what "
			"names a DMB of the stack [ISM-07]",
			want.token, strerror(errno));
	s->attached = true;
	s->peer_token = want.token;
	if (want.size && want.size != s->conn.to_stack.size + SMCD_HEAD)
		return play_failed(p,
				   "smcd.dmbe_size: expected %u bytes, got %llu; it is state: the "
				   "size of the DMB [ISM-02]",
				   want.size, s->conn.to_stack.size + SMCD_HEAD);
	return 0;
}

static int smcd_clc(struct play *p, const struct step *step, const __u8 *bytes, size_t len)
{
	struct smcw_accept_parts parts;
	struct smcw_layout l;

	smcw_clc_layout(bytes, len, &l);
	if ((l.type != SMCW_ACCEPT && l.type != SMCW_CONFIRM) ||
	    smcw_accept_parse(bytes, &l, &parts) || !parts.smcd || !is_last(p, step))
		return 0;
	conn_learn_smcd(&p->setup->smcd->conn, parts.smcd);
	return smcd_steps_attach(p, parts.smcd);
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static int smcd_steps_sent(struct play *p, int rc)
{
	if (rc == PEER_RESET)
		return play_failed(p, "expected the DMB of the stack, got: it was given back");
	return rc == -ENOTCONN ? play_failed(p, "there is no connection yet") : rc;
}

static int send_head(struct play *p, const struct step *s)
{
	static struct image image;
	const struct term *missing;
	const struct part *part = s->message->parts;
	struct smcd *d = p->setup->smcd;
	unsigned int times = s->delivery.repeat ? s->delivery.repeat : 1;
	struct smcw_cdc cdc;
	size_t len;
	int rc = message_build(s->message, bind_own, &p->names, &image, &missing);

	if (rc == -ENOENT)
		return play_unknown(p, missing->name);
	if (rc)
		return rc;
	if (part && part->id == SMCW_PART_cdc_smcd)
		cdc_fill(&d->conn, part, image.bytes);
	len = s->delivery.cut && s->delivery.cut < image.len ? s->delivery.cut : image.len;
	for (unsigned int i = 0; !rc && i < times; i++) {
		clock_pause(s->delivery.delay_ms);
		rc = smcd_steps_sent(p,
				     write_peer(d, 0, image.bytes, len, !s->delivery.unsolicited));
	}
	if (rc || s->delivery.unsolicited || len < SMCD_HEAD)
		return rc;
	conn_from_smcd((const void *)image.bytes, &cdc);
	smcw_put16(&cdc.seqno, (__u16)(d->conn.seq + 1));
	conn_sent(&d->conn, &cdc, sizeof(cdc));
	return 0;
}

/* Data begins after the head. */
static int send_write(struct play *p, const struct step *s)
{
	struct smcd *d = p->setup->smcd;
	bool named = *s->key == '$';
	const struct binding *b = named ? bind_find(&p->names, s->key + 1) : NULL;
	__u64 token = b ? value_number(&b->value) : strtoull(s->key, NULL, 0);
	int rc;

	if (named && !b)
		return play_unknown(p, s->key + 1);
	if (!d->attached || token != d->peer_token)
		return play_failed(p, "%s is not the DMB that our end is attached to", s->key);
	rc = write_peer(d, SMCD_HEAD + s->offset, s->data, s->len, false);
	if (!rc)
		conn_wrote(&d->conn, s->offset, s->data, s->len);
	return smcd_steps_sent(p, rc);
}

static int smcd_our_step(struct play *p, const struct step *s)
{
	if (s->kind == STEP_WRITE)
		return send_write(p, s);
	return s->kind == STEP_DMB ? send_head(p, s) : PLAY_NOT_PLAYABLE;
}

static int smcd_stack_step(struct play *p, const struct step *s)
{
	if (s->kind == STEP_WRITE)
		return p->setup->observer->send(p, s);
	return s->kind == STEP_DMB ? cdc_receive(p, s) : PLAY_NOT_PLAYABLE;
}

static int say_closed(struct play *p)
{
	struct conn *c = p->conn;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE,
				.length = SMCW_CDC_LEN,
				.state = SMCW_CDC_CLOSED };
	int rc;

	conn_fill(c, &cdc);
	rc = smcd_send_cdc(p, &cdc);
	if (!rc)
		conn_sent(c, &cdc, sizeof(cdc));
	return smcd_steps_sent(p, rc);
}

/* Does the script say how the connection ends? */
static bool tells_end(const struct play *p)
{
	for (const struct step *s = p->test->steps; s; s = s->next)
		if (s->kind == STEP_DMB || s->kind == STEP_WRITE)
			return true;
	return false;
}

/*
 * The TCP connection ends only when that of SMC-D does. A script that says nothing of how the
 * connection ended, as one of a capture, has the application close its socket, and our end answer
 * that.
 */
static int smcd_end_of_data(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, CDC_MS);
	struct conn *c = p->conn;
	int rc = play_want_connection(p);

	if (rc || tells_end(p) || !p->setup->observer->here)
		return rc ? rc : p->setup->observer->before_cdc(p, s);
	pace_begin(&p->pace);
	app_close_socket(&p->app);
	c->state |= SMCW_CDC_CLOSED;
	while (!rc && !(c->last.state & SMCW_CDC_CLOSED)) {
		__u64 now = clock_now();

		rc = transfer_take_cdc(p, now < end ? (unsigned int)(end - now) : 0);
	}
	if (rc == PEER_LATE)
		return play_failed(p,
				   "expected closed=1 after close(), got nothing in time [CDC-23]");
	return rc ? rc : say_closed(p);
}

static int smcd_before_end(struct play *p, const struct step *s)
{
	return smcd_connected(p) ? smcd_end_of_data(p, s) : tcp_transport.before_end(p, s);
}

static int smcd_expect_no_more(struct play *p)
{
	return cdc_expect_no_more(p, 0);
}

static void smcd_fill_clc(const struct play *p, const struct message *m, __u8 *bytes, size_t len)
{
	(void)p, (void)m, (void)bytes, (void)len;
}

const struct transport smcd_transport = {
	.connected = smcd_connected,
	.fill_clc = smcd_fill_clc,
	.clc = smcd_clc,
	.our_step = smcd_our_step,
	.stack_step = smcd_stack_step,
	.before_end = smcd_before_end,
	.expect_no_more = smcd_expect_no_more,
	.send_cdc = smcd_send_cdc,
	.take_cdc = smcd_take_cdc,
	.fault = smcd_fault,
};
