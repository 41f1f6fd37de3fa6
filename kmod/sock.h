/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An SMC socket (struct smcx_sock) sits on a TCP socket (smcx_sock.tcp). The TCP
 * connection is made first; if both SYN and SYN-ACK carry the SMC option, the
 * two ends exchange CLC on it (hs.c), and either agree on SMC-D, or one declines
 * and both go on with that TCP connection (fallback.c).
 *
 * Locks, in the order in which they are taken:
 *	lock_sock(smcx_sock)	bind, listen, connect, handshake, release
 *	conn.tx_lock, rx_lock	sendmsg(), recvmsg(): one copying end each
 *	lock_sock(clcsk)	TCP's own
 *	smcx_sock.state_lock	sk_state and what hangs on it; BH
 *	listener's lock		its lists of children; BH
 *	lgr->lock, conn.cdc_lock, and the device's: leaves
 * No lock of one end is held while one of the other end's is taken, so the
 * two ends of a connection cannot wait for each other. The first three are an
 * application's to hold, and sleep: nobody else waits for them (later.c).
 *
 * A part of struct smcx_sock belongs to the file that its header names: tcp to hook.c, hs to hs.c,
 * conn to conn.c, fallback to fallback.c, listen and queued to listen.c. Others call it.
 * More in docs/kmod.md.
 */
#ifndef SMCX_SOCK_H
#define SMCX_SOCK_H

#include <linux/lockdep.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "conn.h"
#include "fallback.h"
#include "hs.h"
#include "listen.h"
#include "tcp.h"

/* socket(AF_SMC, SOCK_STREAM, ...) */
enum { SMCX_PROTO_SMC = 0, SMCX_PROTO_SMC6 = 1 };

/* sk_state, with the numbers that SOCK_DIAG of family 43 shows. */
#define SMCX_STATES(X)                                                                             \
	X(ACTIVE, 1)                                                                               \
	X(INIT, 2)                                                                                 \
	X(CLOSED, 7)                                                                               \
	X(LISTEN, 10)                                                                              \
	X(PEERCLOSEWAIT1, 20)                                                                      \
	X(PEERCLOSEWAIT2, 21)                                                                      \
	X(APPCLOSEWAIT1, 22)                                                                       \
	X(APPCLOSEWAIT2, 23)                                                                       \
	X(APPFINCLOSEWAIT, 24)                                                                     \
	X(PEERFINCLOSEWAIT, 25)                                                                    \
	X(PEERABORTWAIT, 26)                                                                       \
	X(PROCESSABORT, 27)

enum smcx_state {
#define SMCX_X_ENUM(name, value) SMCX_##name = (value),
	SMCX_STATES(SMCX_X_ENUM)
#undef SMCX_X_ENUM
};

/* Where the data goes. Written once, with release semantics. */
enum smcx_mode {
	SMCX_MODE_NONE, /* not decided: not connected, or in handshake */
	SMCX_MODE_SMCD,
	SMCX_MODE_TCP, /* fallback */
	SMCX_MODE_SMCR,
};

struct smcx_sock {
	union {
		struct sock sk;
		struct inet_sock inet; /* of IPPROTO_SMC: inet_create() fills it in */
	};
	/* From here on a child has nothing of its listener: sock_clear_clone(). */
	struct smcx_tcp tcp;
	u32 id;	    /* in the namespace; ascending, never 0 */
	u32 mode;   /* enum smcx_mode */
	u32 server; /* accepted, not connected */

	spinlock_t state_lock; /* sk_state; BH */
	u32 finished;	       /* smcx_sock_finish() has been here; lock_sock() */
	u32 later;	       /* bits of enum smcx_later; sk_lock.slock */
	kuid_t payer;	       /* see smcx_share_uid(); the listener's for a child */
	void (*inet_destruct)(struct sock *sk);
	struct work_struct free_work;  /* both ends have closed; holds a reference */
	struct work_struct abort_work; /* a rule of CDC is broken; holds a reference */

	struct smcx_conn conn;
	struct smcx_handshake hs;
	struct smcx_fallback fallback;
	struct smcx_listener listen;
	struct smcx_child queued;
};

