/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the offsets of WRITEs in a ring to positions in the stream. A queue pair
 * delivers in the order of its packet sequence numbers, and a sender writes its
 * bytes in their order: so a WRITE is after those with lower numbers and before
 * those with higher ones, and a CDC message says where its sender is.
 */
#ifndef SMCKIT_DISSECTOR_PLACE_H
#define SMCKIT_DISSECTOR_PLACE_H

#include <epan/packet.h>
#include <stdbool.h>

#include "conn/psn.h"

/* Packets of one stream with all between them, and the bytes that they carry. */
struct span {
	guint64 first, last; /* numbers of packets, see psn.h */
	guint64 start, end;  /* positions of their bytes */
};

/* The known part of a stream on one link. */
struct lane {
	struct psn_window *window; /* of the queue pair; NULL: the lane is not used */
	struct span *spans;	   /* by number and position */
	guint n, room;
	guint64 skipped, upto; /* hole that was left though no packet is missing */
};

/* A WRITE's packet. */
struct placing {
	guint64 psn;
	guint32 offset; /* in the ring */
	guint32 len;
	guint32 size;  /* of the ring; 0: not known, then only places before its end are found */
	guint32 least; /* ... and it has as many bytes at least */
	guint64 turn;  /* position of the ring's first byte in this turn, or in one before */
	guint64 turn_before; /* ... in the turn before, where @size is not known */
};

/**
 * lane_begin() - a lane of which the start is known.
 * @window: of the queue pair
 * @after: number of a packet; none before it carries bytes of the stream
 * @at: no byte before this position is written on it
 */
void lane_begin(struct lane *l, struct psn_window *window, guint64 after, guint64 at);

/**
 * lane_place() - the position of a packet.
 * @p: the packet
 * @pos: set to the position of its first byte
 *
 * Return: false when more than one is possible: packets between this one and
 * those that are known are missing. A later CDC message may decide.
 */
bool lane_place(struct lane *l, const struct placing *p, guint64 *pos);

/* How many bytes missing or unassigned packets between two can have carried; some more than @enough
 * are not counted. */
guint64 lane_hidden(struct psn_window *window, guint64 after, guint64 before, guint64 enough);

/* The last packets before @psn that are known, or NULL. */
const struct span *lane_last(const struct lane *l, guint64 psn);

/* A packet, or a CDC message with no bytes, is there. One that contradicts the others is left out.
 */
void lane_add(struct lane *l, guint64 psn, guint64 start, guint64 end);

#endif
