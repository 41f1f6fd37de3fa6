/* SPDX-License-Identifier: GPL-2.0 */
/* The handshake of a socket: see hs.c, which is the owner. */
#ifndef SMCX_HS_H
#define SMCX_HS_H

#include <linux/timer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "lgr.h"
#include "smc_wire.h"

struct smcx_sock;

enum smcx_hs_state {
	SMCX_HS_IDLE,
	SMCX_HS_TCP,	       /* client: waiting for the TCP connection */
	SMCX_HS_WAIT_PROPOSAL, /* server */
	SMCX_HS_WAIT_ACCEPT,   /* client */
	SMCX_HS_WAIT_CONFIRM,  /* server */
	SMCX_HS_SETTLE,	       /* after the Confirm, until the other end is known to be there */
	SMCX_HS_DONE,	       /* SMC, fallback or failed */
	SMCX_HS_WAIT_GROUP,    /* the link group, or memory in it, is being made */
};

#define SMCX_CLC_MAX 1024    /* longer than any message that is accepted */
#define SMCX_FEATURES 0x0001 /* of the feature mask, those that Linux proposes */

/* Only while a handshake runs. Under lock_sock(). */
struct smcx_hs {
	enum smcx_role role;
	int cpu; /* client: where connect() was called */
	bool first_contact;
	u8 eid[SMCW_EID_LEN];
	u8 release;
	u16 features; /* the feature mask that our answer says */
	u8 peer_gid[SMCW_GID_LEN];
	u8 version; /* of the peer's message, for a Decline */
	u8 got;	    /* enum smcw_clc_types, of what has come of the next message; 0: none */
	u16 have;   /* bytes of the message that have come */
	u16 want;   /* its length, or that of the header */
	u16 len; /* bytes of the last one in buf, until the next one begins to come, or is sent */
	u8 buf[SMCX_CLC_MAX];
};

/* Under lock_sock(). */
struct smcx_handshake {
	u32 state; /* enum smcx_hs_state; readers by READ_ONCE() */
	u32 timed_out;
	unsigned long until;	 /* jiffies; how long the next message is waited for */
	struct smcx_hs *run;	 /* NULL: none runs */
	struct work_struct work; /* holds a reference while queued */
	struct timer_list timer; /* holds a reference while pending */
	u32 waiters;		 /* somebody sleeps in connect() and takes the next step */
};

int smcx_hs_connect(struct smcx_sock *smc, SMCX_SOCKADDR *addr, int len, int flags);
int smcx_hs_join(struct smcx_sock *smc, int flags);
int smcx_hs_wait(struct smcx_sock *smc, long *timeo);
void smcx_hs_serve(struct smcx_sock *child);
void smcx_hs_cancel(struct smcx_sock *smc);
void smcx_hs_kick(struct smcx_sock *smc);
void smcx_hs_init(struct smcx_sock *smc);
void smcx_hs_step(struct smcx_sock *smc);

#endif
