/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message in the packet list and the tree; the same for CLC, LLC and CDC. */
#ifndef SMCKIT_DISSECTOR_MESSAGE_H
#define SMCKIT_DISSECTOR_MESSAGE_H

#include <epan/packet.h>

#include "learn.h"
#include "smc_codec.h"

/**
 * message_register() - register what messages are shown under.
 * @proto: the plugin's protocol
 */
void message_register(int proto);

/**
 * message_bytes() - the bytes of a message, in one piece even where the capture has cut it.
 * @pinfo: of the frame
 * @tvb: buffer that holds the message
 * @off: where it begins in @tvb
 * @len: its length
 * @have: set to the bytes of it that were captured
 *
 * Return: @len bytes; those that were not captured are zero. Valid as long as the frame is
 * dissected.
 */
const guint8 *message_bytes(packet_info *pinfo, tvbuff_t *tvb, int off, int len, int *have);

/**
 * message_show() - show a message.
 * @tree: top of the frame's tree, or NULL
 * @pinfo: of the frame
 * @tvb: buffer that holds the message
 * @off: where it begins in @tvb
 * @l: its layout
 * @at: where it was seen
 * @another: a message of the same frame is in the Info column already
 */
void message_show(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off,
		  const struct smcw_layout *l, const struct origin *at, bool another);

#endif
