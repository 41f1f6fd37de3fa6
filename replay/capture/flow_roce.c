// SPDX-License-Identifier: GPL-2.0-or-later
/* RDMA, which belongs to the connection that its queue pairs were named in. See flow.h. */
#include "flow.h"

#include <errno.h>
#include <string.h>

static bool is_pair_of(const struct flow_side *side, const struct roce_op *op)
{
	return side->qpn == op->qpn && !memcmp(side->gid, op->to, sizeof(side->gid));
}

/* A link serves all connections of its group: token and rkey show which, else the latest. */
static bool is_for(const struct flow_side *side, const struct roce_op *op)
{
	const struct smcw_cdc *cdc = (const void *)op->bytes;

	if (!is_pair_of(side, op))
		return false;
	if (op->kind == ROCE_WRITE)
		return side->rkey == op->rkey && op->vaddr >= side->vaddr;
	if (op->len == sizeof(*cdc) && cdc->type == SMCW_CDC_TYPE)
		return side->token == smcw_get32(&cdc->alert_token);
	return true;
}

static struct flow *find_receiver(struct flows *f, const struct roce_op *op, enum end *end)
{
	struct flow *found = NULL;
	__u64 hash = flow_hash_pair(op->qpn, op->to);

	for (const struct index_entry *x = index_first(&f->by_pair, hash); x; x = index_next(x)) {
		struct flow *flow = x->item;

		if (found && flow->number < found->number)
			continue;
		for (int e = END_CLIENT; e <= END_SERVER; e++) {
			if (!is_for(&flow->side[e], op))
				continue;
			found = flow;
			*end = (enum end)e;
		}
	}
	return found;
}

static bool same_ends(const struct flow *a, const struct flow *b)
{
	for (int e = END_CLIENT; e <= END_SERVER; e++)
		if (memcmp(a->side[e].end.address, b->side[e].end.address,
			   sizeof(a->side[e].end.address)))
			return false;
	return true;
}

/* It has proposed, and its receiver has not sent its queue pair yet. */
static bool is_in_handshake(const struct flow *flow, enum end receiver)
{
	return flow->side[END_CLIENT].parsed && !flow->side[receiver].qpn &&
	       !flow->side[END_CLIENT].is_data && !flow->side[END_SERVER].is_data;
}

/* A link group sends the rkeys of a further connection before Accept and Confirm name its link. */
static struct flow *with_handshake(struct flow *flow, enum end receiver)
{
	struct flow *found = flow;

	for (struct flow *at = flow->next; at; at = at->next)
		if (same_ends(flow, at) && is_in_handshake(at, receiver))
			found = at;
	return found;
}

static void add_write(struct flows *f, struct flow *flow, enum end end, const struct roce_op *op)
{
	struct step *s = flow_step(f, flow, end, STEP_WRITE);

	s->key = arena_printf(f->arena, "0x%08x", op->rkey);
	s->offset = op->vaddr - flow->side[!end].vaddr;
	s->data = (const __u8 *)arena_copy(f->arena, op->bytes, op->len);
	s->len = op->len;
}

int flows_roce(struct flows *f, const struct roce_op *op)
{
	enum end receiver = END_SERVER;
	struct flow *flow = find_receiver(f, op, &receiver);
	enum end sender = receiver == END_CLIENT ? END_SERVER : END_CLIENT;

	if (!flow || !op->len)
		return -ENOENT;
	if (op->kind == ROCE_WRITE) {
		add_write(f, flow, sender, op);
		return 0;
	}
	if (op->bytes[0] != SMCW_CDC_TYPE)
		flow = with_handshake(flow, receiver);
	flow_message(f, flow, sender, LAYER_LLC, false, op->bytes, op->len);
	return 0;
}
