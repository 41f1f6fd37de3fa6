/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of CDC: what cursors say about bytes, and flags about the way a connection ends.
 */
#ifndef SMCKIT_DISSECTOR_CDC_H
#define SMCKIT_DISSECTOR_CDC_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct note;

/**
 * cdc_register() - register the expert infos of the analysis.
 * @proto: the plugin's protocol
 */
void cdc_register(int proto);

/**
 * cdc_learn() - compare a CDC message with those before it, in the first pass.
 * @pinfo: of its frame
 * @note: where it goes; has the connection and the sender
 * @view: 1 for a traced event of the receiver, else 0: the two are analysed separately
 * @msg: the message
 * @l: its layout
 */
void cdc_learn(packet_info *pinfo, struct note *note, unsigned view, const void *msg,
	       const struct smcw_layout *l);

#endif
