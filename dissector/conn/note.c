// SPDX-License-Identifier: GPL-2.0-or-later
/* See note.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <stdarg.h>

#include "conn.h"
#include "group.h"
#include "note.h"
#include "rules.h"

/* Keys of data kept with a frame; rdma.c has key 0. */
enum { KEY_COUNT = 1, KEY_NOTES };

static int proto_smcx = -1;

void note_follow_merges(struct note *note)
{
	while (note->conn && note->conn->merged) {
		if (note->conn->turned && note->sender < SIDES)
			note->sender = !note->sender;
		note->conn = note->conn->merged;
		note->group = note->conn->group;
		note->link = note->conn->link;
	}
	while (note->group && note->group->merged)
		note->group = note->group->merged;
}

struct note *note_next(packet_info *pinfo, bool *fresh)
{
	guint nth = GPOINTER_TO_UINT(p_get_proto_data(pinfo->pool, pinfo, proto_smcx, KEY_COUNT));
	struct note *note;

	p_set_proto_data(pinfo->pool, pinfo, proto_smcx, KEY_COUNT, GUINT_TO_POINTER(nth + 1));
	*fresh = !pinfo->fd->visited;
	if (!*fresh) {
		note = p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_NOTES + nth);
		if (note)
			note_follow_merges(note);
		return note;
	}
	note = wmem_new0(wmem_file_scope(), struct note);
	note->sender = NOTE_NO_SIDE;
	note->at = pinfo->abs_ts;
	note->frame = pinfo->num;
	p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_NOTES + nth, note);
	return note;
}

struct note *note_first(packet_info *pinfo)
{
	return p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_NOTES);
}

void note_expert_rule(struct note *note, expert_field *what, guint8 rule, const char *format,
		      va_list args)
{
	struct expert_note *fresh = wmem_new(wmem_file_scope(), struct expert_note),
			   **end = &note->experts;

	*fresh = (struct expert_note){ NULL, what,
				       wmem_strdup_vprintf(wmem_file_scope(), format, args), rule };
	while (*end)
		end = &(*end)->next;
	*end = fresh;
}

void note_expert(struct note *note, expert_field *what, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_expert_rule(note, what, SMCP_NO_RULE, format, args);
	va_end(args);
}

void note_forget(struct note *note, const expert_field *what)
{
	struct expert_note **at = &note->experts;

	while (*at)
		if ((*at)->what == what)
			*at = (*at)->next;
		else
			at = &(*at)->next;
}

const value_string note_sides[] = { { CLIENT, "client" },
				    { SERVER, "server" },
				    { SIDES + CLIENT, "one end, client or server" },
				    { SIDES + SERVER, "the other end" },
				    { 0, NULL } };

void note_register(int proto)
{
	proto_smcx = proto;
}
