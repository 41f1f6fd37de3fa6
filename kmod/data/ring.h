/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring of data that one end writes and the other reads, and its memory. A head of the
 * path may stand before the data: in a DMB, that of CDC.
 *
 * It is in segments, which come when the writer gets to them. A short
 * connection, or an idle one, has a page; one whose reader keeps up goes round
 * with two segments, the one that is read and the one that is written: large
 * rings cost those who fill them. Nothing of it has to be contiguous, since no
 * device reads it.
 *
 * The first segment is a page, is always there and holds the header; all others
 * have the same size. A segment is the writer's as long as no unread byte is
 * in it. The writer never enters the one that the reader has reached, even if
 * there is room again at its head: so the reader may take a segment away that
 * it leaves.
 */
#ifndef SMCX_RING_H
#define SMCX_RING_H

#include <linux/minmax.h>
#include <linux/mm.h>

#include "cursor_word.h"
#include "share.h"

struct mem_cgroup;

#define SMCX_RING_FIRST 4096u /* bytes of the first segment */

/*
 * Each group of members has one writer and a cache line of its own: the
 * producer (the peer) and the consumer (the owner) do not disturb each other.
 */
struct smcx_ring {
	u64 prod;	  /* cursor; peer: store-release, owner: load-acquire */
	u32 writer_waits; /* peer sets it before it sleeps, owner takes it away */
	u32 starved; /* peer: there was no memory for a segment; till all is read, see tx_room() */
	u32 until_read; /* peer: nothing more is written till all is read, see tx_room() */

	u64 cons
		____cacheline_aligned_in_smp; /* cursor; owner: store-release, peer: load-acquire */

	void *spare; /* a segment that the reader left and the writer may take */

	/* Constant from its beginning to the end. */
	u32 size ____cacheline_aligned_in_smp; /* bytes, as the wire has it */
	u32 head;		  /* bytes of it before the data: of a DMB, the CDC header */
	u32 len;		  /* bytes for data */
	u32 shift;		  /* bytes of a segment: 1 << shift; the first has a page */
	u32 segments;		  /* how many segment has */
	atomic_t more;		  /* segments beyond the first */
	void **segment;		  /* head, then the data; NULL where nobody has written */
	void *flat;		  /* all segments are in it; NULL: each is for itself */
	struct mem_cgroup *memcg; /* who pays, with a reference, or NULL */
	struct smcx_payer payer;  /* whose share it is */
};

/*
 * Bytes of room that make a ring writable for poll, and worth waking a writer
 * for: half of it, so that writer and reader do not take turns for crumbs.
 */
static inline u32 smcx_writable(const struct smcx_ring *ring)
{
	return ring->len / 2;
}

/* Which segment holds the byte of cursor count @count, and how far into it. */
static inline u32 smcx_ring_segment(const struct smcx_ring *ring, u32 count, u32 *offset)
{
	u32 at = count + ring->head;

	if (at < SMCX_RING_FIRST) {
		*offset = at;
		return 0;
	}
	at -= SMCX_RING_FIRST;
	*offset = at & (BIT(ring->shift) - 1);
	return 1 + (at >> ring->shift);
}

/* Bytes from @offset in segment @i to its end. */
static inline u32 smcx_ring_left(const struct smcx_ring *ring, u32 i, u32 offset)
{
	return (i ? BIT(ring->shift) : SMCX_RING_FIRST) - offset;
}

/**
 * smcx_ring_room() - bytes that the writer may write.
 * @ring: whose
 * @cons: cursor of the reader
 * @unread: bytes between the two cursors, no more than there can be
 */
static inline u32 smcx_ring_room(const struct smcx_ring *ring, u64 cons, u32 unread)
{
	u32 room = ring->len - unread, offset;

	if (!smcx_ring_segment(ring, smcx_cursor_count(cons), &offset))
		offset -= ring->head;
	return room - min(room, offset);
}

u32 smcx_ring_segments(u32 size);
int smcx_ring_init(struct smcx_ring *ring, u32 size, u32 head, struct mem_cgroup *memcg,
		   const struct smcx_payer *payer);
void smcx_ring_over(struct smcx_ring *ring, u32 size, void *flat, void **segment);
void smcx_ring_free(struct smcx_ring *ring);
long smcx_ring_trim(struct smcx_ring *ring, bool all);
void *smcx_ring_flat(struct smcx_ring *ring);
u8 *smcx_ring_for_writing(struct smcx_ring *ring, u64 prod, u32 *n);
const u8 *smcx_ring_for_reading(const struct smcx_ring *ring, u32 count, u32 *n);
void smcx_ring_consumed(struct smcx_ring *ring, u64 from, u64 to, u64 prod);

#endif
