/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LLC and CDC: in RDMA SENDs, and CDC of SMC-D where a tracer brings it. */
#ifndef SMCKIT_DISSECTOR_RDMA_H
#define SMCKIT_DISSECTOR_RDMA_H

#include <epan/packet.h>
#include <stdbool.h>

/**
 * rdma_register() - register the LLC and CDC dissectors.
 * @proto: the plugin's protocol
 */
void rdma_register(int proto);

/* Connect them to InfiniBand; after the built-in dissectors have connected theirs. */
void rdma_handoff(void);

/* For roce.c, around a call of the InfiniBand dissector: has it asked us about the payload? */
void rdma_ask(void);
bool rdma_was_asked(void);

/**
 * rdma_dissect_cut() - dissect the payload of a packet that the capture has cut.
 * @tvb: the payload, with its bytes of padding; its reported length is that on the wire
 * @data: struct infinibandinfo
 *
 * Return: 0 when it is not SMC's.
 */
int rdma_dissect_cut(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);

#endif
