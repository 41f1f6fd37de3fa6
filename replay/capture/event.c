// SPDX-License-Identifier: GPL-2.0-or-later
/* See event.h. */
#include "event.h"

#include <errno.h>
#include <string.h>

enum { TAG_HEAD = 4 }; /* a tag, and its length */

static const char dissector[] = SMCW_EVENT_DISSECTOR;

/* The start of the event, after the tags. */
static const __u8 *find_event(const __u8 *at, size_t *len)
{
	bool ours = false;

	while (*len >= TAG_HEAD) {
		unsigned int tag = smcw_get16(at);
		size_t n = smcw_get16(at + 2);

		at += TAG_HEAD;
		*len -= TAG_HEAD;
		if (tag == SMCW_TAG_END)
			return ours ? at : NULL;
		if (n > *len)
			return NULL;
		if (tag == SMCW_TAG_DISSECTOR_NAME)
			ours = n >= strlen(dissector) && !memcmp(at, dissector, strlen(dissector));
		at += n;
		*len -= n;
	}
	return NULL;
}

/* The end of its connection that the reporting host is. */
static bool end_of(const struct smcw_event *ev, enum end *end)
{
	*end = ev->role == SMCW_ROLE_CLIENT ? END_CLIENT : END_SERVER;
	return ev->role != SMCW_ROLE_UNKNOWN;
}

static struct packet_end local_end(const struct smcw_event *ev)
{
	struct packet_end end = { .port = smcw_get16(&ev->local_port) };

	memcpy(end.address, ev->local, sizeof(end.address));
	return end;
}

static struct packet_end peer_end(const struct smcw_event *ev)
{
	struct packet_end end = { .port = smcw_get16(&ev->peer_port) };

	memcpy(end.address, ev->peer, sizeof(end.address));
	return end;
}

static struct flow *flow_by_group(const struct flows *f, const struct smcw_event *ev, enum end *end)
{
	struct flow *found = NULL;
	__u32 lgr = smcw_get32(&ev->lgr);

	for (struct flow *flow = f->first; lgr && flow; flow = flow->next) {
		for (int e = END_CLIENT; e <= END_SERVER; e++) {
			if (flow->side[e].lgr != lgr)
				continue;
			found = flow;
			*end = (enum end)e;
		}
	}
	return found;
}

/* LLC belongs to a link group; the latest connection of the group takes it. */
static struct flow *flow_of(const struct flows *f, const struct smcw_event *ev, enum end *end)
{
	struct packet_end local = local_end(ev), peer = peer_end(ev);
	bool client = end_of(ev, end) && *end == END_CLIENT;
	enum end first;
	struct flow *flow;

	if (!local.port)
		return flow_by_group(f, ev, end);
	if (ev->role == SMCW_ROLE_UNKNOWN)
		return flows_find((struct flows *)f, &local, &peer, false, end);
	flow = flows_find((struct flows *)f, client ? &local : &peer, client ? &peer : &local, true,
			  &first);
	if (flow && smcw_get32(&ev->lgr))
		flow->side[*end].lgr = smcw_get32(&ev->lgr);
	return flow;
}

/* Open addressing, never more than half full; 0 is no id. */
static __u64 *slot_of(__u64 *ids, unsigned int cap, __u64 id)
{
	unsigned int i = (unsigned int)index_hash(0, &id, sizeof(id)) & (cap - 1);

	while (ids[i] && ids[i] != id)
		i = (i + 1) & (cap - 1);
	return &ids[i];
}

static void event_grow(struct events *e)
{
	unsigned int cap = e->cap ? 2 * e->cap : 256;
	__u64 *ids = arena_alloc(e->flows->arena, cap * sizeof(*ids));

	for (unsigned int i = 0; i < e->cap; i++)
		if (e->ids[i])
			*slot_of(ids, cap, e->ids[i]) = e->ids[i];
	e->ids = ids;
	e->cap = cap;
}

