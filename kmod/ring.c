// SPDX-License-Identifier: GPL-2.0
/* A DMB's memory. See ring.h. */
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

static void ring_get_memcg(struct smcx_dmb *dmb, struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	if (memcg)
		css_get(&memcg->css);
	dmb->memcg = memcg;
#endif
}

static void ring_put_memcg(struct smcx_dmb *dmb)
{
#ifdef CONFIG_MEMCG
	if (dmb->memcg)
		css_put(&dmb->memcg->css);
#endif
}

/*
 * Zeroed: what nobody wrote is nobody's secret. @memcg pays, or the one who calls
 * if that is NULL. Nobody is killed for it. @must: see mem.h
 */
static void *ring_alloc_segment(struct smcx_dmb *dmb, u32 bytes, struct mem_cgroup *memcg,
				bool must)
{
	const bool wait = smcx_mem_may_wait(memcg);
	const gfp_t flags = __GFP_ACCOUNT | __GFP_NOWARN |
			    (wait ? GFP_KERNEL | __GFP_RETRY_MAYFAIL : GFP_NOWAIT);
	struct mem_cgroup *old;
	void *segment;

	if (!smcx_mem_charge(&dmb->payer, bytes, must))
		return NULL;
	old = memcg ? set_active_memcg(memcg) : NULL;
	segment = kvzalloc(bytes, flags);
	if (memcg)
		set_active_memcg(old);
	if (segment)
		atomic64_add(bytes, &smcx_dev.dmb_bytes);
	else
		smcx_mem_uncharge(&dmb->payer, bytes);
	if (!segment && !wait)
		smcx_mem_make_room(memcg);
	return segment;
}

static void ring_free_segment(struct smcx_dmb *dmb, void *segment, u32 bytes)
{
	if (!segment)
		return;
	atomic64_sub(bytes, &smcx_dev.dmb_bytes);
	smcx_mem_uncharge(&dmb->payer, bytes);
	kvfree(segment);
}

/* One of those beyond the first. */
static void ring_free_more(struct smcx_dmb *dmb, void *segment)
{
	if (segment)
		atomic_dec(&dmb->more);
	ring_free_segment(dmb, segment, BIT(dmb->shift));
}

/**
 * smcx_ring_alloc() - a DMB with its first segment.
 * @size: bytes, the CDC header included; SMCW_BUF_BYTES(n)
 * @memcg: who pays for it; NULL for the caller's memory cgroup
 * @payer: whose share it is; its references are the DMB's if this succeeds
 *
 * Process context. Return: the DMB, with size, len and its memory set; or NULL.
 */
struct smcx_dmb *smcx_ring_alloc(u32 size, struct mem_cgroup *memcg, const struct smcx_payer *payer)
{
	u32 shift = ring_shift_for(size), n = 1 + DIV_ROUND_UP(size - SMCX_RING_FIRST, BIT(shift));
	struct smcx_dmb *dmb = kzalloc(struct_size(dmb, segment, n), GFP_KERNEL_ACCOUNT);

	if (!dmb)
		return NULL;
	dmb->size = size;
	dmb->len = size - sizeof(struct smcw_cdc_smcd);
	dmb->shift = shift;
	dmb->segments = n;
	dmb->payer = *payer;
	ring_get_memcg(dmb, memcg);
	dmb->segment[0] = ring_alloc_segment(dmb, SMCX_RING_FIRST, memcg, false);
	if (dmb->segment[0])
		return dmb;
	ring_put_memcg(dmb);
	kfree(dmb);
	return NULL;
}

/**
 * smcx_ring_free() - give all segments back, and what a DMB has of its payers.
 * @dmb: nobody reads or writes any more
 *
 * Any context but hard interrupts.
 */
void smcx_ring_free(struct smcx_dmb *dmb)
{
	u32 i;

	if (dmb->flat) {
		ring_free_segment(dmb, dmb->flat, dmb->size);
		goto out;
	}
	ring_free_segment(dmb, dmb->segment[0], SMCX_RING_FIRST);
	for (i = 1; i < dmb->segments; i++)
		ring_free_more(dmb, dmb->segment[i]);
	ring_free_more(dmb, dmb->spare);
out:
	ring_put_memcg(dmb);
	smcx_payer_put(&dmb->payer);
}

