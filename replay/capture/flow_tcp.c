// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP packets. See flow.h. */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

void flow_add_data(struct flows *f, struct flow *flow, enum end end, enum step_kind kind,
		   size_t len)
{
	struct step *s = flow->last;

	if (!s || s->kind != kind || s->end != end) {
		s = flow_step(f, flow, end, kind);
		s->offset = flow->side[end].parsed;
	}
	s->len += len;
	flow->side[end].parsed += len;
}

void flow_place_data(struct flow *flow)
{
	for (struct step *s = flow->test->steps; s; s = s->next) {
		if (s->kind != STEP_DATA && s->kind != STEP_BYTES)
			continue;
		s->data = flow->side[s->end].stream.bytes + s->offset;
		s->offset = 0;
	}
}

/* The bytes that have come in order: CLC messages, then bytes of the application. */
static void flow_tcp_read_stream(struct flows *f, struct flow *flow, enum end end)
{
	struct flow_side *side = &flow->side[end];

	while (side->parsed < side->stream.len) {
		const __u8 *at = side->stream.bytes + side->parsed;
		size_t left = side->stream.len - side->parsed;
		int need = side->is_data ? -EPROTO : smcw_clc_frame(at, left);

		if (need < 0) {
			side->is_data = true;
			flow_add_data(f, flow, end, STEP_DATA, left);
			return;
		}
		if (!need || (size_t)need > left)
			return;
		flow_message(f, flow, end, LAYER_CLC, false, at, (size_t)need);
		side->parsed += (size_t)need;
	}
}

static void read_syn(struct flows *f, struct flow *flow, enum end end, const struct packet *p)
{
	size_t len;
	const __u8 *option = packet_option(p, SMCW_TCPOPT_EXP, &len);
	struct step *s = flow_step(f, flow, end, STEP_OPTION);

	flow->has_syn = true;
	flow->has_option[end] = true;
	if (!option)
		return;
	s->data = (const __u8 *)arena_copy(f->arena, option, len);
	s->len = len;
	if (len >= sizeof(struct smcw_tcp_option) &&
	    smcw_get32(option + offsetof(struct smcw_tcp_option, magic)) == SMCW_EYE_SMCR)
		flow->has_smc = true;
}

static void tell_end(struct flows *f, struct flow *flow, enum end end, enum step_kind kind)
{
	if (!flow->side[end].told_end)
		flow_step(f, flow, end, kind);
	flow->side[end].told_end = true;
}

/* In a connection whose SYN is not in the capture, the sender of a Proposal is the client. */
static bool begins_flow(const struct packet *p, struct packet_end const **client,
			struct packet_end const **server)
{
	const struct smcw_clc_hdr *hdr = (const void *)p->payload;
	bool from_server = p->syn && p->ack;

	if (!p->syn && (p->len < sizeof(*hdr) || smcw_clc_frame(p->payload, p->len) <= 0))
		return false;
	if (!p->syn && hdr->type == SMCW_ACCEPT)
		from_server = true;
	*client = from_server ? &p->to : &p->from;
	*server = from_server ? &p->from : &p->to;
	return true;
}

void flows_tcp(struct flows *f, const struct packet *p)
{
	const struct packet_end *client, *server;
	enum end end;
	struct flow *flow = flows_find(f, &p->from, &p->to, false, &end);

	/* A new SYN of used ports is a new connection, unless it comes again. */
	if (flow && p->syn && !p->ack && flow->side[end].stream.begun &&
	    flow->side[end].stream.next - flow->side[end].stream.len != p->seq + 1)
		flow = NULL;
	if (!flow) {
		if (!begins_flow(p, &client, &server))
			return;
		flow = flows_add(f, client, server);
		if (!flow)
			return;
		end = packet_end_equal(&p->from, client) ? END_CLIENT : END_SERVER;
	}
	flow->cut += p->cut;
	if (p->syn) {
		if (!flow->side[end].stream.begun)
			read_syn(f, flow, end, p);
		stream_syn(&flow->side[end].stream, p->seq);
		return;
	}
	if (p->len || p->fin) {
		stream_segment(f->arena, &flow->side[end].stream, p->seq, p->payload, p->len,
			       p->fin);
		flow_tcp_read_stream(f, flow, end);
	}
	if (p->rst)
		tell_end(f, flow, end, STEP_RESET);
	else if (flow->side[end].stream.ended)
		tell_end(f, flow, end, STEP_EOF);
}
