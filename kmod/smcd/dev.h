/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loopback-ism device: one for the whole machine, since SMC-D over it
 * crosses network namespaces; and its DMBs (direct memory buffers).
 *
 * A DMB belongs to the connection that receives through it. The peer attaches
 * to it by token, once, and from then on writes into it with nothing between:
 * the send buffer is the peer's DMB.
 */
#ifndef SMCX_DEV_H
#define SMCX_DEV_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "ring.h"
#include "smc_wire.h"

struct smcx_conn;
struct smcx_player;
struct mem_cgroup;

/* A ring of memory, and who is at its two ends. */
struct smcx_dmb {
	struct smcx_ring ring;		  /* what struct smcx_conn points to */
	u64 token;			  /* names the DMB on the wire; never 0 */
	struct rhash_head node;		  /* in smcx_dev.dmbs while registered */
	refcount_t refs;		  /* owner, peer */
	unsigned long attached;		  /* bit 0: somebody is, or was */
	bool foreign;			  /* no socket's, but a program's */
	struct smcx_conn __rcu *owner;	  /* NULL once the owner has let go of it, or if foreign */
	struct smcx_player __rcu *player; /* the owner if foreign; NULL before and after */
	struct smcx_conn __rcu *peer; /* the one attached; NULL before and after, or a program */
	struct rcu_head rcu;
	void *segment[]; /* the ring's: smcw_cdc_smcd, then the data */
};

static inline struct smcx_dmb *smcx_dmb_of(const struct smcx_ring *ring)
{
	return container_of(ring, struct smcx_dmb, ring);
}

/* The head: what its peer has reported last. */
static inline struct smcw_cdc_smcd *smcx_dmb_cdc(const struct smcx_dmb *dmb)
{
	return dmb->segment[0];
}

#define SMCX_DEV_NAME "loopback-ism"
#define SMCX_MAX_DMBS 20000 /* on the device; -ENOSPC beyond */

struct smcx_dev {
	u8 gid[SMCW_GID_LEN];	/* as on the wire: GID, then its extension */
	u16 chid;		/* SMCW_CHID_LO */
	struct rhashtable dmbs; /* token -> struct smcx_dmb */
	atomic_t dmb_count;	/* registered, not yet freed */
};

extern struct smcx_dev smcx_dev;

int smcx_dev_init(void);
void smcx_dev_exit(void);

/**
 * smcx_dev_set_gid() - give the device another GID.
 * @text: 32 hexadecimal digits, with or without the dashes of a UUID
 *
 * For tests of GID collisions. Connections that exist keep going.
 *
 * Return: 0, or -EINVAL.
 */
int smcx_dev_set_gid(const char *text);

/**
 * smcx_dmb_register() - make a DMB.
 * @owner: the connection that will receive through it; NULL: a program, see player.h
 * @size: bytes, the CDC header included; SMCW_BUF_BYTES(n)
 * @memcg: who pays for it; NULL for the caller's memory cgroup
 *
 * Memory comes when it is written to, see ring.h. Process context.
 *
 * Return: the DMB with the owner's reference, -ENOMEM, or -ENOSPC when the
 * device has SMCX_MAX_DMBS, or the user or the namespace its share of them.
 */
struct smcx_dmb *smcx_dmb_register(struct smcx_conn *owner, u32 size, struct mem_cgroup *memcg);

/**
 * smcx_dmb_attach() - make a DMB of the peer one's own send buffer.
 * @peer: the connection that will send through it; NULL: a program
 * @token: as the peer sent it, host order
 *
 * Return: the DMB with a reference, -EINVAL when there is no such DMB, -EBUSY
 * when somebody is attached to it already or it is the caller's own, -EACCES
 * when net.smc.loopback of either end does not allow it.
 */
struct smcx_dmb *smcx_dmb_attach(struct smcx_conn *peer, u64 token);

/**
 * smcx_dmb_owner() - whose DMB is this?
 * @token: as the peer sent it, host order
 *
 * Under rcu_read_lock(), which keeps the owner. Return: NULL if there is no such DMB, or nobody has
 * it any more, or a program.
 */
struct smcx_conn *smcx_dmb_owner(u64 token);

/**
 * smcx_dev_trim() - take memory from rings that do not use it.
 * @pages: enough of them
 *
 * Process context, also within an allocation: it waits for nothing.
 *
 * Return: pages that were given back.
 */
long smcx_dev_trim(long pages);

/* The end of smcx_dmb_attach(). Process context. */
void smcx_dmb_detach(struct smcx_dmb *dmb);

/* The end of smcx_dmb_register(): the token is forgotten; memory goes with the last reference. */
void smcx_dmb_unregister(struct smcx_dmb *dmb);

/**
 * smcx_dmb_signal() - a program's DMB has got a new head: player_smcx.c.
 * @dmb: foreign
 *
 * Any context; under rcu_read_lock(). Return: false when the program has let go of it.
 */
bool smcx_dmb_signal(const struct smcx_dmb *dmb, const struct smcw_cdc_smcd *head);

#endif
