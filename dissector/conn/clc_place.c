// SPDX-License-Identifier: GPL-2.0-or-later
/* See clc_place.h. */
#include <epan/packet.h>
#include <epan/dissectors/packet-tcp.h>

#include "clc_place.h"
#include "conn.h"
#include "segment.h"

void clc_place_keep(struct conn *conn, unsigned type, const struct segment *s)
{
	struct clc_place *place = wmem_new(wmem_file_scope(), struct clc_place);

	*place = (struct clc_place){ s->flags & TH_ACK, s->seq, s->ack };
	conn->place[type] = place;
}

unsigned clc_place_answered_by(const packet_info *pinfo, const struct conn *conn, unsigned type)
{
	const struct segment *s = segment_now(pinfo);
	const struct clc_place *place;

	if (!s)
		return 0;
	for (unsigned later = type + 1; later < CLC_TYPES; later++) {
		place = conn->place[later];
		if (conn->clc[later] && conn->clc[later] != pinfo->num && place && place->has_ack &&
		    place->ack == s->seq + s->len)
			return later;
	}
	return 0;
}

bool clc_place_is_known(const packet_info *pinfo, const struct conn *conn, unsigned type)
{
	const struct segment *s = segment_now(pinfo);

	if (type >= CLC_TYPES || !s)
		return false;
	if (!conn->clc[type])
		return clc_place_answered_by(pinfo, conn, type);
	return conn->place[type] && conn->place[type]->seq == s->seq;
}
