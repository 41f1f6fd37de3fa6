/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMA WRITEs: application bytes on their way into the peer's RMB. */
#ifndef SMCKIT_DISSECTOR_WRITE_H
#define SMCKIT_DISSECTOR_WRITE_H

#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>
#include <stdbool.h>

struct note;
struct queue_pair;
struct waiting;

/* The target of the bytes of a packet. */
struct target {
	guint32 rkey;
	guint64 vaddr;
	guint32 first_in; /* frame with the WRITE's first packet, if that is another one */
	bool known;
};

/* The fields shown for a packet, beside its note. */
struct piece {
	struct target to;
	guint32 offset; /* from the start of the RMBE */
	bool has_offset;
};

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

/**
 * write_adopt() - bytes of a packet that waited, in the first pass.
 * @note: of the frame by which its connection is known; gets its delivery
 * @tvb: bytes of that frame
 * @qp: that the packet went to
 *
 * Return: false when it is not known whose they are.
 */
bool write_adopt(packet_info *pinfo, struct note *note, tvbuff_t *tvb, struct queue_pair *qp,
		 const struct waiting *w);

#endif