/**
 * smcx_ring_flat() - all memory at once, and in one piece, for a program that is at one end.
 * @dmb: nobody has written to it
 *
 * Process context. Return: @dmb->size bytes, the CDC header first; or NULL without memory.
 */
void *smcx_ring_flat(struct smcx_dmb *dmb)
{
	u32 i, at = SMCX_RING_FIRST;
	void *flat;

	if (dmb->flat)
		return dmb->flat;
	flat = ring_alloc_segment(dmb, dmb->size, dmb->memcg, false);
	if (!flat)
		return NULL;
	ring_free_segment(dmb, dmb->segment[0], SMCX_RING_FIRST);
	dmb->segment[0] = flat;
	for (i = 1; i < dmb->segments; i++, at += BIT(dmb->shift))
		dmb->segment[i] = flat + at;
	dmb->flat = flat;
	return flat;
}

static u32 ring_contiguous(const struct smcx_dmb *dmb, u32 count, u32 i, u32 offset, u32 n)
{
	return min3(n, smcx_ring_left(dmb, i, offset), dmb->len - count);
}

/*
 * The segments from the reader's to the writer's, which hold what is unread; they may go round.
 * All others are the writer's, and so is everything when nothing is unread.
 */
struct span {
	u32 first, last;
	bool all, none;
};

static struct span ring_unread_span(const struct smcx_dmb *dmb, u64 prod)
{
	u64 cons = smp_load_acquire(&dmb->cons); /* pairs with smcx_cdc_consumed() */
	u32 unread = smcx_cursor_diff(cons, prod, dmb->len), offset;
	struct span span;

