// SPDX-License-Identifier: GPL-2.0-or-later
/* See group_list.h. */
#include <epan/packet.h>
#include <epan/to_str.h>
#include <string.h>

#include "conn/conn.h"
#include "conn/group.h"
#include "group_list.h"
#include "list.h"
#include "outcome.h"
#include "smc_address.h"

enum column {
	NUMBER,
	KIND,
	VERSION,
	CLIENT_END,
	SERVER_END,
	EID,
	LINKS,
	CONNECTIONS,
	CLIENT_SENT,
	SERVER_SENT,
	FIRST,
	LAST,
	END,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[NUMBER] = "No.",
	[KIND] = "Kind",
	[VERSION] = "Version",
	[CLIENT_END] = "Client",
	[SERVER_END] = "Server",
	[EID] = "EID",
	[LINKS] = "Links (QP numbers)",
	[CONNECTIONS] = "Connections",
	[CLIENT_SENT] = "Client sent",
	[SERVER_SENT] = "Server sent",
	[FIRST] = "First frame",
	[LAST] = "Last frame",
	[END] = "End",
};

static const bool right[COLUMNS] = {
	[NUMBER] = true,      [CONNECTIONS] = true, [CLIENT_SENT] = true,
	[SERVER_SENT] = true, [FIRST] = true,	    [LAST] = true,
};

/* ---- links ------------------------------------------------------------------------ */

/* A link that was refused, or announced and never used, has no part in the group. */
static bool was_up(const struct link *link)
{
	return link->up_in || (!link->down_in && link->qp[CLIENT].known && link->qp[SERVER].known);
}

static const char *state_of(const struct link *link)
{
	if (!link->down_in)
		return link->up_in ? "up" : "not confirmed";
	return link->up_in ? "down" : "refused";
}

/* Links of which only a number, or only one end, is known, count as they are. */
static char *link_numbers(const struct group *group, bool with_qps)
{
	wmem_list_frame_t *at = wmem_list_head(group->links);
	GString *out = g_string_new(NULL);

	for (; at; at = wmem_list_frame_next(at)) {
		const struct link *link = (const struct link *)wmem_list_frame_data(at);

		if (!with_qps && !was_up(link))
			continue;
		g_string_append(out, out->len ? ", " : "");
		if (link->has_num)
			g_string_append_printf(out, "%u", link->num);
		else
			g_string_append(out, "?");
		if (!with_qps)
			continue;
		g_string_append(out, " (");
		for (unsigned i = 0; i < SIDES; i++)
			if (link->qp[i].known)
				g_string_append_printf(out, "%s0x%06x", i ? "/" : "",
						       link->qp[i].qpn);
			else
				g_string_append_printf(out, "%s?", i ? "/" : "");
		g_string_append_printf(out, ") %s", state_of(link));
	}
	return g_string_free(out, !out->len);
}

char *group_list_link_numbers(const struct group *group)
{
	return link_numbers(group, false);
}

char *group_list_address(const struct link *link, unsigned side)
{
	const struct queue_pair *qp = link ? &link->qp[side] : NULL;
	char *ip, *text;
	address addr;

	if (!qp || !qp->known)
		return NULL;
	if (qp->gid[0] == 0xff) /* see group_address() */
		return g_strdup_printf("LID %u?",
				       qp->gid[SMCW_GID_LEN - 2] << 8 | qp->gid[SMCW_GID_LEN - 1]);
	if (smcw_is_mapped(qp->gid))
		set_address(&addr, AT_IPv4, 4, qp->gid + SMCW_MAPPED_AT);
	else
		set_address(&addr, AT_IPv6, SMCW_GID_LEN, qp->gid);
	ip = address_to_str(NULL, &addr);
	text = g_strdup_printf("%s?", ip);
	wmem_free(NULL, ip);
	return text;
}

/* ---- connections ------------------------------------------------------------------------ */

/* The totals over the connections of a group. */
struct sum {
	guint32 conns;
	struct amount sent[SIDES];
};

/* By group; made when it is first needed, since then all packets have come by. */
static GHashTable *sums;

static void add_amount(struct amount *sum, const struct amount *a)
{
	sum->known = sum->known || a->known;
	sum->at_least = sum->at_least || a->at_least || !a->known;
	sum->bytes += a->bytes;
	sum->lost += a->lost;
}

