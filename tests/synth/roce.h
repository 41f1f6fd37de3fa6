/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of reliable-connection queue pairs, packet by packet, over RoCE or InfiniBand. */
#ifndef SMCKIT_SYNTH_ROCE_H
#define SMCKIT_SYNTH_ROCE_H

#include "packet.h"

struct roce {
	struct cap *cap;
	bool lrh; /* InfiniBand itself: local route header, addresses are LIDs */
	bool v1;  /* RoCEv1: its own Ethernet type with a GRH, no IP */
	uint32_t qpn[2];
	uint32_t psn[2]; /* next one to send */
};

#define ROCE_MTU 1024

/* A SEND that fits one packet, and its acknowledgement. */
void roce_send(struct roce *r, enum side from, const void *data, size_t len);

/* A SEND in packets of @mtu bytes. */
void roce_send_cut(struct roce *r, enum side from, const void *data, size_t len, size_t mtu);

/* An RDMA WRITE in packets of @mtu bytes; one packet is a WRITE ONLY. */
void roce_write(struct roce *r, enum side from, uint32_t rkey, uint64_t vaddr, const void *data,
		size_t len, size_t mtu);

#endif
