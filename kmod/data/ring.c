// SPDX-License-Identifier: GPL-2.0
/* Rings and their memory. See ring.h. */
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "mem.h"
#include "ring.h"

/* A copy of less is not worth its call; more would be too much for a connection that needs little.
 */
#define SHIFT_MIN 12
#define SHIFT_MAX 15
#define SEGMENTS 8 /* of a ring, if that leads to a size within these limits */

static u32 ring_shift_for(u32 size)
{
	return clamp_t(u32, ilog2(size / SEGMENTS), SHIFT_MIN, SHIFT_MAX);
}

static void ring_get_memcg(struct smcx_ring *ring, struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	if (memcg)
		css_get(&memcg->css);
	ring->memcg = memcg;
#endif
}

static void ring_put_memcg(struct smcx_ring *ring)
{
#ifdef CONFIG_MEMCG
	if (ring->memcg)
		css_put(&ring->memcg->css);
#endif
}

/*
 * Zeroed, so that a reader sees no bytes of others. @memcg pays, or the one who calls
 * if that is NULL. Nobody is killed for it. @must: see mem.h
 */
static void *ring_alloc_segment(struct smcx_ring *ring, u32 bytes, struct mem_cgroup *memcg,
				bool must)
{
	const bool wait = smcx_mem_may_wait(memcg);
	const gfp_t flags = __GFP_ACCOUNT | __GFP_NOWARN |
			    (wait ? GFP_KERNEL | __GFP_RETRY_MAYFAIL : GFP_NOWAIT);
	struct mem_cgroup *old;
	void *segment;

	if (!smcx_mem_charge(&ring->payer, bytes, must))
		return NULL;
	old = memcg ? set_active_memcg(memcg) : NULL;
	segment = kvzalloc(bytes, flags);
	if (memcg)
		set_active_memcg(old);
	if (segment)
		atomic64_add(bytes, &smcx_mem.bytes);
	else
		smcx_mem_uncharge(&ring->payer, bytes);
	if (!segment && !wait)
		smcx_mem_make_room(memcg);
	return segment;
}

static void ring_free_segment(struct smcx_ring *ring, void *segment, u32 bytes)
{
	if (!segment)
		return;
	atomic64_sub(bytes, &smcx_mem.bytes);
	smcx_mem_uncharge(&ring->payer, bytes);
	kvfree(segment);
}

/* One of those beyond the first. */
static void ring_free_more(struct smcx_ring *ring, void *segment)
{
	if (segment)
		atomic_dec(&ring->more);
	ring_free_segment(ring, segment, BIT(ring->shift));
}

/* How many segments a ring of @size bytes has. */
u32 smcx_ring_segments(u32 size)
{
	return 1 + DIV_ROUND_UP(size - SMCX_RING_FIRST, BIT(ring_shift_for(size)));
}

/**
 * smcx_ring_init() - a ring with its first segment.
 * @ring: zeroed; its segment has room for smcx_ring_segments(@size), all NULL
 * @size: bytes, the head included; SMCW_BUF_BYTES(n)
 * @head: bytes of it before the data, less than SMCX_RING_FIRST
 * @memcg: who pays for it; NULL for the caller's memory cgroup
 * @payer: whose share it is; its references are the ring's if this succeeds
 *
 * Process context. Return: 0 or -ENOMEM.
 */
int smcx_ring_init(struct smcx_ring *ring, u32 size, u32 head, struct mem_cgroup *memcg,
		   const struct smcx_payer *payer)
{
	ring->size = size;
	ring->head = head;
	ring->len = size - head;
	ring->shift = ring_shift_for(size);
	ring->segments = smcx_ring_segments(size);
	ring->payer = *payer;
	ring_get_memcg(ring, memcg);
	ring->segment[0] = ring_alloc_segment(ring, SMCX_RING_FIRST, memcg, false);
	if (ring->segment[0]) {
		atomic_inc(&smcx_mem.rings);
		return 0;
	}
	ring_put_memcg(ring);
	return -ENOMEM;
}

/**
 * smcx_ring_over() - a ring in memory that somebody else has, all of it data.
 * @ring: zeroed; smcx_ring_free() is not for it
 * @size: bytes; SMCW_BUF_BYTES(n)
 * @flat: the memory
 * @segment: room for smcx_ring_segments(@size)
 */
