/* SPDX-License-Identifier: GPL-2.0 */
/*
 * smcx.ko: SMC-D version 2 over a loopback-ism device of its own.
 *
 * An SMC socket (struct smcx_sock) sits on a TCP socket (clcsock). The TCP
 * connection is made first; if both SYN and SYN-ACK carry the SMC option, the
 * two ends exchange CLC on it (hs.c), and either agree on SMC-D, or one declines
 * and both go on with that TCP connection (fallback.c).
 *
 * Locks, in the order in which they are taken:
 *	lock_sock(smcx_sock)	bind, listen, connect, handshake, release
 *	conn.tx_lock, rx_lock	sendmsg(), recvmsg(): one copying end each
 *	lock_sock(clcsk)	TCP's own
 *	smcx_sock.state_lock	sk_state and what hangs on it; BH
 *	listener's accept_lock	its lists of children; BH
 *	lgr->lock, conn.cdc_lock, and the device's: leaves
 * No lock of one end is held while one of the other end's is taken, so the
 * two ends of a connection cannot wait for each other. The first three are an
 * application's to hold, and sleep: nobody else waits for them (later.c).
 *
 * Lifetimes: clcsock and clcsk are set before a socket can be found by anyone
 * and do not change. clcsk is a reference that goes with the smcx_sock, which
 * is freed after an RCU grace period; so whoever can see an smcx_sock can see
 * its clcsk, but for one that was given to the application (grafted), which
 * takes smcx_tcp_get(). clcsock may only be used by those who know that the socket is not
 * released yet: system calls, and the handshake under lock_sock().
 * More in docs/kmod.md.
 */
#ifndef SMCX_SMCX_H
#define SMCX_SMCX_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/net.h>
#include <linux/net_tstamp.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat.h"
#include "conn.h"
#include "dev.h"
#include "eid.h"
#include "fault.h"
#include "lgr.h"
#include "net.h"
#include "option.h"
#include "smc_codec.h"

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
};

/* The handshake of a socket. */
enum smcx_hs_state {
	SMCX_HS_IDLE,
	SMCX_HS_TCP,	       /* client: waiting for the TCP connection */
	SMCX_HS_WAIT_PROPOSAL, /* server */
	SMCX_HS_WAIT_ACCEPT,   /* client */
	SMCX_HS_WAIT_CONFIRM,  /* server */
	SMCX_HS_WAIT_ATTACH,   /* client: Confirm is sent, the server is not attached yet */
	SMCX_HS_DONE,	       /* SMC, fallback or failed */
};

/* A child at its listener. */
enum smcx_place {
	SMCX_PENDING,
	SMCX_IN_LINE, /* for accept(), in the last step of its handshake */
	SMCX_READY,
};

#define SMCX_CLC_MAX 1024 /* longer than any message that is accepted */

/* Only while a handshake runs. Under lock_sock(). */
#define SMCX_FEATURES 0x0001 /* of the feature mask, those that Linux proposes */

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
	u8 buf[SMCX_CLC_MAX];
};

struct smcx_sock {
	union {
		struct sock sk;
		struct inet_sock inet; /* of IPPROTO_SMC: inet_create() fills it in */
	};
	struct socket *clcsock;
	struct sock *clcsk;
	u32 id; /* in the namespace; ascending, never 0 */

	u32 mode;	     /* enum smcx_mode */
	u32 fallback_reason; /* enum smcw_decline_reasons; 0 while not fallen back */
	u32 peer_diagnosis;  /* of the peer's Decline */
	u32 grafted;	     /* fallback of a server: the application has clcsk itself */
	u32 server;	     /* accepted, not connected */
	int told_dev_if;     /* SO_BINDTODEVICE and SO_MARK, as TCP has heard of them */
	u32 told_mark;
	int told_err; /* fallback: sk_err of both, till somebody takes it; WRITE_ONCE() */
	u32 finished; /* smcx_sock_finish() has been here; lock_sock() */
	u32 later;    /* bits of enum smcx_later; sk_lock.slock */
	kuid_t payer; /* see smcx_share_uid(); the listener's for a child */
	void (*inet_destruct)(struct sock *sk);
	void (*clcsk_destruct)(struct sock *clcsk); /* grafted: clcsk's own, see fallback.c */
	struct rhash_head shadow_node;		    /* grafted */

