// SPDX-License-Identifier: GPL-2.0-or-later
/* See conn_list.h. */
#include <epan/packet.h>
#include <epan/to_str.h>
#include <string.h>

#include "conn/conn.h"
#include "conn_list.h"
#include "group_list.h"
#include "list.h"
#include "conn/note.h"
#include "outcome.h"
#include "tcp_ends.h"

enum column {
	NUMBER,
	STREAM,
	CLIENT_END,
	SERVER_END,
	KIND,
	VERSION,
	GROUP,
	LINKS,
	EID,
	HANDSHAKE,
	CLIENT_SENT,
	SERVER_SENT,
	CLIENT_BLOCKED,
	SERVER_BLOCKED,
	END,
	WHY,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[NUMBER] = "No.",
	[STREAM] = "tcp.stream",
	[CLIENT_END] = "Client",
	[SERVER_END] = "Server",
	[KIND] = "Runs as",
	[VERSION] = "Version",
	[GROUP] = "Group",
	[LINKS] = "Links",
	[EID] = "EID",
	[HANDSHAKE] = "Handshake",
	[CLIENT_SENT] = "Client sent",
	[SERVER_SENT] = "Server sent",
	[CLIENT_BLOCKED] = "Client blocked",
	[SERVER_BLOCKED] = "Server blocked",
	[END] = "End",
	[WHY] = "Why not SMC",
};

static const bool right[COLUMNS] = {
	[NUMBER] = true,	 [STREAM] = true,	  [GROUP] = true,
	[HANDSHAKE] = true,	 [CLIENT_SENT] = true,	  [SERVER_SENT] = true,
	[CLIENT_BLOCKED] = true, [SERVER_BLOCKED] = true,
};

/* ---- cells ---------------------------------------------------------------------------- */

char *conn_list_end(const struct conn *conn, unsigned side)
{
	const struct end *end = &conn->end[side];
	char *ip, *text;

	if (conn->by_cdc)
		return group_list_address(conn->link, conn_at(conn, side));
	ip = address_to_str(NULL, &end->addr);
	text = g_strdup_printf(end->addr.type == AT_IPv6 ? "[%s]:%u" : "%s:%u", ip, end->port);
	wmem_free(NULL, ip);
	return text;
}

/* The version is in the connection's own message; the release comes when the group is made. */
static char *version_of(const struct conn *conn)
{
	if (!conn->version)
		return conn->by_cdc && conn->group ? group_list_version(conn->group) : NULL;
	if (conn->group && conn->group->tally.version == conn->version)
		return group_list_version(conn->group);
	return g_strdup_printf("%u", conn->version);
}

static char *conn_list_milliseconds(const nstime_t *time, const char *more)
{
	return g_strdup_printf("%.3f ms%s", nstime_to_msec(time), more);
}

/* From the SYN, or else the Proposal, to the Confirm or the Decline. */
static char *handshake_of(const struct conn *conn)
{
	const struct note *note = conn->clc_note[SMCW_DECLINE];

	if (!note)
		note = conn->clc_note[SMCW_CONFIRM];
	return note && note->has_handshake ? conn_list_milliseconds(&note->handshake, "") : NULL;
}

/* The sender of the data is blocked. */
static char *blocked_of(const struct conn *conn, unsigned side)
{
	unsigned view = conn->flow[0][side].frame ? 0 : 1;
	bool still = conn->flow[view][side].blocked_in;
	const nstime_t *time = &conn->tally.blocked[view][side];

	if (!still && nstime_is_zero(time))
		return NULL;
	return conn_list_milliseconds(time, still ? "+" : "");
}

static char *conn_list_sent_of(const struct conn *conn, unsigned side)
{
	struct amount a = outcome_sent(conn, side);

	return outcome_amount_text(&a);
}

static bool is_smc(const struct conn *conn)
{
	enum outcome_kind kind = outcome_kind(conn);

	return kind == OUTCOME_SMCR || kind == OUTCOME_SMCD;
}

/* The columns that only a connection by SMC has. */
static char *smc_cell(const struct conn *conn, unsigned column)
{
	if (!conn->group || !is_smc(conn))
		return NULL;
	switch (column) {
	case GROUP:
		return g_strdup_printf("%u", conn->group->number);
	case LINKS:
		return group_list_link_numbers(conn->group);
	case EID:
		return g_strdup(conn->group->eid);
	default:
		return blocked_of(conn, column == CLIENT_BLOCKED ? CLIENT : SERVER);
	}
}

