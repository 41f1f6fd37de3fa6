// SPDX-License-Identifier: GPL-2.0-or-later
/* See top.h. */
#include "top.h"

#include <errno.h>
#include <stdlib.h>

static void top_swap(struct top *t, size_t a, size_t b)
{
	struct top_row row = t->row[a];

	t->row[a] = t->row[b];
	t->row[b] = row;
}

static void top_rise(struct top *t, size_t i)
{
	for (; i && t->row[i].weight < t->row[(i - 1) / 2].weight; i = (i - 1) / 2)
		top_swap(t, i, (i - 1) / 2);
}

static void top_sink(struct top *t)
{
	size_t i = 0, least;

	for (;;) {
		least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < t->n; child++)
			if (t->row[child].weight < t->row[least].weight)
				least = child;
		if (least == i)
			return;
		top_swap(t, i, least);
		i = least;
	}
}

bool top_takes(const struct top *t, __u64 weight)
{
	return t->n < t->max || (t->n && weight > t->row[0].weight);
}

int top_add(struct top *t, __u64 weight, const struct stats_conn *c, __u64 until)
{
	struct top_row row = { .weight = weight, .until = until, .conn = *c };

	if (!t->row)
		t->row = calloc(t->max, sizeof(*t->row));
	if (!t->row)
		return -ENOMEM;
	if (t->n < t->max) {
		t->row[t->n] = row;
		top_rise(t, t->n++);
		return 0;
	}
	t->left_out++;
	if (!top_takes(t, weight))
		return 0;
	t->row[0] = row;
	top_sink(t);
	return 0;
}

static int top_compare(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	if (x->weight != y->weight)
		return (x->weight < y->weight) - (x->weight > y->weight);
	return (x->conn.start > y->conn.start) - (x->conn.start < y->conn.start);
}

void top_sort(struct top *t)
{
	if (t->n)
		qsort(t->row, t->n, sizeof(*t->row), top_compare);
}

void top_free(struct top *t)
{
	free(t->row);
	*t = (struct top){ .max = t->max };
}
