// SPDX-License-Identifier: GPL-2.0-or-later
/* See segment.h. */
#include <epan/packet.h>

#include "segment.h"
#include "smc_codec.h"

/* RFC 9293, 3.1: the fields that are read. */
struct tcp_header {
	guint8 ports[4];
	guint8 seq[4];
	guint8 ack[4];
	guint8 offset; /* upper half: of the payload, in words of 4 bytes */
	guint8 flags;
	guint8 rest[6];
};

static struct segment now; /* frame 0: none */

const struct segment *segment_now(const packet_info *pinfo)
{
	return now.frame == pinfo->num ? &now : NULL;
}

static bool segment_read(tvbuff_t *tvb, const packet_info *pinfo, struct segment *s)
{
	const guint32 captured = tvb_captured_length(tvb);
	const struct tcp_header *h;
	guint32 header;

	if (captured < sizeof(*h))
		return false;
	h = (const struct tcp_header *)tvb_get_ptr(tvb, 0, sizeof(*h));
	header = (guint32)(h->offset >> 4) * 4;
	if (header < sizeof(*h) || header > tvb_reported_length(tvb))
		return false;
	*s = (struct segment){
		.frame = pinfo->num,
		.from = smcw_get16(h->ports),
		.to = smcw_get16(h->ports + 2),
		.seq = smcw_get32(h->seq),
		.ack = smcw_get32(h->ack),
		.flags = h->flags,
		.len = tvb_reported_length(tvb) - header,
		.captured = captured > header ? captured - header : 0,
	};
	if (s->captured)
		s->payload = tvb_get_ptr(tvb, (gint)header, (gint)s->captured);
	return true;
}

struct segment segment_enter(tvbuff_t *tvb, const packet_info *pinfo)
{
	const struct segment outer = now;

	if (!segment_read(tvb, pinfo, &now))
		now.frame = 0;
	return outer;
}

void segment_leave(const struct segment *outer)
{
	now = *outer;
}

/* A new file counts its frames from 1 on, too. */
static void segment_forget(void)
{
	now.frame = 0;
}

void segment_register(void)
{
	register_init_routine(segment_forget);
}
