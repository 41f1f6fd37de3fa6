// SPDX-License-Identifier: GPL-2.0
/*
 * Fallback: the connection goes on as TCP. CLC messages are read to the byte,
 * so the next byte on the TCP connection, each way, is the application's.
 *
 * A client keeps its SMC socket, which hands every call on to the TCP socket;
 * the two share a wait queue, so that whoever slept on the one is woken by the
 * other. A server's application gets the TCP socket itself from accept(), and
 * the SMC socket stays as a shadow that sock_diag can show, until the
 * TCP socket is freed and its sk_destruct says so. It does not keep that
 * socket, and neither of them the module.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <net/inet_common.h>

#include "cdc.h"
#include "close.h"
#include "compat.h"
#include "option.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"

/* By smcx_sock.tcp.sk. Whoever takes one out has it freed. */
static struct rhashtable shadows;
static const struct rhashtable_params shadow_params = {
	.key_len = sizeof_field(struct smcx_sock, tcp.sk),
	.key_offset = offsetof(struct smcx_sock, tcp.sk),
	.head_offset = offsetof(struct smcx_sock, fallback.shadow_node),
	.automatic_shrinking = true,
};

/* TCP's socket is there yet, and nobody will look for its shadow any more. Under rcu_read_lock().
 */
static void fallback_shadow_end(struct smcx_sock *smc)
{
	if (rhashtable_remove_fast(&shadows, &smc->fallback.shadow_node, shadow_params))
		return;
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_CLOSED, "closed");
	spin_unlock_bh(&smc->state_lock);
	WRITE_ONCE(smc->tcp.sk, NULL);
	__module_get(THIS_MODULE); /* given back with the sock */
	smcx_sock_queue(smc, &smc->free_work);
}

/* The callbacks of TCP's sockets, for a caller that has lost its shadow a moment ago. */
static void (*plain_error_report)(struct sock *sk);
static void fallback_shadow_error_report(struct sock *clcsk);

/* sk_destruct of a TCP socket that has a shadow: the application has closed it, and TCP is done. */
static void fallback_shadow_destruct(struct sock *clcsk)
{
	void (*destruct)(struct sock *) = inet_sock_destruct;
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = rhashtable_lookup(&shadows, &clcsk, shadow_params);
	if (!WARN_ON_ONCE(!smc)) {
		destruct = smc->fallback.tcp_destruct;
		fallback_shadow_end(smc);
	}
	destruct(clcsk);
	rcu_read_unlock();
}

/*
 * The shadow goes before its TCP socket does. Under rcu_read_lock(), the TCP socket referenced.
 * Returns false if another module's function is before ours, which it will call.
 */
static bool fallback_shadow_let_go(struct smcx_sock *smc, struct sock *clcsk)
{
	if (cmpxchg(&clcsk->sk_destruct, fallback_shadow_destruct, smc->fallback.tcp_destruct) !=
	    fallback_shadow_destruct)
		return false;
	cmpxchg(&clcsk->sk_error_report, fallback_shadow_error_report, smc->tcp.error_report);
	fallback_shadow_end(smc);
	return true;
}

/*
 * A socket that is disconnected may become a listener, whose children would have its sk_destruct,
 * and no shadow. TCP reports an error then, in each case.
 */
static void fallback_shadow_error_report(struct sock *clcsk)
{
	void (*report)(struct sock *) = READ_ONCE(plain_error_report);
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = rhashtable_lookup(&shadows, &clcsk, shadow_params);
	if (smc)
		report = smc->tcp.error_report;
	if (smc && inet_sk_state_load(clcsk) == TCP_CLOSE)
		fallback_shadow_let_go(smc, clcsk);
	report(clcsk);
	rcu_read_unlock();
}

/* TCP's socket is locked, and its reference goes to those who have it anyway. */
static int fallback_shadow_begin(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->tcp.sk;
	int err;

	smc->fallback.tcp_destruct = clcsk->sk_destruct;
	smc->tcp.error_report = clcsk->sk_error_report;
	WRITE_ONCE(plain_error_report, clcsk->sk_error_report);
	err = rhashtable_insert_fast(&shadows, &smc->fallback.shadow_node, shadow_params);
	if (err) {
		smc->fallback.tcp_destruct = NULL;
		return err;
	}
	/* Pairs with the address dependency of __sk_destruct(): what it finds is in the table. */
	smp_store_release(&clcsk->sk_destruct, fallback_shadow_destruct);
	/* Likewise, for fallback_shadow_error_report(). */
	smp_store_release(&clcsk->sk_error_report, fallback_shadow_error_report);
	sock_put(clcsk);
	return 0;
}

