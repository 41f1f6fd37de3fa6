/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Link groups: what connections of a network namespace to the same peer, in the
 * same role, have in common.
 */
#ifndef SMCX_LGR_H
#define SMCX_LGR_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "smc_wire.h"

struct smcx_conn;
struct smcx_path;

enum smcx_role { SMCX_CLIENT, SMCX_SERVER };

#define SMCX_DEVICE_NAME_MAX 64 /* of an RDMA device, with its zero */

/* The link of a group of SMC-R, for those who list it. */
struct smcx_lgr_link {
	char device[SMCX_DEVICE_NAME_MAX];
	u32 port, ifindex;
	u8 number;
	u8 uid[4], peer_uid[4]; /* as on the wire */
};

/* Constant from creation to the end, unless said otherwise. */
struct smcx_lgr {
	const struct smcx_path *path;
	u32 id; /* never 0; linkid on the wire */
	enum smcx_role role;
	u8 version; /* SMCW_V2 */
	u8 release; /* negotiated: 0 or 1 */
	u8 peer_os; /* enum smcw_os_types */
	u8 peer_release;
	u8 peer_hostname[SMCW_HOSTNAME_LEN + 1];
	u8 gid[SMCW_GID_LEN]; /* our own, when the link group was made */
	u8 peer_gid[SMCW_GID_LEN];
	u8 eid[SMCW_EID_LEN];
	u16 chid;
	u16 vlan; /* 0: none */
	u32 max_conns;
	u64 net_cookie;		   /* of the namespace */
	struct smcx_lgr_link link; /* number and peer_uid: of CONFIRM_LINK, under the lock */

	refcount_t refs;
	spinlock_t lock;	/* guards what follows */
	struct list_head conns; /* smcx_conn.lgr_link */
	u32 conn_count;
	u32 conns_ever;
	bool usable; /* first contact is confirmed, not terminated */
	bool dying;
	unsigned long idle_since;      /* jiffies; while conn_count is 0 */
	struct delayed_work free_work; /* idle for long enough */
	struct rcu_head rcu;
};

/* A connection looks for its link group by these, its path and the network namespace. */
struct smcx_lgr_key {
	enum smcx_role role;
	const u8 *gid, *peer_gid; /* 16 bytes, as on the wire */
	const u8 *eid;		  /* 32 bytes, agreed upon */
	u16 chid;
	const void *more; /* the path's: see lgr_fits() */
};

int smcx_lgr_init(void);
void smcx_lgr_exit(void);

/**
 * smcx_lgr_next() - walk all link groups of the machine, in ascending order of id.
 * @after: id of the one before the wanted one; 0 for the first
 *
 * Return: the next link group, with a reference that the caller drops with
 * smcx_lgr_put(), or NULL at the end.
 */
struct smcx_lgr *smcx_lgr_next(u32 after);

void smcx_lgr_put(struct smcx_lgr *lgr);

/**
 * smcx_lgr_join() - put a connection into a link group that exists.
 * @conn: the connection, with a path
 *
 * Return: 0 with conn->lgr set, or -ENOENT when none fits.
 */
int smcx_lgr_join(struct smcx_conn *conn, const struct smcx_lgr_key *key);

/* Is there one that fits, or will fit once its first contact is over? With a reference, or NULL. */
struct smcx_lgr *smcx_lgr_in_first_contact(struct smcx_conn *conn, const struct smcx_lgr_key *key);

/* As smcx_lgr_join(), into a new one that others may join after smcx_lgr_confirm(). -ENOMEM. */
int smcx_lgr_create(struct smcx_conn *conn, const struct smcx_lgr_key *key, u8 release);

/* Keep what the peer says of itself. @fce may be NULL. */
void smcx_lgr_learn(struct smcx_lgr *lgr, const struct smcw_fce *fce);

/* First contact is over: others may join. */
void smcx_lgr_confirm(struct smcx_lgr *lgr);

/* Take a connection out of its link group, which is freed when it stays unused. */
void smcx_lgr_leave(struct smcx_conn *conn);

/* No new connection may join; those in it go on. For link groups out of sync. */
void smcx_lgr_retire(struct smcx_lgr *lgr);

/* As smcx_lgr_retire(), and nobody finds it any more. Process context. */
void smcx_lgr_drop(struct smcx_lgr *lgr);

/* Drop all link groups of a path that has no connection any more. */
void smcx_lgr_end_path(const struct smcx_path *path);

#endif
