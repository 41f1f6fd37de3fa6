// SPDX-License-Identifier: GPL-2.0-or-later
/* See flow.h. */
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script/data.h"
#include "script/names.h"

/* An end names its queue pair once; one that goes on doing so is not followed. */
enum { LEARNED_MAX = 16 };

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

static struct flow *new_flow(struct flows *f, const struct packet_end *client,
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
	return new_flow(f, from, to);
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

/* ---- learning from messages about their senders ------------------------------ */

static __u64 hash_pair(__u32 qpn, const __u8 *gid)
{
	return index_hash(qpn, gid, SMCW_GID_LEN);
}

static void learn_accept(struct flows *f, struct flow *flow, enum end end, const __u8 *bytes,
			 size_t len)
{
	struct flow_side *side = &flow->side[end];
	struct smcw_accept_parts parts;
	struct smcw_layout l;

	smcw_clc_layout(bytes, len, &l);
	if (smcw_accept_parse(bytes, &l, &parts) || !parts.smcr)
		return;
	memcpy(side->gid, parts.smcr->gid, sizeof(side->gid));
	side->qpn = smcw_get24(parts.smcr->qpn);
	side->rkey = smcw_get32(&parts.smcr->rkey);
	side->vaddr = smcw_get64(&parts.smcr->vaddr);
	side->token = smcw_get32(&parts.smcr->alert_token);
	if (side->learned++ < LEARNED_MAX)
		index_add(f->arena, &f->by_pair, hash_pair(side->qpn, side->gid), flow);
}

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
		learn_accept(f, flow, end, bytes, len);
}

/* ---- TCP ------------------------------------------------------------------------- */

/*
 * The next @len bytes of the stream; those of one end become one step. Their
 * address is put in when the stream has stopped to grow, and to move.
 */
