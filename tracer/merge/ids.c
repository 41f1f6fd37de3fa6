// SPDX-License-Identifier: GPL-2.0-or-later
/* See ids.h. */
#include "ids.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/table.h"
#include "message.h"
#include "smc_codec.h"

#define IDS_BUCKETS IDS_WAITING /* a power of two */
#define IDS_TRIES 32		/* halves of one key that are looked at: a stranger may make many */

struct half {
	TAILQ_ENTRY(half) bucket;
	TAILQ_ENTRY(half) age; /* or in the list of unused ones */
	__u64 key;
	__u64 id, old; /* the new one, and that in the file */
	__s64 own;
	__s64 common;
	__u8 host, dir, sort;
};

TAILQ_HEAD(ids_halves, half);

struct ids {
	const struct clocks *clocks;
	const struct flows *flows;
	bool strict;
	__u64 last_id;
	struct ids_halves waiting; /* oldest first */
	struct ids_halves unused;
	unsigned int used; /* of the halves, from the first on; later ones were never needed */
	struct ids_halves bucket[IDS_BUCKETS]; /* by key and direction, oldest first */
	struct half half[IDS_WAITING];
};

static struct ids_halves *ids_bucket(struct ids *ids, __u64 key, unsigned int dir)
{
	return &ids->bucket[table_mix(key + dir) & (IDS_BUCKETS - 1)];
}

static void stop_to_wait(struct ids *ids, struct half *h)
{
	TAILQ_REMOVE(ids_bucket(ids, h->key, h->dir), h, bucket);
	TAILQ_REMOVE(&ids->waiting, h, age);
	TAILQ_INSERT_HEAD(&ids->unused, h, age);
}

static void begin_to_wait(struct ids *ids, const struct half *new)
{
	struct half *h;

	if (TAILQ_EMPTY(&ids->unused) && ids->used < IDS_WAITING) {
		h = &ids->half[ids->used++];
		TAILQ_INSERT_HEAD(&ids->unused, h, age);
	}
	if (TAILQ_EMPTY(&ids->unused))
		stop_to_wait(ids, TAILQ_FIRST(&ids->waiting));
	h = TAILQ_FIRST(&ids->unused);
	TAILQ_REMOVE(&ids->unused, h, age);
	*h = *new;
	TAILQ_INSERT_TAIL(&ids->waiting, h, age);
	TAILQ_INSERT_TAIL(ids_bucket(ids, h->key, h->dir), h, bucket);
}

static void make_pair(const struct half *a, const struct half *b, struct ids_pair *p)
{
	const struct half *out = a->dir == SMCW_DIR_OUT ? a : b, *in = out == a ? b : a;

	*p = (struct ids_pair){ out->host, in->host, out->own, in->own };
}

/* May the halves be of two hosts, by time? */
static bool is_possible(const struct ids *ids, const struct half *a, const struct half *b)
{
	__s64 apart = a->common > b->common ? a->common - b->common : b->common - a->common;
	struct ids_pair p;

	if (a->sort == MESSAGE_INSIDE || (a->sort == MESSAGE_AGAIN && apart > IDS_AGAIN_NS))
		return false;
	make_pair(a, b, &p);
	if (ids->strict)
		return clocks_common(ids->clocks, p.from, p.sent, NULL) <=
		       clocks_common(ids->clocks, p.to, p.received, NULL);
	return clocks_news(ids->clocks, p.from, p.sent, p.to, p.received) >= 0;
}

/* The tracer has joined both ends of a connection within its host; they stay together. */
static struct half *find_half(struct ids *ids, const struct half *of)
{
	unsigned int dir = of->dir == SMCW_DIR_IN ? SMCW_DIR_OUT : SMCW_DIR_IN, tries = 0;
	struct half *h, *other = NULL;

	TAILQ_FOREACH(h, ids_bucket(ids, of->key, dir), bucket)
	{
		if (tries++ == IDS_TRIES)
			break;
		if (h->key != of->key || h->dir != dir)
			continue;
		if (h->host == of->host && of->old && h->old == of->old)
			return h;
		if (!other && h->host != of->host && is_possible(ids, of, h))
			other = h;
	}
	return other;
}

/* The bytes, and the way; of what stays inside its host the id that it has there. */
static __u64 ids_key_of(const struct ids *ids, unsigned int host, const struct smcw_event *ev,
			const struct message *m)
{
	if (m->sort == MESSAGE_INSIDE)
		return table_mix(table_mix(smcw_get64(&ev->id)) + host);
	if (m->sort == MESSAGE_ALONE)
		return m->key;
	return message_key_on_way(m, m->of_conn ? flows_of(ids->flows, host, m->way) : m->way);
}

bool ids_event(struct ids *ids, unsigned int host, struct smcw_event *ev, struct ids_pair *p)
{
	struct message m;
	struct half new, *other;
	bool across;

	message_of(ev, &m);
	if (m.sort == MESSAGE_NONE || !clocks_is_time((__s64)smcw_get64(&ev->time))) {
		smcw_put64(&ev->id, smcw_kind_is_message(ev->kind) ? ++ids->last_id : 0);
		return false;
	}
	new = (struct half){ .key = ids_key_of(ids, host, ev, &m),
			     .old = smcw_get64(&ev->id),
			     .own = (__s64)smcw_get64(&ev->time),
			     .host = (__u8)host,
			     .dir = SMCW_EV_DIR_OF(ev),
			     .sort = (__u8)m.sort };
	new.common = clocks_common(ids->clocks, host, new.own, NULL);
	other = find_half(ids, &new);
	if (!other) {
		new.id = ++ids->last_id;
		smcw_put64(&ev->id, new.id);
		begin_to_wait(ids, &new);
		return false;
	}
	smcw_put64(&ev->id, other->id);
	across = other->host != host;
	if (across)
		make_pair(&new, other, p);
	stop_to_wait(ids, other);
	return across;
}

struct ids *ids_new(const struct clocks *clocks, const struct flows *flows, bool strict)
{
	struct ids *ids = calloc(1, sizeof(*ids));

	if (!ids)
		return NULL;
	ids->clocks = clocks;
	ids->flows = flows;
	ids->strict = strict;
	TAILQ_INIT(&ids->waiting);
	TAILQ_INIT(&ids->unused);
	for (unsigned int i = 0; i < IDS_BUCKETS; i++)
		TAILQ_INIT(&ids->bucket[i]);
	return ids;
}

void ids_free(struct ids *ids)
{
	free(ids);
}
