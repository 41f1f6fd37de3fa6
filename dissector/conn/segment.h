/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TCP segment that is being dissected, as it is on the wire. */
#ifndef SMCKIT_DISSECTOR_SEGMENT_H
#define SMCKIT_DISSECTOR_SEGMENT_H

#include <epan/packet.h>

struct segment {
	guint32 frame;
	guint16 from; /* ports */
	guint16 to;
	guint32 seq; /* as they are in the header, not relative */
	guint32 ack;
	guint8 flags;	  /* TH_* */
	guint32 len;	  /* bytes of payload that were sent */
	guint32 captured; /* ... and that the capture has */
	const guint8 *payload;
};

/**
 * segment_now() - the segment that is being dissected.
 * @pinfo: of its frame
 *
 * Return: valid until TCP's dissector returns; NULL where there is none, as in traced events.
 */
const struct segment *segment_now(const packet_info *pinfo);

/**
 * segment_enter() - a segment begins; of one that is cut within TCP's header nothing is known.
 * @tvb: TCP's header and payload
 *
 * Return: the segment around it (TCP in TCP), for segment_leave().
 */
struct segment segment_enter(tvbuff_t *tvb, const packet_info *pinfo);

/* It ends. */
void segment_leave(const struct segment *outer);

/* Forget the segment with its file. */
void segment_register(void);

#endif
