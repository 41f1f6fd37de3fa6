// SPDX-License-Identifier: GPL-2.0-or-later
/* See group.h. */
#include <epan/packet.h>
#include <string.h>

#include "conn.h"
#include "group.h"
#include "smc_address.h"

/* A group has 3 links at most (RFC 7609, 2.2); more are kept for those that came and went. */
#define LINKS_MAX 256

/* Links that wait for their other end: more than these are not looked through. */
#define LOOK_BACK 64

struct number_key {
	guint64 gid;
	guint32 number;
};

static wmem_map_t *queue_pairs;
static wmem_map_t *smcd_groups;
static wmem_map_t *traced_groups;
static wmem_map_t *traced_conns;
static wmem_list_t *waiting; /* links that lack an end, or an address; the newest first */
static wmem_list_t *all;
static guint32 groups;

/* ---- keys ------------------------------------------------------------------------ */

static guint queue_pair_hash(gconstpointer key)
{
	const struct queue_pair *q = (const struct queue_pair *)key;

	return q->qpn ^ wmem_strong_hash(q->gid, sizeof(q->gid));
}

static gboolean queue_pair_equal(gconstpointer a, gconstpointer b)
{
	const struct queue_pair *p = (const struct queue_pair *)a;
	const struct queue_pair *q = (const struct queue_pair *)b;

	return p->qpn == q->qpn && !memcmp(p->gid, q->gid, sizeof(p->gid));
}

static guint number_hash(gconstpointer key)
{
	const struct number_key *k = (const struct number_key *)key;

	return (guint)(k->gid ^ k->gid >> 32) ^ k->number;
}

static gboolean number_equal(gconstpointer a, gconstpointer b)
{
	const struct number_key *k = (const struct number_key *)a;
	const struct number_key *l = (const struct number_key *)b;

	return k->gid == l->gid && k->number == l->number;
}

void group_address(const address *from, guint8 gid[SMCW_GID_LEN])
{
	int len = MIN(from->len, SMCW_GID_LEN);

	if (len == 4 && from->type == AT_IPv4) {
		smcw_put_mapped(gid, from->data);
		return;
	}
	memset(gid, 0, SMCW_GID_LEN);
	if (len < SMCW_GID_LEN)
		gid[0] = 0xff; /* multicast is no host: a LID can be confused with no GID */
	if (len)
		memcpy(gid + SMCW_GID_LEN - len, from->data, (size_t)len);
}

/* ---- groups ----------------------------------------------------------------------- */

struct group *group_new(bool smcd)
{
	struct group *g = wmem_new0(wmem_file_scope(), struct group);

	g->number = groups++;
	g->smcd = smcd;
	g->tally.ended_by = SIDES;
	wmem_list_append(all, g);
	g->links = wmem_list_new(wmem_file_scope());
	for (unsigned i = 0; i < SIDES; i++)
		g->tokens[i] = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
	return g;
}

void group_add_half(struct group *group, struct conn *conn)
{
	if (group->n_halves == HALVES_MAX)
		memmove(group->halves, group->halves + 1,
			--group->n_halves * sizeof(group->halves[0]));
	group->halves[group->n_halves++] = conn;
}

wmem_list_t *group_all(void)
{
	wmem_list_frame_t *at = wmem_list_head(all), *next;

	for (; at; at = next) {
		next = wmem_list_frame_next(at);
		if (((struct group *)wmem_list_frame_data(at))->merged)
			wmem_list_remove_frame(all, at);
	}
	return all;
}

static void *group_find(wmem_map_t *map, guint64 gid, guint32 number)
{
	const struct number_key key = { gid, number };

	return wmem_map_lookup(map, &key);
}

static void group_put(wmem_map_t *map, guint64 gid, guint32 number, void *value)
{
	struct number_key *key = wmem_new(wmem_file_scope(), struct number_key);

	*key = (struct number_key){ gid, number };
	wmem_map_insert(map, key, value);
}

struct group *group_smcd(guint64 gid, guint32 linkid)
{
	return group_find(smcd_groups, gid, linkid);
}

void group_smcd_is(guint64 gid, guint32 linkid, struct group *group)
{
	group_put(smcd_groups, gid, linkid, group);
}

