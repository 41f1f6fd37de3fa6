/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application's bytes: put together and handed to the dissector of the TCP port. */
#ifndef SMCKIT_DISSECTOR_PAYLOAD_H
#define SMCKIT_DISSECTOR_PAYLOAD_H

#include <epan/packet.h>
#include <epan/prefs.h>
#include <stdbool.h>

struct delivery;
struct note;
struct stream;

/**
 * payload_register() - register fields, preferences and the tap.
 * @proto: the plugin's protocol
 */
void payload_register(int proto);

/* Find what other dissectors have registered. */
void payload_handoff(void);

/* Register preferences. */
void payload_prefs(module_t *module);

/**
 * payload_hand_over() - hand a frame's delivery to those who want it.
 * @tvb: the frame's bytes
 * @tree: of the WRITE or CDC message; may be NULL
 * @top: of the frame
 * @note: of the message; its delivery is meant
 */
void payload_hand_over(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, proto_tree *top,
		       const struct note *note);

/* Do bytes of the stream wait for more? In the first pass. */
bool payload_waits(const struct stream *s);

/* Is this call from payload_hand_over()? Then the bytes are no CLC. */
bool payload_is_handing(packet_info *pinfo);

#endif
