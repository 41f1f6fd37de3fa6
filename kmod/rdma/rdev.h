/* SPDX-License-Identifier: GPL-2.0 */
/* RDMA devices, and which of them serves a TCP connection: see rdev.c. */
#ifndef SMCX_RDEV_H
#define SMCX_RDEV_H

#include <linux/list.h>
#include <linux/wait.h>
#include <rdma/ib_verbs.h>

#include "smc_wire.h"

struct smcx_device;
struct smcx_sock;

/* On the list from add() to remove(), which waits for its users. */
struct smcx_rdev {
	struct ib_device *ib;
	struct list_head link; /* rdev_mutex, as dying */
	bool dying;
	atomic_t users;
	wait_queue_head_t unused;
	struct ib_event_handler events;
};

/* A GID of RoCEv2 at a port. */
struct smcx_rgid {
	u8 gid[SMCW_GID_LEN], mac[SMCW_MAC_LEN];
	u32 port, ifindex;
	u16 index;
};

int smcx_rdev_init(void);
void smcx_rdev_exit(void);

/**
 * smcx_rdev_find() - the device and GID by which the packets of a TCP connection could go.
 * @smc: lock_sock() held, its TCP socket connected
 * @gid: filled in
 *
 * Process context. Return: the device, to be given back by smcx_rdev_put(), or NULL.
 */
struct smcx_rdev *smcx_rdev_find(struct smcx_sock *smc, struct smcx_rgid *gid);
void smcx_rdev_put(struct smcx_rdev *rdev);

/* The path's device(). */
int smcx_rdev_describe(unsigned int n, struct smcx_device *device);

/* The name of this network namespace in link groups: SMCW_PEER_ID_LEN bytes, left as they are where
 * there has been no device yet.
 */
void smcx_rdev_peer_id(const struct smcx_sock *smc, u8 *id);

#endif
