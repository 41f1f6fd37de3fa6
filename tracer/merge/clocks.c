// SPDX-License-Identifier: GPL-2.0-or-later
/* See clocks.h. */
#include "clocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX (1u << 20)
#define ROUNDS_MAX 256 /* each brings news from one host farther; hosts are 15 */
#define NEVER (1ll << 62)
#define PPM 1000000

/* A message says this of the clock of one of its ends: the common time at @own is at most, or at
 * least, @bound. */
struct point {
	__s64 own;
	__s64 bound;
	__s64 other; /* time by the clock of the other end */
	__u8 host;   /* the other end */
};

/* All that is known from one side: an envelope of lines that are as steep, or as flat, as drift
 * allows. */
struct side {
	struct point *point;
	size_t n, cap;
	size_t solved; /* of the points; these are sorted by own time, and later ones are waiting */
};

struct clock {
	struct side upper, lower; /* by messages that the host sent; and that it received */
};

struct clocks {
	unsigned int hosts;
	__s64 drift;
	size_t messages;
	struct clock clock[];
};

/* ---- lines -------------------------------------------------------------------------- */

/* The most by which the common clock goes on in @ns of another one; the least is @ns minus the
 * same. */
static __s64 clocks_slack(const struct clocks *c, __s64 ns)
{
	return ns / PPM * c->drift + (ns % PPM * c->drift + PPM - 1) / PPM;
}

static __s64 most_after(const struct clocks *c, __s64 ns)
{
	return ns + clocks_slack(c, ns);
}

static __s64 least_after(const struct clocks *c, __s64 ns)
{
	return ns - clocks_slack(c, ns);
}

/* ---- envelopes ------------------------------------------------------------------------ */

/* The first point that is later than @own. */
static size_t point_after(const struct side *s, __s64 own)
{
	size_t low = 0, high = s->solved;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->point[mid].own > own)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The latest common time that messages leave for @own; NEVER if none says anything. */
static __s64 upper_at(const struct clocks *c, unsigned int host, __s64 own)
{
	const struct side *s = &c->clock[host].upper;
	size_t next = point_after(s, own);
	__s64 bound = NEVER, by;

	if (!host)
		return own;
	if (next > 0 && s->point[next - 1].bound != NEVER)
		bound = s->point[next - 1].bound + most_after(c, own - s->point[next - 1].own);
	if (next < s->solved && s->point[next].bound != NEVER) {
		by = s->point[next].bound - least_after(c, s->point[next].own - own);
		bound = by < bound ? by : bound;
	}
	return bound;
}

/* The earliest one; -NEVER if none says anything. */
static __s64 lower_at(const struct clocks *c, unsigned int host, __s64 own)
{
	const struct side *s = &c->clock[host].lower;
	size_t next = point_after(s, own);
	__s64 bound = -NEVER, by;

	if (!host)
		return own;
	if (next > 0 && s->point[next - 1].bound != -NEVER)
		bound = s->point[next - 1].bound + least_after(c, own - s->point[next - 1].own);
	if (next < s->solved && s->point[next].bound != -NEVER) {
		by = s->point[next].bound - most_after(c, s->point[next].own - own);
		bound = by > bound ? by : bound;
	}
	return bound;
}

/* Each message says something of the times around it: forward, then back. True if a bound has
 * moved. */
static bool lower_upper_side(const struct clocks *c, unsigned int host)
{
	const struct side *s = &c->clock[host].upper;
	bool moved = false;

	for (size_t i = 0; i < s->n; i++) {
		struct point *p = &s->point[i];
		__s64 bound = upper_at(c, p->host, p->other);

		moved |= bound < p->bound;
		if (bound < p->bound)
			p->bound = bound;
		if (!i || p[-1].bound == NEVER)
			continue;
		bound = p[-1].bound + most_after(c, p->own - p[-1].own);
		if (bound < p->bound)
			p->bound = bound;
	}
	for (size_t i = s->n; i-- > 1;) {
		struct point *p = &s->point[i - 1];

		if (p[1].bound != NEVER &&
		    p[1].bound - least_after(c, p[1].own - p->own) < p->bound)
			p->bound = p[1].bound - least_after(c, p[1].own - p->own);
	}
	return moved;
}

static bool raise_lower_side(const struct clocks *c, unsigned int host)
{
	const struct side *s = &c->clock[host].lower;
	bool moved = false;

	for (size_t i = 0; i < s->n; i++) {
		struct point *p = &s->point[i];
		__s64 bound = lower_at(c, p->host, p->other);

		moved |= bound > p->bound;
		if (bound > p->bound)
			p->bound = bound;
		if (!i || p[-1].bound == -NEVER)
			continue;
		bound = p[-1].bound + least_after(c, p->own - p[-1].own);
		if (bound > p->bound)
			p->bound = bound;
	}
	for (size_t i = s->n; i-- > 1;) {
		struct point *p = &s->point[i - 1];

		if (p[1].bound != -NEVER &&
		    p[1].bound - most_after(c, p[1].own - p->own) > p->bound)
			p->bound = p[1].bound - most_after(c, p[1].own - p->own);
	}
	return moved;
}

/* ---- messages --------------------------------------------------------------------------- */

static int side_add(struct side *s, __s64 own, unsigned int host, __s64 other, __s64 bound)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct point *more = realloc(s->point, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->point = more;
		s->cap = cap;
	}
	s->point[s->n++] = (struct point){ own, bound, other, (__u8)host };
	return 0;
}

