// SPDX-License-Identifier: GPL-2.0-or-later
/* See llc.h. */
#include <epan/packet.h>

#include "conn/conn.h"
#include "conn/group.h"
#include "llc.h"
#include "conn/note.h"
#include "stream/stream.h"
#include "conn/tally.h"

/* The part of a message, or NULL. */
static const void *part_of(const void *msg, const struct smcw_layout *l, unsigned part)
{
	const struct smcw_piece *piece = smcw_layout_find(l, part);

	return piece ? (const guint8 *)msg + piece->off : NULL;
}

bool llc_peer(const void *msg, const struct smcw_layout *l, guint32 *qpn)
{
	const struct smcw_llc_confirm_link *c = part_of(msg, l, SMCW_PART_confirm_link);

	if (!c || !SMCW_HAS(l, msg, c->qpn))
		return false;
	*qpn = smcw_get24(c->qpn);
	return true;
}

bool llc_has_flags(const void *msg, const struct smcw_layout *l)
{
	const guint8 *body = l->n > 1 ? (const guint8 *)msg + l->piece[1].off : NULL;

	return !l->missing || (body && SMCW_HAS(l, msg, *body));
}

/* ---- links ---------------------------------------------------------------------- */

static void learn_confirm_link(packet_info *pinfo, struct note *note,
			       const struct smcw_llc_confirm_link *c, const void *msg,
			       const struct smcw_layout *l)
{
	struct link *link = note->link;
	guint8 gid[SMCW_GID_LEN];

	if (SMCW_HAS(l, msg, c->link_num)) {
		link->num = c->link_num;
		link->has_num = true;
	}
	if (!link->qp[note->sender].known && SMCW_HAS(l, msg, c->qpn)) {
		group_address(&pinfo->src, gid);
		link_end(link, note->sender, gid, smcw_get24(c->qpn));
	}
	if (c->flags & SMCW_LLC_RESP && !link->up_in)
		link->up_in = pinfo->num;
}

/* The link that an ADD_LINK is about; the request makes it. */
static struct link *link_added(struct note *note, const struct smcw_llc_add_link *a)
{
	struct link *link = link_find(note->group, a->link_num);
	guint32 qpn = smcw_get24(a->qpn);
	bool other = link && link->qp[note->sender].known && link->qp[note->sender].qpn != qpn;

	if (link && !other)
		return link;
	link = link_new(note->group);
	if (link) {
		link->num = a->link_num;
		link->has_num = true;
	}
	return link;
}

static void learn_rtoken(packet_info *pinfo, struct note *note, struct link *added,
			 const struct smcw_llc_rtoken *t)
{
	const struct rmb *rmb = rmb_find(note->link, note->sender, smcw_get32(&t->rkey));
	guint32 rkey = smcw_get32(&t->rkey_new);
	guint64 vaddr = smcw_get64(&t->vaddr_new);

	if (rmb)
		rmb_alias(added, note->sender, rkey, vaddr, rmb, pinfo->num);
	else
		rmb_announce(added, note->sender, rkey, vaddr, pinfo->num);
}

static void learn_add_link(packet_info *pinfo, struct note *note, const struct smcw_llc_add_link *a,
			   const void *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *tokens = smcw_layout_find(l, SMCW_PART_rtoken);
	const struct smcw_llc_rtoken *t = part_of(msg, l, SMCW_PART_rtoken);
	struct link *link;

	if (!SMCW_HAS(l, msg, a->link_num))
		return;
	if (a->flags & SMCW_LLC_REJ) {
		link = link_find(note->group, a->link_num);
		if (link && link != note->link)
			link->down_in = pinfo->num;
		return;
	}
	link = link_added(note, a);
	if (!link || link == note->link)
		return;
	if (!link->qp[note->sender].known)
		link_end(link, note->sender, a->gid, smcw_get24(a->qpn));
	for (unsigned i = 0; tokens && i < tokens->count && SMCW_HAS(l, msg, t[i]); i++)
		learn_rtoken(pinfo, note, link, &t[i]);
}

static void learn_add_link_cont(packet_info *pinfo, struct note *note,
				const struct smcw_llc_add_link_cont *c, const void *msg,
				const struct smcw_layout *l)
{
	struct link *link = link_find(note->group, c->link_num);
	unsigned n = MIN(c->rkey_count, array_length(c->rtoken));

	if (link == note->link)
		return;
	for (unsigned i = 0; link && i < n && SMCW_HAS(l, msg, c->rtoken[i]); i++)
		learn_rtoken(pinfo, note, link, &c->rtoken[i]);
}

static void learn_delete_link(packet_info *pinfo, struct note *note,
			      const struct smcw_llc_delete_link *d, const void *msg,
			      const struct smcw_layout *l)
{
	wmem_list_frame_t *at = wmem_list_head(note->group->links);

	if (d->flags & SMCW_LLC_RESP || !SMCW_HAS(l, msg, d->link_num))
		return;
	for (; at; at = wmem_list_frame_next(at)) {
		struct link *link = (struct link *)wmem_list_frame_data(at);

		if (!link->down_in &&
		    (d->flags & SMCW_LLC_DEL_ALL || (link->has_num && link->num == d->link_num)))
			link->down_in = pinfo->num;
	}
	tally_delete_link(note, d);
}

