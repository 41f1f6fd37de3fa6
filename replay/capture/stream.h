/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One direction of a TCP connection: segments in any order, bytes in theirs. */
#ifndef SMCKIT_REPLAY_STREAM_H
#define SMCKIT_REPLAY_STREAM_H

#include "base/arena.h"

#include <linux/types.h>
#include <stdbool.h>

#define STREAM_MAX (1 << 20)	/* bytes of a direction that are kept */
#define STREAM_WAITING_MAX 4096 /* segments that may be ahead of a gap */

struct stream_segment;

struct stream {
	bool begun, ended; /* ended: FIN, and all before it is there */
	__u32 next;	   /* sequence number of the byte after .bytes */
	bool has_fin;
	__u32 fin; /* sequence number after the last byte */
	struct stream_segment *waiting;
	unsigned int waits; /* segments in .waiting */
	__u8 *bytes;
	size_t len, cap;
	bool lost; /* more than STREAM_MAX came */
};

/* The SYN: @seq is its sequence number. Without one the first segment begins the stream. */
void stream_syn(struct stream *s, __u32 seq);

/**
 * stream_segment() - add a segment; bytes that were there already stay as they were.
 * @a: where bytes live
 * @s: the stream; s->bytes and s->len are the bytes in order by now
 * @seq: sequence number of the first byte
 * @fin: the segment has a FIN
 */
void stream_segment(struct arena *a, struct stream *s, __u32 seq, const __u8 *bytes, size_t len,
		    bool fin);

#endif