static void add_data(struct flows *f, struct flow *flow, enum end end, enum step_kind kind,
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

static void place_data(struct flow *flow)
{
	for (struct step *s = flow->test->steps; s; s = s->next) {
		if (s->kind != STEP_DATA && s->kind != STEP_BYTES)
			continue;
		s->data = flow->side[s->end].stream.bytes + s->offset;
		s->offset = 0;
	}
}

/* The bytes that have come in order: CLC messages, then bytes of the application. */
static void read_stream(struct flows *f, struct flow *flow, enum end end)
{
	struct flow_side *side = &flow->side[end];

	while (side->parsed < side->stream.len) {
		const __u8 *at = side->stream.bytes + side->parsed;
		size_t left = side->stream.len - side->parsed;
		int need = side->is_data ? -EPROTO : smcw_clc_frame(at, left);

		if (need < 0) {
			side->is_data = true;
			add_data(f, flow, end, STEP_DATA, left);
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
		flow = new_flow(f, client, server);
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
		read_stream(f, flow, end);
	}
	if (p->rst)
		tell_end(f, flow, end, STEP_RESET);
	else if (flow->side[end].stream.ended)
		tell_end(f, flow, end, STEP_EOF);
}

/* ---- RDMA -------------------------------------------------------------------------- */

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
	__u64 hash = hash_pair(op->qpn, op->to);

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

/* ---- the end ------------------------------------------------------------------------- */

/* A message whose end was never captured. */
static void add_left_over(struct flows *f, struct flow *flow)
{
	for (int end = END_CLIENT; end <= END_SERVER; end++) {
		struct flow_side *side = &flow->side[end];

		if (side->parsed < side->stream.len)
			add_data(f, flow, (enum end)end, STEP_BYTES,
				 side->stream.len - side->parsed);
	}
	place_data(flow);
}

static void name_writes(struct flows *f, struct test_case *test)
{
	for (struct step *s = test->steps; s; s = s->next) {
		const char *name;

		if (s->kind != STEP_WRITE)
			continue;
		name = names_find(f->arena, test, SMCW_F_smcr_rkey, strtoul(s->key, NULL, 0));
		if (name)
			s->key = name;
	}
}

/* ---- properties of the recorded hosts ----------------------------------------- */

static void add_need(struct flows *f, struct flow *flow, const char *word)
{
	struct word **tail = &flow->test->needs;

	while (*tail)
		tail = &(*tail)->next;
	*tail = arena_alloc(f->arena, sizeof(**tail));
	(*tail)->text = word;
}

static struct step *first_of(const struct flow *flow, enum end end, enum step_kind kind)
{
	for (struct step *s = flow->test->steps; s; s = s->next)
		if (s->kind == kind && s->end == end)
			return s;
	return NULL;
}

static __u32 number_of(const struct message *m, unsigned int field)
{
	for (const struct part *p = m->parts; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->field == field)
				return (__u32)value_number(&t->value);
	return 0;
}

static bool has_part(const struct message *m, unsigned int id)
{
	for (const struct part *p = m->parts; p; p = p->next)
		if (p->id == id)
			return true;
	return false;
}

static void client_needs(struct flows *f, struct flow *flow, const struct message *m)
{
	__u8 types = (__u8)number_of(m, SMCW_F_proposal_hdr_typev2);

	if (m->type == SMCW_DECLINE) {
		add_need(f, flow, "client:no_proposal");
		return;
	}
	if (number_of(m, SMCW_F_proposal_hdr_version) < SMCW_V2) {
		add_need(f, flow, "client:v1");
		return;
	}
	add_need(f, flow, smcw_type_includes(types, SMCW_TYPE_D) ? "client:ism" : "client:no_ism");
	add_need(f, flow,
		 smcw_type_includes(types, SMCW_TYPE_R) ? "client:rdma" : "client:no_rdma");
}

/* Reasons that show the devices of the end that gives them. */
static void server_needs(struct flows *f, struct flow *flow, const struct message *m)
{
	if (m->type == SMCW_ACCEPT) {
		add_need(f, flow, has_part(m, SMCW_PART_smcd) ? "server:ism" : "server:rdma");
		if (has_part(m, SMCW_PART_smcd))
			add_need(f, flow, "turn");
		return;
	}
	switch (number_of(m, SMCW_F_decline_diagnosis)) {
	case SMCW_DECL_NOISM2SUPP:
		add_need(f, flow, "server:no_ism");
		break;
	case SMCW_DECL_NOSMCD2DEV:
		add_need(f, flow, "server:ism");
		break;
	case SMCW_DECL_NOSMCRDEV:
		add_need(f, flow, "server:no_rdma");
		break;
	}
}

/* An end that did without the option had an application that asked for TCP. */
static void add_app(struct flows *f, struct flow *flow, enum end end)
{
	struct step *s = arena_alloc(f->arena, sizeof(*s));

	s->end = (__u8)end;
	s->kind = STEP_APP;
	s->app = APP_TCP;
	s->next = flow->test->steps;
	flow->test->steps = s;
}

static void add_needs(struct flows *f, struct flow *flow)
{
	const struct step *client = first_of(flow, END_CLIENT, STEP_CLC);
	const struct step *server = first_of(flow, END_SERVER, STEP_CLC);
	const struct step *offer = first_of(flow, END_CLIENT, STEP_OPTION);
	const struct step *answer = first_of(flow, END_SERVER, STEP_OPTION);

	if (client)
		client_needs(f, flow, client->message);
	if (server)
		server_needs(f, flow, server->message);
	if (answer && !answer->len)
		add_app(f, flow, offer && offer->len ? END_SERVER : END_CLIENT);
}

/*
 * A subnet that holds both ends is that of the connection; of another one it
 * matters that it is another one, and it stays what it was.
 */
static bool holds(const struct value *subnet, unsigned int bits, const struct packet_end *end)
{
	__u32 mask = bits ? ~0u << (32 - bits) : 0;

	return smcw_get16(end->address + 10) == 0xffff &&
	       ((smcw_get32(end->address + 12) ^ smcw_get32(subnet->bytes)) & mask) == 0;
}

static void use_name(struct flows *f, struct flow *flow, struct term *t, const char *name)
{
	struct let *let = arena_alloc(f->arena, sizeof(*let));

	let->name = name;
	let->text = names_value_text(f->arena, t->field, &t->value);
	let->next = flow->test->lets;
	flow->test->lets = let;
	names_index(f->arena, flow->test, let);
	t->kind = TERM_NAME;
	t->name = name;
}

static void name_subnet(struct flows *f, struct flow *flow)
{
	const struct step *s = first_of(flow, END_CLIENT, STEP_CLC);
	struct term *subnet = NULL, *bits = NULL;

	for (struct part *p = s ? s->message->parts : NULL; p; p = p->next) {
		for (struct term *t = p->terms; t; t = t->next) {
			if (t->field == SMCW_F_prefix_subnet)
				subnet = t;
			else if (t->field == SMCW_F_prefix_prefix_len)
				bits = t;
		}
	}
	if (!subnet || !bits || value_number(&bits->value) > 32 ||
	    !holds(&subnet->value, (unsigned int)value_number(&bits->value),
		   &flow->side[END_SERVER].end))
		return;
	use_name(f, flow, subnet, "local_subnet");
	use_name(f, flow, bits, "local_prefix_len");
}

static bool any_smc(const struct flows *f)
{
	for (const struct flow *flow = f->first; flow; flow = flow->next)
		if (flow->has_smc)
			return true;
	return false;
}

struct test_case *flows_finish(struct flows *f)
{
	struct test_case *first = NULL, **tail = &first;
	bool only_smc = any_smc(f);
	unsigned int n = 0;

	for (struct flow *flow = f->first; flow; flow = flow->next) {
		add_left_over(f, flow);
		if (only_smc ? !flow->has_smc : !flow->has_syn)
			continue;
		f->cut += flow->cut;
		add_needs(f, flow);
		name_subnet(f, flow);
		names_assign(f->arena, flow->test);
		name_writes(f, flow->test);
		flow->test->name = arena_printf(f->arena, "connection-%u", ++n);
		*tail = flow->test;
		tail = &flow->test->next;
	}
	return first;
}
