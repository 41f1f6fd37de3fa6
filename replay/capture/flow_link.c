// SPDX-License-Identifier: GPL-2.0-or-later
/* The links of a connection: Accept and Confirm name the first one, ADD_LINK and ADD_LINK_CONT the
 * others, or CONFIRM_RKEY where they were there before. See flow.h. */
#include "flow.h"

#include <string.h>

/* An end names few queue pairs; one that goes on doing so is not followed. */
enum { LEARNED_MAX = 16 };

static __u64 hash_pair(__u32 qpn, const __u8 *gid)
{
	return index_hash(qpn, gid, SMCW_GID_LEN);
}

static void index_pair(struct flows *f, struct flow *flow, struct flow_side *side,
		       const struct flow_link *link)
{
	if (side->learned++ < LEARNED_MAX)
		index_add(f->arena, &f->by_pair, hash_pair(link->qpn, link->gid), flow);
}

void flow_learn_accept(struct flows *f, struct flow *flow, enum end end, const __u8 *bytes,
		       size_t len)
{
	struct flow_side *side = &flow->side[end];
	struct flow_link *link = &side->link[0];
	struct smcw_accept_parts parts;
	struct smcw_layout l;

	smcw_clc_layout(bytes, len, &l);
	if (smcw_accept_parse(bytes, &l, &parts) || !parts.smcr)
		return;
	memcpy(link->gid, parts.smcr->gid, sizeof(link->gid));
	link->qpn = smcw_get24(parts.smcr->qpn);
	link->rkey = smcw_get32(&parts.smcr->rkey);
	link->vaddr = smcw_get64(&parts.smcr->vaddr);
	side->token = smcw_get32(&parts.smcr->alert_token);
	if (!side->links) {
		side->links = 1;
		flow_add_links_of_rmb(f, side);
	}
	for (unsigned int i = 0; i < side->links; i++)
		index_pair(f, flow, side, &side->link[i]);
}

/* Return: the side's link to a queue pair, or NULL. */
static const struct flow_link *link_to(const struct flow_side *side, const struct roce_op *op)
{
	for (unsigned int i = 0; i < side->links; i++)
		if (side->link[i].qpn == op->qpn &&
		    !memcmp(side->link[i].gid, op->to, sizeof(side->link[i].gid)))
			return &side->link[i];
	return NULL;
}

/* A link serves all connections of its group: token and rkey show which. */
static const struct flow_link *link_for(const struct flow_side *side, const struct roce_op *op)
{
	const struct flow_link *link = link_to(side, op);
	const struct smcw_cdc *cdc = (const void *)op->bytes;
	bool good = true;

	if (!link)
		return NULL;
	if (op->kind == ROCE_WRITE)
		good = link->rkey == op->rkey && op->vaddr >= link->vaddr;
	else if (op->len == sizeof(*cdc) && cdc->type == SMCW_CDC_TYPE)
		good = side->token == smcw_get32(&cdc->alert_token);
	return good ? link : NULL;
}

struct flow *flows_receiver(struct flows *f, const struct roce_op *op, enum end *end,
			    unsigned int *number)
{
	struct flow *found = NULL;
	__u64 hash = hash_pair(op->qpn, op->to);

	for (const struct index_entry *x = index_first(&f->by_pair, hash); x; x = index_next(x)) {
		struct flow *flow = x->item;

		if (found && flow->number < found->number)
			continue;
		for (int e = END_CLIENT; e <= END_SERVER; e++) {
			const struct flow_link *link = link_for(&flow->side[e], op);

			if (!link)
				continue;
			found = flow;
			*end = (enum end)e;
			*number = (unsigned int)(link - flow->side[e].link);
		}
	}
	return found;
}

/* ---- further links ------------------------------------------------------------- */

/* The link with that number which an end has added, made if there is room. */
static struct flow_link *added_link(struct flow_side *side, __u8 num)
{
	for (unsigned int i = 1; i < side->links; i++)
		if (side->link[i].num == num)
			return &side->link[i];
	if (!side->links || side->links == FLOW_LINKS_MAX)
		return NULL;
	side->link[side->links].num = num;
	return &side->link[side->links++];
}

