/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a DMB: the CDC header, and the ring of data after it.
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

#include "dev.h"

#define SMCX_RING_FIRST 4096u /* bytes of the first segment */

/* Which segment holds the byte of cursor count @count, and how far into it. */
static inline u32 smcx_ring_segment(const struct smcx_dmb *dmb, u32 count, u32 *offset)
{
	u32 at = count + sizeof(struct smcw_cdc_smcd);

	if (at < SMCX_RING_FIRST) {
		*offset = at;
		return 0;
	}
	at -= SMCX_RING_FIRST;
	*offset = at & (BIT(dmb->shift) - 1);
	return 1 + (at >> dmb->shift);
}

/* Bytes from @offset in segment @i to its end. */
static inline u32 smcx_ring_left(const struct smcx_dmb *dmb, u32 i, u32 offset)
{
	return (i ? BIT(dmb->shift) : SMCX_RING_FIRST) - offset;
}

/**
 * smcx_ring_room() - bytes that the writer may write.
 * @dmb: whose
 * @cons: cursor of the reader
 * @unread: bytes between the two cursors, no more than there can be
 */
static inline u32 smcx_ring_room(const struct smcx_dmb *dmb, u64 cons, u32 unread)
{
	u32 room = dmb->len - unread, offset;

	if (!smcx_ring_segment(dmb, smcx_cursor_count(cons), &offset))
		offset -= sizeof(struct smcw_cdc_smcd);
	return room - min(room, offset);
}

static inline struct smcw_cdc_smcd *smcx_ring_cdc(const struct smcx_dmb *dmb)
{
	return dmb->segment[0];
}

struct smcx_dmb *smcx_ring_alloc(u32 size, struct mem_cgroup *memcg,
				 const struct smcx_payer *payer);
void smcx_ring_free(struct smcx_dmb *dmb);
long smcx_ring_trim(struct smcx_dmb *dmb, bool all);
void *smcx_ring_flat(struct smcx_dmb *dmb);
u8 *smcx_ring_for_writing(struct smcx_dmb *dmb, u64 prod, u32 *n);
const u8 *smcx_ring_for_reading(const struct smcx_dmb *dmb, u32 count, u32 *n);
void smcx_ring_consumed(struct smcx_dmb *dmb, u64 from, u64 to, u64 prod);

#endif
