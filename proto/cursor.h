/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of cursors: RFC 7609, section 4.4.1. A cursor counts within a buffer, and its
 * wrap count says how often it began anew, modulo 65,536. No allocation, no operating system.
 */
#ifndef SMCKIT_PROTO_CURSOR_H
#define SMCKIT_PROTO_CURSOR_H

#include <linux/types.h>

/* In host order. */
struct smcp_cursor {
	__u16 wrap;
	__u32 count;
};

/* How often it began anew from @from to @to; below 0 if @to is the older one. */
static inline __s16 smcp_cursor_turns(struct smcp_cursor from, struct smcp_cursor to)
{
	return (__s16)(__u16)(to.wrap - from.wrap);
}

/**
 * smcp_cursor_move() - bytes from @from to @to.
 * @size: of the buffer; 0 if it is not known, when only moves within one turn are right
 *
 * Return: below 0 if @to is the older one.
 */
static inline __s64 smcp_cursor_move(struct smcp_cursor from, struct smcp_cursor to, __u64 size)
{
	return smcp_cursor_turns(from, to) * (__s64)size + to.count - from.count;
}

static inline int smcp_cursor_is_same(struct smcp_cursor a, struct smcp_cursor b)
{
	return a.wrap == b.wrap && a.count == b.count;
}

/* Is @to older than @from? */
static inline int smcp_cursor_goes_back(struct smcp_cursor from, struct smcp_cursor to)
{
	__s16 turns = smcp_cursor_turns(from, to);

	return turns < 0 || (!turns && to.count < from.count);
}

/**
 * smcp_cursor_at() - the cursor after some bytes of a connection.
 * @bytes: since its begin
 * @size: of the buffer, not 0
 */
static inline struct smcp_cursor smcp_cursor_at(__u64 bytes, __u64 size)
{
	struct smcp_cursor at = { (__u16)(bytes / size), (__u32)(bytes % size) };

	return at;
}

/**
 * smcp_cursor_bytes() - the bytes of a connection that a cursor means.
 * @near: such a number that is less than 32,768 turns away
 * @size: of the buffer, not 0
 */
static inline __u64 smcp_cursor_bytes(struct smcp_cursor cursor, __u64 near, __u64 size)
{
	return near + (__u64)smcp_cursor_move(smcp_cursor_at(near, size), cursor, size);
}

#endif
