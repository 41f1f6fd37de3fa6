/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of a stream whose position is decided by a later CDC message. */
#ifndef SMCKIT_DISSECTOR_HELD_H
#define SMCKIT_DISSECTOR_HELD_H

#include <epan/packet.h>
#include <stdbool.h>

struct note;
struct queue_pair;

/* Bytes of a packet. */
struct packet_bytes {
	struct queue_pair *qp; /* that it went to */
	guint64 psn;	       /* see psn.h */
	guint32 offset;	       /* in the RMBE */
	guint32 len;	       /* on the wire */
	guint32 captured;
	const guint8 *data; /* NULL: they are the frame's own */
};

struct held {
	struct packet_bytes bytes;
	struct note *origin; /* of the frame that has them */
	guint64 pos;
	bool placed;
};

/* In the order of their numbers. */
struct held_list {
	struct held *held;
	guint n, room;
};

/**
 * held_add() - keep a packet; its bytes are copied.
 * @tvb: has them where @b does not
 * @origin: note of its frame
 *
 * Return: the note of the packet that had to go for it, or NULL.
 */
struct note *held_add(struct held_list *list, const struct packet_bytes *b, tvbuff_t *tvb,
		      struct note *origin);

/* The count of those with a number below @psn. */
guint held_before(const struct held_list *list, guint64 psn);

/* Forget the first @n. */
void held_drop(struct held_list *list, guint n);

#endif
