/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CLC: found by the SYN's option, cut out of the TCP stream, the rest handed back. */
#ifndef SMCKIT_DISSECTOR_CLC_H
#define SMCKIT_DISSECTOR_CLC_H

#include <epan/packet.h>
#include <stdbool.h>

struct segment;

/**
 * clc_register() - register the CLC dissector.
 * @proto: the plugin's protocol
 */
void clc_register(int proto);

/**
 * clc_look() - make a TCP connection CLC's when a segment begins with a CLC message.
 * @pinfo: of the frame
 * @s: the segment; it has payload
 *
 * TCP asks the dissectors of ports before heuristic ones. So what the heuristic
 * would find is looked for here, before TCP is asked, and a little more strictly.
 *
 * Return: the type of the message, or 0.
 */
unsigned clc_look(packet_info *pinfo, const struct segment *s);

/**
 * clc_refused() - did TCP keep a message of CLC for itself?
 * @pinfo: of the frame, after TCP has dissected it
 * @s: the segment
 * @type: what clc_look() has returned
 *
 * TCP hands a segment to no dissector that it takes for a retransmission; one that was acknowledged
 * before is one for it, also where the capture has put the two in the wrong order.
 *
 * Return: whether it is a whole message that the connection does not have yet.
 */
bool clc_refused(const packet_info *pinfo, const struct segment *s, unsigned type);

/* Dissect that message; @tvb begins with it. */
void clc_dissect_refused(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Connect it to TCP; after the built-in dissectors have connected theirs. */
void clc_handoff(void);

#endif
