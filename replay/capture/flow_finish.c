// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections become cases, when the capture is at its end. See flow.h. */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include "script/data.h"
#include "script/names.h"

/* A message whose end was never captured. */
static void add_left_over(struct flows *f, struct flow *flow)
{
	for (int end = END_CLIENT; end <= END_SERVER; end++) {
		struct flow_side *side = &flow->side[end];

		if (side->parsed < side->stream.len)
			flow_add_data(f, flow, (enum end)end, STEP_BYTES,
				      side->stream.len - side->parsed);
	}
	flow_place_data(flow);
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

static void client_needs(struct flows *f, struct flow *flow, const struct message *m)
{
	__u8 types = (__u8)message_number(m, SMCW_F_proposal_hdr_typev2);

	if (m->type == SMCW_DECLINE) {
		add_need(f, flow, "client:no_proposal");
		return;
	}
	if (message_number(m, SMCW_F_proposal_hdr_version) < SMCW_V2 || types == SMCW_TYPE_N) {
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
		if (message_number(m, SMCW_F_accept_hdr_version) < SMCW_V2)
			add_need(f, flow, "server:v1");
		add_need(f, flow, message_part(m, SMCW_PART_smcd) ? "server:ism" : "server:rdma");
		if (message_part(m, SMCW_PART_smcd))
			add_need(f, flow, "turn");
		return;
	}
	switch (message_number(m, SMCW_F_decline_diagnosis)) {
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
	if (flow->side[END_CLIENT].links > 1 && flow->side[END_SERVER].links > 1)
		add_need(f, flow, "second_gid");
	if (answer && !answer->len)
		add_app(f, flow, offer && offer->len ? END_SERVER : END_CLIENT);
}

/*
 * A subnet that holds both ends is that of the connection; of another one it
 * matters that it is another one, and it stays what it was.
 */
static bool flow_finish_holds(const struct value *subnet, unsigned int bits,
			      const struct packet_end *end)
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
	    !flow_finish_holds(&subnet->value, (unsigned int)value_number(&bits->value),
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