bool clocks_is_time(__s64 t)
{
	return t > -CLOCKS_TIME_MAX && t < CLOCKS_TIME_MAX;
}

int clocks_add(struct clocks *c, unsigned int from, __s64 sent, unsigned int to, __s64 received)
{
	int r;

	if (!clocks_is_time(sent) || !clocks_is_time(received))
		return -ERANGE;
	if (c->messages == MESSAGES_MAX)
		return -E2BIG;
	r = from ? side_add(&c->clock[from].upper, sent, to, received, NEVER) : 0;
	if (!r && to)
		r = side_add(&c->clock[to].lower, received, from, sent, -NEVER);
	c->messages++;
	return r;
}

static int by_own_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->own > y->own) - (x->own < y->own);
}

static void side_sort(struct side *s)
{
	if (s->solved < s->n)
		qsort(s->point, s->n, sizeof(*s->point), by_own_time);
	s->solved = s->n;
}

/* ---- solving ---------------------------------------------------------------------------- */

/* Messages with hosts whose clock is bounded, from the two sides. */
static void count_messages(const struct clocks *c, const bool *known, struct clocks_trouble *t)
{
	const struct side *upper = &c->clock[t->host].upper, *lower = &c->clock[t->host].lower;

	t->to = t->from = 0;
	for (size_t i = 0; i < upper->n; i++)
		t->from += known[upper->point[i].host];
	for (size_t i = 0; i < lower->n; i++)
		t->to += known[lower->point[i].host];
}

/* Is there a host that has no bound on a side? Of several the one of which most is known. */
static int find_unknown(const struct clocks *c, struct clocks_trouble *t)
{
	struct clocks_trouble one = { 0 };
	bool known[256] = { true }, any = false;

	for (one.host = 1; one.host < c->hosts; one.host++)
		known[one.host] =
			upper_at(c, one.host, 0) != NEVER && lower_at(c, one.host, 0) != -NEVER;
	for (one.host = 1; one.host < c->hosts; one.host++) {
		if (known[one.host])
			continue;
		count_messages(c, known, &one);
		if (!any || one.to + one.from > t->to + t->from)
			*t = one;
		any = true;
	}
	if (!any)
		return 0;
	return t->to || t->from ? -EDOM : -ENODATA;
}

/* The two envelopes cross where a message was received before it could have been sent. */
static bool crosses_at(const struct clocks *c, unsigned int host, const struct side *s,
		       struct clocks_trouble *t)
{
	for (size_t i = 0; i < s->n; i++) {
		__s64 own = s->point[i].own, upper = upper_at(c, host, own);

		if (upper == NEVER || lower_at(c, host, own) <= upper)
			continue;
		*t = (struct clocks_trouble){ .host = host, .time = own };
		return true;
	}
	return false;
}

static bool find_crossing(const struct clocks *c, struct clocks_trouble *t)
{
	for (unsigned int host = 1; host < c->hosts; host++)
		if (crosses_at(c, host, &c->clock[host].lower, t) ||
		    crosses_at(c, host, &c->clock[host].upper, t))
			return true;
	return false;
}

/* Until nothing moves: the latest and the earliest times that all messages allow at once. */
int clocks_solve(struct clocks *c, struct clocks_trouble *t)
{
	bool moved = true;

	for (unsigned int host = 0; host < c->hosts; host++) {
		side_sort(&c->clock[host].upper);
		side_sort(&c->clock[host].lower);
	}
	for (int round = 0; moved && round < ROUNDS_MAX; round++) {
		moved = false;
		for (unsigned int host = 1; host < c->hosts; host++) {
			moved |= lower_upper_side(c, host);
			moved |= raise_lower_side(c, host);
		}
		if (moved && find_crossing(c, t))
			return -ESTALE;
	}
	return find_unknown(c, t);
}

/* ---- asking ------------------------------------------------------------------------------ */

__s64 clocks_common(const struct clocks *c, unsigned int host, __s64 own, __u64 *within)
{
	__s64 upper, lower;

	if (within)
		*within = 0;
	if (!host || !clocks_is_time(own))
		return own;
	upper = upper_at(c, host, own);
	lower = lower_at(c, host, own);
	if (within)
		*within = (__u64)(upper - lower + 1) / 2;
	return lower + (upper - lower) / 2;
}

int clocks_news(const struct clocks *c, unsigned int from, __s64 sent, unsigned int to,
		__s64 received)
{
	if (upper_at(c, to, received) < lower_at(c, from, sent))
		return -1;
	return upper_at(c, from, sent) > upper_at(c, to, received) ||
	       lower_at(c, to, received) < lower_at(c, from, sent);
}

/* ---- the whole ---------------------------------------------------------------------------- */

struct clocks *clocks_new(unsigned int hosts, unsigned int drift_ppm)
{
	struct clocks *c = calloc(1, sizeof(*c) + hosts * sizeof(c->clock[0]));

	if (c) {
		c->hosts = hosts;
		c->drift = drift_ppm;
	}
	return c;
}

void clocks_free(struct clocks *c)
{
	if (!c)
		return;
	for (unsigned int host = 0; host < c->hosts; host++) {
		free(c->clock[host].upper.point);
		free(c->clock[host].lower.point);
	}
	free(c);
}