	spinlock_t state_lock; /* sk_state; BH */
	struct smcx_conn conn;

	/* handshake, under lock_sock() */
	u32 hs_state; /* enum smcx_hs_state; readers by READ_ONCE() */
	u32 hs_timed_out;
	unsigned long hs_until; /* jiffies; how long the next message is waited for */
	struct smcx_hs *hs;
	struct work_struct hs_work;    /* holds a reference while queued */
	struct timer_list hs_timer;    /* holds a reference while pending */
	u32 hs_waiter;		       /* somebody sleeps in connect() and takes the next step */
	struct work_struct free_work;  /* both ends have closed; holds a reference */
	struct work_struct abort_work; /* a rule of CDC is broken; holds a reference */

	/* TCP's callbacks, as they were; clcsk->sk_callback_lock */
	void (*clcsk_data_ready)(struct sock *clcsk);
	void (*clcsk_state_change)(struct sock *clcsk);
	void (*clcsk_error_report)(struct sock *clcsk); /* fallback: see fallback.c */
	void (*hook)(struct sock *clcsk); /* data_ready, ours or our listener's; NULL: not hooked */

	/* listener */
	spinlock_t accept_lock;		/* BH; guards the next five */
	struct rb_root_cached line;	/* children for accept(), by turn, each with a reference */
	struct list_head pending;	/* children in handshake, each with a reference */
	u64 turns;			/* children ever */
	u32 ready_count;		/* those whose handshake is over */
	u32 pending_count;		/* all others, also those in line */
	struct work_struct listen_work; /* TCP connections to take; holds a reference */
	u32 limit_hs;			/* not 0: see smcx_sysctl.limit_hs */

	/* child, guarded by the listener's accept_lock */
	struct smcx_sock *listener; /* with a reference; NULL when it is gone or has handed over */
	struct list_head pending_link;
	struct rb_node line_node;
	u64 turn;  /* as TCP's listener had it; does not change */
	u32 place; /* enum smcx_place */
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

/* The caller may rely on all of conn when this says SMC-D. */
static inline enum smcx_mode smcx_mode(const struct smcx_sock *smc)
{
	/* Pairs with hs_done() and smcx_fallback(). */
	return smp_load_acquire(&smc->mode);
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
	return READ_ONCE(smc->grafted) ? smc->clcsk : &smc->sk;
}

extern struct workqueue_struct *smcx_wq;

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

/* later.c: steps that come from outside, each with a work item */
enum smcx_later {
	SMCX_LATER_LISTEN,
	SMCX_LATER_HS,
	SMCX_LATER_ABORT,
	SMCX_LATER_FREE,
	SMCX_LATER_COUNT,
};

bool smcx_later_enter(struct smcx_sock *smc, enum smcx_later step);
void smcx_later_release(struct sock *sk);

/* ops.c: what a system call does */
extern const struct proto_ops smcx_ops;
extern const struct proto_ops smcx_inet_ops;
extern const struct proto_ops smcx_inet6_ops;

/* sockopt.c */
int smcx_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int len);
int smcx_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len);

/* conn.c */
void smcx_conn_init(struct smcx_conn *conn);
void smcx_conn_anew(struct smcx_sock *smc);
int smcx_conn_buffer(struct smcx_sock *smc, struct mem_cgroup *memcg);
int smcx_conn_attach(struct smcx_sock *smc);
bool smcx_conn_claim(struct smcx_dmb *dmb, const struct smcx_dmb *own);
bool smcx_conn_join(struct smcx_sock *client);
void smcx_conn_processor(struct smcx_sock *client, int cpu);
void smcx_conn_line_up(struct smcx_sock *client);
bool smcx_conn_give_up(struct smcx_sock *smc);
void smcx_conn_leave(struct smcx_sock *smc);
void smcx_conn_free(struct smcx_sock *smc);

