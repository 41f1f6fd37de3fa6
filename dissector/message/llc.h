/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Learn the links of a group and its RMBs from LLC messages. */
#ifndef SMCKIT_DISSECTOR_LLC_H
#define SMCKIT_DISSECTOR_LLC_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct note;

/**
 * llc_learn() - learn from an LLC message, in the first pass.
 * @pinfo: of its frame
 * @note: has the link that it came by, and the end that sent it
 * @msg: the message
 * @l: its layout
 */
void llc_learn(packet_info *pinfo, struct note *note, const void *msg, const struct smcw_layout *l);

/**
 * llc_peer() - the sender's queue pair, where the message has it.
 * @qpn: set to its number
 *
 * Return: whether it does: a CONFIRM_LINK.
 */
bool llc_peer(const void *msg, const struct smcw_layout *l, guint32 *qpn);

/* Was enough of it captured to know its kind, with the flags? */
bool llc_has_flags(const void *msg, const struct smcw_layout *l);

#endif
