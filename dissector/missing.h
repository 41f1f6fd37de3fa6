/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to come and does not: the answer to a Proposal, the link that a
 * handshake has agreed upon, the message that another one answers. Nothing is
 * said that the capture cannot support: that bytes have not come is read from the
 * sequence and acknowledgement numbers of TCP, or from a capture that goes on.
 */
#ifndef SMCKIT_DISSECTOR_MISSING_H
#define SMCKIT_DISSECTOR_MISSING_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct conn;
struct note;
struct segment;

/* Of a connection: where its CLC is in TCP's stream, and the Proposal that waits. */
struct expectation;

/**
 * missing_register() - register the expert infos.
 * @proto: the plugin's protocol
 */
void missing_register(int proto);

/**
 * missing_segment() - look at a TCP segment, before TCP's dissector; in the first pass.
 * @pinfo: of its frame
 * @s: the segment
 */
void missing_segment(packet_info *pinfo, const struct segment *s);

/* In the first pass, of each packet of RDMA that has a payload. */
void missing_rdma(const packet_info *pinfo);

/**
 * missing_is_known() - is a CLC message of a connection that has others, by TCP's numbers?
 * @conn: the connection of the messages before
 * @type: of the message
 *
 * Return: true for one that precedes them, and for a copy of one of them.
 */
bool missing_is_known(const packet_info *pinfo, const struct conn *conn, unsigned type);

/* In the first pass, of each CLC message, when it is known whose it is. */
void missing_clc(packet_info *pinfo, struct note *note, const void *msg,
		 const struct smcw_layout *l);

/* Is there something to say of the frame's TCP segment? */
bool missing_has_segment(packet_info *pinfo);

/* Say it. */
void missing_show_segment(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb);

/**
 * missing_show() - say what has not come after a message; known when all of the file is.
 * @item: the message's
 */
void missing_show(proto_item *item, packet_info *pinfo, const struct note *note);

#endif
