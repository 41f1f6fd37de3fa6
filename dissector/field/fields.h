/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wireshark's fields and expert infos as expansions of wire/'s table, and the walker over a layout.
 */
#ifndef SMCKIT_DISSECTOR_FIELDS_H
#define SMCKIT_DISSECTOR_FIELDS_H

#include <epan/packet.h>

#include "smc_codec.h"

/**
 * fields_register() - register all fields, subtrees and expert infos.
 * @proto: the protocol they belong to
 */
void fields_register(int proto);

/**
 * fields_values() - a list of wire/ in Wireshark's form: terminated by a row without text.
 * @list: enum smcw_list_id
 *
 * Return: for header_field_info.strings; NULL for no list.
 */
const void *fields_values(unsigned list);

/**
 * fields_add() - show a message, with the expert infos of its fields.
 * @tree: of the message's protocol item; NULL: only the expert infos, which Wireshark's tap for
 *        them wants from passes without a tree, too
 * @pinfo: of the frame
 * @tvb: buffer that holds the message
 * @off: where it begins in @tvb
 * @l: its layout; every byte of it is shown once, but for what the capture has cut off
 */
void fields_add(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off,
		const struct smcw_layout *l);

/**
 * fields_faults() - report faults of a message, and bytes cut off it, as expert infos.
 * @item: the message's protocol item; may be NULL
 * @pinfo: of the frame
 * @l: its layout
 */
void fields_faults(proto_item *item, packet_info *pinfo, const struct smcw_layout *l);

/**
 * fields_cut() - say that the capture has cut something, if it has.
 * @item: item of the cut message or part; may be NULL
 * @pinfo: of the frame
 * @have: bytes that were captured
 * @len: bytes that there were
 */
void fields_cut(proto_item *item, packet_info *pinfo, guint32 have, guint32 len);

#endif
