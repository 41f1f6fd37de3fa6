// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps of SMC-R. See rdma_steps.h. */
#include "rdma_steps.h"

#include <stdlib.h>

#include "state/observer.h"
#include "transport/cdc.h"
#include "transport/tcp.h"
#include "transport/transfer.h"

/* ---- CDC messages are SENDs ------------------------------------------------------ */

static bool rdma_connected(const struct play *p)
{
	const struct rdma *r = p->setup->rdma;

	return r->links[0].link.connected && r->conn.to_stack.size;
}

static int rdma_send_cdc(struct play *p, const struct smcw_cdc *cdc)
{
	return link_send(rdma_conn_link(p->setup->rdma), cdc, sizeof(*cdc), true,
			 play_limit(p, RDMA_LLC_MS));
}

static int rdma_take_cdc(struct play *p, unsigned int ms)
{
	struct rdma *r = p->setup->rdma;
	struct arrival *a = link_take(rdma_conn_link(r), SMCW_CDC_TYPE, false, ms);
	char why[CONN_DIFFERENCE_MAX];
	int rc;

	if (!a)
		return PEER_LATE;
	rc = conn_received(&r->conn, a->bytes, a->len, why);
	if (rc) {
		rc = play_failed(p, "%s", why);
		play_show_bytes(p, a->bytes, a->len);
	}
	free(a);
	return rc;
}

static const char *rdma_fault(struct play *p)
{
	return link_fault(rdma_conn_link(p->setup->rdma));
}

/* ---- steps ------------------------------------------------------------------------- */

/* A CDC message by the other link moves the connection. Bytes of the old link came before it. */
static int move_conn(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;
	int rc;

	if (!s->delivery.link || s->delivery.link - 1 == r->at)
		return 0;
	rc = cdc_expect_no_more(p, 0);
	r->at = s->delivery.link - 1;
	return rc;
}

static int rdma_steps_prepare(struct play *p, const struct step *s)
{
	if (s->delivery.link && !p->setup->rdma->links[s->delivery.link - 1].open)
		return play_failed(p, "there is no link %u: none of its names is in the case",
				   s->delivery.link);
	rdma_look_ahead(p->setup->rdma, s);
	return s->message && s->message->type == SMCW_CDC_TYPE ? move_conn(p, s) : 0;
}

static int set_receiving(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;

	for (int i = 0; i < RDMA_LINKS; i++)
		if (r->links[i].open)
			link_receive(&r->links[i].link, s->count);
	return 0;
}

static int rdma_our_step(struct play *p, const struct step *s)
{
	int rc;

	if (s->kind == STEP_RECEIVE)
		return set_receiving(p, s);
	if (s->kind == STEP_DMB)
		return PLAY_NOT_PLAYABLE;
	rc = rdma_steps_prepare(p, s);
	if (rc)
		return rc;
	return s->kind == STEP_WRITE ? rdma_send_write(p, s) : rdma_send_llc(p, s);
}

static int rdma_stack_step(struct play *p, const struct step *s)
{
	int rc;

	if (s->kind == STEP_DMB)
		return PLAY_NOT_PLAYABLE;
	rc = rdma_steps_prepare(p, s);
	if (rc)
		return rc;
	if (s->kind == STEP_WRITE)
		return p->setup->observer->send(p, s);
	if (s->message->type == SMCW_CDC_TYPE)
		return cdc_receive(p, s);
	return rdma_receive_llc(p, s);
}

/*
 * The end of TCP, which no loss of RDMA holds up, may be in a recording before data and messages
 * that the stack has sent earlier.
 */
static bool is_ahead_of_data(const struct play *p, const struct step *s)
{
	bool data = false;

	for (const struct step *at = s->next; at; at = at->next) {
		struct transfer_cdc cdc;

		if (at->end != s->end)
			continue;
		data |= at->kind == STEP_WRITE;
		if (at->kind != STEP_LLC || at->message->type != SMCW_CDC_TYPE)
			continue;
		transfer_read_step(p, at, &cdc);
		if (cdc.state)
			return data;
		data = true;
	}
	return false;
}

/* An end that is owed is looked at when all steps have been played. */
static int rdma_before_end(struct play *p, const struct step *s)
{
	if (!rdma_connected(p))
		return tcp_transport.before_end(p, s);
	if (!is_ahead_of_data(p, s))
		return p->setup->observer->before_cdc(p, s);
	p->owed = s;
	return 0;
}

const struct transport rdma_transport = {
	.connected = rdma_connected,
	.fill_clc = rdma_fill_clc,
	.clc = rdma_clc,
	.our_step = rdma_our_step,
	.stack_step = rdma_stack_step,
	.before_end = rdma_before_end,
	.expect_no_more = rdma_expect_no_more,
	.send_cdc = rdma_send_cdc,
	.take_cdc = rdma_take_cdc,
	.fault = rdma_fault,
};