static void add_conn(void *data, void *user _U_)
{
	const struct conn *conn = (const struct conn *)data;
	enum outcome_kind kind = outcome_kind(conn);
	struct amount a;
	struct sum *sum;

	if (!conn->group || (kind != OUTCOME_SMCR && kind != OUTCOME_SMCD))
		return;
	sum = g_hash_table_lookup(sums, conn->group);
	if (!sum) {
		sum = g_new0(struct sum, 1);
		g_hash_table_insert(sums, conn->group, sum);
	}
	sum->conns++;
	for (unsigned side = 0; side < SIDES; side++) {
		a = outcome_sent(conn, side);
		add_amount(&sum->sent[conn_at(conn, side)], &a);
	}
}

/* Return: NULL when no connection runs in it. */
static const struct sum *sum_of(const struct group *group)
{
	if (!sums) {
		sums = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
		wmem_list_foreach(conn_all(), add_conn, NULL);
	}
	return g_hash_table_lookup(sums, group);
}

static char *group_list_sent_of(const struct group *group, unsigned side)
{
	const struct sum *sum = sum_of(group);

	return sum ? outcome_amount_text(&sum->sent[side]) : NULL;
}

static void group_list_begin(bool window _U_)
{
	g_clear_pointer(&sums, g_hash_table_destroy);
}

/* ---- cells ------------------------------------------------------------------------------- */

char *group_list_version(const struct group *group)
{
	const struct group_tally *t = &group->tally;

	if (!t->version)
		return NULL;
	return t->has_release ? g_strdup_printf("%u.%u", t->version, t->release) :
				g_strdup_printf("%u", t->version);
}

/* The name that the end gives itself, or else the source of its RDMA packets. */
static char *end_of(const struct group *group, unsigned side)
{
	const char *host = group->host[side], *peer = group->tally.peer[side];
	wmem_list_frame_t *at = wmem_list_head(group->links);

	if (host || peer)
		return g_strdup_printf("%s%s%s", host ? host : "", host && peer ? " " : "",
				       peer ? peer : "");
	return at ? group_list_address((const struct link *)wmem_list_frame_data(at), side) : NULL;
}

static char *end_text(const struct group *group)
{
	const struct group_tally *t = &group->tally;
	const char *reason;
	const char *by = t->ended_by >= SIDES || !group->first ? "" :
			 t->ended_by == CLIENT		       ? ", by the client" :
								 ", by the server";

	if (!t->end_in && group->first && !sum_of(group) &&
	    outcome_kind(group->first) == OUTCOME_TCP)
		return g_strdup("its first connection is TCP");
	if (!t->end_in)
		return g_strdup("open");
	if (!t->has_end_reason)
		return g_strdup_printf("frame %u", t->end_in);
	reason = smcw_value_text(SMCW_LIST_del_link_reasons, t->end_reason);
	if (reason)
		return g_strdup_printf("frame %u%s: %s", t->end_in, by, reason);
	return g_strdup_printf("frame %u%s: reason 0x%08x", t->end_in, by, t->end_reason);
}

static char *frame_text(guint32 frame)
{
	return frame ? g_strdup_printf("%u", frame) : NULL;
}

static char *group_list_cell(const void *item, unsigned column)
{
	const struct group *group = (const struct group *)item;

	switch (column) {
	case NUMBER:
		return g_strdup_printf("%u", group->number);
	case KIND:
		return g_strdup(group->smcd ? "SMC-D" : "SMC-R");
	case VERSION:
		return group_list_version(group);
	case CLIENT_END:
	case SERVER_END:
		return end_of(group, column == CLIENT_END ? CLIENT : SERVER);
	case EID:
		return g_strdup(group->eid);
	case LINKS:
		return link_numbers(group, true);
	case CONNECTIONS:
		return g_strdup_printf("%u", sum_of(group) ? sum_of(group)->conns : 0);
	case CLIENT_SENT:
	case SERVER_SENT:
		return group_list_sent_of(group, column == CLIENT_SENT ? CLIENT : SERVER);
	case FIRST:
		return frame_text(group->tally.frames.first);
	case LAST:
		return frame_text(group->tally.frames.last);
	default:
		return end_text(group);
	}
}

/* ---- the list ---------------------------------------------------------------------------- */

static const void *group_list_item_of(const struct listed *l)
{
	return l->group;
}

static gint group_list_compare(gconstpointer a, gconstpointer b)
{
	const struct group *x = *(const struct group *const *)a;
	const struct group *y = *(const struct group *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static struct list list = {
	.title = "SMC link groups",
	.menu = "SMC Link Groups",
	.text = "smcx,groups",
	.window = "smcx_window,groups",
	.columns = names,
	.right = right,
	.n_columns = COLUMNS,
	.item = group_list_item_of,
	.all = group_all,
	.compare = group_list_compare,
	.cell = group_list_cell,
	.begin = group_list_begin,
};

void group_list_register(void)
{
	list_register(&list);
}