	span.last = smcx_ring_segment(dmb, smcx_cursor_count(prod), &offset);
	span.first = smcx_ring_segment(dmb, smcx_cursor_count(cons), &offset);
	span.none = !unread;
	/* Also if the cursors lie. */
	span.all = unread > dmb->len ||
		   (span.first == span.last && unread > smcx_ring_left(dmb, span.first, offset));
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
static void *ring_take_read(struct smcx_dmb *dmb, u64 prod)
{
	const struct span span = ring_unread_span(dmb, prod);
	void *segment;
	u32 i;

	for (i = 1; i < dmb->segments; i++) {
		if (!dmb->segment[i] || ring_holds_unread(&span, i))
			continue;
		segment = dmb->segment[i];
		WRITE_ONCE(dmb->segment[i], NULL);
		return segment;
	}
	return NULL;
}

static void *ring_alloc_more(struct smcx_dmb *dmb, struct mem_cgroup *memcg)
{
	void *segment = ring_alloc_segment(dmb, BIT(dmb->shift), memcg, !atomic_read(&dmb->more));

	if (segment)
		atomic_inc(&dmb->more);
	return segment;
}

static void *ring_next_segment(struct smcx_dmb *dmb, u64 prod)
{
	void *segment = xchg(&dmb->spare, NULL);

	if (!segment && smcx_mem_pressure())
		segment = ring_take_read(dmb, prod);
	if (!segment)
		segment = ring_alloc_more(dmb, dmb->memcg);
	/* The receiver has no more: so the sender may pay, as it were TCP's send buffer. */
	if (!segment && dmb->memcg)
		segment = ring_alloc_more(dmb, NULL);
	return segment ? segment : ring_take_read(dmb, prod);
}

/**
 * smcx_ring_trim() - give back the segments that hold nothing unread.
 * @dmb: the writer's lock is held, or there is no writer
 * @all: nobody will read what is unread
 *
 * Process context. Return: bytes that were given back.
 */
long smcx_ring_trim(struct smcx_dmb *dmb, bool all)
{
	struct span span = ring_unread_span(dmb, READ_ONCE(dmb->prod));
	long segments = 0;
	void *segment;
	u32 i;

	if (dmb->flat)
		return 0;
	if (all)
		span = (struct span){ .none = true };
	for (i = 1; i < dmb->segments; i++) {
		if (!dmb->segment[i] || ring_holds_unread(&span, i))
			continue;
		segment = dmb->segment[i];
		WRITE_ONCE(dmb->segment[i], NULL);
		ring_free_more(dmb, segment);
		segments++;
	}
	segment = xchg(&dmb->spare, NULL);
	if (segment) {
		ring_free_more(dmb, segment);
		segments++;
	}
	return segments << dmb->shift;
}

/**
 * smcx_ring_for_writing() - where the writer puts its next bytes.
 * @dmb: the writer's lock is held, as tx_copy() asserts
 * @prod: cursor of the place
 * @n: bytes that are to be written and have room; made less if they are not contiguous
 *
 * Process context. Return: the place, or NULL without memory.
 */
u8 *smcx_ring_for_writing(struct smcx_dmb *dmb, u64 prod, u32 *n)
{
	u32 count = smcx_cursor_count(prod), offset, i = smcx_ring_segment(dmb, count, &offset);
	u8 *segment = READ_ONCE(dmb->segment[i]);

	if (unlikely(!segment)) {
		segment = ring_next_segment(dmb, prod);
		if (!segment)
			return NULL;
		/* The reader looks there when it has seen a cursor after it. */
		WRITE_ONCE(dmb->segment[i], segment);
	}
	*n = ring_contiguous(dmb, count, i, offset, *n);
	return segment + offset;
}

/**
 * smcx_ring_for_reading() - where the reader finds its next bytes.
 * @dmb: the reader's lock is held (see rx_take()), or, for the urgent byte, the cdc_lock
 * @count: of the consumer cursor, less than dmb->len
 * @n: bytes that are wanted and have come; made less if they are not contiguous
 *
 * Return: the place, or NULL if the cursors lie: nothing was ever written there.
 */
const u8 *smcx_ring_for_reading(const struct smcx_dmb *dmb, u32 count, u32 *n)
{
	u32 offset, i = smcx_ring_segment(dmb, count, &offset);
	const u8 *segment = READ_ONCE(dmb->segment[i]);

	*n = ring_contiguous(dmb, count, i, offset, *n);
	return segment ? segment + offset : NULL;
}

/* A segment that the reader leaves: the writer's next one, nobody's, or where it is. */
static void ring_leave_segment(struct smcx_dmb *dmb, u32 i, bool keeps_up)
{
	void *segment = dmb->segment[i];
	bool keep = keeps_up && !READ_ONCE(dmb->spare);

	if (!i || !segment || (!keep && !smcx_mem_pressure()))
		return;
	WRITE_ONCE(dmb->segment[i], NULL);
	if (!keep) {
		ring_free_more(dmb, segment);
		return;
	}
	/* Pairs with the writer's xchg(). It only takes; spare was empty, and we alone put. */
	smp_store_release(&dmb->spare, segment);
}

/**
 * smcx_ring_consumed() - the reader moves on, and may leave segments for the writer.
 * @dmb: the reader's lock is held, as rx_take() asserts
 * @from: consumer cursor before
 * @to: consumer cursor now; not yet reported to the writer
 * @prod: producer cursor as seen last
 *
 * Only if the reader keeps up: a ring that is filled all the time keeps what it has, unless there
 * is pressure.
 */
void smcx_ring_consumed(struct smcx_dmb *dmb, u64 from, u64 to, u64 prod)
{
	u32 offset, i = smcx_ring_segment(dmb, smcx_cursor_count(from), &offset);
	u32 now = smcx_ring_segment(dmb, smcx_cursor_count(to), &offset);
	bool keeps_up;

	if (likely(i == now) || dmb->flat)
		return;
	keeps_up = smcx_ring_segment(dmb, smcx_cursor_count(prod), &offset) == now;
	for (; i != now; i = i + 1 == dmb->segments ? 0 : i + 1)
		ring_leave_segment(dmb, i, keeps_up);
}
