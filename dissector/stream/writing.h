/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WRITEs of several packets. Only the first packet says where the bytes go
 * (InfiniBand Architecture, volume 1, 9.4.3); the others are found by their
 * packet sequence numbers, since all but the last have the same length. One
 * that comes before the first packet waits for it.
 */
#ifndef SMCKIT_DISSECTOR_WRITING_H
#define SMCKIT_DISSECTOR_WRITING_H

#include <epan/packet.h>
#include <stdbool.h>

struct conn;
struct note;
struct piece;
struct queue_pair;

/* The first packet of a WRITE. */
struct writing {
	guint64 psn;	/* its number, see psn.h */
	guint32 packet; /* bytes of all packets but the last */
	guint32 rkey;
	guint64 vaddr;
	guint32 length; /* of the WRITE */
	guint32 frame;
};

/* A packet whose WRITE, or whose connection, is not known so far. */
struct waiting {
	guint64 psn;
	struct note *note; /* of its frame */
	struct piece *piece;
	guint32 len;	  /* on the wire */
	guint32 captured; /* of these */
	guint8 *data;
	const struct conn *claim; /* stray.c's: whose it is likely to be */
};

/* Packets that wait, in the order of their numbers. */
struct waiting_list {
	struct waiting *at;
	guint n, room;
	guint64 bytes;
	guint64 dropped; /* number of the last one that had to go for want of room */
};

/* Keep a packet; the bytes of @tvb are copied. When there are too many the first is dropped. */
void waiting_add(struct waiting_list *list, tvbuff_t *tvb, guint64 psn, struct note *note,
		 struct piece *piece);

/* Forget packet @i. */
void waiting_drop(struct waiting_list *list, guint i);

/* Remember the first packet of a WRITE. */
void writing_add(struct queue_pair *qp, const struct writing *w);

/* The WRITE that packet @psn is in, if its first packet was seen. */
const struct writing *writing_find(const struct queue_pair *qp, guint64 psn);

/* Packets to the queue pair that have no WRITE so far. */
struct waiting_list *writing_orphans(struct queue_pair *qp);

#endif
