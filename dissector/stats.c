// SPDX-License-Identifier: GPL-2.0-or-later
/* See stats.h. */
#include <epan/packet.h>
#include <epan/tap.h>

#include "cdc.h"
#include "conn.h"
#include "conn_list.h"
#include "group_list.h"
#include "list.h"
#include "note.h"
#include "stats.h"

static int tap_message = -1;
static int tap_flow = -1;
static int tap_listed = -1;

static void queue_flow(packet_info *pinfo, const struct note *note, guint32 bytes)
{
	const struct end *from, *to;

	if (!note->conn || note->conn->by_cdc || note->sender >= SIDES)
		return;
	from = &note->conn->end[note->sender];
	to = &note->conn->end[!note->sender];
	stats_flow(pinfo, &from->addr, from->port, &to->addr, to->port, bytes, false);
}

static struct counted *new_counted(packet_info *pinfo, const struct note *note)
{
	struct counted *c = wmem_new0(pinfo->pool, struct counted);

	c->note = note;
	tap_queue_packet(tap_message, pinfo, c);
	return c;
}

static guint32 reason_of(const void *msg, const struct smcw_layout *l)
{
	struct smcw_decline_parts p;

	if (smcw_decline_parse(msg, l, &p) || !p.decline)
		return 0;
	return smcw_get32(&p.decline->diagnosis);
}

void stats_message(packet_info *pinfo, const struct note *note, enum message_kind kind,
		   const void *msg, const struct smcw_layout *l)
{
	struct counted *c;

	stats_listed(pinfo, note->conn, note->group);
	if (have_tap_listener(tap_flow) && !note->traced)
		queue_flow(pinfo, note, l->len);
	if (!have_tap_listener(tap_message))
		return;
	c = new_counted(pinfo, note);
	c->kind = kind;
	c->type = l->type;
	if (note->cdc)
		c->bytes = (guint32)note->cdc->produced;
	if (kind == MESSAGE_CLC && l->type == SMCW_DECLINE)
		c->reason = reason_of(msg, l);
}

void stats_write(packet_info *pinfo, const struct note *note, guint32 len)
{
	struct counted *c;

	stats_listed(pinfo, note->conn, note->group);
	if (have_tap_listener(tap_flow))
		queue_flow(pinfo, note, len);
	if (!have_tap_listener(tap_message))
		return;
	c = new_counted(pinfo, note);
	c->is_write = true;
	c->bytes = len;
}

void stats_flow(packet_info *pinfo, const address *src, guint32 sport, const address *dst,
		guint32 dport, guint32 bytes, bool traced)
{
	struct between *b;

	if (!have_tap_listener(tap_flow))
		return;
	b = wmem_new0(pinfo->pool, struct between);
	copy_address_wmem(pinfo->pool, &b->src, src);
	copy_address_wmem(pinfo->pool, &b->dst, dst);
	b->sport = sport;
	b->dport = dport;
	b->bytes = bytes;
	b->traced = traced;
	tap_queue_packet(tap_flow, pinfo, b);
}

void stats_listed(packet_info *pinfo, const struct conn *conn, const struct group *group)
{
	struct listed *listed;

	if (!have_tap_listener(tap_listed) || (!conn && !group))
		return;
	listed = wmem_new(pinfo->pool, struct listed);
	*listed = (struct listed){ conn, group };
	tap_queue_packet(tap_listed, pinfo, listed);
}

void stats_register(int proto)
{
	tap_flow = register_tap("smcx");
	tap_message = register_tap(STATS_TAP_MESSAGE);
	tap_listed = register_tap(LIST_TAP);
	stats_flow_setup(proto);
	stats_tree_setup();
	stats_times_setup(proto);
	conn_list_register();
	group_list_register();
}
