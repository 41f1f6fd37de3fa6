// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the stack by queue pairs. See rdma_steps.h. */
#include "rdma_steps.h"

#include <stdlib.h>

#include "llc_rules.h"
#include "peer/engine.h"
#include "second.h"
#include "state/seen.h"
#include "transport/cdc.h"

static void show_arrivals(struct play *p, struct link *l)
{
	struct arrival *a;
	unsigned int shown = 0;

	while ((a = link_left(l, true))) {
		if (shown++ < 8)
			play_show_bytes(p, a->bytes, a->len);
		free(a);
	}
}

/*
 * Linux, as a client, drops a CONFIRM_LINK that comes at once after its
 * Confirm: there is no flow yet that it would be for (smc_connect_rdma). A
 * server that gets no answer asks again.
 */
static struct arrival *ask_again(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	struct arrival *a =
		link_take(&r->links[0].link, r->asked[0], true, play_limit(p, RDMA_ASK_MS));

	if (!a)
		link_send(&r->links[0].link, r->asked, sizeof(r->asked), true,
			  play_limit(p, RDMA_LLC_MS));
	return a;
}

/* The statement by which there has to be a response. */
static const char *response_statement(__u8 type)
{
	return smcp_rule_mark((enum smcp_rule)smcp_llc_exchange(type)->answered);
}

static unsigned int llc_ms(__u8 type, bool response)
{
	return !response && (type & ~SMCW_LLC_V2_TYPE) == SMCW_LLC_TEST_LINK ? RDMA_TEST_LINK_MS :
									       RDMA_LLC_MS;
}

int rdma_receive_llc(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;
	__u8 type = s->message->type;
	bool response = engine_fits(s, (enum end)s->end, type, true);
	struct link *l = rdma_link_of(p, s);
	struct arrival *a = NULL;
	const char *fault;
	int rc;

	if (l->number == 1 && response && type && type == r->asked[0])
		a = ask_again(p);
	if (!a)
		a = link_take(l, type, response, play_step_limit(p, llc_ms(type, response)));
	if (a) {
		seen_message(p->seen, p->number, LAYER_LLC, false, a->bytes, a->len);
		rc = play_compare(p, s, a->bytes, a->len);
		if (!rc)
			rc = second_learn(p, &r->links[l->number - 1], a->bytes, a->len);
		free(a);
		return rc;
	}
	fault = link_fault(l);
	play_failed(p, "expected %s %s, got %s%s",
		    smcw_value_text(SMCW_LIST_llc_types, type) ?: "an LLC message",
		    response ? "response" : "request", fault ? fault : "nothing like it in time",
		    response ? response_statement(type) : "");
	show_arrivals(p, l);
	return PLAY_FAILED;
}

static int link_expect_no_more(struct play *p, struct link *l)
{
	struct rdma *r = p->setup->rdma;
	bool cdc = l != rdma_conn_link(r);
	struct arrival *a;

	while ((a = link_left(l, cdc)) && r->ending && rdma_is_delete_link(a->type))
		free(a);
	if (!a)
		return l->lost ?
			       play_failed(
				       p, "expected no more messages, got %u more than can be kept",
				       l->lost) :
			       0;
	play_failed(p, "expected no more messages%s, got one",
		    l->number > 1 ? " by a further link" : "");
	play_show_bytes(p, a->bytes, a->len);
	free(a);
	return PLAY_FAILED;
}

int rdma_expect_no_more(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	int rc;

	/* A group that ends may say so of each connection, and of itself, or be gone before. */
	rc = cdc_expect_no_more(p, r->ending ? SMCW_CDC_ABORT : 0);
	if (rc)
		return rc;
	for (int i = 0; !rc && i < RDMA_LINKS; i++)
		if (r->links[i].open)
			rc = link_expect_no_more(p, &r->links[i].link);
	return rc;
}
