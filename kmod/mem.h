/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of all rings, counted and limited as TCP's is: net.smc.mem has
 * three numbers of pages. Beyond the second there is pressure, until less than
 * the first is used: new rings are small, readers free what they leave, and
 * rings that are read empty give back all but their first page. Beyond the
 * third nobody gets more. Users and network namespaces have shares of that:
 * see share.h.
 *
 * A ring that has nothing but its first page gets one segment even then, as TCP
 * takes one packet where its receive queue is empty: no connection stands still.
 */
#ifndef SMCX_MEM_H
#define SMCX_MEM_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "share.h"

struct sock;

struct smcx_mem {
	atomic_long_t pages;
	unsigned long pressure; /* not 0: there is */
	long limit[3];		/* net.smc.mem */
};

extern struct smcx_mem smcx_mem;

static inline bool smcx_mem_pressure(void)
{
	return unlikely(READ_ONCE(smcx_mem.pressure));
}

/**
 * smcx_mem_charge() - before memory for a ring is allocated.
 * @payer: whose share it is
 * @bytes: how much
 * @must: the ring has only its first page
 *
 * Any context. Return: whether it may be allocated; if so, smcx_mem_uncharge() is to follow.
 */
bool smcx_mem_charge(const struct smcx_payer *payer, u32 bytes, bool must);
void smcx_mem_uncharge(const struct smcx_payer *payer, u32 bytes);

/**
 * smcx_mem_adopt() - have the listener's memory cgroup pay for a TCP socket, as accept() would.
 * @clcsk: accepted by a thread whose memory cgroup is another, or none; not locked
 * @listener: the SMC listener
 *
 * Process context. Return: false if the group has no room for what has come already.
 */
bool smcx_mem_adopt(struct sock *clcsk, const struct sock *listener);

int smcx_mem_init(void);
void smcx_mem_exit(void);

#endif
