/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and their answers, of CLC and of LLC. */
#ifndef SMCKIT_DISSECTOR_PAIR_H
#define SMCKIT_DISSECTOR_PAIR_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct note;

/**
 * pair_register() - register fields and expert infos.
 * @proto: the plugin's protocol
 */
void pair_register(int proto);

/* In the first pass: a CLC message answers the one before of the other side. */
void pair_clc(packet_info *pinfo, struct note *note, const struct smcw_layout *l);

/**
 * pair_llc() - a request waits, a response answers; in the first pass.
 * @observer: end at which it was traced, 0 for packets: each sees its own pair
 */
void pair_llc(packet_info *pinfo, struct note *note, unsigned observer, const void *msg,
	      const struct smcw_layout *l);

/* Show it. */
void pair_show(proto_item *item, proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
	       const struct note *note);

#endif
