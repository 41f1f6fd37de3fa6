// SPDX-License-Identifier: GPL-2.0-or-later
/* See flow_show.h. */
#include <epan/packet.h>

#include "field/fields.h"
#include "conn/flow.h"
#include "flow_show.h"

static int hf_produced = -1;
static int hf_consumed = -1;
static int hf_total = -1;
static int hf_space = -1;
static int hf_unread = -1;
static int hf_own_state = -1;
static int hf_peer_state = -1;
static int hf_before = -1;
static int hf_blocked_in = -1;
static int hf_blocked_for = -1;

static void flow_add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, guint32 frame)
{
	if (frame)
		proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, frame));
}

static void add_int64(proto_tree *tree, int hf, tvbuff_t *tvb, gint64 value)
{
	proto_item_set_generated(proto_tree_add_int64(tree, hf, tvb, 0, 0, value));
}

static void add_uint64(proto_tree *tree, int hf, tvbuff_t *tvb, guint64 value)
{
	proto_item_set_generated(proto_tree_add_uint64(tree, hf, tvb, 0, 0, value));
}

void flow_show(proto_tree *tree, tvbuff_t *tvb, const struct cdc_analysis *r)
{
	if (r->has_moved) {
		add_uint64(tree, hf_produced, tvb, r->produced);
		add_uint64(tree, hf_consumed, tvb, r->consumed);
		add_uint64(tree, hf_total, tvb, r->total);
	}
	if (r->has_space)
		add_int64(tree, hf_space, tvb, r->space);
	if (r->has_unread)
		add_int64(tree, hf_unread, tvb, r->unread);
	if (r->own_state) {
		flow_add_frame(tree, hf_own_state, tvb, r->own_state);
		flow_add_frame(tree, hf_peer_state, tvb, r->peer_state);
	}
	flow_add_frame(tree, hf_before, tvb, r->before);
	flow_add_frame(tree, hf_blocked_in, tvb, r->blocked);
	if (r->blocked)
		proto_item_set_generated(
			proto_tree_add_time(tree, hf_blocked_for, tvb, 0, 0, &r->blocked_for));
}

/* ---- registration ---------------------------------------------------------------------------- */

void flow_show_register(int proto)
{
	static hf_register_info own[] = {
		{ &hf_produced,
		  { "Bytes produced", "smcx.cdc.produced", FT_UINT64, BASE_DEC, NULL, 0,
		    "Since the sender's CDC message before", HFILL } },
		{ &hf_consumed,
		  { "Bytes consumed", "smcx.cdc.consumed", FT_UINT64, BASE_DEC, NULL, 0,
		    "Since the sender's CDC message before", HFILL } },
		{ &hf_total,
		  { "Bytes produced so far", "smcx.cdc.total", FT_UINT64, BASE_DEC, NULL, 0,
		    "Bytes that the sender has produced from the first CDC message in the capture "
		    "to this one, by its producer cursor",
		    HFILL } },
		{ &hf_space,
		  { "Space left at the peer", "smcx.cdc.space", FT_INT64, BASE_DEC, NULL, 0,
		    "In the peer's buffer, as far as the peer has reported", HFILL } },
		{ &hf_unread,
		  { "Bytes not yet consumed", "smcx.cdc.unread", FT_INT64, BASE_DEC, NULL, 0,
		    "In the sender's own buffer", HFILL } },
		{ &hf_own_state,
		  { "Sender's state", "smcx.cdc.sender_state", FT_UINT8, BASE_DEC, NULL, 0,
		    "RFC 7609, 4.7", HFILL } },
		{ &hf_peer_state,
		  { "Receiver's state", "smcx.cdc.receiver_state", FT_UINT8, BASE_DEC, NULL, 0,
		    "RFC 7609, 4.7", HFILL } },
		{ &hf_before,
		  { "CDC message before in", "smcx.cdc.before_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Of the same sender", HFILL } },
		{ &hf_blocked_in,
		  { "Window full from", "smcx.cdc.full_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Frame from which on the receiver had no room for the sender", HFILL } },
		{ &hf_blocked_for,
		  { "Window was full for", "smcx.cdc.full_for", FT_RELATIVE_TIME, BASE_NONE, NULL,
		    0,
		    "Seconds from the message that filled the window to this one, which makes room",
		    HFILL } },
	};

	for (unsigned i = 0; i < array_length(own); i++)
		if (own[i].p_id == &hf_own_state || own[i].p_id == &hf_peer_state)
			own[i].hfinfo.strings = fields_values(SMCW_LIST_sock_states);
	proto_register_field_array(proto, own, array_length(own));
}
