/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules between messages, and the meaning of messages to those who look for a fault. */
#ifndef SMCKIT_DISSECTOR_CHECK_H
#define SMCKIT_DISSECTOR_CHECK_H

#include <epan/packet.h>

#include "smc_codec.h"

struct note;

/**
 * check_register() - register the expert infos.
 * @proto: the plugin's protocol
 */
void check_register(int proto);

/* In the first pass: a CLC message against those before it. */
void check_clc(struct note *note, const void *msg, const struct smcw_layout *l);

/* In the first pass: check an LLC message against the known data of its link. */
void check_llc(struct note *note, const void *msg, const struct smcw_layout *l);

/**
 * check_no_clc() - show why a connection is TCP although CLC was to be expected.
 * @tree: of the frame with the first bytes that are no CLC
 * @syn: frame of the SYN with the option, 0 for none
 * @syn_ack: of the SYN-ACK with it
 */
void check_no_clc(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, guint32 syn,
		  guint32 syn_ack);

#endif
