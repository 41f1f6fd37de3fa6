/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink SMC_GEN_NETLINK: what <linux/smc.h> lets one see and set. */
#ifndef SMCX_NETLINK_H
#define SMCX_NETLINK_H

#include <linux/types.h>

struct sk_buff;
struct netlink_callback;
struct smcx_lgr;

/**
 * smcx_netlink_alone() - is there no other SMC stack?
 *
 * To be asked before anything is made, so that the log says why the module is not loaded. The
 * family of sockets would do as well, but whoever asked for a socket at that moment would go
 * without.
 *
 * Return: 0 or -EEXIST.
 */
int smcx_netlink_alone(void);

int smcx_netlink_init(void);
void smcx_netlink_exit(void);

/**
 * smcx_netlink_put() - put one message of a dump.
 * @skb: the dump's
 * @cb: the dump's
 * @cmd: the message's command
 * @nest: attribute that takes all others in; 0 for none
 * @fill: puts the attributes; returns not 0 when there is no more room
 * @what: for @fill
 *
 * Return: 0; -EMSGSIZE with nothing put when there is no more room.
 */
int smcx_netlink_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int nest,
		     int (*fill)(struct sk_buff *skb, void *what), void *what);

/* The network namespace whose link groups may be seen; 0: all of them. */
u64 smcx_netlink_net_cookie(const struct netlink_callback *cb);

/* The buffers of all connections of a link group; SMC-D sends to the peer's. */
struct smcx_netlink_bytes {
	u64 send, receive;
};

struct smcx_netlink_bytes smcx_netlink_bytes_locked(const struct smcx_lgr *lgr)
	__must_hold(&lgr->lock);

/**
 * smcx_netlink_next_lgr() - walk the link groups that may be seen.
 * @id: of the one before the wanted one; 0 for the first
 * @net_cookie: of smcx_netlink_net_cookie()
 * @smcd: those of SMC-D; else those of SMC-R
 *
 * Return: the next one, with a reference, or NULL at the end.
 */
struct smcx_lgr *smcx_netlink_next_lgr(u32 id, u64 net_cookie, bool smcd);

/* Put what both kinds of link groups have of version 2; lgr->lock held. -EMSGSIZE: no room. */
int smcx_netlink_put_lgr_v2(struct sk_buff *skb, const struct smcx_lgr *lgr, int nest);

/* netlink_smcr.c: GET_LGR_SMCR, GET_LINK_SMCR and GET_DEV_SMCR */
int smcx_netlink_lgr_smcr(struct sk_buff *skb, struct netlink_callback *cb);
int smcx_netlink_link_smcr(struct sk_buff *skb, struct netlink_callback *cb);
int smcx_netlink_dev_smcr(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_stats.c: GET_STATS and GET_FBACK_STATS */
int smcx_netlink_stats(struct sk_buff *skb, struct netlink_callback *cb);
int smcx_netlink_fback(struct sk_buff *skb, struct netlink_callback *cb);

#endif
