/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over time, in a number of equal parts that is bounded: they grow as the time goes on. */
#ifndef SMCKIT_TRACER_SERIES_H
#define SMCKIT_TRACER_SERIES_H

#include <linux/types.h>

#define SERIES_PARTS 240
#define SERIES_WIDTH                                                                               \
	1000000ull /* ns of a part in the beginning; a power of two times as much later */

/* Zeroed in the beginning. */
struct series {
	__u64 start, width;	     /* ns; of the first part, and of each */
	__u64 end;		     /* ns: the latest time that was added */
	__u64 part[2][SERIES_PARTS]; /* [0] sent, [1] received */
};

/**
 * series_add() - add something to one way.
 * @from: ns since 1970, when it began
 * @to: when it ended, as the latest of all; it is spread over all parts from @from on
 *
 * The sum of all parts is that of all amounts. Times before the first one count as that.
 */
void series_add(struct series *s, int way, __u64 from, __u64 to, __u64 amount);

/* Parts that are in use. */
unsigned int series_parts(const struct series *s);

#endif
