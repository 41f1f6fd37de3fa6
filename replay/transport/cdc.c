// SPDX-License-Identifier: GPL-2.0-or-later
/* See cdc.h. */
#include "cdc.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "state/observer.h"
#include "transfer.h"

/* ---- messages of ours ---------------------------------------------------------------- */

static bool has_term(const struct part *p, unsigned int field)
{
	for (const struct term *t = p->terms; t; t = t->next)
		if (t->field == field && t->kind != TERM_ANY)
			return true;
	return false;
}

/* A field of ours that has the true value, and the one of its place in SMC-D. */
static const struct {
	__u16 smcr, smcd;
} live_fields[] = {
	{ SMCW_F_cdc_seqno, 0 },
	{ SMCW_F_cdc_alert_token, 0 },
	{ SMCW_F_cdc_prod_wrap, SMCW_F_cdc_smcd_prod_wrap },
	{ SMCW_F_cdc_prod_count, SMCW_F_cdc_smcd_prod_count },
	{ SMCW_F_cdc_cons_wrap, SMCW_F_cdc_smcd_cons_wrap },
	{ SMCW_F_cdc_cons_count, SMCW_F_cdc_smcd_cons_count },
};

static void fill_fields(const struct part *part, const void *live, __u8 *bytes, bool smcd)
{
	struct value v;

	for (size_t i = 0; i < sizeof(live_fields) / sizeof(live_fields[0]); i++) {
		unsigned int field = smcd ? live_fields[i].smcd : live_fields[i].smcr;

		if (!field || has_term(part, field))
			continue;
		value_get(&smcw_fields[field], live, CONN_BIG, &v);
		value_put(&smcw_fields[field], bytes, CONN_BIG, &v);
	}
}

/* The script does not know of those that were sent between. */
static void add_updates(const struct conn *c, const struct part *part, struct smcw_cdc *cdc)
{
	if (has_term(part, SMCW_F_cdc_seqno))
		smcw_put16(&cdc->seqno, (__u16)(smcw_get16(&cdc->seqno) + c->updates));
	if (conn_count(&cdc->cons, c->from_stack.size, c->from_stack.consumed) <
	    c->from_stack.consumed)
		conn_cursor(&cdc->cons, c->from_stack.size, c->from_stack.consumed);
}

void cdc_fill(const struct conn *c, const struct part *part, __u8 *bytes)
{
	bool smcd = part->id == SMCW_PART_cdc_smcd;
	struct smcw_cdc live = { 0 };
	struct smcw_cdc_smcd head;

	conn_fill(c, &live);
	conn_to_smcd(&live, &head);
	fill_fields(part, smcd ? (const void *)&head : &live, bytes, smcd);
	/* A failover says the last number, and takes none itself. */
	if (!smcd && ((struct smcw_cdc *)bytes)->flags & SMCW_CDC_FAILOVER &&
	    !has_term(part, SMCW_F_cdc_seqno))
		smcw_put16(&((struct smcw_cdc *)bytes)->seqno, c->seq);
	if (!c->updates)
		return;
	if (!smcd) {
		add_updates(c, part, (void *)bytes);
		return;
	}
	conn_from_smcd((const void *)bytes, &live);
	add_updates(c, part, &live);
	conn_to_smcd(&live, &head);
	memcpy(bytes + offsetof(struct smcw_cdc_smcd, cons_wrap), &head.cons_wrap,
	       sizeof(head.cons_wrap) + sizeof(head.cons_count));
}

/* ---- CDC of the stack ---------------------------------------------------------------------- */

/*
 * That it is stopped it says of a buffer that is full, and conn_received() sees to that. In a
 * recording it may have been full when it is not now: a cursor of ours comes sooner.
 */
static bool cdc_satisfies(const struct conn *c, const struct transfer_cdc *want)
{
	const struct conn_way *in = &c->from_stack;
	__u8 flags = want->flags;

	if (in->produced - in->consumed < in->size)
		flags &= (__u8)~SMCW_CDC_WRITE_BLOCKED;
	return in->produced >= want->produced && c->to_stack.consumed >= want->consumed &&
	       (c->last.flags & flags) == flags && (c->last.state & want->state) == want->state;
}

