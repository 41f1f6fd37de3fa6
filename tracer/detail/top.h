/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections of the largest weights, in a bounded number. */
#ifndef SMCKIT_TRACER_TOP_H
#define SMCKIT_TRACER_TOP_H

#include <stdbool.h>

#include "stats/stats.h"

struct top_row {
	__u64 weight;
	__u64 until;		/* ns: when it ended, or was last seen */
	struct stats_conn conn; /* a copy: what it points to is not valid */
};

/* .max is set, the rest zeroed in the beginning; then a heap, the least weight first. */
struct top {
	struct top_row *row;
	size_t n, max;
	__u64 left_out;
};

/* Does one more of that weight find room? */
bool top_takes(const struct top *t, __u64 weight);

/* Add it if it does, else count it. 0, or -ENOMEM. */
int top_add(struct top *t, __u64 weight, const struct stats_conn *c, __u64 until);

/* The largest first; nothing can be added any more. */
void top_sort(struct top *t);
void top_free(struct top *t);

#endif