/* A connection's numbers, taken in one go, in host order. */
struct smcx_conn_info {
	u32 linkid;
	u8 gid[SMCW_GID_LEN], peer_gid[SMCW_GID_LEN];
	u64 token, peer_token;
	u32 len, peer_len; /* bytes for data in our DMB and in the peer's; 0: there is none */
	u64 rx_prod, rx_cons, tx_prod, tx_cons; /* cursors */
	u8 tx_flags, tx_state;
	u32 rx_flags, rx_state;
	u32 unread, unsent; /* bytes in our DMB, in the peer's */
};

/**
 * smcx_conn_info() - look at the connection of any socket.
 * @smc: referenced
 * @info: filled in
 *
 * Any context but hard interrupts.
 *
 * Return: 0, or -ENOTCONN when there is no SMC-D connection.
 */
int smcx_conn_info(struct smcx_sock *smc, struct smcx_conn_info *info);

/* cdc.c: reports to the other end */

/* Work of smcx_cdc_post() besides sending the cursors. */
#define SMCX_CDC_WAKE 1	  /* wake the peer's reader */
#define SMCX_CDC_URGENT 2 /* flag the byte before the producer cursor: see smcx_cdc_urgent() */

void smcx_cdc_post(struct smcx_sock *smc, unsigned int what);
void smcx_cdc_urgent(struct smcx_sock *smc, u64 prod);
void smcx_cdc_abort(struct smcx_sock *smc);
void smcx_cdc_refuse(struct smcx_sock *server);
bool smcx_cdc_deliver(struct smcx_dmb *dmb, struct smcx_dmb *back, const struct smcw_cdc_smcd *cdc);
/* Bytes that can be read; more than the buffer's length if the peer broke the protocol. */
u32 smcx_cdc_unread(const struct smcx_conn *conn);
/* Is as much there, or as much as there will be? Not to be relied on without rx_lock. */
bool smcx_cdc_readable(const struct smcx_conn *conn, u32 lowat);
/* Bytes that the peer has not consumed yet; likewise. */
u32 smcx_cdc_unconsumed(const struct smcx_conn *conn);
/* Bytes that the peer's DMB takes now. */
u32 smcx_cdc_room(const struct smcx_conn *conn);
void smcx_cdc_consumed(struct smcx_sock *smc);
void smcx_write_space(struct sock *sk);

/* player_smcx.c: DMBs of programs */
int smcx_player_init(void);
void smcx_player_exit(void);

/**
 * smcx_dmb_signal() - a program's DMB has got a new head.
 * @dmb: foreign
 *
 * Any context; under rcu_read_lock(). Return: false when the program has let go of it.
 */
bool smcx_dmb_signal(const struct smcx_dmb *dmb, const struct smcw_cdc_smcd *head);

/* hs.c: the handshake */
int smcx_hs_connect(struct smcx_sock *smc, SMCX_SOCKADDR *addr, int len, int flags);
int smcx_hs_join(struct smcx_sock *smc, int flags);
int smcx_hs_wait(struct smcx_sock *smc, long *timeo);
void smcx_hs_serve(struct smcx_sock *child);
void smcx_hs_cancel(struct smcx_sock *smc);
void smcx_hs_kick(struct smcx_sock *smc);
void smcx_hs_init(struct smcx_sock *smc);
void smcx_hs_step(struct smcx_sock *smc);

/* A server whose client is connected: what is left to do is done in accept(). */
static inline bool smcx_hs_joined(const struct smcx_sock *smc)
{
	return READ_ONCE(smc->hs_state) == SMCX_HS_WAIT_CONFIRM &&
	       READ_ONCE(smc->conn.peer_attached) == SMCX_ATTACH_DONE;
}

static inline bool smcx_hs_running(const struct smcx_sock *smc)
{
	u32 state = READ_ONCE(smc->hs_state);

	return state != SMCX_HS_IDLE && state != SMCX_HS_DONE;
}

/* close.c */
void smcx_state_set(struct smcx_sock *smc, enum smcx_state to, const char *cause)
	__must_hold(&smc->state_lock);