/* The end of a connection is said once, and not before its time. */
static int check_state(struct play *p, const struct transfer_cdc *want)
{
	static const struct {
		__u8 bit;
		const char *name;
	} bits[] = { { SMCW_CDC_DONE_WRITING, "done_writing" },
		     { SMCW_CDC_CLOSED, "closed" },
		     { SMCW_CDC_ABORT, "abort" } };
	const struct smcw_cdc *is = &p->conn->last;

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (is->state & bits[i].bit & ~want->state)
			return play_failed(
				p,
				"cdc.%s: expected 0, got 1; it is state: equal, in order "
				"[CDC-20]",
				bits[i].name);
	if (is->flags & SMCW_CDC_FAILOVER & ~want->flags)
		return play_failed(p,
				   "cdc.failover: expected 0, got 1; it is state: equal [CDC-21]");
	return 0;
}

/*
 * A step that is about bytes that were read, and about nothing else, may be of a message to come.
 * An application elsewhere has read what the script says.
 */
static bool may_withhold(const struct play *p, const struct transfer_cdc *want)
{
	const struct conn *c = p->conn;

	return c->from_stack.produced >= want->produced && !want->flags && !want->state &&
	       !conn_owes_update(c, p->setup->observer->has_read(p, want->consumed));
}

static int late_cdc(struct play *p, const struct transfer_cdc *want)
{
	const struct conn *c = p->conn;
	const char *fault = p->transport->fault(p);

	return play_failed(
		p,
		"expected CDC with prod %llu, cons %llu, flags 0x%02x, state 0x%02x, got "
		"%s; the last one has prod %llu, cons %llu, flags 0x%02x, state 0x%02x",
		want->produced, want->consumed, want->flags, want->state,
		fault ? fault : "nothing in time", c->from_stack.produced, c->to_stack.consumed,
		c->last.flags, c->last.state);
}

/* A failover says which message was the last one, if the script wants to know. */
static int check_last(struct play *p, const struct step *s)
{
	const struct part *part = s->message->parts;
	const struct smcw_cdc *is = &p->conn->last;
	const struct term *t = part && part->id == SMCW_PART_cdc ? part->terms : NULL;

	if (!(is->flags & SMCW_CDC_FAILOVER))
		return 0;
	while (t && (t->field != SMCW_F_cdc_seqno || t->kind != TERM_SET))
		t = t->next;
	if (!t || value_number(&t->value) == smcw_get16(&is->seqno))
		return 0;
	return play_failed(p,
			   "cdc.seqno: expected %llu, got %u; it is state: the last one that was "
			   "sent before the link went [CDC-21]",
			   value_number(&t->value), smcw_get16(&is->seqno));
}

/*
 * The stack is free to spread its bytes over CDC messages: those before the one
 * that the script has are taken, and one that came early will do.
 */
int cdc_receive(struct play *p, const struct step *s)
{
	struct conn *c = p->conn;
	struct transfer_cdc want;
	__u64 end = clock_now();
	bool fresh = false, news;
	int rc = p->setup->observer->before_cdc(p, s);

	transfer_read_step(p, s, &want);
	end += play_step_limit(p, may_withhold(p, &want) ? CDC_UPDATE_MS : CDC_MS);
	news = want.produced + want.consumed > c->wanted;
	c->wanted = want.produced + want.consumed;
	c->state |= want.state;
	while (!rc) {
		__u64 now = clock_now();

		if ((fresh || news) && cdc_satisfies(c, &want))
			return check_last(p, s);
		rc = transfer_take_cdc(p, now < end ? (unsigned int)(end - now) : 0);
		if (rc == PEER_LATE)
			return may_withhold(p, &want) ? 0 : late_cdc(p, &want);
		if (!rc)
			rc = check_state(p, &want);
		if (!rc && c->last.flags & (SMCW_CDC_WRITE_BLOCKED | SMCW_CDC_UPDATE_REQ) &&
		    !cdc_satisfies(c, &want))
			rc = transfer_update(p);
		fresh = true;
	}
	return rc;
}

int cdc_expect_no_more(struct play *p, __u8 state)
{
	struct transfer_cdc said = { .state = p->conn->state | state };
	int rc = 0;

	while (!rc && !(rc = transfer_take_cdc(p, 0)))
		rc = check_state(p, &said);
	return rc == PEER_LATE ? 0 : rc;
}
