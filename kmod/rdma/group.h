/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SMC-R's link groups: see group.c. One has one link.
 *
 * References (lgr.refs): the list of link groups, each connection, each struct smcx_rconn, and the
 * link, until group_end_work() has destroyed it.
 *
 * Locks: group->mutex (link and regions are made and destroyed; never while a peer is waited for) >
 * group->lock (BH: regions, those who wait, flows) > rconn->post_lock > link->sq_lock.
 */
#ifndef SMCX_GROUP_H
#define SMCX_GROUP_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "lgr.h"
#include "link.h"

#define SMCX_GROUP_CONNS 255 /* Linux's limit, for the wire */

/* Why one ends. */
enum smcx_group_end {
	SMCX_END_LOST, /* nothing can be sent to the peer */
	SMCX_END_PEER, /* by its own message */
	SMCX_END_IDLE,
	SMCX_END_PROTOCOL,
};

/*
 * The key of SMC-R's link groups, smcx_lgr_key.more. Anybody may give a peer ID and a GID in a
 * Proposal, but not an address to which TCP has connected: so who waits for a group, waits for one
 * that a connection from the same address makes, and not for one that takes too long.
 */
struct smcx_group_key {
	const u8 *peer_id, *peer_gid;
	u32 qpn; /* client: of the peer's link */
	const struct smcx_rdev *rdev;
	__be32 peer_addr; /* of its TCP connection */
	bool to_wait;	  /* which group is to be waited for? */
};

/* conf: CONFIRM_LINK. */
enum smcx_conf {
	SMCX_CONF_NONE,
	SMCX_CONF_ASKED,
	SMCX_CONF_DONE,
	SMCX_CONF_LATE, /* no message has come in time */
	SMCX_CONF_EYES, /* the peer wants eyecatchers in its RMBEs, which have none */
};

struct smcx_group {
	struct smcx_lgr lgr;	       /* first */
	u8 peer_id[SMCW_PEER_ID_LEN];  /* as the Accept, or the Proposal, has it */
	__be32 peer_addr;	       /* of the connection that has made it */
	unsigned long wait_until;      /* jiffies: how long others wait for its first contact */
	struct list_head link_of_list; /* of all groups: group_list_lock */
	struct mutex mutex;
	struct smcx_link link;
	struct xarray conns; /* alert token -> struct smcx_rconn; read under RCU */
	u32 next_token;

	spinlock_t lock;	  /* BH; guards what follows */
	struct list_head regions; /* smcx_region.link */
	struct list_head waiting; /* smcx_rconn.waiting: to be kicked when something changes */
	struct smcx_region *flow; /* a CONFIRM_RKEY is under way for it; with a reference */
	unsigned long flow_until;
	u32 conf; /* enum smcx_conf; readers by READ_ONCE() */
	unsigned long conf_began, conf_asked;
	bool testing; /* TEST_LINK is under way since: */
	unsigned long test_began;
	u32 spoilt;  /* RMBEs that are not handed out again */
	u32 leaving; /* connections that nobody has any more, and whose end is not through */
	bool end_when_left;

	unsigned long ending;	  /* bit 0 */
	u32 why;		  /* enum smcx_group_end */
	bool peer_ends;		  /* it has sent a DELETE_LINK, or answered ours */
	unsigned long test_every; /* jiffies; 0: never */
	struct delayed_work timer;
	struct work_struct end_work;
};

static inline struct smcx_group *smcx_group_of(struct smcx_lgr *lgr)
{
	return container_of(lgr, struct smcx_group, lgr);
}

static inline bool smcx_group_ending(const struct smcx_group *group)
{
	return READ_ONCE(group->ending);
}

static inline void smcx_group_get(struct smcx_group *group)
{
	refcount_inc(&group->lgr.refs);
}

static inline void smcx_group_put(struct smcx_group *group)
{
	smcx_lgr_put(&group->lgr);
}

int smcx_group_init(void);
void smcx_group_exit(void);

/* The path's calls. */
void smcx_group_lgr_init(struct smcx_lgr *lgr, const struct smcx_lgr_key *key);
bool smcx_group_lgr_fits(const struct smcx_lgr *lgr, const struct smcx_lgr_key *key);
void smcx_group_lgr_end(struct smcx_lgr *lgr);

int smcx_group_start(struct smcx_group *group, struct smcx_rdev *rdev, const struct smcx_rgid *gid,
		     unsigned long test_every);
void smcx_group_list(struct smcx_group *group);
void smcx_group_end(struct smcx_group *group, enum smcx_group_end why);
void smcx_group_device_lost(struct smcx_rdev *rdev, u32 port);
void smcx_group_kick(struct smcx_group *group);
void smcx_group_wait(struct smcx_group *group, struct smcx_rconn *conn);
void smcx_group_wait_no_more(struct smcx_rconn *conn);
unsigned long smcx_group_patience(void);
void smcx_group_look_in(struct smcx_group *group, unsigned long delay);
void smcx_group_left(struct smcx_group *group);

#endif
