// SPDX-License-Identifier: GPL-2.0-or-later
/* See place.h. */
#include <epan/packet.h>

#include "place.h"

/* Spans that are kept: there is one, and one more for each hole among the packets. */
#define SPANS_MAX 1024

/* The most that a packet of RDMA carries (InfiniBand Architecture, volume 1, 9.2.8). */
#define MTU_MAX 4096u

/* The number of spans that begin before @psn. */
static guint spans_before(const struct lane *l, guint64 psn)
{
	guint from = 0, to = l->n;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (l->spans[mid].first < psn)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void place_insert(struct lane *l, guint at, const struct span *s)
{
	if (l->n == SPANS_MAX) { /* forget the oldest: a packet that is so late has no place */
		l->n -= SPANS_MAX / 2;
		memmove(l->spans, l->spans + SPANS_MAX / 2, l->n * sizeof(*s));
		at = at > SPANS_MAX / 2 ? at - SPANS_MAX / 2 : 0;
	}
	if (l->n == l->room) {
		l->room = MAX(2 * l->room, 4);
		l->spans = wmem_realloc(wmem_file_scope(), l->spans, l->room * sizeof(*s));
	}
	memmove(l->spans + at + 1, l->spans + at, (l->n - at) * sizeof(*s));
	l->spans[at] = *s;
	l->n++;
}

void lane_begin(struct lane *l, struct psn_window *window, guint64 after, guint64 at)
{
	*l = (struct lane){ .window = window };
	place_insert(l, 0, &(struct span){ 0, after, at, at });
}

/* ---- where a packet can be ------------------------------------------------------------- */

guint64 lane_hidden(struct psn_window *window, guint64 after, guint64 before, guint64 enough)
{
	guint64 mtu = window->mtu ? window->mtu : MTU_MAX;

	return mtu * psn_open(window, after, before, enough / mtu + 1);
}

static guint64 place_hidden(const struct lane *l, guint64 after, guint64 before, guint64 enough)
{
	return lane_hidden(l->window, after, before, enough);
}

/* The first position from @base on that is at the offset. */
static guint64 first_from(guint64 base, const struct placing *p)
{
	guint64 at = (base + p->size - p->turn % p->size) % p->size;

	return base + (p->offset + (guint64)p->size - at) % p->size;
}

/* The hole that a sender has left open is filled by a later packet. */
static bool fills_skipped(struct lane *l, const struct placing *p, guint64 *pos)
{
	guint64 at;

	if (l->skipped == l->upto)
		return false;
	at = first_from(l->skipped, p);
	if (at + p->len > l->upto)
		return false;
	if (at == l->skipped)
		l->skipped += p->len;
	*pos = at;
	return true;
}

/* Is there room for the bytes between those of two spans? */
static bool is_in_hole(const struct lane *l, guint64 pos, guint32 len)
{
	guint from = 0, to = l->n;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (l->spans[mid].end <= pos)
			from = mid + 1;
		else
			to = mid;
	}
	return from && from < l->n && pos + len <= l->spans[from].start;
}

/* After @before, with nothing known after it. */
static bool place_last(struct lane *l, const struct placing *p, const struct span *before,
		       guint64 *pos)
{
	guint64 at = first_from(before->end, p), gap = at - before->end;
	guint64 reach = place_hidden(l, before->last, p->psn, gap + p->size);

	if (reach >= gap + p->size)
		return false; /* a whole turn may be missing */
	if (reach && reach < gap)
		return false; /* missing packets cannot fill the gap: it may be another stream's */
	if (gap && !reach && at >= p->size && is_in_hole(l, at - p->size, p->len))
		return false; /* it may be late, of a sender that does not write in order */
	if (!reach && gap) {
		l->skipped = before->end;
		l->upto = at;
	}
	*pos = at;
	return true;
}

/* Between two: the packets missing before it and after it must be able to fill the rest. */
static bool place_between(struct lane *l, const struct placing *p, const struct span *before,
			  const struct span *after, guint64 *pos)
{
	guint64 at = first_from(before->end, p), gap = at - before->end, turns, reach, rest;
	guint64 low = 0, high;

	if (at + p->len > after->start)
		return false;
	turns = high = (after->start - at - p->len) / p->size;
	if (turns) {
		reach = place_hidden(l, before->last, p->psn, gap + turns * p->size);
		high = reach < gap ? 0 : MIN(turns, (reach - gap) / p->size);
		rest = after->start - at - p->len;
		reach = place_hidden(l, p->psn, after->first, rest);
		low = reach >= rest ? 0 : (rest - reach + p->size - 1) / p->size;
	}
	if (low != high)
		return false;
	*pos = at + low * p->size;
	return true;
}

/* The size of the ring is not known: it is the turn that CDC reports, or cannot be placed. */
static bool place_in_turn(const struct lane *l, const struct placing *p, const struct span *before,
			  const struct span *after, guint64 *pos)
{
	guint64 gap, reach, from = before->end;

	*pos = from; /* the last bytes of the turn before, after the CDC message that reports them
		      */
	if (from + p->len <= p->turn && from == p->turn_before + p->offset)
		return !place_hidden(l, before->last, p->psn, 1);
	*pos = p->turn + p->offset;
	if (*pos < from || (after && *pos + p->len > after->start))
		return false;
	gap = *pos - from;
	if (!after)
		return place_hidden(l, before->last, p->psn, gap + p->least) < gap + p->least;
	gap = after->start - *pos - p->len;
	reach = place_hidden(l, p->psn, after->first, gap + p->least);
	return reach >= gap && reach < gap + p->least;
}

bool lane_place(struct lane *l, const struct placing *p, guint64 *pos)
{
	guint n = spans_before(l, p->psn);
	const struct span *before, *after;

	if (!n || p->len > MTU_MAX * 4) /* no packet is so long; place_hidden() counts on it */
		return false;
	before = &l->spans[n - 1];
	after = n < l->n ? &l->spans[n] : NULL;
	if (p->psn <= before->last)
		return false;
	if (!p->size)
		return place_in_turn(l, p, before, after, pos);
	if (fills_skipped(l, p, pos))
		return true;
	return after ? place_between(l, p, before, after, pos) : place_last(l, p, before, pos);
}

const struct span *lane_last(const struct lane *l, guint64 psn)
{
	guint n = spans_before(l, psn);

	return n ? &l->spans[n - 1] : NULL;
}

/* ---- known places ------------------------------------------------------------------------- */

void lane_add(struct lane *l, guint64 psn, guint64 start, guint64 end)
{
	const struct span s = { psn, psn, start, end };
	guint n = spans_before(l, psn);
	struct span *before;

	if (!n)
		return;
	before = &l->spans[n - 1];
	if (psn <= before->last || start < before->end)
		return;
	if (n < l->n && end > l->spans[n].start)
		return;
	if (start == end)
		l->skipped = l->upto = 0;
	if (start == before->end && !psn_open(l->window, before->last, psn, 1)) {
		before->last = psn;
		before->end = end;
		return;
	}
	place_insert(l, n, &s);
}