/* Both ends of one host report a message, with the same id: the first one counts. */
static bool was_seen(struct events *e, __u64 id)
{
	__u64 *slot;

	if (!id)
		return false;
	if (2 * e->n >= e->cap)
		event_grow(e);
	slot = slot_of(e->ids, e->cap, id);
	if (*slot)
		return true;
	*slot = id;
	e->n++;
	return false;
}

static int add_message(struct events *e, const struct smcw_event *ev, struct flow *flow,
		       enum end end)
{
	static const enum message_layer layers[] = {
		[SMCW_EV_CLC] = LAYER_CLC,
		[SMCW_EV_LLC] = LAYER_LLC,
		[SMCW_EV_CDC] = LAYER_LLC,
	};
	enum message_layer layer = layers[ev->kind];
	size_t len = smcw_get16(&ev->length);
	bool out = SMCW_EV_DIR_OF(ev) == SMCW_DIR_OUT;

	if (!len || was_seen(e, smcw_get64(&ev->id)))
		return 0;
	if (ev->kind == SMCW_EV_CDC && ev->mode == SMCW_MODE_SMCD)
		layer = LAYER_DMB;
	flow_message(e->flows, flow,
		     out	       ? end :
		     end == END_CLIENT ? END_SERVER :
					 END_CLIENT,
		     layer, ev->flags & SMCW_EV_BIG, (const __u8 *)(ev + 1), len);
	return 0;
}

static int add_option(struct events *e, const struct smcw_event *ev, struct flow *flow)
{
	const struct smcw_ev_syn *syn = (const void *)(ev + 1);
	enum end end = syn->answer ? END_SERVER : END_CLIENT;
	const struct smcw_tcp_option smc = { SMCW_TCPOPT_EXP, sizeof(smc), 0 };
	struct step *s;

	if (flow->has_option[end])
		return 0; /* the other end's word for it */
	flow->has_option[end] = true;
	s = flow_step(e->flows, flow, end, STEP_OPTION);
	if (!syn->present)
		return 0;
	flow->has_smc = true;
	s->data = (const __u8 *)arena_copy(e->flows->arena, &smc, sizeof(smc));
	s->len = sizeof(smc);
	smcw_put32((__u8 *)s->data + offsetof(struct smcw_tcp_option, magic), SMCW_EYE_SMCR);
	return 0;
}

static int add_fallback(struct events *e, const struct smcw_event *ev, struct flow *flow,
			enum end end)
{
	const struct smcw_ev_fallback *fallback = (const void *)(ev + 1);
	struct step *s = flow_step(e->flows, flow, end, STEP_DIAG);

	s->mode = DIAG_TCP;
	s->has_reason = true;
	s->reason = smcw_get32(&fallback->reason);
	s->has_diagnosis = fallback->diagnosis != 0;
	s->diagnosis = smcw_get32(&fallback->diagnosis);
	return 0;
}

static int take_event(struct events *e, const struct smcw_event *ev)
{
	enum end end;
	struct flow *flow = flow_of(e->flows, ev, &end);

	if (!flow)
		return ev->kind <= SMCW_EV_CDC ? -ENOENT : 0;
	switch (ev->kind) {
	case SMCW_EV_CLC:
	case SMCW_EV_LLC:
	case SMCW_EV_CDC:
		return add_message(e, ev, flow, end);
	case SMCW_EV_SYN:
		return add_option(e, ev, flow);
	case SMCW_EV_FALLBACK:
		return add_fallback(e, ev, flow, end);
	default:
		return 0;
	}
}

int event_packet(struct events *e, const __u8 *bytes, size_t len)
{
	/* A packet begins anywhere, struct smcw_event does not. */
	static _Thread_local union {
		struct smcw_event ev;
		__u8 bytes[sizeof(struct smcw_event) + 0xffff];
	} copy;
	const __u8 *at = find_event(bytes, &len);
	struct smcw_layout l;

	if (!at)
		return -ENOENT;
	if (smcw_event_layout(at, len, &l))
		return l.faults & SMCW_FAULT_CUT ? -EMSGSIZE : -ENOENT;
	memcpy(copy.bytes, at, len < sizeof(copy.bytes) ? len : sizeof(copy.bytes));
	return take_event(e, &copy.ev);
}
