// SPDX-License-Identifier: GPL-2.0-or-later
/* See stats.h. */
#include <epan/packet.h>
#include <epan/conversation_table.h>
#include <epan/srt_table.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>

#include "cdc.h"
#include "compat.h"
#include "conn.h"
#include "note.h"
#include "smc_event_text.h"
#include "stats.h"

/* What the taps get: a message, or a packet of a WRITE when it has no type. */
struct counted {
	const struct note *note;
	enum message_kind kind;
	bool is_write;
	guint8 type;
	guint32 bytes;
	guint32 reason; /* of a Decline */
};

/* ... and a packet between two ends. */
struct between {
	address src, dst;
	guint32 sport, dport;
	guint32 bytes;
	bool traced;
};

static int tap_message = -1;
static int tap_flow = -1;

/* ---- feeding ---------------------------------------------------------------------- */

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

/* ---- the tree of counts --------------------------------------------------------------- */

#define HANDSHAKES "Handshakes"
#define HANDSHAKE_MS "Time of a handshake (ms)"
#define DECLINES "Declines by reason"
#define LLC "LLC messages by type"
#define CDC "CDC messages by bytes that they tell"
#define WINDOW "Times that a window was full (ms)"
#define WRITES "Packets of RDMA WRITEs by bytes"

static int node_handshakes, node_declines, node_llc, node_cdc, node_writes;

static void tree_init(stats_tree *st)
{
	node_handshakes = stats_tree_create_node(st, HANDSHAKES, 0, STAT_DT_INT, TRUE);
	stats_tree_create_node(st, HANDSHAKE_MS, 0, STAT_DT_FLOAT, FALSE);
	node_declines = stats_tree_create_pivot(st, DECLINES, 0);
	node_llc = stats_tree_create_pivot(st, LLC, 0);
	node_cdc = stats_tree_create_range_node(st, CDC, 0, "0-0", "1-99", "100-999", "1000-9999",
						"10000-99999", "100000-", NULL);
	stats_tree_create_node(st, WINDOW, 0, STAT_DT_FLOAT, FALSE);
	node_writes = stats_tree_create_range_node(st, WRITES, 0, "0-99", "100-999", "1000-", NULL);
}

static void count_clc(stats_tree *st, const struct counted *c)
{
	const struct note *note = c->note;
	const char *type = smcw_value_text(SMCW_LIST_clc_types, c->type);

	if (note->conn && c->type < CLC_TYPES && note->conn->clc[c->type] != note->frame)
		return; /* sent again, or traced at its receiver too */
	tick_stat_node(st, HANDSHAKES, 0, TRUE);
	tick_stat_node(st, type ? type : "unknown", node_handshakes, FALSE);
	if (note->has_handshake && c->type == SMCW_CONFIRM)
		avg_stat_node_add_value_float(st, HANDSHAKE_MS, 0, FALSE,
					      (gfloat)nstime_to_msec(&note->handshake));
	if (c->type == SMCW_DECLINE)
		stats_tree_tick_pivot(st, node_declines, smcw_reason_text(c->reason));
}

static void count_cdc(stats_tree *st, const struct counted *c)
{
	const struct reckoning *r = c->note->cdc;

	if (r && r->has_moved) {
		tick_stat_node(st, CDC, 0, TRUE);
		stats_tree_tick_range(st, CDC, 0, (int)MIN(c->bytes, G_MAXINT32));
	}
	if (r && r->blocked)
		avg_stat_node_add_value_float(st, WINDOW, 0, FALSE,
					      (gfloat)nstime_to_msec(&r->blocked_for));
}

static tap_packet_status tree_packet(stats_tree *st, packet_info *pinfo _U_,
				     epan_dissect_t *edt _U_, const void *data,
				     tap_flags_t flags _U_)
{
	const struct counted *c = (const struct counted *)data;
	const char *type;

	if (c->is_write) {
		tick_stat_node(st, WRITES, 0, TRUE);
		stats_tree_tick_range(st, WRITES, 0, (int)MIN(c->bytes, G_MAXINT32));
	} else if (c->kind == MESSAGE_CLC) {
		count_clc(st, c);
	} else if (c->type == SMCW_CDC_TYPE || c->kind == MESSAGE_CDC_SMCD) {
		count_cdc(st, c);
	} else {
		type = smcw_value_text(SMCW_LIST_llc_types, c->type);
		stats_tree_tick_pivot(st, node_llc, type ? type : "unknown");
	}
	return TAP_PACKET_REDRAW;
}

/* ---- times ------------------------------------------------------------------------------- */

