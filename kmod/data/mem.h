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

struct mem_cgroup;
struct sock;

struct smcx_mem {
	atomic_long_t pages;
	atomic64_t bytes;	/* of rings */
	atomic_t rings;		/* each has a page that it keeps */
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
 * smcx_mem_may_wait() - may this thread wait until there is memory?
 * @memcg: who pays; NULL for the thread's own memory cgroup
 *
 * A thread waits for itself only. A worker works for others, who would wait as well;
 * and the group of a sender's receiver is a stranger's, who may keep it full for as long as he
 * likes.
 */
bool smcx_mem_may_wait(const struct mem_cgroup *memcg);

/**
 * smcx_mem_make_room() - somebody could not wait: next time there shall be more.
 * @memcg: who had to pay; of no effect if that is NULL
 *
 * Mostly there are pages of files that a group at its limit can do without. Any context.
 */
void smcx_mem_make_room(struct mem_cgroup *memcg);

/**
 * smcx_mem_disown() - a handshake begins: no memory cgroup pays for its TCP socket.
 * @clcsk: the TCP socket; not locked
 *
 * TCP's own connections are nobody's, too, until they are accepted. Workers take the steps, and TCP
 * waits for a group's memory in whatever thread has the socket's lock. Process context.
 */
void smcx_mem_disown(struct sock *clcsk);

/**
 * smcx_mem_adopt() - a handshake is over: a memory cgroup pays for all that its TCP socket has.
 * @clcsk: the TCP socket; not locked
 * @sk: the SMC socket, whose group it is
 *
 * Process context. It waits for nothing: what has come already is charged beyond the group's limit,
 * too, as accept() does.
 */
void smcx_mem_adopt(struct sock *clcsk, const struct sock *sk);

/**
 * smcx_mem_prepay() - before a worker closes a TCP socket.
 * @clcsk: the TCP socket; not locked
 *
 * Pay for TCP's send queue without waiting, so that TCP does not charge it then.
 */
void smcx_mem_prepay(struct sock *clcsk);

/* @trim: take memory from rings that do not use it; of how many pages, and how many it were */
int smcx_mem_init(long (*trim)(long pages));
void smcx_mem_exit(void);

#endif
