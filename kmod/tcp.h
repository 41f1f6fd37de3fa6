/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The TCP socket under an SMC socket, and its callbacks. Ours are there while a handshake runs, at
 * a listener, and while data flows, when nothing comes but the end of the TCP connection. The
 * owner is hook.c; sock.c makes and releases the socket.
 */
#ifndef SMCX_TCP_H
#define SMCX_TCP_H

#include <linux/types.h>

struct smcx_sock;
struct sock;
struct socket;

/*
 * sock and sk are set before a socket can be found by anyone and do not change. sk is a reference
 * that goes with the smcx_sock, which is freed after an RCU grace period; so whoever can see an
 * smcx_sock can see its sk, but for one that was given to the application (fallback.grafted), which
 * takes smcx_tcp_get(). sock may only be used by those who know that the SMC socket is not released
 * yet: system calls, and the handshake under lock_sock().
 */
struct smcx_tcp {
	struct socket *sock;
	struct sock *sk;
	int bound_dev_if; /* SO_BINDTODEVICE and SO_MARK, as TCP has heard of them; lock_sock() */
	u32 mark;

	/* TCP's callbacks, as they were; sk->sk_callback_lock */
	void (*data_ready)(struct sock *clcsk);
	void (*state_change)(struct sock *clcsk);
	void (*error_report)(struct sock *clcsk); /* fallback: see fallback.c */
	void (*hook)(struct sock *clcsk); /* data_ready, ours or our listener's; NULL: not hooked */
};

/* Return: 0, or -EBUSY if a sockmap has the socket. */
int smcx_hook(struct smcx_sock *smc, void (*data_ready)(struct sock *),
	      void (*state_change)(struct sock *));
/* A child's TCP socket has its listener's callbacks in place of TCP's own. */
void smcx_hook_inherit(struct smcx_sock *child, const struct smcx_sock *listener);
void smcx_unhook(struct smcx_sock *smc);
/* The smcx_sock of a TCP socket that is hooked, or NULL. Under rcu_read_lock(). */
struct smcx_sock *smcx_hooked_rcu(const struct sock *clcsk);
/* The smcx_sock of a TCP socket that is hooked, referenced, or NULL. From its callbacks. */
struct smcx_sock *smcx_hooked(struct sock *clcsk);

#endif
