// SPDX-License-Identifier: GPL-2.0-or-later
/* See index.h. */
#include "index.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { CAP_MIN = 256 };

static __u64 index_secret(void)
{
	static __u64 key;

	if (!key && getrandom(&key, sizeof(key), 0) != sizeof(key))
		key = (__u64)time(NULL);
	return key |= 1;
}

/* The finaliser of MurmurHash3, which spreads every bit over all. */
static __u64 index_mix(__u64 h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

__u64 index_hash(__u64 before, const void *bytes, size_t len)
{
	__u64 h = index_mix(before ^ index_secret() ^ len), word;

	for (const __u8 *at = bytes; len; at += sizeof(word)) {
		size_t n = len < sizeof(word) ? len : sizeof(word);

		word = 0;
		memcpy(&word, at, n);
		h = index_mix(h ^ word) + index_secret();
		len -= n;
	}
	return h;
}

static void index_put(struct index *x, struct index_entry *e)
{
	struct index_entry **bucket = &x->bucket[e->hash & (x->cap - 1)];

	e->next = *bucket;
	*bucket = e;
}

/* The order within a bucket stays: it is turned around, and then around again by index_put(). */
static void index_grow(struct arena *a, struct index *x)
{
	struct index old = *x;

	x->cap = old.cap ? 2 * old.cap : CAP_MIN;
	x->bucket = arena_alloc(a, x->cap * sizeof(*x->bucket));
	for (size_t i = 0; i < old.cap; i++) {
		struct index_entry *turned = NULL, *next;

		for (struct index_entry *e = old.bucket[i]; e; e = next) {
			next = e->next;
			e->next = turned;
			turned = e;
		}
		for (struct index_entry *e = turned; e; e = next) {
			next = e->next;
			index_put(x, e);
		}
	}
}

void index_add(struct arena *a, struct index *x, __u64 hash, void *item)
{
	struct index_entry *e = arena_alloc(a, sizeof(*e));

	if (x->n == x->cap)
		index_grow(a, x);
	x->n++;
	e->hash = hash;
	e->item = item;
	index_put(x, e);
}

static const struct index_entry *of_hash(const struct index_entry *e, __u64 hash)
{
	while (e && e->hash != hash)
		e = e->next;
	return e;
}

const struct index_entry *index_first(const struct index *x, __u64 hash)
{
	return x->cap ? of_hash(x->bucket[hash & (x->cap - 1)], hash) : NULL;
}

const struct index_entry *index_next(const struct index_entry *e)
{
	return of_hash(e->next, e->hash);
}
