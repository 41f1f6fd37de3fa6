/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RoCEv2: the SENDs and RDMA WRITEs of reliable connections, put together from packets. */
#ifndef SMCKIT_REPLAY_ROCE_H
#define SMCKIT_REPLAY_ROCE_H

#include "base/index.h"
#include "packet.h"

#define ROCE_MAX (1 << 20) /* bytes of an operation that are kept */

enum roce_kind { ROCE_SEND = 1, ROCE_WRITE };

struct roce_op {
	enum roce_kind kind;
	const __u8 *to; /* address of the receiving end, 16 bytes */
	__u32 qpn;	/* of the receiving end */
	__u64 vaddr;	/* WRITE */
	__u32 rkey;	/* WRITE */
	const __u8 *bytes;
	size_t len;
};

struct roce_pair;

/* Queue pairs that were met. */
struct roce {
	struct index pairs; /* by address and number */
};

/**
 * roce_packet() - add a packet.
 * @a: where bytes live
 * @r: state
 * @p: of kind PACKET_ROCE, in the order of the capture
 * @op: filled in when @p ends an operation
 *
 * Return: 1 when @op is filled in, else 0. Packets of a queue pair that come
 * again are left out. The bytes of @op are valid until the next call.
 */
int roce_packet(struct arena *a, struct roce *r, const struct packet *p, struct roce_op *op);

#endif
