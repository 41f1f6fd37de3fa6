// SPDX-License-Identifier: GPL-2.0-or-later
/* RDMA, which belongs to the connection that its queue pairs were named in. See flow.h. */
#include "flow.h"

#include <errno.h>
#include <string.h>

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
	return flow->side[END_CLIENT].parsed && !flow->side[receiver].links &&
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

static void add_write(struct flows *f, struct flow *flow, enum end end, unsigned int link,
		      const struct roce_op *op)
{
	struct step *s = flow_step(f, flow, end, STEP_WRITE);

	s->key = arena_printf(f->arena, "0x%08x", op->rkey);
	s->offset = op->vaddr - flow->side[!end].link[link].vaddr;
	s->data = (const __u8 *)arena_copy(f->arena, op->bytes, op->len);
	s->len = op->len;
}

int flows_roce(struct flows *f, const struct roce_op *op)
{
	enum end receiver = END_SERVER;
	unsigned int link = 0;
	struct flow *flow = flows_receiver(f, op, &receiver, &link);
	enum end sender = receiver == END_CLIENT ? END_SERVER : END_CLIENT;

	if (!flow || !op->len)
		return -ENOENT;
	if (op->kind == ROCE_WRITE) {
		add_write(f, flow, sender, link, op);
		return 0;
	}
	if (op->bytes[0] != SMCW_CDC_TYPE) {
		flow = with_handshake(flow, receiver);
		flows_learn_links(f, op);
	}
	flow_message(f, flow, sender, LAYER_LLC, false, op->bytes, op->len);
	if (link && link < SCRIPT_LINKS_MAX)
		flow->last->delivery.link = link + 1;
	return 0;
}
