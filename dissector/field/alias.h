/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of Wireshark's built-in SMC dissector that no field of ours has, and its protocol. */
#ifndef SMCKIT_DISSECTOR_ALIAS_H
#define SMCKIT_DISSECTOR_ALIAS_H

#include <epan/packet.h>

#include "smc_codec.h"

/**
 * alias_register() - look up the built-in's names, and register those that it has later only.
 * @proto: the plugin's protocol; its other fields are registered
 */
void alias_register(int proto);

/**
 * alias_add() - make filters and columns of the built-in dissector find a message.
 * @tree: of the message's protocol item; may be NULL
 * @tvb: buffer that holds the message
 * @off: where it begins in @tvb
 * @l: its layout
 *
 * The added fields are hidden, and only those that a filter, a column or a coloring rule asks for;
 * or all, where all of the tree is wanted, as by -T fields, which does not ask for single fields.
 */
void alias_add(proto_tree *tree, tvbuff_t *tvb, int off, const struct smcw_layout *l);

#endif
