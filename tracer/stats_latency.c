// SPDX-License-Identifier: GPL-2.0-or-later
/* From sending to receiving: by the id that both halves of a message have. See stats.h. */
#include <errno.h>
#include <stdlib.h>

#include "smc_codec.h"
#include "stats_private.h"
#include "who.h"

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

int stats_latency_event(struct stats *s, const struct smcw_event *ev)
{
	unsigned int direction = who_direction(ev);
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