#if IS_ENABLED(CONFIG_IPV6)
struct smcx6_sock {
	struct smcx_sock smcx;
	struct ipv6_pinfo inet6;
};
#endif

static inline struct smcx_sock *smcx_sk(const struct sock *sk)
{
	return (struct smcx_sock *)sk;
}

static inline struct smcx_sock *smcx_conn_sock(const struct smcx_conn *conn)
{
	return container_of(conn, struct smcx_sock, conn);
}

static inline enum smcx_state smcx_state(const struct smcx_sock *smc)
{
	return READ_ONCE(smc->sk.sk_state);
}

/* The caller may rely on all of conn when this says SMC-D or SMC-R. */
static inline enum smcx_mode smcx_mode(const struct smcx_sock *smc)
{
	/* Pairs with hs_done() and smcx_fallback(). */
	return smp_load_acquire(&smc->mode);
}

/* Is it SMC-D or SMC-R? */
static inline bool smcx_has_path(const struct smcx_sock *smc)
{
	static_assert(!(SMCX_MODE_NONE & 1) && !(SMCX_MODE_TCP & 1) && SMCX_MODE_SMCD & 1 &&
		      SMCX_MODE_SMCR & 1);
	return smcx_mode(smc) & 1;
}

/* The payers for what a socket needs. */
static inline struct mem_cgroup *smcx_memcg(const struct smcx_sock *smc)
{
#ifdef CONFIG_MEMCG
	return smc->sk.sk_memcg;
#else
	return NULL;
#endif
}

/* A comment's words on locks, for lockdep: "lock_sock() held" ... */
static inline void smcx_assert_locked(const struct smcx_sock *smc)
{
	sock_owned_by_me(&smc->sk);
}

/* ... "not locked" ... */
static inline void smcx_assert_not_locked(const struct smcx_sock *smc)
{
	lockdep_assert_not_held(&smc->sk.sk_lock);
}

/* ... "under rcu_read_lock()". Nothing is left of them without lockdep. */
static inline void smcx_assert_rcu(void)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "not under rcu_read_lock()");
}

/* The sock that the application's file descriptor leads to: inode and uid are its. */
static inline struct sock *smcx_user_sk(struct smcx_sock *smc)
{
	return READ_ONCE(smc->fallback.grafted) ? smc->tcp.sk : &smc->sk;
}

extern struct workqueue_struct *smcx_wq;

/* A server whose client is connected: what is left to do is done in accept(). */
static inline bool smcx_hs_joined(const struct smcx_sock *smc)
{
	return READ_ONCE(smc->hs.state) == SMCX_HS_WAIT_CONFIRM &&
	       READ_ONCE(smc->conn.peer_attached) == SMCX_ATTACH_DONE;
}

static inline bool smcx_hs_running(const struct smcx_sock *smc)
{
	u32 state = READ_ONCE(smc->hs.state);

	return state != SMCX_HS_IDLE && state != SMCX_HS_DONE;
}

/* sock.c: the life of a socket */
int smcx_sock_init(void);
void smcx_sock_exit(void);

/**
 * smcx_sock_child() - the SMC socket of an accepted TCP connection.
 * @listener: whose settings it gets
 * @clcsock: the TCP connection; the child's from now on if this succeeds
 *
 * Process context. Return: the socket with one reference, found by others
 * already; NULL without memory.
 */
struct smcx_sock *smcx_sock_child(struct smcx_sock *listener, struct socket *clcsock);

/**
 * smcx_sock_finish() - give everything back, when both ends are done.
 * @smc: no longer the application's; lock_sock() held; drops the first reference
 */
void smcx_sock_finish(struct smcx_sock *smc);

/* The TCP connection is of no use to anyone: its peer gets a reset. Process context. */
void smcx_sock_reset_tcp(struct socket *clcsock);

/* Work that holds a reference while it is queued. Any context; @smc must not be freed meanwhile. */
void smcx_sock_queue(struct smcx_sock *smc, struct work_struct *work);

/* Settings of SOL_SOCKET that TCP has to know of. @to is locked, or nobody else's yet. */
void smcx_sock_settings(struct sock *to, const struct sock *from);
/* The same for the TCP socket, and what it is bound to; before it binds, listens or connects. */
void smcx_sock_tell_tcp(struct smcx_sock *smc);

#endif
