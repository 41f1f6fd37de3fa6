/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMA WRITEs: application bytes on their way into the peer's RMB. */
#ifndef SMCKIT_DISSECTOR_WRITE_H
#define SMCKIT_DISSECTOR_WRITE_H

#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>
#include <stdbool.h>

struct queue_pair;

/**
 * write_register() - register the fields of WRITEs.
 * @proto: the plugin's protocol
 */
void write_register(int proto);

/**
 * write_dissect() - show a packet of an RDMA WRITE.
 * @tvb: its payload, without pad bytes
 * @info: what InfiniBand says of the packet
 * @qp: that it goes to, in the first pass; NULL for one that is not SMC's
 *
 * Return: whether it is SMC's.
 */
bool write_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		   const struct infinibandinfo *info, struct queue_pair *qp);

#endif
