/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A link: a queue pair between two GIDs, and what is in its queues. See link.c.
 *
 * SEND slots are for CDC or LLC; a WRITE travels in the slot of the CDC that reports it. A sender
 * that finds no slot, or has bytes that wait for company, is on link->hungry, and is served by a
 * completion: nobody sleeps for one.
 *
 * A SEND that is not signalled is done when a later one is. At most SMCX_LINK_QUIET in a row are
 * not, and none that somebody on link->hungry waits for.
 */
#ifndef SMCX_LINK_H
#define SMCX_LINK_H

#include "rdev.h"

struct smcx_group;
struct smcx_link;
struct smcx_rconn;
struct smcx_region;

/*
 * Linux posts 48 receives for all connections of a link, and each SEND too many costs a timer. All
 * of a CDC's work requests are done when its SEND is.
 */
#define SMCX_LINK_CDCS 40
#define SMCX_LINK_LLCS 16
#define SMCX_LINK_SLOTS (SMCX_LINK_CDCS + SMCX_LINK_LLCS)
#define SMCX_LINK_WRS 3	  /* of a CDC at most: two WRITEs where the ring ends, one SEND */
#define SMCX_LINK_REGS 32 /* registrations under way */
#define SMCX_LINK_RECVS 128
#define SMCX_LINK_SPILL 8192 /* SMCW_LLC_V2_MAX */
#define SMCX_LINK_QUIET 15
#define SMCX_LINK_INLINE 64 /* bytes that a work request carries itself, if the device can */

enum smcx_link_state {
	SMCX_LINK_NONE,
	SMCX_LINK_READY, /* its queue pair can receive */
	SMCX_LINK_UP,	 /* and send */
	SMCX_LINK_DOWN,
};

struct smcx_slot {
	struct ib_cqe cqe;
	struct smcx_link *link;
	struct smcx_rconn *conn; /* with a reference, or NULL: LLC */
	bool signalled;
	struct list_head at; /* cdc_free, llc_free or posted; sq_lock */
};

struct smcx_link {
	struct smcx_group *group;
	struct smcx_rdev *rdev; /* with a use, until the end */
	struct smcx_rgid local;
	struct ib_pd *pd;
	struct ib_cq *cq;
	struct ib_qp *qp;
	u8 number; /* in its group, as the server has it; and how the two ends call it */
	u8 uid[4], peer_uid[4];
	u32 psn, qpn;
	enum ib_mtu port_mtu;
	u32 inline_max; /* bytes */

	/* The peer's, as its Accept or Confirm has them. */
	u8 peer_gid[SMCW_GID_LEN], peer_mac[SMCW_MAC_LEN];
	u32 peer_qpn, peer_psn;
	enum ib_mtu mtu; /* that both can */

	u8 *recv; /* SMCX_LINK_RECVS of SMCW_LLC_LEN bytes each, then the spill */
	u64 recv_dma;
	struct ib_cqe recv_cqe[SMCX_LINK_RECVS];
	unsigned long heard; /* jiffies of the last message */

	spinlock_t sq_lock; /* BH; guards what follows, and the send queue */
	u32 state;	    /* enum smcx_link_state; readers by READ_ONCE() */
	u8 *send;	    /* SMCX_LINK_SLOTS of SMCW_LLC_LEN bytes */
	u64 send_dma;
	struct smcx_slot slot[SMCX_LINK_SLOTS];
	struct list_head cdc_free, llc_free;
	struct list_head posted; /* in their order */
	u32 quiet;		 /* since the last one that is signalled */
	struct list_head hungry; /* smcx_rconn.hungry, each with a reference */
	u32 regs;		 /* registrations under way */
	u64 cdcs, writes, llcs, lost;
};

int smcx_link_make(struct smcx_link *link, struct smcx_group *group, struct smcx_rdev *rdev,
		   const struct smcx_rgid *gid);
int smcx_link_connect(struct smcx_link *link);
void smcx_link_stop(struct smcx_link *link);
void smcx_link_free(struct smcx_link *link);
void smcx_link_down(struct smcx_link *link);

bool smcx_link_send(struct smcx_link *link, const void *msg);
int smcx_link_register(struct smcx_link *link, struct smcx_region *region);

/* A CDC and the WRITEs before it. */
struct smcx_post {
	struct {
		const void *mem;
		u64 from, to;
		u32 bytes;
	} write[2];
	u32 lkey, rkey;
	u8 writes;
	bool signal; /* its end is of use */
	u8 msg[SMCW_CDC_LEN];
};

/* conn's post_lock held. Return: false: it is on link->hungry now, or the link is down. */
bool smcx_link_reserve(struct smcx_link *link, struct smcx_rconn *conn, struct smcx_slot **slot);
/* conn's post_lock held: the completion that is being handled pushes it. */
void smcx_link_push_later(struct smcx_link *link, struct smcx_rconn *conn);
bool smcx_link_post(struct smcx_link *link, struct smcx_slot *slot, struct smcx_post *post);

#endif
