// SPDX-License-Identifier: GPL-2.0-or-later
/* See message.h. */
#include <epan/packet.h>

#include "fields.h"
#include "message.h"
#include "note.h"
#include "payload.h"
#include "smc_text.h"
#include "stats.h"

static int proto_smcx = -1;
static int ett_message = -1;

void message_register(int proto)
{
	static int *trees[] = { &ett_message };

	proto_smcx = proto;
	proto_register_subtree_array(trees, array_length(trees));
}

/* The line begins with the kind of SMC; take the Protocol column from there. */
static const char *protocol_column(const char *line)
{
	if (g_str_has_prefix(line, "SMC-R/"))
		return "SMC";
	if (g_str_has_prefix(line, "SMC-R ") || g_str_has_prefix(line, "LLC"))
		return "SMC-R";
	if (g_str_has_prefix(line, "SMC-D "))
		return "SMC-D";
	return "SMC";
}

const guint8 *message_bytes(packet_info *pinfo, tvbuff_t *tvb, int off, int len, int *have)
{
	guint8 *copy;

	*have = MIN(tvb_captured_length_remaining(tvb, off), len);
	if (*have == len)
		return tvb_get_ptr(tvb, off, len);
	copy = wmem_alloc0(pinfo->pool, (size_t)len);
	if (*have > 0)
		tvb_memcpy(tvb, copy, off, (size_t)*have);
	return copy;
}

void message_show(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off,
		  const struct smcw_layout *l, const struct sight *at, bool another)
{
	int have;
	const void *msg = message_bytes(pinfo, tvb, off, l->len, &have);
	const struct note *note = learn_message(pinfo, at, msg, l);
	char line[SMCW_LINE_MAX];
	proto_item *item;
	proto_tree *message;

	if (at->kind == MESSAGE_CLC)
		smcw_clc_text(msg, l, line, sizeof(line));
	else
		smcw_llc_text(msg, l, line, sizeof(line));
	col_set_str(pinfo->cinfo, COL_PROTOCOL, protocol_column(line));
	if (another)
		col_append_sep_str(pinfo->cinfo, COL_INFO, "; ", line);
	else
		col_add_str(pinfo->cinfo, COL_INFO, line);
	if (note)
		stats_message(pinfo, note, at->kind, msg, l);
	if (!tree) {
		if (note && note->delivery)
			payload_hand_over(tvb, pinfo, NULL, NULL, note);
		return;
	}
	item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, off, have,
					      "Shared Memory Communications: %s", line);
	message = proto_item_add_subtree(item, ett_message);
	fields_add(message, pinfo, tvb, off, l);
	fields_faults(item, pinfo, l);
	if (note)
		note_show(item, message, pinfo, tvb, note);
	if (note && note->delivery)
		payload_hand_over(tvb, pinfo, message, tree, note);
}
