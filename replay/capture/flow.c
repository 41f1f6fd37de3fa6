// SPDX-License-Identifier: GPL-2.0-or-later
/* See flow.h. */
#include "flow.h"

#include <string.h>

void flows_init(struct flows *f, struct arena *a)
{
	*f = (struct flows){ .arena = a };
	f->tail = &f->first;
}

static __u64 hash_end(const struct packet_end *e)
{
	return index_hash(e->port, e->address, sizeof(e->address));
}

/* The same for both directions. */
static __u64 hash_ends(const struct packet_end *a, const struct packet_end *b)
{
	return hash_end(a) + hash_end(b);
}

struct flow *flows_add(struct flows *f, const struct packet_end *client,
		       const struct packet_end *server)
{
	struct flow *flow;

	if (f->n == FLOWS_MAX) {
		f->left_out++;
		return NULL;
	}
	flow = arena_alloc(f->arena, sizeof(*flow));
	flow->side[END_CLIENT].end = *client;
	flow->side[END_SERVER].end = *server;
	flow->test = arena_alloc(f->arena, sizeof(*flow->test));
	flow->test->plays[END_CLIENT] = flow->test->plays[END_SERVER] = true;
	flow->test->name = "";
	flow->steps = &flow->test->steps;
	index_add(f->arena, &f->by_ends, hash_ends(client, server), flow);
	flow->number = f->n++;
	*f->tail = flow;
	f->tail = &flow->next;
	return flow;
}

static bool is_between(const struct flow *flow, const struct packet_end *from,
		       const struct packet_end *to, enum end *end)
{
	for (int e = END_CLIENT; e <= END_SERVER; e++) {
		if (packet_end_equal(&flow->side[e].end, from) &&
		    packet_end_equal(&flow->side[!e].end, to)) {
			*end = (enum end)e;
			return true;
		}
	}
	return false;
}

/* The latest one, since ports are used again. */
struct flow *flows_find(struct flows *f, const struct packet_end *from, const struct packet_end *to,
			bool as_client, enum end *end)
{
	__u64 hash = hash_ends(from, to);

	for (const struct index_entry *e = index_first(&f->by_ends, hash); e; e = index_next(e))
		if (is_between(e->item, from, to, end))
			return e->item;
	if (!as_client)
		return NULL;
	*end = END_CLIENT;
	return flows_add(f, from, to);
}

struct step *flow_step(struct flows *f, struct flow *flow, enum end end, enum step_kind kind)
{
	struct step *s = arena_alloc(f->arena, sizeof(*s));

	s->end = (__u8)end;
	s->kind = (__u8)kind;
	*flow->steps = s;
	flow->steps = &s->next;
	flow->last = s;
	return s;
}

/* ---- messages ------------------------------------------------------------------ */

void flow_message(struct flows *f, struct flow *flow, enum end end, enum message_layer layer,
		  bool big, const __u8 *bytes, size_t len)
{
	static const enum step_kind kinds[] = {
		[LAYER_CLC] = STEP_CLC,
		[LAYER_LLC] = STEP_LLC,
		[LAYER_DMB] = STEP_DMB,
	};
	struct step *s = flow_step(f, flow, end, kinds[layer]);

	s->message = message_parse(f->arena, layer, big, bytes, len);
	flow->has_smc = true;
	if (layer == LAYER_CLC)
		flow_learn_accept(f, flow, end, bytes, len);
}
