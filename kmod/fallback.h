/* SPDX-License-Identifier: GPL-2.0 */
/* A socket that is TCP's: see fallback.c, which is the owner. */
#ifndef SMCX_FALLBACK_H
#define SMCX_FALLBACK_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct smcx_sock;
struct sock;
struct socket;

struct smcx_fallback {
	u32 reason;	    /* enum smcw_decline_reasons; 0 while not fallen back */
	u32 peer_diagnosis; /* of the peer's Decline; the handshake's to set */
	u32 grafted;	    /* of a server: the application has tcp.sk itself */
	int shown_err;	    /* sk_err of both, till somebody takes it; WRITE_ONCE() */
	void (*tcp_destruct)(struct sock *clcsk); /* grafted: TCP's own sk_destruct */
	struct rhash_head shadow_node;		  /* grafted */
};

void smcx_fallback(struct smcx_sock *smc, u32 reason);
void smcx_fallback_graft(struct smcx_sock *child, struct socket *newsock);
void smcx_fallback_refresh(struct smcx_sock *smc);
void smcx_fallback_took(struct smcx_sock *smc);
void smcx_fallback_disconnected(struct smcx_sock *smc);
void smcx_fallback_listens(struct smcx_sock *smc);
void smcx_fallback_unshare(struct smcx_sock *smc);
struct sock *smcx_tcp_get(struct smcx_sock *smc);
int smcx_fallback_init(void);
void smcx_fallback_exit(void);

#endif
