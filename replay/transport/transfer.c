// SPDX-License-Identifier: GPL-2.0-or-later
/* See transfer.h. */
#include "transfer.h"

#include <errno.h>
#include <string.h>

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
