/* SPDX-License-Identifier: GPL-2.0 */
/* Cursors, each in a machine word, so that one end reads in one piece what the other writes. */
#ifndef SMCX_CURSOR_WORD_H
#define SMCX_CURSOR_WORD_H

#include <linux/types.h>

#include "cursor.h"

/* Wrap counter in the upper half, bytes in the lower. */
static inline u64 smcx_cursor(u16 wrap, u32 count)
{
	return (u64)wrap << 32 | count;
}

static inline u16 smcx_cursor_wrap(u64 cursor)
{
	return (u16)(cursor >> 32);
}

static inline u32 smcx_cursor_count(u64 cursor)
{
	return (u32)cursor;
}

/* A cursor moved on by no more than the length of its buffer. */
static inline u64 smcx_cursor_add(u64 cursor, u32 bytes, u32 len)
{
	u32 count = smcx_cursor_count(cursor) + bytes;
	u16 wrap = smcx_cursor_wrap(cursor);

	if (count >= len) {
		count -= len;
		wrap++;
	}
	return smcx_cursor(wrap, count);
}

static inline struct smcp_cursor smcx_cursor_parts(u64 cursor)
{
	return (struct smcp_cursor){ smcx_cursor_wrap(cursor), smcx_cursor_count(cursor) };
}

/*
 * Bytes from @old to @new in a buffer of @len. Cursors that break the
 * protocol give more than @len: the caller compares.
 */
static inline u32 smcx_cursor_diff(u64 old, u64 new, u32 len)
{
	s64 n = smcp_cursor_move(smcx_cursor_parts(old), smcx_cursor_parts(new), len);

	return smcx_cursor_count(new) >= len || n < 0 || n > len ? U32_MAX : (u32)n;
}

#endif
