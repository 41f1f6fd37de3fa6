// SPDX-License-Identifier: GPL-2.0-or-later
/* See cdc.h. */
#include <epan/packet.h>

#include "cdc.h"
#include "conn.h"
#include "note.h"

gint64 cursor_move(guint32 size, const struct cursor *from, const struct cursor *to)
{
	gint16 turns = (gint16)(to->wrap - from->wrap);

	return (gint64)turns * size + to->count - from->count;
}

void cdc_learn(packet_info *pinfo _U_, struct note *note, unsigned view _U_, const void *msg _U_,
	       const struct smcw_layout *l _U_)
{
	note->conn->link = note->link;
}

void cdc_show(proto_tree *tree _U_, tvbuff_t *tvb _U_, const struct reckoning *r _U_)
{
}

void cdc_register(int proto _U_)
{
}
