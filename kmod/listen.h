/* SPDX-License-Identifier: GPL-2.0 */
/* Listeners and their children: see listen.c, which is the owner of both. */
#ifndef SMCX_LISTEN_H
#define SMCX_LISTEN_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "compat.h"

struct smcx_sock;
struct socket;

struct smcx_listener {
	spinlock_t lock;	    /* BH; guards the next five */
	struct rb_root_cached line; /* children for accept(), by turn, each with a reference */
	struct list_head pending;   /* children in handshake, each with a reference */
	u64 turns;		    /* children ever */
	u32 ready_count;	    /* those whose handshake is over */
	u32 pending_count;	    /* all others, also those in line */
	struct work_struct work;    /* TCP connections to take; holds a reference */
	u32 limit_hs;		    /* not 0: see smcx_sysctl.limit_hs */
};

enum smcx_place {
	SMCX_PENDING,
	SMCX_IN_LINE, /* for accept(), in the last step of its handshake */
	SMCX_READY,
};

/* A child at its listener; guarded by the listener's lock. */
struct smcx_child {
	struct smcx_sock *listener; /* with a reference; NULL when it is gone or has handed over */
	struct list_head pending_link;
	struct rb_node line_node;
	u64 turn;  /* as TCP's listener had it; does not change */
	u32 place; /* enum smcx_place */
};

void smcx_listen_init(struct smcx_sock *smc);
int smcx_listen(struct socket *sock, int backlog);
int smcx_accept(struct socket *sock, struct socket *newsock, SMCX_ACCEPT_ARGS);
void smcx_listen_line_up(struct smcx_sock *child);
void smcx_listen_hand_over(struct smcx_sock *child);
bool smcx_listen_drop(struct smcx_sock *child);
bool smcx_listen_ended(const struct smcx_sock *smc);
void smcx_listen_stop(struct smcx_sock *smc);
void smcx_listen_close(struct smcx_sock *smc);

#endif
