/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One connection on SMC-R: its rings, the peer's RMBE, and what is to be posted. See rconn.c.
 *
 * It outlives its socket: an application may close when it has sent, and what it sent is in the
 * mirror and fits into the peer's RMBE; so it is posted without the socket, and the RMBE stays
 * until the peer has ended as well.
 */
#ifndef SMCX_RCONN_H
#define SMCX_RCONN_H

#include <linux/refcount.h>

#include "cdc.h"
#include "ring.h"
#include "rmb.h"
#include "smc_codec.h"
#include "sock.h"

struct smcx_group;
struct smcx_slot;
struct smcx_sock;

#define SMCX_RCONN_SEGMENTS 36 /* smcx_ring_segments() of SMCX_REGION_BYTES, and more */

struct smcx_rconn {
	struct rcu_head rcu;
	refcount_t refs; /* the socket or those who wait for its end; slots; link->hungry */
	struct smcx_sock __rcu *smc; /* NULL: its application is gone */
	struct smcx_group *group;    /* with a reference, or NULL: none yet */
	struct list_head waiting;    /* in wait_on->waiting; its lock */
	struct smcx_group *wait_on;  /* with a reference */
	unsigned long wait_until;    /* jiffies: then for no other's group; 0: has not waited */

	struct smcx_ring rx, tx;
	struct smcx_rmbe rmbe, mirror;
	u32 token;  /* in group->conns; 0: not there */
	bool begun; /* smcx_conn_begins() */
	bool named; /* a message of ours has named the RMBE: the peer may write to it */
	bool taken; /* server: the client takes itself for connected */

	/* The peer's RMBE; constant once tx is there. */
	u32 peer_token, peer_rkey, peer_size;
	u64 peer_addr; /* of its first byte */

	u16 rx_seq;    /* of the last message; the receive handler's */
	u32 rx_urgent; /* the peer waits until its urgent byte is read: see smcx_rconn_read_on() */
	u32 rx_state;  /* bits that the peer has said: WRITE_ONCE() by the receive handler */
	u32 rx_heard;  /* one has come since our last: set by it, cleared under post_lock */

	spinlock_t post_lock;	/* BH; guards what follows */
	struct smcx_cdc report; /* the last one, or that of a socket that is gone */
	u64 sent;   /* cursor in tx: bytes before it are posted; READ_ONCE() by others */
	u64 urgent; /* cursor after the urgent byte, if: */
	bool is_urgent;
	bool dirty;    /* there is more to report, and it will be; READ_ONCE() by others */
	bool leaving;  /* smc is NULL, and the end not through */
	u32 in_flight; /* messages that are not done */
	u32 signalled; /* of these */
	u16 seq;
	unsigned long leave_until; /* jiffies */

	struct list_head hungry; /* link->sq_lock */
	void *rx_segment[SMCX_RCONN_SEGMENTS], *tx_segment[SMCX_RCONN_SEGMENTS];
};

static inline struct smcx_rconn *smcx_rconn_of(const struct smcx_sock *smc)
{
	return smc->conn.own;
}

static inline void smcx_rconn_get(struct smcx_rconn *conn)
{
	refcount_inc(&conn->refs);
}

void smcx_rconn_put(struct smcx_rconn *conn);

/* With lock_sock() held. */
struct smcx_rconn *smcx_rconn_make(struct smcx_sock *smc);
int smcx_rconn_enter(struct smcx_sock *smc, u32 size);
int smcx_rconn_attach(struct smcx_sock *smc, const struct smcw_accept_smcr *smcr);
void smcx_rconn_refuse(struct smcx_sock *smc);
void smcx_rconn_leave(struct smcx_sock *smc);
void smcx_rconn_free(struct smcx_sock *smc);

/* The path's calls. */
void smcx_rconn_post(struct smcx_sock *smc, unsigned int what);
void smcx_rconn_urgent(struct smcx_sock *smc, u64 prod);
void smcx_rconn_read_on(struct smcx_sock *smc);

/* Softirq or process context. */
void smcx_rconn_push(struct smcx_rconn *conn);
void smcx_rconn_push_all(struct smcx_group *group);
void smcx_rconn_sent(struct smcx_rconn *conn, bool signalled);
void smcx_rconn_take(struct smcx_group *group, const struct smcw_cdc *cdc);
void smcx_rconn_lost(struct smcx_group *group);
void smcx_rconn_hurry(struct smcx_group *group);

#endif
