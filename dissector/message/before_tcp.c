// SPDX-License-Identifier: GPL-2.0-or-later
/* See before_tcp.h. */
#include <epan/packet.h>
#include <epan/exceptions.h>
#include <epan/ipproto.h>
#include <epan/proto_data.h>

#include "before_tcp.h"
#include "clc.h"
#include "check/missing.h"
#include "conn/segment.h"

/* Key of data kept with a frame. */
#define KEY_REFUSED 1

static int name = -1;
static dissector_handle_t tcp;

/* Take the bytes of CLC that TCP keeps for itself, in every pass. */
static void take_refused(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 const struct segment *s, unsigned type)
{
	if (type && clc_refused(pinfo, s, type))
		p_add_proto_data(wmem_file_scope(), pinfo, name, KEY_REFUSED,
				 GUINT_TO_POINTER(type));
	if (p_get_proto_data(wmem_file_scope(), pinfo, name, KEY_REFUSED))
		clc_dissect_refused(
			tvb_new_subset_remaining(tvb, (gint)(tvb_reported_length(tvb) - s->len)),
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
	const struct segment outer = segment_enter(tvb, pinfo), *s = segment_now(pinfo);
	unsigned type = 0;
	int used;

	if (s && !pinfo->fd->visited) {
		type = s->captured ? clc_look(pinfo, s) : 0;
		missing_segment(pinfo, s);
	}
	if (missing_has_segment(pinfo))
		used = with_finding(tvb, pinfo, tree, data);
	else
		used = call_dissector_only(tcp, tvb, pinfo, tree, data);
	if (s && s->captured)
		take_refused(tvb, pinfo, tree, s, type);
	segment_leave(&outer);
	return used;
}

/* A name within TCP: no layer of its own, and on as long as TCP is. */
void before_tcp_register(void)
{
	name = proto_register_protocol_in_name_only(
		"TCP segments, looked at for SMC", "SMCX segments", "smcx_segment",
		proto_get_id_by_filter_name("tcp"), FT_PROTOCOL);
}

void before_tcp_handoff(void)
{
	dissector_table_t protocols = find_dissector_table("ip.proto");

	tcp = protocols ? dissector_get_uint_handle(protocols, IP_PROTO_TCP) : NULL;
	if (!tcp)
		return;
	dissector_delete_uint("ip.proto", IP_PROTO_TCP, tcp);
	dissector_add_uint("ip.proto", IP_PROTO_TCP,
			   create_dissector_handle(dissect_segment, name));
}
