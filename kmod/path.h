/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A path: a way on which two ends reach each other's memory. SMC-D's is smcd.c and dmb*.c. All else
 * knows a connection by its rings (ring.h) and asks its path for the rest.
 *
 * Results of calls during the handshake, which are made with lock_sock() held: 0, a reason for a
 * Decline (>0, none is as small as SMCX_SETTLED and SMCX_GROUP_BUSY), or -errno.
 */
#ifndef SMCX_PATH_H
#define SMCX_PATH_H

#include <linux/indirect_call_wrapper.h>
#include <linux/types.h>

#include "lgr.h"
#include "smc_codec.h"
#include "sock.h"

#define SMCX_SETTLED 1	  /* the other end is there, and cannot decline any more */
#define SMCX_GROUP_BUSY 2 /* the link group is being made: smcx_hs_kick() when it is there */

#define SMCX_OFFER_GIDS 8

/* A Proposal is the sum of what the paths offer. */
struct smcx_offer {
	u8 typev1, typev2; /* SMCW_TYPE_* */
	/* SMC-R's: whose device it is, its GID of RoCEv2, and how much a link group has. */
	u8 peer_id[SMCW_PEER_ID_LEN], mac[SMCW_MAC_LEN], roce_gid[SMCW_GID_LEN];
	u8 max_conns, max_links;
	u8 gid_count;
	struct smcw_gid_chid gid[SMCX_OFFER_GIDS];
};

/* One type more: R and D are both. */
static inline void smcx_offer_type(u8 *types, u8 type)
{
	*types = *types == SMCW_TYPE_N || *types == type ? type : SMCW_TYPE_B;
}

/* Room for what a path says in an Accept or a Confirm. */
struct smcx_answer {
	struct smcw_accept_smcd smcd;
	struct smcw_accept_smcd_v2 smcd_v2;
	struct smcw_accept_smcr smcr;
	struct smcw_accept_smcr_v2 smcr_v2;
	struct smcw_gid_list gid_list;
	struct smcw_gid gid;
	u8 fce_flags, max_conns, max_links; /* of the first-contact extension, SMC-R's */
};

/* An RDMA device, for those who list it. Linux uses two ports at most. */
#define SMCX_DEVICE_PORTS 2
struct smcx_device {
	char name[SMCX_DEVICE_NAME_MAX];
	u32 ports;
	struct smcx_device_port {
		u32 ifindex; /* 0: no network device */
		bool active;
	} port[SMCX_DEVICE_PORTS];
};

struct module;

struct smcx_path {
	struct module *owner; /* pinned by each connection; NULL: smcx.ko */
	u8 mode;	      /* enum smcx_mode */
	u8 type;	      /* SMCW_TYPE_* */

	/* Client: add to the Proposal. Return: 0, or -ENOENT if there is nothing to offer. */
	int (*offer)(struct smcx_sock *smc, struct smcx_offer *offer);
	/* Server: buffers and link group for a Proposal that offers this path. Or SMCX_GROUP_BUSY.
	 */
	int (*choose)(struct smcx_sock *smc, const struct smcw_proposal_parts *p);
	/* Fill in what an Accept or a Confirm says of our end. */
	void (*answer)(struct smcx_sock *smc, struct smcw_accept_parts *parts,
		       struct smcx_answer *room);
	/* Client: an Accept of this type has come, and the Confirm is the next. Or SMCX_SETTLED; or
	 * SMCX_GROUP_BUSY, to be asked again.
	 */
	int (*accepted)(struct smcx_sock *smc, const struct smcw_accept_parts *p);
	/* Server: a Confirm of this type has come. */
	int (*confirmed)(struct smcx_sock *smc, const struct smcw_accept_parts *p);
	/* After the Confirm: is the other end there? Return: SMCX_SETTLED, or 0 to be asked again.
	 */
	int (*settle)(struct smcx_sock *smc);
	/* The handshake fails. Return: true if it is too late: the peer takes us for connected. */
	bool (*give_up)(struct smcx_sock *smc);
	/* A server that was too late ends a connection that it cannot have. */
	void (*refuse)(struct smcx_sock *server);
	/* A client is going to decline an Accept that has come. */
	void (*decline)(struct smcx_sock *client);

	/* Report cursors, flags and state. @what: SMCX_CDC_*. Process or softirq context. */
	void (*post)(struct smcx_sock *smc, unsigned int what);
	/* tx_lock held: the byte before @prod, which nobody has heard of yet, is urgent. */
	void (*urgent)(struct smcx_sock *smc, u64 prod);
	/* rx_lock held: the reader has moved conn.cons on. */
	void (*read_on)(struct smcx_sock *smc);
	/* Under state_lock. Does nothing of the connection need its end once the program closed? */
	bool (*quiet)(const struct smcx_sock *smc);
	/* lock_sock() held: the peer is not to find us any more; the rings stay. */
	void (*leave)(struct smcx_sock *smc);
	/* lock_sock() held, nobody in sendmsg() or recvmsg(): give the rings back. */
	void (*free)(struct smcx_sock *smc);

	/*
	 * Link groups with more than struct smcx_lgr, which stands first in them: bytes of all;
	 * made, before anybody finds it; does it fit a key? And what ends it when nobody can find
	 * it any more: process context, to return at once.
	 */
	size_t lgr_size;
	void (*lgr_init)(struct smcx_lgr *lgr, const struct smcx_lgr_key *key);
	bool (*lgr_fits)(const struct smcx_lgr *lgr, const struct smcx_lgr_key *key);
	void (*lgr_end)(struct smcx_lgr *lgr);

	/* The @n-th device, from 0 on; -ENOENT if there is none. NULL: they are not listed. */
	int (*device)(unsigned int n, struct smcx_device *device);
	/* This host's name in messages, SMCW_PEER_ID_LEN bytes. NULL: it has none. */
	void (*peer_id)(const struct smcx_sock *smc, u8 *id);
};

/* SMC-D's. It is here for INDIRECT_CALL_1(). */
extern const struct smcx_path smcx_smcd_path;
void smcx_dmb_post(struct smcx_sock *smc, unsigned int what);
void smcx_dmb_read_on(struct smcx_sock *smc);

/* The paths, in the order in which a server prefers them; see path.c. */
#define SMCX_PATHS 2
const struct smcx_path *smcx_path_get(int i);
void smcx_path_put(const struct smcx_path *path);
bool smcx_path_any(u8 types);
int smcx_path_register(const struct smcx_path *path);
void smcx_path_unregister(const struct smcx_path *path);

static inline void smcx_path_post(struct smcx_sock *smc, unsigned int what)
{
	INDIRECT_CALL_1(smc->conn.path->post, smcx_dmb_post, smc, what);
}

static inline void smcx_path_read_on(struct smcx_sock *smc)
{
	INDIRECT_CALL_1(smc->conn.path->read_on, smcx_dmb_read_on, smc);
}

#endif
