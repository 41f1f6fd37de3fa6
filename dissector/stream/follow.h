/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follow -> SMC Stream. */
#ifndef SMCKIT_DISSECTOR_FOLLOW_H
#define SMCKIT_DISSECTOR_FOLLOW_H

#include <epan/packet.h>

struct conn;
struct delivery;

/**
 * follow_register() - register the follower of streams.
 * @proto: the plugin's protocol
 */
void follow_register(int proto);

/**
 * follow_queue() - bytes that a frame delivers, for those who follow.
 * @sender: side of @conn
 * @d: the delivery
 * @bytes: its bytes
 */
void follow_queue(packet_info *pinfo, const struct conn *conn, unsigned sender,
		  const struct delivery *d, tvbuff_t *bytes);

#endif
