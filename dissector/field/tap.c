// SPDX-License-Identifier: GPL-2.0-or-later
/* See tap.h. */
#include <epan/packet.h>
#include <epan/tap.h>

#include "conn/conn.h"
#include "conn/flow.h"
#include "tap.h"

static int number_message = -1;
static int number_flow = -1;
static int number_listed = -1;

static void queue_flow(packet_info *pinfo, const struct note *note, guint32 bytes)
{
	const struct end *from, *to;

	if (!note->conn || note->conn->by_cdc || note->sender >= SIDES)
		return;
	from = &note->conn->end[note->sender];
	to = &note->conn->end[!note->sender];
	tap_flow(pinfo, &from->addr, from->port, &to->addr, to->port, bytes, false);
}

static struct counted *new_counted(packet_info *pinfo, const struct note *note)
{
	struct counted *c = wmem_new0(pinfo->pool, struct counted);

	c->note = note;
	tap_queue_packet(number_message, pinfo, c);
	return c;
}

static guint32 reason_of(const void *msg, const struct smcw_layout *l)
{
	struct smcw_decline_parts p;

	if (smcw_decline_parse(msg, l, &p) || !p.decline)
		return 0;
	return smcw_get32(&p.decline->diagnosis);
}

void tap_message(packet_info *pinfo, const struct note *note, enum message_kind kind,
		 const void *msg, const struct smcw_layout *l)
{
	struct counted *c;

	tap_listed(pinfo, note->conn, note->group);
	if (have_tap_listener(number_flow) && !note->traced)
		queue_flow(pinfo, note, l->len);
	if (!have_tap_listener(number_message))
		return;
	c = new_counted(pinfo, note);
	c->kind = kind;
	c->type = l->type;
	if (note->cdc)
		c->bytes = (guint32)note->cdc->produced;
	if (kind == MESSAGE_CLC && l->type == SMCW_DECLINE)
		c->reason = reason_of(msg, l);
}

void tap_write(packet_info *pinfo, const struct note *note, guint32 len)
{
	struct counted *c;

	tap_listed(pinfo, note->conn, note->group);
	if (have_tap_listener(number_flow))
		queue_flow(pinfo, note, len);
	if (!have_tap_listener(number_message))
		return;
	c = new_counted(pinfo, note);
	c->is_write = true;
	c->bytes = len;
}

void tap_flow(packet_info *pinfo, const address *src, guint32 sport, const address *dst,
	      guint32 dport, guint32 bytes, bool traced)
{
	struct between *b;

	if (!have_tap_listener(number_flow))
		return;
	b = wmem_new0(pinfo->pool, struct between);
	copy_address_wmem(pinfo->pool, &b->src, src);
	copy_address_wmem(pinfo->pool, &b->dst, dst);
	b->sport = sport;
	b->dport = dport;
	b->bytes = bytes;
	b->traced = traced;
	tap_queue_packet(number_flow, pinfo, b);
}

void tap_listed(packet_info *pinfo, const struct conn *conn, const struct group *group)
{
	struct listed *listed;

	if (!have_tap_listener(number_listed) || (!conn && !group))
		return;
	listed = wmem_new(pinfo->pool, struct listed);
	*listed = (struct listed){ conn, group };
	tap_queue_packet(number_listed, pinfo, listed);
}

void tap_register(void)
{
	number_flow = register_tap("smcx");
	number_message = register_tap(TAP_MESSAGE);
	number_listed = register_tap(TAP_LISTED);
}
