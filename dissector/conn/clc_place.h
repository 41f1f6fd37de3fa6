/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of a connection's CLC messages in TCP's stream: what is a copy, and what came before.
 */
#ifndef SMCKIT_DISSECTOR_CLC_PLACE_H
#define SMCKIT_DISSECTOR_CLC_PLACE_H

#include <epan/packet.h>
#include <stdbool.h>

struct conn;
struct segment;

/* The place of a message. */
struct clc_place {
	bool has_ack;
	guint32 seq; /* of its first byte */
	guint32 ack; /* next byte that its sender expects */
};

/**
 * clc_place_keep() - keep the place of a CLC message, in the first pass.
 * @conn: its connection
 * @type: of the message, below CLC_TYPES
 * @s: the segment that ends it
 */
void clc_place_keep(struct conn *conn, unsigned type, const struct segment *s);

/* The type of a message that was there before and acknowledges this one's last byte, or 0. */
unsigned clc_place_answered_by(const packet_info *pinfo, const struct conn *conn, unsigned type);

/**
 * clc_place_is_known() - is a CLC message of a connection that has others, by TCP's numbers?
 * @conn: the connection of the messages before
 * @type: of the message
 *
 * Return: true for one that precedes them, and for a copy of one of them.
 */
bool clc_place_is_known(const packet_info *pinfo, const struct conn *conn, unsigned type);

#endif