/* The RMB that has this key on a link has another one on the new link. */
static void learn_rtoken(struct flow_side *side, struct flow_link *link,
			 const struct smcw_llc_rtoken *token)
{
	__u32 rkey = smcw_get32(&token->rkey);

	for (unsigned int i = 0; rkey && i < side->links; i++) {
		if (&side->link[i] == link || side->link[i].rkey != rkey)
			continue;
		link->rkey = smcw_get32(&token->rkey_new);
		link->vaddr = smcw_get64(&token->vaddr_new);
		return;
	}
}

static void learn_add_link(struct flows *f, struct flow *flow, struct flow_side *side,
			   const __u8 *bytes, const struct smcw_layout *l)
{
	const struct smcw_piece *piece = smcw_layout_find(l, SMCW_PART_add_link),
				*tokens = smcw_layout_find(l, SMCW_PART_rtoken);
	const struct smcw_llc_add_link *add = (const void *)(bytes + piece->off);
	const struct smcw_llc_rtoken *token = tokens ? (const void *)(bytes + tokens->off) : NULL;
	struct flow_link *link;

	if (add->flags & SMCW_LLC_REJ)
		return;
	link = added_link(side, add->link_num);
	if (!link)
		return;
	memcpy(link->gid, add->gid, sizeof(link->gid));
	link->qpn = smcw_get24(add->qpn);
	for (unsigned int i = 0; tokens && i < tokens->count; i++)
		learn_rtoken(side, link, &token[i]);
	index_pair(f, flow, side, link);
}

static void learn_add_link_cont(struct flow_side *side, const __u8 *bytes,
				const struct smcw_piece *piece)
{
	const struct smcw_llc_add_link_cont *cont = (const void *)(bytes + piece->off);
	struct flow_link *link = added_link(side, cont->link_num);

	for (unsigned int i = 0; link && i < sizeof(cont->rtoken) / sizeof(cont->rtoken[0]); i++)
		learn_rtoken(side, link, &cont->rtoken[i]);
}

/* Return: the side's link by which the message has come to it, or NULL. */
static const struct flow_link *learn_further_link(struct flows *f, struct flow *flow,
						  enum end receiver, const struct roce_op *op,
						  const struct smcw_layout *l)
{
	const struct flow_link *by = link_to(&flow->side[receiver], op);
	const struct smcw_piece *cont = smcw_layout_find(l, SMCW_PART_add_link_cont);
	struct flow_side *sender = &flow->side[!receiver];

	if (by && cont)
		learn_add_link_cont(sender, op->bytes, cont);
	else if (by && smcw_layout_find(l, SMCW_PART_add_link))
		learn_add_link(f, flow, sender, op->bytes, l);
	return by;
}

void flows_learn_links(struct flows *f, const struct roce_op *op)
{
	__u64 hash = hash_pair(op->qpn, op->to);
	const struct smcw_piece *keys;
	struct smcw_layout l;

	if (smcw_llc_layout(op->bytes, op->len, &l) || l.missing)
		return;
	keys = smcw_layout_find(&l, SMCW_PART_confirm_rkey);
	if (!keys && !smcw_layout_find(&l, SMCW_PART_add_link) &&
	    !smcw_layout_find(&l, SMCW_PART_add_link_cont))
		return;
	for (const struct index_entry *x = index_first(&f->by_pair, hash); x; x = index_next(x)) {
		struct flow *flow = x->item;

		for (int e = END_CLIENT; e <= END_SERVER; e++) {
			const struct flow_link *by =
				learn_further_link(f, flow, (enum end)e, op, &l);

			if (!by || !keys)
				continue;
			/* All connections of the group know its links. */
			flows_learn_rmb(f, &flow->side[!e], by->num,
					(const void *)(op->bytes + keys->off));
			return;
		}
	}
}
