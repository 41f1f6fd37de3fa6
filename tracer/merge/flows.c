// SPDX-License-Identifier: GPL-2.0-or-later
/* See flows.h. */
#include "flows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/table.h"
#include "message.h"
#include "smc_codec.h"

/* Ends on a host, and the number that they have on all hosts. */
struct flow {
	struct table_node node;
	unsigned int host;
	__u32 ends, number;
};

/* The keys and numbers of a connection, and the end that has shown them first. */
struct print {
	struct table_node node;
	__u64 print;
	unsigned int host;
	__u32 ends;
};

struct flows {
	struct table flows, prints;
};

static __u64 flows_hash(unsigned int host, __u32 ends)
{
	return table_mix((__u64)host << 32 | ends);
}

static struct flow *flows_find(const struct flows *f, unsigned int host, __u32 ends)
{
	struct table_node *n = table_first(&f->flows, flows_hash(host, ends));

	for (; n; n = table_next(n)) {
		struct flow *flow = table_entry(n, struct flow, node);

		if (flow->host == host && flow->ends == ends)
			return flow;
	}
	return NULL;
}

__u32 flows_of(const struct flows *f, unsigned int host, __u32 ends)
{
	const struct flow *flow = ends ? flows_find(f, host, ends) : NULL;

	return flow ? flow->number : ends;
}

static int flows_name(struct flows *f, unsigned int host, __u32 ends, __u32 number)
{
	struct flow *flow = flows_find(f, host, ends);

	if (!flow) {
		if (f->flows.n >= FLOWS_MAX)
			return 0;
		flow = calloc(1, sizeof(*flow));
		if (!flow || table_add(&f->flows, &flow->node, flows_hash(host, ends))) {
			free(flow);
			return -ENOMEM;
		}
		flow->host = host;
		flow->ends = ends;
	}
	flow->number = number; /* ports are used again: the latest counts */
	return 0;
}

/* Where no NAT is both have the number already. */
int flows_join(struct flows *f, unsigned int host_a, __u32 ends_a, unsigned int host_b,
	       __u32 ends_b)
{
	__u32 number = flows_of(f, host_a, ends_a);

	if (!ends_a || !ends_b || number == flows_of(f, host_b, ends_b))
		return 0;
	return flows_name(f, host_b, ends_b, number);
}

static __u64 hash_buffer(__be32 conn, __be64 token)
{
	return table_hash(smcw_get32(&conn), &token, sizeof(token));
}

int flows_learn(struct flows *f, unsigned int host, const struct smcw_event *ev)
{
	const struct smcw_ev_conn *b = (const void *)(ev + 1);
	__u32 ends = message_ends(ev);
	struct table_node *n;
	struct print *p;
	__u64 print;

	if (ev->kind != SMCW_EV_CONN_READY || ev->mode != SMCW_MODE_SMCR || !ends || !ev->conn ||
	    !b->peer_conn || !b->token || !b->peer_token)
		return 0;
	print = table_mix(hash_buffer(ev->conn, b->token) +
			  hash_buffer(b->peer_conn, b->peer_token));
	for (n = table_first(&f->prints, print); n; n = table_next(n)) {
		p = table_entry(n, struct print, node);
		if (p->print == print && p->host != host)
			return flows_join(f, p->host, p->ends, host, ends);
		if (p->print == print)
			return 0;
	}
	if (f->prints.n >= FLOWS_MAX)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->print = print;
	p->host = host;
	p->ends = ends;
	if (!table_add(&f->prints, &p->node, print))
		return 0;
	free(p);
	return -ENOMEM;
}

struct flows *flows_new(void)
{
	return calloc(1, sizeof(struct flows));
}

static void flows_free_table(struct table *t, size_t at)
{
	for (size_t i = 0; i < t->size; i++)
		for (struct table_node *n = t->bucket[i], *next; n; n = next) {
			next = n->next;
			free((char *)n - at);
		}
	table_free(t);
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	flows_free_table(&f->flows, offsetof(struct flow, node));
	flows_free_table(&f->prints, offsetof(struct print, node));
	free(f);
}
