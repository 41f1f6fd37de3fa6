/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The analysis of a CDC message in the tree. */
#ifndef SMCKIT_DISSECTOR_FLOW_SHOW_H
#define SMCKIT_DISSECTOR_FLOW_SHOW_H

#include <epan/packet.h>

struct cdc_analysis;

/**
 * flow_show_register() - register its fields.
 * @proto: the plugin's protocol
 */
void flow_show_register(int proto);

/**
 * flow_show() - add what a CDC message has changed.
 * @tree: of the message
 * @tvb: the message's buffer
 * @r: the changes
 */
void flow_show(proto_tree *tree, tvbuff_t *tvb, const struct cdc_analysis *r);

#endif