/* ---- RMBs -------------------------------------------------------------------------- */

/* The connection that has the RMB, when it is one. */
static struct conn *conn_of_rmb(const struct rmb *rmb)
{
	wmem_list_t *keys = wmem_map_get_keys(NULL, rmb->conns);
	struct conn *conn = NULL;

	if (wmem_list_count(keys) == 1)
		conn = wmem_map_lookup(rmb->conns, wmem_list_frame_data(wmem_list_head(keys)));
	wmem_destroy_list(keys);
	return conn;
}

static void learn_confirm_rkey(packet_info *pinfo, struct note *note,
			       const struct smcw_llc_confirm_rkey *c, const void *msg,
			       const struct smcw_layout *l)
{
	const struct smcw_llc_rkey *own = &c->rkey[0];
	unsigned others = MIN(own->link_num, array_length(c->rkey) - 1);
	struct rmb *rmb;
	struct link *link;

	if (c->flags & SMCW_LLC_RESP || !SMCW_HAS(l, msg, *own))
		return;
	rmb = rmb_announce(note->link, note->sender, smcw_get32(&own->rkey),
			   smcw_get64(&own->vaddr), pinfo->num);
	for (unsigned i = 1; i <= others && SMCW_HAS(l, msg, c->rkey[i]); i++) {
		link = link_find(note->group, c->rkey[i].link_num);
		if (link && link != note->link)
			rmb_alias(link, note->sender, smcw_get32(&c->rkey[i].rkey),
				  smcw_get64(&c->rkey[i].vaddr), rmb, pinfo->num);
	}
}

/* Nothing is written to a buffer that its owner gives up: its missing bytes will not come. */
static void end_of_buffer(packet_info *pinfo, struct note *note, struct conn *conn, unsigned owner)
{
	struct stream *s = stream_of(conn, !conn_at(conn, owner));

	if (s)
		stream_end(pinfo, note, s);
}

/* @owner: the end whose keys they are, which asks for it. */
static void learn_delete_rkeys(packet_info *pinfo, struct note *note, unsigned owner,
			       const guint8 *rkeys, unsigned n, const void *msg,
			       const struct smcw_layout *l)
{
	for (unsigned i = 0; i < n && smcw_has(l, msg, &rkeys[(i + 1) * sizeof(__be32)]); i++) {
		guint32 rkey = smcw_get32(&rkeys[i * sizeof(__be32)]);
		const struct rmb *rmb = rmb_find(note->link, owner, rkey);
		struct conn *conn = rmb ? conn_of_rmb(rmb) : NULL;

		if (rmb && n == 1) {
			note->conn = conn;
			note->named_in = rmb->named_in;
		}
		if (conn)
			end_of_buffer(pinfo, note, conn, owner);
		rmb_forget(note->link, owner, rkey);
	}
}

static void learn_delete_rkey(packet_info *pinfo, struct note *note, const void *msg,
			      const struct smcw_layout *l)
{
	const struct smcw_llc_delete_rkey *v1 = part_of(msg, l, SMCW_PART_delete_rkey);
	const struct smcw_llc_delete_rkey_v2 *v2 = part_of(msg, l, SMCW_PART_delete_rkey_v2);
	const struct smcw_piece *list = smcw_layout_find(l, SMCW_PART_rkey_entry);
	unsigned flags = v1 ? v1->flags : v2 ? v2->flags : 0;
	unsigned owner = flags & SMCW_LLC_RESP ? !note->sender : note->sender;

	if (v1)
		learn_delete_rkeys(pinfo, note, owner, (const guint8 *)v1->rkey,
				   MIN(v1->rkey_count, array_length(v1->rkey)), msg, l);
	if (v2 && list)
		learn_delete_rkeys(pinfo, note, owner, part_of(msg, l, SMCW_PART_rkey_entry),
				   list->count, msg, l);
}

/* ---- all of LLC ---------------------------------------------------------------------- */

void llc_learn(packet_info *pinfo, struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcw_llc_confirm_link *confirm = part_of(msg, l, SMCW_PART_confirm_link);
	const struct smcw_llc_add_link *add = part_of(msg, l, SMCW_PART_add_link);
	const struct smcw_llc_add_link_cont *cont = part_of(msg, l, SMCW_PART_add_link_cont);
	const struct smcw_llc_delete_link *gone = part_of(msg, l, SMCW_PART_delete_link);
	const struct smcw_llc_confirm_rkey *rkey = part_of(msg, l, SMCW_PART_confirm_rkey);

	if (confirm)
		learn_confirm_link(pinfo, note, confirm, msg, l);
	else if (add)
		learn_add_link(pinfo, note, add, msg, l);
	else if (cont)
		learn_add_link_cont(pinfo, note, cont, msg, l);
	else if (gone)
		learn_delete_link(pinfo, note, gone, msg, l);
	else if (rkey)
		learn_confirm_rkey(pinfo, note, rkey, msg, l);
	else
		learn_delete_rkey(pinfo, note, msg, l);
}
