/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP segments as they are on the wire, before TCP's dissector has them. CLC is
 * found there without its SYN on ports that have a dissector of their own, and
 * the segments that no dissector is called for, as a reset, are seen.
 */
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

/* Step in front of TCP. */
void segment_handoff(void);

void segment_register(void);

#endif
