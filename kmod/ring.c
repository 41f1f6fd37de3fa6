// SPDX-License-Identifier: GPL-2.0
/* A DMB's memory. See ring.h. */
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "ring.h"

/* A copy of less is not worth its call; more would be too much for a connection that needs little.
 */
#define SHIFT_MIN 12
#define SHIFT_MAX 15
#define SEGMENTS 8 /* of a ring, if that leads to a size within these limits */

static u32 shift_for(u32 size)
{
	return clamp_t(u32, ilog2(size / SEGMENTS), SHIFT_MIN, SHIFT_MAX);
}

static void get_payer(struct smcx_dmb *dmb, struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	if (memcg)
		css_get(&memcg->css);
	dmb->memcg = memcg;
#endif
}

static void put_payer(struct smcx_dmb *dmb)
{
#ifdef CONFIG_MEMCG
	if (dmb->memcg)
		css_put(&dmb->memcg->css);
#endif
}

/*
 * Zeroed: what nobody wrote is nobody's secret. @payer pays, or the one who calls
 * if that is NULL. Nobody is killed for it.
 */
static void *alloc_segment(u32 bytes, struct mem_cgroup *payer)
{
	const gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	struct mem_cgroup *old = payer ? set_active_memcg(payer) : NULL;
	void *segment = kvzalloc(bytes, flags);

	if (payer)
		set_active_memcg(old);
	if (segment)
		atomic64_add(bytes, &smcx_dev.dmb_bytes);
	return segment;
}

static void free_segment(void *segment, u32 bytes)
{
	if (!segment)
		return;
	atomic64_sub(bytes, &smcx_dev.dmb_bytes);
	kvfree(segment);
}

/**
 * smcx_ring_alloc() - a DMB with its first segment.
 * @size: bytes, the CDC header included; SMCW_BUF_BYTES(n)
 * @memcg: who pays for it; NULL for the caller's memory cgroup
 *
 * Process context. Return: the DMB, with size, len and its memory set; or NULL.
 */
struct smcx_dmb *smcx_ring_alloc(u32 size, struct mem_cgroup *memcg)
{
	u32 shift = shift_for(size), n = 1 + DIV_ROUND_UP(size - SMCX_RING_FIRST, BIT(shift));
	struct smcx_dmb *dmb = kzalloc(struct_size(dmb, segment, n), GFP_KERNEL_ACCOUNT);

	if (!dmb)
		return NULL;
	dmb->size = size;
	dmb->len = size - sizeof(struct smcw_cdc_smcd);
	dmb->shift = shift;
	dmb->segments = n;
	get_payer(dmb, memcg);
	dmb->segment[0] = alloc_segment(SMCX_RING_FIRST, memcg);
	if (dmb->segment[0])
		return dmb;
	smcx_ring_free(dmb);
	kfree(dmb);
	return NULL;
}

/**
 * smcx_ring_free() - give all segments back.
 * @dmb: nobody reads or writes any more
 *
 * Any context but hard interrupts.
 */
void smcx_ring_free(struct smcx_dmb *dmb)
{
	u32 i;

	if (dmb->flat) {
		free_segment(dmb->flat, dmb->size);
		goto out;
	}
	free_segment(dmb->segment[0], SMCX_RING_FIRST);
	for (i = 1; i < dmb->segments; i++)
		free_segment(dmb->segment[i], BIT(dmb->shift));
	free_segment(dmb->spare, BIT(dmb->shift));
out:
	put_payer(dmb);
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
	flat = alloc_segment(dmb->size, dmb->memcg);
	if (!flat)
		return NULL;
	free_segment(dmb->segment[0], SMCX_RING_FIRST);
	dmb->segment[0] = flat;
	for (i = 1; i < dmb->segments; i++, at += BIT(dmb->shift))
		dmb->segment[i] = flat + at;
	dmb->flat = flat;
	return flat;
}

static u32 contiguous(const struct smcx_dmb *dmb, u32 count, u32 i, u32 offset, u32 n)
{
	return min3(n, smcx_ring_left(dmb, i, offset), dmb->len - count);
}

/**
 * smcx_ring_for_writing() - where the writer puts its next bytes.
 * @dmb: the writer's lock is held, as tx_copy() asserts
 * @count: of the producer cursor, less than dmb->len
 * @n: bytes that are to be written and have room; made less if they are not contiguous
 *
 * Process context. Return: the place, or NULL without memory.
 */
u8 *smcx_ring_for_writing(struct smcx_dmb *dmb, u32 count, u32 *n)
{
	u32 offset, i = smcx_ring_segment(dmb, count, &offset);
	u8 *segment = READ_ONCE(dmb->segment[i]);

	if (unlikely(!segment)) {
		segment = xchg(&dmb->spare, NULL);
		if (!segment)
			segment = alloc_segment(BIT(dmb->shift), dmb->memcg);
		/* The receiver has no more: so the sender may pay, as it were TCP's send buffer. */
		if (!segment && dmb->memcg)
			segment = alloc_segment(BIT(dmb->shift), NULL);
		if (!segment)
			return NULL;
		/* The reader looks there when it has seen a cursor behind it. */
		WRITE_ONCE(dmb->segment[i], segment);
	}
	*n = contiguous(dmb, count, i, offset, *n);
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

	*n = contiguous(dmb, count, i, offset, *n);
	return segment ? segment + offset : NULL;
}

/**
 * smcx_ring_consumed() - the reader moves on, and may leave a segment behind for the writer.
 * @dmb: the reader's lock is held, as rx_take() asserts
 * @from: consumer cursor before
 * @to: consumer cursor now; the writer has not been told
 * @prod: producer cursor as seen last
 *
 * Only if the reader keeps up: a ring that is filled all the time keeps what it has.
 */
void smcx_ring_consumed(struct smcx_dmb *dmb, u64 from, u64 to, u64 prod)
{
	u32 offset, i = smcx_ring_segment(dmb, smcx_cursor_count(from), &offset);
	u32 now = smcx_ring_segment(dmb, smcx_cursor_count(to), &offset);
	void *segment = dmb->segment[i];

	if (likely(i == now) || !i || dmb->flat || READ_ONCE(dmb->spare) ||
	    smcx_ring_segment(dmb, smcx_cursor_count(prod), &offset) != now)
		return;
	WRITE_ONCE(dmb->segment[i], NULL);
	/* Pairs with the writer's xchg(). It only takes; spare was empty, and we alone put. */
	smp_store_release(&dmb->spare, segment);
}