void smcx_ring_over(struct smcx_ring *ring, u32 size, void *flat, void **segment)
{
	u32 i, at = SMCX_RING_FIRST;

	ring->size = size;
	ring->len = size;
	ring->shift = ring_shift_for(size);
	ring->segments = smcx_ring_segments(size);
	ring->segment = segment;
	segment[0] = flat;
	for (i = 1; i < ring->segments; i++, at += BIT(ring->shift))
		segment[i] = flat + at;
	ring->flat = flat;
}

/**
 * smcx_ring_free() - give all segments back, and what a ring has of its payers.
 * @ring: nobody reads or writes any more
 *
 * Any context but hard interrupts.
 */
void smcx_ring_free(struct smcx_ring *ring)
{
	u32 i;

	if (ring->flat) {
		ring_free_segment(ring, ring->flat, ring->size);
		goto out;
	}
	ring_free_segment(ring, ring->segment[0], SMCX_RING_FIRST);
	for (i = 1; i < ring->segments; i++)
		ring_free_more(ring, ring->segment[i]);
	ring_free_more(ring, ring->spare);
out:
	atomic_dec(&smcx_mem.rings);
	ring_put_memcg(ring);
	smcx_payer_put(&ring->payer);
}

/**
 * smcx_ring_flat() - all memory at once, and in one piece, for a program that is at one end.
 * @ring: nobody has written to it
 *
 * Process context. Return: @ring->size bytes, its head first; or NULL without memory.
 */
void *smcx_ring_flat(struct smcx_ring *ring)
{
	u32 i, at = SMCX_RING_FIRST;
	void *flat;

	if (ring->flat)
		return ring->flat;
	flat = ring_alloc_segment(ring, ring->size, ring->memcg, false);
	if (!flat)
		return NULL;
	ring_free_segment(ring, ring->segment[0], SMCX_RING_FIRST);
	ring->segment[0] = flat;
	for (i = 1; i < ring->segments; i++, at += BIT(ring->shift))
		ring->segment[i] = flat + at;
	ring->flat = flat;
	return flat;
}

static u32 ring_contiguous(const struct smcx_ring *ring, u32 count, u32 i, u32 offset, u32 n)
{
	return min3(n, smcx_ring_left(ring, i, offset), ring->len - count);
}

/*
 * The segments from the reader's to the writer's, which hold what is unread; they may go round.
 * All others are the writer's, and so is everything when nothing is unread.
 */
struct span {
	u32 first, last;
	bool all, none;
};

static struct span ring_unread_span(const struct smcx_ring *ring, u64 prod)
{
	u64 cons = smp_load_acquire(&ring->cons); /* pairs with the path's read_on() */
	u32 unread = smcx_cursor_diff(cons, prod, ring->len), offset;
	struct span span;

	span.last = smcx_ring_segment(ring, smcx_cursor_count(prod), &offset);
	span.first = smcx_ring_segment(ring, smcx_cursor_count(cons), &offset);
	span.none = !unread;
	/* Also if the cursors lie. */
	span.all = unread > ring->len ||
		   (span.first == span.last && unread > smcx_ring_left(ring, span.first, offset));
	return span;
}

static bool ring_holds_unread(const struct span *span, u32 i)
{
	if (span->all || span->none)
		return span->all;
	return span->first <= span->last ? i >= span->first && i <= span->last :
					   i >= span->first || i <= span->last;
}

/* One that has been read, from another place of the ring; or NULL. */
static void *ring_take_read(struct smcx_ring *ring, u64 prod)
{
	const struct span span = ring_unread_span(ring, prod);
	void *segment;
	u32 i;

	for (i = 1; i < ring->segments; i++) {
		if (!ring->segment[i] || ring_holds_unread(&span, i))
			continue;
		segment = ring->segment[i];
		WRITE_ONCE(ring->segment[i], NULL);
		return segment;
	}
	return NULL;
}

static void *ring_alloc_more(struct smcx_ring *ring, struct mem_cgroup *memcg)
{
	void *segment =
		ring_alloc_segment(ring, BIT(ring->shift), memcg, !atomic_read(&ring->more));

	if (segment)
		atomic_inc(&ring->more);
	return segment;
}

static void *ring_next_segment(struct smcx_ring *ring, u64 prod)
{
	void *segment = xchg(&ring->spare, NULL);

	if (!segment && smcx_mem_pressure())
		segment = ring_take_read(ring, prod);
	if (!segment)
		segment = ring_alloc_more(ring, ring->memcg);
	/* The receiver has no more: so the sender may pay, as it were TCP's send buffer. */
	if (!segment && ring->memcg)
		segment = ring_alloc_more(ring, NULL);
	return segment ? segment : ring_take_read(ring, prod);
}

