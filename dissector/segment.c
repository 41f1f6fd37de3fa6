// SPDX-License-Identifier: GPL-2.0-or-later
/* See segment.h. */
#include <epan/packet.h>
#include <epan/exceptions.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/ipproto.h>
#include <epan/proto_data.h>

#include "clc.h"
#include "missing.h"
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

/* Key of data kept with a frame. */
#define KEY_REFUSED 1

static int name = -1;
static dissector_handle_t tcp;
static struct segment now; /* frame 0: none */

const struct segment *segment_now(const packet_info *pinfo)
{
	return now.frame == pinfo->num ? &now : NULL;
}

static bool read_segment(tvbuff_t *tvb, const packet_info *pinfo, struct segment *s)
{
	const guint32 captured = tvb_captured_length(tvb);
	const struct tcp_header *h;
	guint32 header;

	s->frame = 0;
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

/* Take the bytes of CLC that TCP keeps for itself, in every pass. */
static void take_refused(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned type)
{
	if (type && clc_refused(pinfo, &now, type))
		p_add_proto_data(wmem_file_scope(), pinfo, name, KEY_REFUSED, &now);
	if (p_get_proto_data(wmem_file_scope(), pinfo, name, KEY_REFUSED))
		clc_dissect_refused(
			tvb_new_subset_remaining(tvb, (gint)(tvb_reported_length(tvb) - now.len)),
			pinfo, tree);
}

static int with_finding(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	volatile int used = 0;

	TRY
	{
		used = call_dissector_only(tcp, tvb, pinfo, tree, data);
	}
	FINALLY
	{
		missing_show_segment(tree, pinfo, tvb);
	}
	ENDTRY;
	return used;
}

/* This is called for every segment of any capture: little is done before it is worth it. */
static int dissect_segment(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	const struct segment outer = now;
	bool whole = read_segment(tvb, pinfo, &now);
	unsigned type = 0;
	int used;

	if (whole && !pinfo->fd->visited) {
		type = now.captured ? clc_look(pinfo, &now) : 0;
		missing_segment(pinfo, &now);
	}
	if (missing_has_segment(pinfo))
		used = with_finding(tvb, pinfo, tree, data);
	else
		used = call_dissector_only(tcp, tvb, pinfo, tree, data);
	if (whole && now.captured)
		take_refused(tvb, pinfo, tree, type);
	now = outer;
	return used;
}

/* A new file counts its frames from 1 on, too. */
static void segment_forget(void)
{
	now.frame = 0;
}

/* A name within TCP: no layer of its own, and on as long as TCP is. */
void segment_register(void)
{
	name = proto_register_protocol_in_name_only(
		"TCP segments, looked at for SMC", "SMCX segments", "smcx_segment",
		proto_get_id_by_filter_name("tcp"), FT_PROTOCOL);
	register_init_routine(segment_forget);
}

void segment_handoff(void)
{
	dissector_table_t protocols = find_dissector_table("ip.proto");

	tcp = protocols ? dissector_get_uint_handle(protocols, IP_PROTO_TCP) : NULL;
	if (!tcp)
		return;
	dissector_delete_uint("ip.proto", IP_PROTO_TCP, tcp);
	dissector_add_uint("ip.proto", IP_PROTO_TCP,
			   create_dissector_handle(dissect_segment, name));
}