/* Rows behind those of LLC, whose types have 8 bits. */
enum row {
	ROW_ACCEPT = 256,
	ROW_CONFIRM,
	ROW_DECLINE,
	ROW_HANDSHAKE,
	ROW_WINDOW,
	ROWS,
};

static void times_init(struct register_srt *srt _U_, GArray *tables)
{
	static const char *const own[] = { "Proposal to Accept", "Accept to Confirm",
					   "Decline of what came before",
					   "Handshake, SYN to Confirm", "Window full" };
	srt_stat_table *table = init_srt_table("SMC", NULL, tables, ROWS, "Exchange", NULL, NULL);

	for (int i = 0; i < ROW_ACCEPT; i++) {
		const char *text = smcw_value_text(SMCW_LIST_llc_types, (__u32)i);

		init_srt_table_row(table, i, text ? text : "");
	}
	for (int i = ROW_ACCEPT; i < ROWS; i++)
		init_srt_table_row(table, i, own[i - ROW_ACCEPT]);
}

static int row_of(const struct counted *c)
{
	if (c->kind == MESSAGE_LLC)
		return c->type;
	return c->type == SMCW_ACCEPT  ? ROW_ACCEPT :
	       c->type == SMCW_CONFIRM ? ROW_CONFIRM :
					 ROW_DECLINE;
}

/* The table wants to know when it began. */
static void add_time(srt_stat_table *table, int row, packet_info *pinfo, const nstime_t *took)
{
	nstime_t from;

	nstime_delta(&from, &pinfo->abs_ts, took);
	add_srt_table_data(table, row, &from, pinfo);
}

static tap_packet_status times_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
				      const void *counted, tap_flags_t flags _U_)
{
	const struct counted *c = (const struct counted *)counted;
	srt_data_t *tables = (srt_data_t *)data;
	srt_stat_table *table = g_array_index(tables->srt_array, srt_stat_table *, 0);
	const struct note *note = c->note;

	if (c->is_write)
		return TAP_PACKET_DONT_REDRAW;
	if (note->request_in)
		add_time(table, row_of(c), pinfo, &note->since);
	if (note->has_handshake && c->type == SMCW_CONFIRM)
		add_time(table, ROW_HANDSHAKE, pinfo, &note->handshake);
	if (note->cdc && note->cdc->blocked)
		add_time(table, ROW_WINDOW, pinfo, &note->cdc->blocked_for);
	return TAP_PACKET_REDRAW;
}

/* ---- conversations -------------------------------------------------------------------------- */

/* Events do not always tell who sends, and an end of a connection is either side. */
static const char *filter_of(conv_item_t *conv, conv_filter_type_e filter, bool traced)
{
	bool v4 = conv->src_address.type == AT_IPv4;

	switch (filter) {
	case CONV_FT_ANY_ADDRESS:
		if (traced)
			return v4 ? "smcx.event.ip" : "smcx.event.ipv6";
		return v4 ? "smcx.conn.ip" : "smcx.conn.ipv6";
	case CONV_FT_ANY_PORT:
		return traced ? "smcx.event.port" : "smcx.conn.port";
	default:
		return CONV_FILTER_INVALID;
	}
}

static const char *filter_of_event(conv_item_t *conv, conv_filter_type_e filter)
{
	return filter_of(conv, filter, true);
}

static const char *filter_of_packet(conv_item_t *conv, conv_filter_type_e filter)
{
	return filter_of(conv, filter, false);
}

static tap_packet_status conversation_packet(void *table, packet_info *pinfo,
					     epan_dissect_t *edt _U_, const void *data,
					     tap_flags_t flags)
{
	static ct_dissector_info_t of_event = { filter_of_event }, of_packet = { filter_of_packet };
	const struct between *b = (const struct between *)data;
	conv_hash_t *hash = (conv_hash_t *)table;

	hash->flags = flags;
	add_conversation_table_data(hash, &b->src, &b->dst, b->sport, b->dport, 1, (int)b->bytes,
				    &pinfo->rel_ts, &pinfo->abs_ts,
				    b->traced ? &of_event : &of_packet, CONVERSATION_TCP);
	return TAP_PACKET_REDRAW;
}

void stats_register(int proto)
{
	tap_flow = register_tap("smcx");
	tap_message = register_tap("smcx_message");
	register_conversation_table(proto, FALSE, conversation_packet, NULL);
	stats_tree_register("smcx_message", "smcx", "SMC", 0, tree_packet, tree_init, NULL);
	register_srt_table(proto, "smcx_message", 1, times_packet, times_init, NULL);
}
