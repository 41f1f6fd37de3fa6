// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RMBs that CONFIRM_RKEY names: the keys of one buffer on all links of its group. The message comes
 * before the connection that uses the buffer, of which Accept or Confirm say the key on one link.
 * See flow.h.
 */
#include "flow.h"

#include <string.h>

/* The keys of one end, by the places of its links. */
struct flow_rmb {
	struct flow_link link[FLOW_LINKS_MAX];
	unsigned int links;
};

static __u64 hash_key(const struct flow_link *link)
{
	__u64 pair = index_hash(link->qpn, link->gid, SMCW_GID_LEN);

	return index_hash(pair, &link->rkey, sizeof(link->rkey));
}

/* The first link has number 0 here, as ADD_LINK has not named it. */
static struct flow_link *link_numbered(struct flow_rmb *rmb, __u8 num)
{
	struct flow_link *first = &rmb->link[0];

	for (unsigned int i = 0; i < rmb->links; i++) {
		if (rmb->link[i].num == num)
			return &rmb->link[i];
		if (!rmb->link[i].num)
			first = &rmb->link[i];
	}
	return first;
}

static void set_key(struct flow_link *link, const struct smcw_llc_rkey *key)
{
	link->rkey = smcw_get32(&key->rkey);
	link->vaddr = smcw_get64(&key->vaddr);
}

void flows_learn_rmb(struct flows *f, const struct flow_side *owner, __u8 by,
		     const struct smcw_llc_confirm_rkey *c)
{
	unsigned int others = c->rkey[0].link_num;
	struct flow_rmb *rmb;

	if (c->flags & SMCW_LLC_RESP || owner->links < 2)
		return;
	if (others > sizeof(c->rkey) / sizeof(c->rkey[0]) - 1)
		others = sizeof(c->rkey) / sizeof(c->rkey[0]) - 1;
	rmb = arena_alloc(f->arena, sizeof(*rmb));
	rmb->links = owner->links;
	for (unsigned int i = 0; i < owner->links; i++) {
		rmb->link[i] = owner->link[i];
		rmb->link[i].rkey = 0;
	}
	set_key(link_numbered(rmb, by), &c->rkey[0]);
	for (unsigned int i = 1; i <= others; i++)
		set_key(link_numbered(rmb, c->rkey[i].link_num), &c->rkey[i]);
	for (unsigned int i = 0; i < rmb->links; i++)
		if (rmb->link[i].rkey)
			index_add(f->arena, &f->by_key, hash_key(&rmb->link[i]), rmb);
}

/* Return: the same link with the same key, or NULL. */
static const struct flow_link *same_key(const struct flow_rmb *rmb, const struct flow_link *link)
{
	for (unsigned int i = 0; i < rmb->links; i++)
		if (rmb->link[i].qpn == link->qpn && rmb->link[i].rkey == link->rkey &&
		    !memcmp(rmb->link[i].gid, link->gid, sizeof(link->gid)))
			return &rmb->link[i];
	return NULL;
}

static const struct flow_rmb *rmb_of(const struct flows *f, const struct flow_link *link)
{
	__u64 hash = hash_key(link);

	for (const struct index_entry *x = index_first(&f->by_key, hash); x; x = index_next(x))
		if (same_key(x->item, link))
			return x->item;
	return NULL;
}

void flow_add_links_of_rmb(const struct flows *f, struct flow_side *side)
{
	const struct flow_rmb *rmb = rmb_of(f, &side->link[0]);
	const struct flow_link *same = rmb ? same_key(rmb, &side->link[0]) : NULL;

	if (!rmb)
		return;
	side->link[0].num = same->num;
	for (unsigned int i = 0; i < rmb->links && side->links < FLOW_LINKS_MAX; i++)
		if (rmb->link[i].rkey && &rmb->link[i] != same)
			side->link[side->links++] = rmb->link[i];
}
