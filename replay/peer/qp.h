/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reliable-connected queue pair as SMC-R uses it: SENDs of a message each, and RDMA writes. */
#ifndef SMCKIT_REPLAY_QP_H
#define SMCKIT_REPLAY_QP_H

#include "device.h"

#define QP_DEPTH 64	    /* messages each way */
#define QP_MESSAGE_MAX 8192 /* bytes: LLC of version 2 */
#define QP_WRITE_ID 1000    /* of a work request; SENDs have the numbers of their buffers */

struct qp {
	const struct device *device;
	struct ibv_comp_channel *channel;
	struct ibv_cq *cq;
	struct ibv_qp *verbs;
	struct region in, out; /* QP_DEPTH messages each */
	__u32 psn;	       /* of the packets that are sent */
};

/* The other end, as its CLC message describes it. */
struct qp_peer {
	__u8 gid[SMCW_GID_LEN];
	__u32 number, psn;
	__u8 mtu; /* as in struct device */
};

struct qp_done {
	bool received;
	unsigned int id;
	enum ibv_wc_status status;
	const __u8 *bytes; /* received, until qp_refill() */
	size_t len;
};

/**
 * qp_open() - make a queue pair; what comes is received from now on.
 * @psn: first packet sequence number that is sent, 24 bits
 *
 * Return: 0 or -errno; qp_close() in any case.
 */
int qp_open(struct qp *q, const struct device *d, __u32 psn);

void qp_close(struct qp *q);

/* Bring it to RTR and RTS, with the attributes that net/smc uses. Return: 0 or -errno. */
int qp_connect(struct qp *q, const struct qp_peer *to);

/**
 * qp_send() - post a SEND.
 * @id: of a buffer that is not in use, below QP_DEPTH
 * @solicited: it raises an event at the receiver
 * @len: QP_MESSAGE_MAX at most
 *
 * Return: 0 or -errno.
 */
int qp_send(struct qp *q, unsigned int id, const void *bytes, size_t len, bool solicited);

/* Post an RDMA write of the first @len bytes of a region. Return: 0 or -errno. */
int qp_write(struct qp *q, const struct region *from, size_t len, __u64 vaddr, __u32 rkey);

/* The next work request that is done. Return: 1, 0 when there is none, or -errno. */
int qp_next(struct qp *q, struct qp_done *done);

/* The buffer of a received message may be used again. */
void qp_refill(struct qp *q, unsigned int id);

/* Have the channel's descriptor become readable when something is done. Return: 0 or -errno. */
int qp_arm(struct qp *q);

#endif
