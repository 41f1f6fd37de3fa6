// SPDX-License-Identifier: GPL-2.0-or-later
/* From sending to receiving: by the id that both halves of a message have. See stats.h. */
#include <errno.h>
#include <stdlib.h>

#include "smc_codec.h"
#include "stats_private.h"
#include "base/who.h"

struct stats_id {
	__be64 id;
	__u64 time;
	unsigned int direction;
};

static int latency_of(unsigned int kind)
{
	switch (kind) {
	case SMCW_EV_CLC:
		return STATS_CLC;
	case SMCW_EV_LLC:
		return STATS_LLC;
	case SMCW_EV_CDC:
		return STATS_CDC;
	default:
		return -1;
	}
}

static unsigned int stats_latency_class_of(__u64 to)
{
	static const __u64 bounds[] = {
#define X_NS(ns, text) ns,
		STATS_BOUNDS(X_NS)
#undef X_NS
	};
	unsigned int i = 0;

	while (i < STATS_BOUND_COUNT && to != bounds[i])
		i++;
	return i;
}

static int add_delay(struct stats *s, unsigned int host, const struct smcw_ev_delay *d)
{
	static const int which[] = {
		[SMCW_DELAY_RECEIVED] = STATS_CDC, [SMCW_DELAY_READ] = STATS_READ
	};
	__u64 n = smcw_get64(&d->count), sum = smcw_get64(&d->sum_ns), before_n, before_sum;
	struct stats_delay *known;

	if (!d->what || d->what >= sizeof(which) / sizeof(which[0]))
		return 0;
	known = &s->delays[host][d->what][stats_latency_class_of(smcw_get64(&d->to_ns))];
	before_n = known->n;
	before_sum = known->sum;
	if (n <= before_n || sum < before_sum)
		return 0;
	*known = (struct stats_delay){ n, sum };
	return stats_count_times(&s->latency[which[d->what]], n - before_n, sum - before_sum,
				 smcw_get64(&d->min_ns), smcw_get64(&d->max_ns));
}

/*
 * Times that the kernel has put into the classes of the histograms; all of them since tracing
 * began, so that they take the place of those before.
 */
int stats_latency_delays(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_delay *d = (const void *)(ev + 1);
	size_t n = smcw_get16(&ev->length) / sizeof(*d);
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = add_delay(s, SMCW_EV_HOST_OF(ev), &d[i]);
	return r;
}

int stats_latency_event(struct stats *s, const struct smcw_event *ev)
{
	unsigned int direction = SMCW_EV_DIR_OF(ev);
	__u64 now = smcw_get64(&ev->time), sent, received;
	int which = latency_of(ev->kind);
	struct stats_id *slot;

	if (which < 0 || !ev->id || (direction != SMCW_DIR_IN && direction != SMCW_DIR_OUT))
		return 0;
	if (!s->ids)
		s->ids = calloc(STATS_IDS, sizeof(*s->ids));
	if (!s->ids)
		return -ENOMEM;
	slot = &s->ids[smcw_get64(&ev->id) & (STATS_IDS - 1)];
	if (slot->id != ev->id || slot->direction == direction) {
		*slot = (struct stats_id){ ev->id, now, direction };
		return 0;
	}
	sent = direction == SMCW_DIR_OUT ? now : slot->time;
	received = direction == SMCW_DIR_OUT ? slot->time : now;
	slot->id = 0;
	/* A hook may run a moment after what it is hooked to. */
	sent = received > sent ? received - sent : 0;
	if (which == STATS_CDC)
		stats_conn_latency(s, ev, sent);
	return stats_count_time(&s->latency[which], sent);
}
