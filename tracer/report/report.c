// SPDX-License-Identifier: GPL-2.0-or-later
/* The two passes over a trace. See report.h; the page is in page.c. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>

#include "page.h"
#include "smc_codec.h"

/* Those that are not SMC's come first in the table. */
static __u64 report_weight(const struct stats_conn *c)
{
	const __u64 first = 1ull << 62;

	if (c->how != STATS_SMC)
		return first + (c->how == STATS_FAILED);
	return c->way[0].bytes + c->way[1].bytes < first ? c->way[0].bytes + c->way[1].bytes :
							   first - 1;
}

static void report_ended(void *ctx, const struct stats_conn *c, __u64 now)
{
	struct report *r = ctx;

	if (!r->failed)
		r->failed = choice_add(&r->choice, c, now);
	if (!r->failed)
		r->failed = top_add(&r->table, report_weight(c), c, now);
}

static int report_handshake(void *ctx, const struct handshake *h, const struct handshake *other)
{
	struct report *r = ctx;
	int err = phases_add(&r->phases, h);

	return err || !other ? err : phases_add(&r->phases, other);
}

struct report *report_new(void)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	handshakes_init(&r->handshakes, report_handshake, r);
	r->table.max = REPORT_ROWS;
	r->stats = stats_new();
	r->why = why_new();
	if (r->stats && r->why) {
		r->stats->ended_fn = report_ended;
		r->stats->ended_ctx = r;
		return r;
	}
	report_free(r);
	return NULL;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	stats_free(r->stats);
	why_free(r->why);
	handshakes_free(&r->handshakes);
	phases_free(&r->phases);
	choice_free(&r->choice);
	top_free(&r->table);
	details_free(r->details);
	free(r);
}

/* An event adds bytes at its time, and blocked time up to then. */
static void report_series(struct report *r, const struct stats_way before[2], __u64 now)
{
	for (int way = 0; way < 2; way++) {
		const struct stats_way *total = &r->stats->total[way];
		__u64 blocked = total->blocked - before[way].blocked;

		if (total->bytes != before[way].bytes)
			series_add(&r->bytes, way, now, now, total->bytes - before[way].bytes);
		if (blocked)
			series_add(&r->blocked, way, now > blocked ? now - blocked : 0, now,
				   blocked);
	}
}

int report_event(struct report *r, const struct smcw_event *ev)
{
	const struct stats_way before[2] = { r->stats->total[0], r->stats->total[1] };
	__u64 now = smcw_get64(&ev->time);
	int err = stats_event(r->stats, ev);

	if (!r->events++)
		r->first = now;
	r->last = now > r->last ? now : r->last;
	/* Both pictures begin and end with the trace. */
	series_add(&r->bytes, 0, now, now, 0);
	series_add(&r->blocked, 0, now, now, 0);
	report_series(r, before, now);
	if (!err)
		err = why_event(r->why, ev);
	if (!err)
		err = handshakes_event(&r->handshakes, ev);
	return err ? err : r->failed;
}

int report_choose(struct report *r)
{
	const struct stats *s = r->stats;
	int err = handshakes_each(&r->handshakes, report_handshake, r);

	for (size_t i = 0; i < s->tokens.size; i++)
		for (struct table_node *t = s->tokens.bucket[i]; t; t = t->next) {
			const struct stats_conn *c = table_entry(t, struct stats_conn, by_token);

			report_ended(r, c, c->last);
		}
	if (err || r->failed)
		return err ? err : r->failed;
	top_sort(&r->table);
	r->details = details_new(&r->choice);
	return r->details ? 0 : -ENOMEM;
}

int report_again(struct report *r, const struct smcw_event *ev)
{
	return details_event(r->details, ev);
}

bool report_is_whole(const struct report *r)
{
	return observed_all(&r->stats->observed);
}
