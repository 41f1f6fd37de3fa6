// SPDX-License-Identifier: GPL-2.0-or-later
/* See series.h. */
#include "series.h"

#include <string.h>

/* Two parts become one. */
static void series_fold(struct series *s)
{
	for (int way = 0; way < 2; way++) {
		for (unsigned int i = 0; i < SERIES_PARTS / 2; i++)
			s->part[way][i] = s->part[way][2 * i] + s->part[way][2 * i + 1];
		memset(s->part[way] + SERIES_PARTS / 2, 0,
		       SERIES_PARTS / 2 * sizeof(s->part[0][0]));
	}
	s->width *= 2;
}

static unsigned int series_at(const struct series *s, __u64 time)
{
	__u64 at = time > s->start ? (time - s->start) / s->width : 0;

	return at < SERIES_PARTS ? (unsigned int)at : SERIES_PARTS - 1;
}

void series_add(struct series *s, int way, __u64 from, __u64 to, __u64 amount)
{
	__u64 left = amount;

	if (!s->width) {
		s->width = SERIES_WIDTH;
		s->start = to;
	}
	if (to > s->end)
		s->end = to;
	while (to > s->start && (to - s->start) / s->width >= SERIES_PARTS)
		series_fold(s);
	if (from < s->start)
		from = s->start;
	for (unsigned int i = series_at(s, from), last = series_at(s, to); i < last; i++) {
		__u64 begin = s->start + i * s->width;
		__u64 ns = begin + s->width - (begin > from ? begin : from);
		__u64 share = (__u64)((double)amount * (double)ns / (double)(to - from));

		share = share < left ? share : left;
		s->part[way][i] += share;
		left -= share;
	}
	s->part[way][series_at(s, to)] += left;
}

unsigned int series_parts(const struct series *s)
{
	return s->width ? series_at(s, s->end) + 1 : 0;
}