struct conn *group_traced_conn(guint64 lgr, guint32 conn)
{
	return group_find(traced_conns, lgr, conn);
}

void group_traced_conn_is(guint64 lgr, guint32 conn, struct conn *is)
{
	group_put(traced_conns, lgr, conn, is);
}

struct group *group_traced(guint64 lgr)
{
	return group_find(traced_groups, lgr, 0);
}

void group_traced_is(guint64 lgr, struct group *group)
{
	group_put(traced_groups, lgr, 0, group);
}

/* ---- links -------------------------------------------------------------------------- */

struct link *link_new(struct group *group)
{
	struct link *link;

	if (wmem_list_count(group->links) >= LINKS_MAX)
		return NULL;
	link = wmem_new0(wmem_file_scope(), struct link);
	link->group = group;
	for (unsigned i = 0; i < SIDES; i++) {
		link->qp[i].link = link;
		link->qp[i].side = (guint8)i;
		link->rmbs[i] = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
	}
	wmem_list_append(group->links, link);
	wmem_list_prepend(waiting, link);
	return link;
}

struct link *link_find(struct group *group, guint8 num)
{
	wmem_list_frame_t *at = wmem_list_tail(group->links);

	for (; at; at = wmem_list_frame_prev(at)) {
		struct link *link = (struct link *)wmem_list_frame_data(at);

		if (link->has_num && link->num == num && !link->down_in)
			return link;
	}
	return NULL;
}

void link_end(struct link *link, unsigned side, const guint8 gid[SMCW_GID_LEN], guint32 qpn)
{
	struct queue_pair *qp = &link->qp[side];

	if (qp->known && wmem_map_lookup(queue_pairs, qp) == qp)
		wmem_map_remove(queue_pairs, qp);
	memcpy(qp->gid, gid, sizeof(qp->gid));
	qp->qpn = qpn;
	qp->known = true;
	/* A map keeps the key that it has, which is in the queue pair that had this number. */
	wmem_map_remove(queue_pairs, qp);
	wmem_map_insert(queue_pairs, qp, qp);
}

struct queue_pair *queue_pair_find(const guint8 gid[SMCW_GID_LEN], guint32 qpn)
{
	struct queue_pair key = { .qpn = qpn };

	memcpy(key.gid, gid, sizeof(key.gid));
	return wmem_map_lookup(queue_pairs, &key);
}

void queue_pair_forget(struct queue_pair *qp)
{
	if (wmem_map_lookup(queue_pairs, qp) == qp)
		wmem_map_remove(queue_pairs, qp);
}

/* The end of @link that is at @at, when the other one is not known. */
static struct queue_pair *lone_end(struct link *link, const guint8 at[SMCW_GID_LEN])
{
	for (unsigned i = 0; i < SIDES; i++)
		if (link->qp[i].known && !link->qp[!i].known &&
		    !memcmp(link->qp[i].gid, at, SMCW_GID_LEN))
			return &link->qp[i];
	return NULL;
}

struct queue_pair *link_of_half(const address *src, const address *dst, guint32 qpn)
{
	guint8 from[SMCW_GID_LEN], to[SMCW_GID_LEN];
	wmem_list_frame_t *at = wmem_list_head(waiting);
	struct queue_pair *end, *only = NULL;
	unsigned found = 0, n = 0, side = SERVER;
	struct link *link;

	group_address(src, from);
	group_address(dst, to);
	for (; at && n < LOOK_BACK; at = wmem_list_frame_next(at), n++) {
		end = lone_end((struct link *)wmem_list_frame_data(at), from);
		if (end && !end->link->group->first) {
			only = end;
			found++;
		}
	}
	if (found == 1) {
		link = only->link;
		side = !only->side;
	} else {
		link = link_new(group_new(false));
	}
	link_end(link, side, to, qpn);
	return &link->qp[side];
}

/* The link that takes over the objects of a joined one. */
struct joining {
	struct link *keep;
	unsigned side;
	bool turned;
};

static void move_rmb(gpointer key, gpointer rmb, gpointer data)
{
	const struct joining *j = (const struct joining *)data;

	wmem_map_insert(j->keep->rmbs[j->side], key, rmb);
}

