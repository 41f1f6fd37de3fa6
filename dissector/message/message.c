// SPDX-License-Identifier: GPL-2.0-or-later
/* See message.h. */
#include <epan/packet.h>
#include <string.h>

#include "field/alias.h"
#include "conn/conn.h"
#include "field/fields.h"
#include "conn/group.h"
#include "message.h"
#include "conn/note.h"
#include "check/note_show.h"
#include "stream/payload.h"
#include "smc_text.h"
#include "field/tap.h"

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

/* printf would be felt with CDC, which comes by the million. */
static void add_number(char *line, size_t cap, const char *before, guint32 number)
{
	size_t len = strlen(line), more = strlen(before);
	char digits[10], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	if (len + more + sizeof(digits) >= cap)
		return;
	memcpy(line + len, before, more);
	len += more;
	more = (size_t)(digits + sizeof(digits) - at);
	memcpy(line + len, at, more);
	line[len + more] = '\0';
}

/* The text before and after the message in a line of the packet list: whose it is. */
static void set_info(packet_info *pinfo, char *line, size_t cap, const struct note *note,
		     const struct origin *at, bool another)
{
	if (note && note->conn)
		add_number(line, cap, ", connection ", note->conn->number);
	else if (note && note->group)
		add_number(line, cap, ", link group ", note->group->number);
	if (another) {
		col_append_sep_str(pinfo->cinfo, COL_INFO, "; ", line);
	} else if (at->kind == MESSAGE_CLC && !at->event) {
		col_clear(pinfo->cinfo, COL_INFO);
		col_append_ports(pinfo->cinfo, COL_INFO, PT_TCP, (guint16)pinfo->srcport,
				 (guint16)pinfo->destport);
		col_append_str(pinfo->cinfo, COL_INFO, " ");
		col_append_str(pinfo->cinfo, COL_INFO, line);
	} else {
		col_add_str(pinfo->cinfo, COL_INFO, line);
	}
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
		  const struct smcw_layout *l, const struct origin *at, bool another)
{
	int have;
	const void *msg = message_bytes(pinfo, tvb, off, l->len, &have);
	const struct note *note = learn_message(pinfo, at, msg, l);
	char line[SMCW_LINE_MAX], info[SMCW_LINE_MAX + 32];
	proto_item *item = NULL;
	proto_tree *message;

	if (at->kind == MESSAGE_CLC)
		smcw_clc_text(msg, l, line, sizeof(line));
	else
		smcw_llc_text(msg, l, line, sizeof(line));
	col_set_str(pinfo->cinfo, COL_PROTOCOL, protocol_column(line));
	g_strlcpy(info, line, sizeof(info));
	set_info(pinfo, info, sizeof(info), note, at, another);
	if (note)
		tap_message(pinfo, note, at->kind, msg, l);
	/* Expert infos are wanted without a tree, too: NULL for the items will do. */
	if (tree)
		item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, off, have,
						      "Shared Memory Communications: %s", line);
	message = proto_item_add_subtree(item, ett_message);
	fields_add(message, pinfo, tvb, off, l);
	alias_add(message, tvb, off, l);
	fields_faults(item, pinfo, l);
	if (note)
		note_show(item, message, pinfo, tvb, note);
	if (note && note->delivery)
		payload_hand_over(tvb, pinfo, message, tree, note);
	if (note)
		note_show_ports(pinfo, note);
}