void smcx_close_reset(struct smcx_sock *smc);
void smcx_close_peer(struct smcx_sock *smc);
void smcx_close(struct smcx_sock *smc, bool abort);
int smcx_close_write(struct smcx_sock *smc);
void smcx_abort(struct smcx_sock *smc, int err);
void smcx_close_refuse(struct smcx_sock *smc);
void smcx_close_lost(struct smcx_sock *smc);
void smcx_disconnect(struct smcx_sock *smc);
int smcx_close_tcp_err(const struct sock *clcsk);
void smcx_close_watch_tcp(struct smcx_sock *smc);

/* rx.c, tx.c */
int smcx_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int smcx_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
bool smcx_rx_done(const struct smcx_sock *smc);
bool smcx_tx_ready(struct smcx_sock *smc);

/* tx_notify.c */
struct ubuf_info *smcx_tx_notice(struct smcx_sock *smc, size_t len);
void smcx_tx_notify(struct smcx_sock *smc, struct ubuf_info *notice, int n);
void smcx_tx_stamp(struct smcx_sock *smc, u32 flags);

static inline bool smcx_tx_wants_notice(const struct smcx_sock *smc, const struct msghdr *msg,
					size_t len)
{
	if (!(msg->msg_flags & MSG_ZEROCOPY) || !len || msg->msg_ubuf)
		return false;
	return sock_flag(smc->clcsk, SOCK_ZEROCOPY);
}

/* rx_cmsg.c */
void smcx_rx_cmsg(struct smcx_sock *smc, struct msghdr *msg, int n);

/* SO_TIMESTAMPING asks for the time at which bytes come. */
static inline bool smcx_rx_timestamping(const struct sock *sk)
{
	const u32 flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;

	return (READ_ONCE(sk->sk_tsflags) & flags) == flags;
}

/* Does anybody ask for it? */
static inline bool smcx_rx_stamped(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || smcx_rx_timestamping(sk);
}

/* clc.c: its messages */
int smcx_clc_send_proposal(struct smcx_sock *smc);
int smcx_clc_send_answer(struct smcx_sock *smc, u8 type);
int smcx_clc_send_decline(struct smcx_sock *smc, u32 reason);
int smcx_clc_recv(struct smcx_sock *smc, struct smcw_layout *layout);

/* listen.c */
void smcx_listen_init(struct smcx_sock *smc);
int smcx_listen(struct socket *sock, int backlog);
int smcx_accept(struct socket *sock, struct socket *newsock, SMCX_ACCEPT_ARGS);
void smcx_listen_line_up(struct smcx_sock *child);
void smcx_listen_hand_over(struct smcx_sock *child);
bool smcx_listen_drop(struct smcx_sock *child);
bool smcx_listen_ended(const struct smcx_sock *smc);
void smcx_listen_stop(struct smcx_sock *smc);
void smcx_listen_close(struct smcx_sock *smc);

/* fallback.c */
void smcx_fallback(struct smcx_sock *smc, u32 reason);
void smcx_fallback_graft(struct smcx_sock *child, struct socket *newsock);
void smcx_fallback_refresh(struct smcx_sock *smc);
void smcx_fallback_took(struct smcx_sock *smc);
void smcx_fallback_disconnected(struct smcx_sock *smc);
void smcx_fallback_unshare(struct smcx_sock *smc);
struct sock *smcx_tcp_get(struct smcx_sock *smc);
int smcx_fallback_init(void);
void smcx_fallback_exit(void);

/* hook.c: callbacks of the TCP socket */
int smcx_hook(struct smcx_sock *smc, void (*data_ready)(struct sock *),
	      void (*state_change)(struct sock *)); /* -EBUSY if a sockmap has the socket */
/* A child's TCP socket has its listener's callbacks in place of TCP's own. */
void smcx_hook_inherit(struct smcx_sock *child, const struct smcx_sock *listener);
void smcx_unhook(struct smcx_sock *smc);
/* The smcx_sock of a TCP socket that is hooked, or NULL. Under rcu_read_lock(). */
struct smcx_sock *smcx_hooked_rcu(const struct sock *clcsk);
/* The smcx_sock of a TCP socket that is hooked, referenced, or NULL. From its callbacks. */
struct smcx_sock *smcx_hooked(struct sock *clcsk);

#endif
