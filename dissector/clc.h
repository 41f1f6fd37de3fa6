/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CLC: found by the SYN's option, cut out of the TCP stream, the rest handed back. */
#ifndef SMCKIT_DISSECTOR_CLC_H
#define SMCKIT_DISSECTOR_CLC_H

#include <epan/packet.h>

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

/* Connect it to TCP; after the built-in dissectors have connected theirs. */
void clc_handoff(void);

#endif
