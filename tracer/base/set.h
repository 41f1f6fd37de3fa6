/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of numbers, which is a table; when it is full it takes no more. */
#ifndef SMCKIT_TRACER_SET_H
#define SMCKIT_TRACER_SET_H

#include <stdbool.h>

#include "table.h"

#define SET_MAX 65536

struct member {
	struct table_node node;
	__u64 value;
};

static inline bool set_has(const struct table *t, __u64 value)
{
	struct table_node *n = table_first(t, table_mix(value));

	for (; n; n = table_next(n))
		if (table_entry(n, struct member, node)->value == value)
			return true;
	return false;
}

static inline int set_add(struct table *t, __u64 value)
{
	struct member *m;

	if (t->n >= SET_MAX || set_has(t, value))
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->value = value;
	return table_add(t, &m->node, table_mix(value));
}

static inline void set_free(struct table *t)
{
	for (size_t i = 0; i < t->size; i++)
		for (struct table_node *n = t->bucket[i], *next; n; n = next) {
			next = n->next;
			free(table_entry(n, struct member, node));
		}
	table_free(t);
}

#endif
