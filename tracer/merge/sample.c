// SPDX-License-Identifier: GPL-2.0-or-later
/* See sample.h. */
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "smc_codec.h"

/* Powers of two: the table begins small, and when it cannot grow any more messages are forgotten.
 */
#define SLOTS_FIRST (1u << 12)
#define SLOTS_MAX (1u << 20)

/* A rare message is kept where of so many others one is. */
#define RARE_SHIFT 10

/* [0] sent, [1] received: where a message was seen. */
struct halves {
	__u64 key;
	__s64 time[2];
	__u32 way[2];
	__u8 host[2];
	__u8 seen[2]; /* 0, 1, or 2 for more */
	__u8 sort;    /* enum message_sort; MESSAGE_NONE: the slot is free */
	__u8 rare : 1, of_two : 1;
};

struct sample {
	__u64 limit; /* of the rank of a message that is kept */
	size_t n, slots;
	struct sample_counts count;
	struct halves *slot;
};

static bool is_full(const struct sample *s)
{
	return s->n >= s->slots / 4 * 3;
}

/* The same for a message on every host, and chance otherwise. */
static __u64 rank_of(__u64 key, bool rare)
{
	__u64 rank = table_mix(key ^ 0x5bd1e9955bd1e995ull);

	return rare ? rank >> RARE_SHIFT : rank;
}

static struct halves *sample_find(struct sample *s, __u64 key)
{
	size_t at = key & (s->slots - 1);

	while (s->slot[at].sort != MESSAGE_NONE && s->slot[at].key != key)
		at = (at + 1) & (s->slots - 1);
	return &s->slot[at];
}

/* The half that stays is put in again, in the place that it has in the table now. */
static void sample_halve(struct sample *s)
{
	size_t begin = 0;

	s->limit >>= 1;
	/* After a free slot no run of slots goes on, so that none is met twice. */
	while (s->slot[begin].sort != MESSAGE_NONE)
		begin++;
	for (size_t i = 1; i <= s->slots; i++) {
		struct halves *h = &s->slot[(begin + i) & (s->slots - 1)], kept = *h;

		if (h->sort == MESSAGE_NONE)
			continue;
		h->sort = MESSAGE_NONE;
		if (rank_of(kept.key, kept.rare) <= s->limit)
			*sample_find(s, kept.key) = kept;
		else
			s->n--;
	}
}

/* False: it is as large as it may be, or there is no memory. */
static bool sample_grow(struct sample *s)
{
	struct halves *old = s->slot;
	size_t n = s->slots;

	if (n == SLOTS_MAX)
		return false;
	s->slot = calloc(2 * n, sizeof(*s->slot));
	if (!s->slot) {
		s->slot = old;
		return false;
	}
	s->slots = 2 * n;
	for (size_t i = 0; i < n; i++)
		if (old[i].sort != MESSAGE_NONE)
			*sample_find(s, old[i].key) = old[i];
	free(old);
	return true;
}

static void sample_add(struct sample *s, struct halves *h, unsigned int host, unsigned int half,
		       const struct smcw_event *ev, const struct message *m)
{
	if (h->sort == MESSAGE_NONE) {
		*h = (struct halves){ .key = m->key, .sort = (__u8)m->sort, .rare = m->rare };
		s->n++;
	}
	if (h->seen[half]) {
		h->of_two |= h->host[half] != host;
		h->seen[half] = 2;
		return;
	}
	h->seen[half] = 1;
	h->time[half] = (__s64)smcw_get64(&ev->time);
	h->way[half] = m->way;
	h->host[half] = (__u8)host;
}

static void sample_note(struct sample *s, unsigned int host, const struct smcw_event *ev,
			const struct message *m)
{
	if (rank_of(m->key, m->rare) > s->limit)
		return;
	sample_add(s, sample_find(s, m->key), host, SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN, ev, m);
	while (is_full(s) && !sample_grow(s))
		sample_halve(s);
}

void sample_note_alone(struct sample *s, unsigned int host, const struct smcw_event *ev)
{
	struct message m;

	message_of(ev, &m);
	s->count.inside += m.sort == MESSAGE_INSIDE;
	s->count.seen += m.sort != MESSAGE_NONE && m.sort != MESSAGE_INSIDE;
	if (m.sort == MESSAGE_ALONE)
		sample_note(s, host, ev, &m);
}

/* Numbers of connections are small, so that two connections may have the same bytes: the way is in
 * the key. */
void sample_note_on_way(struct sample *s, const struct flows *flows, unsigned int host,
			const struct smcw_event *ev)
{
	struct message m;

	message_of(ev, &m);
	if (m.sort != MESSAGE_WAY || !m.way)
		return;
	m.key = message_key_on_way(&m, m.of_conn ? flows_of(flows, host, m.way) : m.way);
	sample_note(s, host, ev, &m);
}

/* A message that came twice is none: nobody knows which sending and which receiving are one. */
static bool is_pair(const struct halves *h)
{
	return h->sort != MESSAGE_NONE && h->seen[0] == 1 && h->seen[1] == 1 &&
	       h->host[0] != h->host[1];
}

int sample_join(const struct sample *s, struct flows *flows)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->slots; i++)
		if (is_pair(&s->slot[i]))
			r = flows_join(flows, s->slot[i].host[0], s->slot[i].way[0],
				       s->slot[i].host[1], s->slot[i].way[1]);
	return r;
}

int sample_each(struct sample *s, sample_fn fn, void *ctx)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->slots; i++) {
		const struct halves *h = &s->slot[i];

		s->count.twice += h->sort != MESSAGE_NONE && h->of_two;
		if (!is_pair(h))
			continue;
		s->count.matched++;
		r = fn(ctx, h->host[0], h->time[0], h->host[1], h->time[1]);
	}
	return r;
}

void sample_count(const struct sample *s, struct sample_counts *c)
{
	*c = s->count;
}

struct sample *sample_new(void)
{
	struct sample *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->limit = ~0ull;
	s->slots = SLOTS_FIRST;
	s->slot = calloc(s->slots, sizeof(*s->slot));
	if (s->slot)
		return s;
	free(s);
	return NULL;
}

void sample_free(struct sample *s)
{
	if (s)
		free(s->slot);
	free(s);
}
