/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink SMC_GEN_NETLINK: what <linux/smc.h> lets one see and set. */
#ifndef SMCX_NETLINK_H
#define SMCX_NETLINK_H

#include <linux/types.h>

struct sk_buff;
struct netlink_callback;

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

/* netlink_stats.c: GET_STATS and GET_FBACK_STATS */
int smcx_netlink_stats(struct sk_buff *skb, struct netlink_callback *cb);
int smcx_netlink_fback(struct sk_buff *skb, struct netlink_callback *cb);

#endif
