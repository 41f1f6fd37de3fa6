// SPDX-License-Identifier: GPL-2.0-or-later
/* See match.h. */
#include "match.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "smc_codec.h"
#include "base/table.h"

#define BUCKETS MATCH_WAITING /* a power of two */

struct half {
	TAILQ_ENTRY(half) bucket;
	TAILQ_ENTRY(half) age; /* or in the list of unused ones */
	__u64 key;
	__u64 id;
	__u8 dir;
};

TAILQ_HEAD(halves, half);

struct match {
	__u64 last_id;
	struct halves waiting; /* oldest first */
	struct halves unused;
	struct halves bucket[BUCKETS]; /* by key, oldest first */
	struct half half[MATCH_WAITING];
};

/* ---- keys ----------------------------------------------------------------------- */

static __u64 hash_end(__u64 h, const __u8 *address, __be16 port)
{
	return table_hash(table_hash(h, address, 16), &port, sizeof(port));
}

/* The way of a CLC message: from the sender to the receiver, on both ends alike. */
static __u64 hash_tcp(__u64 h, const struct smcw_event *ev, int dir)
{
	if (dir == SMCW_DIR_OUT) {
		h = hash_end(h, ev->local, ev->local_port);
		return hash_end(h, ev->peer, ev->peer_port);
	}
	h = hash_end(h, ev->peer, ev->peer_port);
	return hash_end(h, ev->local, ev->local_port);
}

/* CDC is of whole words and comes by the million: one multiplication each, all bits mixed at the
 * end. */
static __u64 hash_cdc(const struct smcw_event *ev, size_t len)
{
	const __u8 *at = (const void *)(ev + 1);
	__u64 h = ev->channel ^ len, word;

	for (const __u8 *end = at + len; at < end; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return table_mix(h);
}

static __u64 match_key_of(const struct smcw_event *ev, int dir)
{
	size_t len = smcw_get16(&ev->length);
	__u64 h;

	if (ev->kind == SMCW_EV_CDC && !(len % sizeof(h)))
		return hash_cdc(ev, len);
	h = table_hash(ev->kind, ev + 1, len);

	return ev->kind == SMCW_EV_CLC ? hash_tcp(h, ev, dir) :
					 table_hash(h, &ev->channel, sizeof(ev->channel));
}

/* Without it bytes alone would count, and a CDC message of SMC-D names no connection. */
static int way_is_known(const struct smcw_event *ev)
{
	return ev->kind == SMCW_EV_CLC ? ev->local_port && ev->peer_port : !!ev->channel;
}

/* ---- halves --------------------------------------------------------------------- */

static struct halves *bucket_of(struct match *m, __u64 key)
{
	return &m->bucket[key & (BUCKETS - 1)];
}

static struct half *match_find(struct match *m, __u64 key, int dir)
{
	struct half *h;

	TAILQ_FOREACH(h, bucket_of(m, key), bucket)
	if (h->key == key && h->dir != dir)
		return h;
	return NULL;
}

static void stop_waiting(struct match *m, struct half *h)
{
	TAILQ_REMOVE(bucket_of(m, h->key), h, bucket);
	TAILQ_REMOVE(&m->waiting, h, age);
	TAILQ_INSERT_HEAD(&m->unused, h, age);
}

static void wait_for_other(struct match *m, __u64 key, int dir, __u64 id)
{
	struct half *h;

	if (TAILQ_EMPTY(&m->unused))
		stop_waiting(m, TAILQ_FIRST(&m->waiting));
	h = TAILQ_FIRST(&m->unused);
	TAILQ_REMOVE(&m->unused, h, age);
	h->key = key;
	h->dir = (__u8)dir;
	h->id = id;
	TAILQ_INSERT_TAIL(&m->waiting, h, age);
	TAILQ_INSERT_TAIL(bucket_of(m, key), h, bucket);
}

void match_event(struct match *m, struct smcw_event *ev)
{
	int dir = SMCW_EV_DIR_OF(ev);
	struct half *other;
	__u64 key, id;

	if (!smcw_kind_is_message(ev->kind))
		return;
	if ((dir != SMCW_DIR_IN && dir != SMCW_DIR_OUT) || !way_is_known(ev)) {
		smcw_put64(&ev->id, ++m->last_id);
		return;
	}
	key = match_key_of(ev, dir);
	other = match_find(m, key, dir);
	if (other) {
		id = other->id;
		stop_waiting(m, other);
	} else {
		id = ++m->last_id;
		wait_for_other(m, key, dir, id);
	}
	smcw_put64(&ev->id, id);
}

/* ---- the table ------------------------------------------------------------------ */

struct match *match_new(void)
{
	struct match *m = calloc(1, sizeof(*m));
	unsigned int i;

	if (!m)
		return NULL;
	TAILQ_INIT(&m->waiting);
	TAILQ_INIT(&m->unused);
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&m->bucket[i]);
	for (i = 0; i < MATCH_WAITING; i++)
		TAILQ_INSERT_TAIL(&m->unused, &m->half[i], age);
	return m;
}

void match_free(struct match *m)
{
	free(m);
}
