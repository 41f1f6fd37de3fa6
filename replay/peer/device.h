/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The RDMA device of the end that is played, and its memory. */
#ifndef SMCKIT_REPLAY_DEVICE_H
#define SMCKIT_REPLAY_DEVICE_H

#include <stdbool.h>
#include <infiniband/verbs.h>

#include "base/address.h"
#include "smc_wire.h"

struct device {
	struct ibv_context *verbs;
	struct ibv_pd *domain;
	__u8 port;
	__u8 gid_index;
	__u8 mtu; /* path MTU as SMC and verbs count it: 1 is 256 bytes, 5 is 4096 */
	__u8 gid[SMCW_GID_LEN], mac[SMCW_MAC_LEN];
};

/* Lift the limit on locked memory. Return: 0 or -errno. */
int device_prepare(void);

/**
 * device_open() - the device that has a RoCEv2 GID of an address.
 * @d: filled in; NULL without such a device
 * @address: of this host
 *
 * The kernel takes work requests only of a process that has opened the device
 * with the capabilities that it still has: so this comes after privs_drop(), and
 * device_prepare(), which takes a capability, before it.
 *
 * Return: 0 also without a device, or -errno.
 */
int device_open(struct device **d, const union address *address);

void device_close(struct device *d);

/* Memory that the device reads and writes. */
struct region {
	struct ibv_mr *verbs;
	__u8 *bytes;
	size_t size;
};

/**
 * region_open() - zeroed memory.
 * @r: filled in; release it with region_close()
 * @d: NULL for memory of no device
 * @remote: whether the other end may write to it
 *
 * Return: 0 or -errno.
 */
int region_open(struct region *r, const struct device *d, size_t size, bool remote);

void region_close(struct region *r);

#endif