static void move_conn(gpointer token, gpointer value, gpointer data)
{
	const struct joining *j = (const struct joining *)data;
	struct conn *conn = (struct conn *)value;

	conn_move(conn, j->keep, j->turned);
	wmem_map_insert(j->keep->group->tokens[j->side], token, conn);
}

bool group_join(struct link *keep, unsigned side, struct link *gone, unsigned gone_side)
{
	struct joining j = { keep, side, side != gone_side };
	struct queue_pair *end = &keep->qp[side], *qp = &gone->qp[gone_side];

	if (keep->group == gone->group)
		return true;
	if (end->known || gone->qp[!gone_side].known)
		return false;
	memcpy(end->gid, qp->gid, sizeof(end->gid));
	end->qpn = qp->qpn;
	end->known = true;
	qp->link = keep; /* packets go on to be counted where they were */
	qp->side = (guint8)side;
	wmem_map_foreach(gone->rmbs[gone_side], move_rmb, &j);
	wmem_map_foreach(gone->group->tokens[gone_side], move_conn, &j);
	gone->group->merged = keep->group;
	return true;
}

struct link *link_by_qps(guint32 from, guint32 to)
{
	wmem_list_frame_t *at = wmem_list_head(waiting);

	for (unsigned n = 0; at && n < LOOK_BACK; at = wmem_list_frame_next(at), n++) {
		struct link *link = (struct link *)wmem_list_frame_data(at);
		const struct queue_pair *qp = link->qp;

		if (!link->up_in && !link->down_in && qp[CLIENT].known && qp[SERVER].known &&
		    ((qp[CLIENT].qpn == from && qp[SERVER].qpn == to) ||
		     (qp[SERVER].qpn == from && qp[CLIENT].qpn == to)))
			return link;
	}
	return NULL;
}

/* ---- RMBs ------------------------------------------------------------------------------- */

struct rmb *rmb_find(const struct link *link, unsigned side, guint32 rkey)
{
	return wmem_map_lookup(link->rmbs[side], GUINT_TO_POINTER(rkey));
}

static struct rmb *rmb_put(struct link *link, unsigned side, guint32 rkey, guint64 vaddr,
			   wmem_map_t *conns, guint32 frame)
{
	struct rmb *rmb = wmem_new0(wmem_file_scope(), struct rmb);

	rmb->vaddr = vaddr;
	rmb->conns = conns;
	rmb->named_in = frame;
	wmem_map_insert(link->rmbs[side], GUINT_TO_POINTER(rkey), rmb);
	return rmb;
}

struct rmb *rmb_announce(struct link *link, unsigned side, guint32 rkey, guint64 vaddr,
			 guint32 frame)
{
	struct rmb *rmb = rmb_find(link, side, rkey);

	if (rmb && rmb->vaddr == vaddr)
		return rmb;
	return rmb_put(link, side, rkey, vaddr,
		       wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal), frame);
}

void rmb_alias(struct link *link, unsigned side, guint32 rkey, guint64 vaddr, const struct rmb *rmb,
	       guint32 frame)
{
	rmb_put(link, side, rkey, vaddr, rmb->conns, frame);
}

struct replacing {
	wmem_map_t *conns;
	const struct conn *gone;
	struct conn *now;
};

static void replace_one(gpointer key, gpointer value, gpointer data)
{
	const struct replacing *r = (const struct replacing *)data;

	if (value == r->gone)
		wmem_map_insert(r->conns, key, r->now);
}

void rmb_replace(struct rmb *rmb, const struct conn *gone, struct conn *now)
{
	struct replacing r = { rmb->conns, gone, now };

	wmem_map_foreach(rmb->conns, replace_one, &r);
}

void rmb_forget(struct link *link, unsigned side, guint32 rkey)
{
	wmem_map_remove(link->rmbs[side], GUINT_TO_POINTER(rkey));
}

/* ---- registration --------------------------------------------------------------------------- */

static void group_forget_all(void)
{
	waiting = wmem_list_new(wmem_file_scope());
	all = wmem_list_new(wmem_file_scope());
	groups = 0;
}

void group_register(void)
{
	queue_pairs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), queue_pair_hash,
					     queue_pair_equal);
	smcd_groups = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), number_hash,
					     number_equal);
	traced_conns = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), number_hash,
					      number_equal);
	traced_groups = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), number_hash,
					       number_equal);
	register_init_routine(group_forget_all);
}