static char *conn_list_cell(const void *item, unsigned column)
{
	const struct conn *conn = (const struct conn *)item;

	switch (column) {
	case NUMBER:
		return conn->number == CONN_NO_NUMBER ? NULL : g_strdup_printf("%u", conn->number);
	case STREAM:
		return conn->has_stream ? g_strdup_printf("%u", conn->stream) : NULL;
	case CLIENT_END:
	case SERVER_END:
		return conn_list_end(conn, column == CLIENT_END ? CLIENT : SERVER);
	case KIND:
		return g_strdup(outcome_kind_text(outcome_kind(conn)));
	case VERSION:
		return version_of(conn);
	case HANDSHAKE:
		return handshake_of(conn);
	case CLIENT_SENT:
	case SERVER_SENT:
		return conn_list_sent_of(conn, column == CLIENT_SENT ? CLIENT : SERVER);
	case END:
		return outcome_end(conn);
	case WHY:
		return outcome_why(conn);
	default:
		return smc_cell(conn, column);
	}
}

/* ---- the list ----------------------------------------------------------------------------- */

static const void *conn_list_item_of(const struct listed *l)
{
	return l->conn && l->conn->merged ? l->conn->merged : l->conn;
}

/* By number; those without one have begun no handshake, and come last. */
static gint conn_list_compare(gconstpointer a, gconstpointer b)
{
	const struct conn *x = *(const struct conn *const *)a, *y = *(const struct conn *const *)b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->syn < y->syn ? -1 : x->syn > y->syn;
}

/* Is there a cell that ends in @mark? */
static bool has_mark(const char *text, const char *mark)
{
	for (const char *at = strstr(text, mark); at; at = strstr(at + 1, mark))
		if (at > text && at[-1] != ' ' && strchr(" \n", at[1]))
			return true;
	return false;
}

static guint32 conn_list_offered(void)
{
	wmem_list_frame_t *at = wmem_list_head(conn_all());
	guint32 n = 0;

	for (; at; at = wmem_list_frame_next(at)) {
		const struct conn *conn = (const struct conn *)wmem_list_frame_data(at);

		if (conn->has_stream && conn->syn)
			n++;
	}
	return n;
}

static char *conn_list_below(const char *text)
{
	GString *out = g_string_new(NULL);
	guint32 plain =
		tcp_ends_syns() > conn_list_offered() ? tcp_ends_syns() - conn_list_offered() : 0;

	if (has_mark(text, "+"))
		g_string_append(out, "+: at least; the capture has not all of it\n");
	if (strstr(text, " ?"))
		g_string_append(out, "?: not known from the capture\n");
	if (has_mark(text, "?"))
		g_string_append(out, "ADDRESS?: of RDMA; which end is the client is not known\n");
	if (plain)
		g_string_append_printf(out, "TCP connections without SMC in their SYN: %u\n",
				       plain);
	return g_string_free(out, FALSE);
}

static struct list list;
static GHashTable *by_stream; /* connections of the window */

static void add_stream(void *data, void *user _U_)
{
	const struct conn *conn = (const struct conn *)data;

	if (conn->has_stream)
		g_hash_table_insert(by_stream, GUINT_TO_POINTER(conn->stream), data);
}

/* The window has a connection's row before its last segments of TCP have come by. */
static void conn_list_changed(guint32 stream, bool payload)
{
	const struct conn *conn = g_hash_table_lookup(by_stream, GUINT_TO_POINTER(stream));
	static const enum column at_end[] = { KIND, END, WHY, CLIENT_SENT, SERVER_SENT };

	if (!conn || (payload && is_smc(conn)))
		return;
	for (unsigned i = payload ? 3 : 0; i < array_length(at_end); i++)
		list_refresh(&list, conn, at_end[i]);
}

static void conn_list_begin(bool window)
{
	if (!window) {
		tcp_ends_listen(NULL);
		return;
	}
	if (!by_stream)
		by_stream = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_hash_table_remove_all(by_stream);
	wmem_list_foreach(conn_all(), add_stream, NULL);
	tcp_ends_listen(conn_list_changed);
}

static struct list list = {
	.title = "SMC connections",
	.menu = "SMC Connections",
	.text = "smcx,conns",
	.window = "smcx_window,conns",
	.columns = names,
	.right = right,
	.n_columns = COLUMNS,
	.item = conn_list_item_of,
	.all = conn_all,
	.compare = conn_list_compare,
	.cell = conn_list_cell,
	.begin = conn_list_begin,
	.below = conn_list_below,
};

void conn_list_register(void)
{
	list_register(&list);
}
