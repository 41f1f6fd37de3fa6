/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Report answers that do not come: to a Proposal, the link that a handshake has
 * agreed upon, the message that another one answers. Nothing is reported that the
 * capture cannot support: TCP's sequence and acknowledgement numbers, or a capture
 * that goes on, show that bytes have not come.
 */
#ifndef SMCKIT_DISSECTOR_MISSING_H
#define SMCKIT_DISSECTOR_MISSING_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct conn;
struct note;
struct segment;

/* A connection's data: the Proposal that waits for its answer. */
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

/* In the first pass, of each CLC message, when it is known whose it is. */
void missing_clc(packet_info *pinfo, struct note *note, const void *msg,
		 const struct smcw_layout *l);

/* Is there something to say of the frame's TCP segment? */
bool missing_has_segment(packet_info *pinfo);

/* Say it. */
void missing_show_segment(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb);

/**
 * missing_show() - report missing answers to a message; known when all of the file is.
 * @item: the message's
 */
void missing_show(proto_item *item, packet_info *pinfo, const struct note *note);

#endif