static void fallback_shadows_let_go(void)
{
	struct rhashtable_iter iter;
	struct smcx_sock *smc;
	struct sock *clcsk;

	rhashtable_walk_enter(&shadows, &iter);
	rhashtable_walk_start(&iter);
	while ((smc = rhashtable_walk_next(&iter))) {
		/* The table has changed its size, or fallback_shadow_destruct() is on its way. */
		clcsk = IS_ERR(smc) ? NULL : smcx_tcp_get(smc);
		if (!clcsk)
			continue;
		fallback_shadow_let_go(smc, clcsk);
		sock_put(clcsk);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

int __init smcx_fallback_init(void)
{
	return rhashtable_init(&shadows, &shadow_params);
}

void smcx_fallback_exit(void)
{
	for (;;) {
		fallback_shadows_let_go();
		if (!atomic_read(&shadows.nelems))
			break;
		msleep(20);
	}
	/* A processor may still be in fallback_shadow_destruct(), and the work is not done. */
	synchronize_rcu();
#ifdef CONFIG_TASKS_RCU
	synchronize_rcu_tasks();
#endif
	flush_workqueue(smcx_wq);
	rhashtable_destroy(&shadows);
}

/**
 * smcx_tcp_get() - the TCP socket of an SMC socket that somebody has found.
 * @smc: referenced
 *
 * Any context. Return: it with a reference, or NULL when it was given to the application by a
 * fallback and is gone.
 */
struct sock *smcx_tcp_get(struct smcx_sock *smc)
{
	struct sock *clcsk;

	rcu_read_lock();
	clcsk = READ_ONCE(smc->tcp.sk);
	if (clcsk && !refcount_inc_not_zero(&clcsk->sk_refcnt))
		clcsk = NULL;
	/* Its memory is a TCP socket's as long as we look, but perhaps another one's. */
	if (clcsk && READ_ONCE(smc->tcp.sk) != clcsk) {
		sock_put(clcsk);
		clcsk = NULL;
	}
	rcu_read_unlock();
	return clcsk;
}

/**
 * smcx_fallback_graft() - give the application the TCP socket itself.
 * @child: fallen back, taken off its listener; a shadow from now on
 * @newsock: accept()'s
 */
void smcx_fallback_graft(struct smcx_sock *child, struct socket *newsock)
{
	struct socket *shell = child->tcp.sock;
	struct sock *clcsk = child->tcp.sk;
	const struct proto_ops *ops = READ_ONCE(shell->ops);
	int err;

	trace_smcx_leave(&child->sk, clcsk, smcx_mode(child), child->server, child->fallback.reason,
			 child->fallback.peer_diagnosis);
	lock_sock(clcsk);
	if (test_bit(SOCK_SUPPORT_ZC, &shell->flags))
		set_bit(SOCK_SUPPORT_ZC, &newsock->flags);
	shell->sk = NULL;
	sock_graft(clcsk, newsock);
	/* newsock holds its family's module from now on, no longer us. */
	__module_get(ops->owner);
	newsock->ops = ops;
	module_put(THIS_MODULE);
	newsock->state = SS_CONNECTED;
	release_sock(clcsk);
	sock_release(shell);

	lock_sock(&child->sk);
	child->tcp.sock = NULL;
	WRITE_ONCE(child->fallback.grafted, 1);
	lock_sock(clcsk);
	err = fallback_shadow_begin(child);
	release_sock(clcsk);
	/* Without memory nobody sees it, but the application has its connection. */
	sock_hold(&child->sk);
	if (err)
		smcx_sock_finish(child);
	release_sock(&child->sk);
	sock_put(&child->sk);
	if (!err)
		module_put(THIS_MODULE); /* the sock's */
}

/*
 * SO_ERROR is answered from the SMC socket, and nobody asks us. So TCP's error is in both, and a
 * call that takes one of them has taken the other, which is seen to before the next one goes to
 * TCP.
 */
static void fallback_mirror_error(struct smcx_sock *smc)
{
	int err = READ_ONCE(smc->tcp.sk->sk_err);

	if (!err)
		return;
	WRITE_ONCE(smc->sk.sk_err, err);
	/*
	 * After it: a reader that sees an error announced and not there takes it for consumed.
	 * Pairs with fallback_settle_error().
	 */
	smp_store_release(&smc->fallback.shown_err, err);
}

static void fallback_settle_error(struct smcx_sock *smc)
{
	/* Pairs with fallback_mirror_error(). */
	int err = smp_load_acquire(&smc->fallback.shown_err);

	if (likely(!err) ||
	    (READ_ONCE(smc->sk.sk_err) == err && READ_ONCE(smc->tcp.sk->sk_err) == err))
		return;
	if (cmpxchg(&smc->fallback.shown_err, err, 0) != err)
		return;
	cmpxchg(&smc->sk.sk_err, err, 0);
	cmpxchg(&smc->tcp.sk->sk_err, err, 0);
}

/* The SMC socket whose wait queue a TCP socket has. Under rcu_read_lock(), which keeps it. */
static struct smcx_sock *fallback_sharer(const struct sock *clcsk)
{
	struct socket_wq *wq = rcu_dereference(clcsk->sk_wq);
	struct sock *sk = wq ? READ_ONCE(container_of(wq, struct socket, wq)->sk) : NULL;

	return sk && sk != clcsk ? smcx_sk(sk) : NULL;
}

static void fallback_error_report(struct sock *clcsk)
{
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = fallback_sharer(clcsk);
	/* Else the file is gone, and nobody waits. */
	if (smc) {
		fallback_mirror_error(smc);
		smc->tcp.error_report(clcsk);
	}
	rcu_read_unlock();
}

/*
 * Both locked: what slept on the SMC socket is woken by TCP from now on, and TCP's signals go
 * to the file's owner. Without SOCK_FASYNC none would; with it the queue knows who wants them.
 */
static void fallback_share_wq(struct smcx_sock *smc)
{
	struct socket *sock = smc->sk.sk_socket;
	struct sock *clcsk = smc->tcp.sk;

	smcx_assert_locked(smc);
	sock_owned_by_me(clcsk);
	write_lock_bh(&clcsk->sk_callback_lock);
	rcu_assign_pointer(clcsk->sk_wq, rcu_dereference_raw(smc->sk.sk_wq));
	if (sock)
		WRITE_ONCE(smc->tcp.sock->file, sock->file);
	sock_set_flag(clcsk, SOCK_FASYNC);
	smc->tcp.error_report = clcsk->sk_error_report;
	WRITE_ONCE(clcsk->sk_error_report, fallback_error_report);
	write_unlock_bh(&clcsk->sk_callback_lock);
	fallback_mirror_error(smc);
}

/* SO_RCVLOWAT, by TCP's own function, which makes room for as much. TCP's socket is locked. */
static void fallback_set_lowat(struct smcx_sock *smc)
{
	int lowat = READ_ONCE(smc->sk.sk_rcvlowat);
	const struct proto_ops *ops = READ_ONCE(smc->tcp.sock->ops);

	sock_owned_by_me(smc->tcp.sk);
	if (lowat > 1 && ops->set_rcvlowat)
		ops->set_rcvlowat(smc->tcp.sk, lowat);
}

/* SO_LINGER, which was not passed on to TCP: the peer would have got a reset. */
static void fallback_set_linger(struct smcx_sock *smc)
{
	if (!sock_flag(&smc->sk, SOCK_LINGER))
		return;
	sock_set_flag(smc->tcp.sk, SOCK_LINGER);
	smc->tcp.sk->sk_lingertime = smc->sk.sk_lingertime;
}

/**
 * smcx_fallback_unshare() - the file is going, and with it what TCP had of it.
 * @smc: lock_sock() held; any that is not SMC-D
 */
void smcx_fallback_unshare(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->tcp.sk;

	smcx_assert_locked(smc);
	lock_sock(clcsk); /* also against a SIGURG under way */
	if (smcx_mode(smc) == SMCX_MODE_TCP)
		fallback_set_linger(smc);
	write_lock_bh(&clcsk->sk_callback_lock);
	if (clcsk->sk_error_report == fallback_error_report)
		WRITE_ONCE(clcsk->sk_error_report, smc->tcp.error_report);
	rcu_assign_pointer(clcsk->sk_wq, &smc->tcp.sock->wq);
	WRITE_ONCE(smc->tcp.sock->file, NULL);
	write_unlock_bh(&clcsk->sk_callback_lock);
	release_sock(clcsk);
}

/**
 * smcx_fallback_refresh() - before a call goes to TCP: what the application set since the last one.
 * @smc: not released
 *
 * And SO_ERROR may have been asked for. Until 6.3 options of SOL_SOCKET reach the SMC socket only.
 * These are the ones that are set late and that a call depends on.
 */
void smcx_fallback_refresh(struct smcx_sock *smc)
{
#if !SMCX_SEES_SOL_SOCKET
	struct sock *sk = &smc->sk, *clcsk = smc->tcp.sk;
#endif

	if (smcx_mode(smc) != SMCX_MODE_TCP)
		return;
	fallback_settle_error(smc);
#if !SMCX_SEES_SOL_SOCKET
	WRITE_ONCE(clcsk->sk_sndtimeo, READ_ONCE(sk->sk_sndtimeo));
	WRITE_ONCE(clcsk->sk_rcvtimeo, READ_ONCE(sk->sk_rcvtimeo));
	WRITE_ONCE(clcsk->sk_rcvlowat, READ_ONCE(sk->sk_rcvlowat));
#endif
}

/**
 * smcx_fallback_took() - after a call that went to TCP: what it has changed there.
 * @smc: not released
 */
void smcx_fallback_took(struct smcx_sock *smc)
{
	int cpu = READ_ONCE(smc->tcp.sk->sk_incoming_cpu);

	if (smcx_mode(smc) != SMCX_MODE_TCP)
		return;
	fallback_settle_error(smc);
	if (READ_ONCE(smc->sk.sk_incoming_cpu) != cpu)
		WRITE_ONCE(smc->sk.sk_incoming_cpu, cpu);
}

/**
 * smcx_fallback_listens() - after a call that makes TCP's socket a listener, or ends it as one.
 * @smc: fallen back, not released
 *
 * SO_ACCEPTCONN is answered from the SMC socket's state, and nobody asks us.
 */
void smcx_fallback_listens(struct smcx_sock *smc)
{
	bool listens = inet_sk_state_load(smc->tcp.sk) == TCP_LISTEN;

	spin_lock_bh(&smc->state_lock);
	if (listens || smcx_state(smc) == SMCX_LISTEN)
		smcx_state_set(smc, listens ? SMCX_LISTEN : SMCX_ACTIVE, "fallback");
	spin_unlock_bh(&smc->state_lock);
}

static void fallback_become_tcp(struct smcx_sock *smc, u32 reason)
{
	struct sock *sk = &smc->sk;

	smcx_sock_tell_tcp(smc);
	lock_sock(smc->tcp.sk);
	if (!smc->server)
		fallback_share_wq(smc);
	fallback_set_lowat(smc);
	fallback_set_linger(smc);
	release_sock(smc->tcp.sk);
	smc->fallback.reason = reason;
	smcx_stats_fallback(sock_net(sk), smc->server, reason);
	trace_smcx_fallback(sk, smc->server, reason, smc->fallback.peer_diagnosis, smc->hs.state);
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_ACTIVE, "fallback");
	/* TCP has all it needs of us. Pairs with smcx_mode(). */
	smp_store_release(&smc->mode, SMCX_MODE_TCP);
	spin_unlock_bh(&smc->state_lock);
	/* Whoever waited for the handshake, or for what TCP has already. */
	sk->sk_state_change(sk);
	smcx_write_space(sk);
}

/**
 * smcx_fallback() - from here on this is TCP.
 * @smc: lock_sock() held; the last CLC message is sent and received
 * @reason: enum smcw_decline_reasons
 */
void smcx_fallback(struct smcx_sock *smc, u32 reason)
{
	smcx_assert_locked(smc);
	smcx_unhook(smc);
	/* An attempt that failed may have left it in the next SYN. */
	smcx_option_withdraw(smc->tcp.sk);
	smcx_conn_free(smc);
	fallback_become_tcp(smc, reason);
}

/**
 * smcx_fallback_disconnected() - so is what was an SMC-D connection.
 * @smc: lock_sock() held; aborted, and out of the peer's reach
 */
void smcx_fallback_disconnected(struct smcx_sock *smc)
{
	smcx_assert_locked(smc);
	smcx_unhook(smc);
	/* The application has it, and may connect it. */
	smc->server = 0;
	fallback_become_tcp(smc, SMCW_DECL_OPTUNSUPP);
}