/**
 * smcx_ring_trim() - give back the segments that hold nothing unread.
 * @ring: the writer's lock is held, or there is no writer
 * @all: nobody will read what is unread
 *
 * Process context. Return: bytes that were given back.
 */
long smcx_ring_trim(struct smcx_ring *ring, bool all)
{
	struct span span = ring_unread_span(ring, READ_ONCE(ring->prod));
	long segments = 0;
	void *segment;
	u32 i;

	if (ring->flat)
		return 0;
	if (all)
		span = (struct span){ .none = true };
	for (i = 1; i < ring->segments; i++) {
		if (!ring->segment[i] || ring_holds_unread(&span, i))
			continue;
		segment = ring->segment[i];
		WRITE_ONCE(ring->segment[i], NULL);
		ring_free_more(ring, segment);
		segments++;
	}
	segment = xchg(&ring->spare, NULL);
	if (segment) {
		ring_free_more(ring, segment);
		segments++;
	}
	return segments << ring->shift;
}

/**
 * smcx_ring_for_writing() - where the writer puts its next bytes.
 * @ring: the writer's lock is held, as tx_copy() asserts
 * @prod: cursor of the place
 * @n: bytes that are to be written and have room; made less if they are not contiguous
 *
 * Process context. Return: the place, or NULL without memory.
 */
u8 *smcx_ring_for_writing(struct smcx_ring *ring, u64 prod, u32 *n)
{
	u32 count = smcx_cursor_count(prod), offset, i = smcx_ring_segment(ring, count, &offset);
	u8 *segment = READ_ONCE(ring->segment[i]);

	if (unlikely(!segment)) {
		segment = ring_next_segment(ring, prod);
		if (!segment)
			return NULL;
		/* The reader looks there when it has seen a cursor after it. */
		WRITE_ONCE(ring->segment[i], segment);
	}
	*n = ring_contiguous(ring, count, i, offset, *n);
	return segment + offset;
}

/**
 * smcx_ring_for_reading() - where the reader finds its next bytes.
 * @ring: the reader's lock is held (see rx_take()), or, for the urgent byte, the cdc_lock
 * @count: of the consumer cursor, less than ring->len
 * @n: bytes that are wanted and have come; made less if they are not contiguous
 *
 * Return: the place, or NULL if the cursors lie: nothing was ever written there.
 */
const u8 *smcx_ring_for_reading(const struct smcx_ring *ring, u32 count, u32 *n)
{
	u32 offset, i = smcx_ring_segment(ring, count, &offset);
	const u8 *segment = READ_ONCE(ring->segment[i]);

	*n = ring_contiguous(ring, count, i, offset, *n);
	return segment ? segment + offset : NULL;
}

/* A segment that the reader leaves: it becomes the writer's next one, is freed, or stays where it
 * is. */
static void ring_leave_segment(struct smcx_ring *ring, u32 i, bool keeps_up)
{
	void *segment = ring->segment[i];
	bool keep = keeps_up && !READ_ONCE(ring->spare);

	if (!i || !segment || (!keep && !smcx_mem_pressure()))
		return;
	WRITE_ONCE(ring->segment[i], NULL);
	if (!keep) {
		ring_free_more(ring, segment);
		return;
	}
	/* Pairs with the writer's xchg(). It only takes; spare was empty, and we alone put. */
	smp_store_release(&ring->spare, segment);
}

/**
 * smcx_ring_consumed() - the reader moves on, and may leave segments for the writer.
 * @ring: the reader's lock is held, as rx_take() asserts
 * @from: consumer cursor before
 * @to: consumer cursor now; not yet reported to the writer
 * @prod: producer cursor as seen last
 *
 * Only if the reader keeps up: a ring that is filled all the time keeps what it has, unless there
 * is pressure.
 */
void smcx_ring_consumed(struct smcx_ring *ring, u64 from, u64 to, u64 prod)
{
	u32 offset, i = smcx_ring_segment(ring, smcx_cursor_count(from), &offset);
	u32 now = smcx_ring_segment(ring, smcx_cursor_count(to), &offset);
	bool keeps_up;

	if (likely(i == now) || ring->flat)
		return;
	keeps_up = smcx_ring_segment(ring, smcx_cursor_count(prod), &offset) == now;
	for (; i != now; i = i + 1 == ring->segments ? 0 : i + 1)
		ring_leave_segment(ring, i, keeps_up);
}
