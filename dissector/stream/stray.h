/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WRITEs whose connection CLC does not say, since it is not in the capture. The
 * CDC message after a WRITE, on the same queue pair, reports the bytes that were
 * written: the two together say whose the rkey is and where the buffer begins.
 */
#ifndef SMCKIT_DISSECTOR_STRAY_H
#define SMCKIT_DISSECTOR_STRAY_H

#include <epan/packet.h>
#include <stdbool.h>

struct conn;
struct note;
struct piece;
struct queue_pair;
struct waiting;

/* A producer cursor that moved. */
struct advance {
	guint32 count;	 /* where it is now, in the buffer */
	guint32 from;	 /* where it was */
	bool knows_from; /* else messages before are not in the capture */
	bool came_round; /* the buffer began anew once since */
};

/* A WRITE that is nobody's so far. */
void stray_add(struct queue_pair *qp, tvbuff_t *tvb, struct note *note, struct piece *piece);

/* The same for one that waited elsewhere. */
void stray_keep(struct queue_pair *qp, const struct waiting *w);

/**
 * stray_match() - work out where the buffer of a connection is.
 * @note: of the CDC message
 * @side: end of @conn that has the buffer
 * @a: what the message reports
 *
 * Return: whether it is known now. stray_adopt() is to be called when the
 * connection's cursors are up to date.
 */
bool stray_match(struct note *note, struct conn *conn, unsigned side, const struct advance *a);

/**
 * stray_adopt() - hand the WRITEs of a connection that is known now to its stream.
 * @note: of the CDC message; gets their delivery
 * @side: end of @conn that has the buffer
 * @count: cursor in it that the last of them end at; 0: the end of the buffer
 * @before: number of a packet after them
 *
 * Those that may be of another turn of the buffer stay.
 */
void stray_adopt(packet_info *pinfo, struct note *note, struct conn *conn, unsigned side,
		 guint32 count, guint64 before);

/**
 * stray_follow() - WRITEs that go on where others end, with no packet missing.
 * @rkey: of the buffer
 * @at: address after the bytes that are known
 * @before: number of a packet after them
 * @psn: number of their last packet; set to that of the last one of those that go on
 *
 * Return: the address after the last one.
 */
guint64 stray_follow(struct queue_pair *qp, guint32 rkey, guint64 at, guint64 before, guint64 *psn);

#endif
