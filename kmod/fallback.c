// SPDX-License-Identifier: GPL-2.0
/*
 * Fallback: the connection goes on as TCP. CLC messages are read to the byte,
 * so the next byte on the TCP connection, each way, is the application's.
 *
 * A client keeps its SMC socket, which hands every call on to the TCP socket;
 * the two share a wait queue, so that whoever slept on the one is woken by the
 * other. A server's application gets the TCP socket itself from accept(), and
 * the SMC socket stays behind as a shadow that sock_diag can show, until the
 * application closes. Shadows do not keep the module.
 */
#include <linux/module.h>

#include "smcx.h"
#include "smcx_stats.h"
#include "trace.h"

static LIST_HEAD(shadows); /* smcx_sock.accept_link */
static DEFINE_MUTEX(shadow_lock);

static void shadow_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(shadow_reaper, shadow_work);

/* Under shadow_lock. */
static void shadow_free(struct smcx_sock *smc)
{
	lockdep_assert_held(&shadow_lock);
	list_del_init(&smc->accept_link);
	__module_get(THIS_MODULE); /* given back with the sock */
	lock_sock(&smc->sk);
	smcx_sock_finish(smc);
	release_sock(&smc->sk);
}

/* @all: or only those whose TCP socket is closed */
static void shadow_reap(bool all)
{
	struct smcx_sock *smc, *next;

	mutex_lock(&shadow_lock);
	list_for_each_entry_safe(smc, next, &shadows, accept_link) {
		/* Not freed yet: smcx_sock_finish() drops the reference that the list has. */
		sock_hold(&smc->sk);
		if (all || !READ_ONCE(smc->clcsk->sk_socket))
			shadow_free(smc);
		sock_put(&smc->sk);
	}
	if (!list_empty(&shadows))
		queue_delayed_work(smcx_wq, &shadow_reaper, HZ);
	mutex_unlock(&shadow_lock);
}

static void shadow_work(struct work_struct *work)
{
	shadow_reap(false);
}

void smcx_fallback_exit(void)
{
	shadow_reap(true);
	cancel_delayed_work_sync(&shadow_reaper);
}

/**
 * smcx_fallback_graft() - give the application the TCP socket itself.
 * @child: fallen back, taken off its listener; a shadow from now on
 * @newsock: accept()'s
 */
void smcx_fallback_graft(struct smcx_sock *child, struct socket *newsock)
{
	struct socket *shell = child->clcsock;
	struct sock *clcsk = child->clcsk;
	const struct proto_ops *ops = READ_ONCE(shell->ops);

	trace_smcx_leave(&child->sk, clcsk, smcx_mode(child), child->server, child->fallback_reason,
			 child->peer_diagnosis);
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

	lock_sock(&child->sk);
	child->clcsock = NULL;
	WRITE_ONCE(child->grafted, 1);
	release_sock(&child->sk);
	sock_release(shell);

	mutex_lock(&shadow_lock);
	list_add_tail(&child->accept_link, &shadows);
	module_put(THIS_MODULE); /* the sock's */
	mutex_unlock(&shadow_lock);
	queue_delayed_work(smcx_wq, &shadow_reaper, HZ);
}

/*
 * SO_ERROR is answered from the SMC socket, and nobody asks us. So TCP's error is in both, and a
 * call that takes one of them has taken the other, which is seen to before the next one goes to
 * TCP.
 */
static void mirror_error(struct smcx_sock *smc)
{
	int err = READ_ONCE(smc->clcsk->sk_err);

	if (!err)
		return;
	WRITE_ONCE(smc->sk.sk_err, err);
	/*
	 * After it: who sees an error that is told and not there takes it for taken. Pairs with
	 * settle_error().
	 */
	smp_store_release(&smc->told_err, err);
}

static void settle_error(struct smcx_sock *smc)
{
	/* Pairs with mirror_error(). */
	int err = smp_load_acquire(&smc->told_err);

	if (likely(!err) ||
	    (READ_ONCE(smc->sk.sk_err) == err && READ_ONCE(smc->clcsk->sk_err) == err))
		return;
	if (cmpxchg(&smc->told_err, err, 0) != err)
		return;
	cmpxchg(&smc->sk.sk_err, err, 0);
	cmpxchg(&smc->clcsk->sk_err, err, 0);
}

/* The SMC socket whose wait queue a TCP socket has. Under rcu_read_lock(), which keeps it. */
static struct smcx_sock *sharer(const struct sock *clcsk)
{
	struct socket_wq *wq = rcu_dereference(clcsk->sk_wq);
	struct sock *sk = wq ? READ_ONCE(container_of(wq, struct socket, wq)->sk) : NULL;

	return sk && sk != clcsk ? smcx_sk(sk) : NULL;
}

static void error_report(struct sock *clcsk)
{
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = sharer(clcsk);
	/* Else the file is gone, and nobody waits. */
	if (smc) {
		mirror_error(smc);
		smc->clcsk_error_report(clcsk);
	}
	rcu_read_unlock();
}

/*
 * Both locked: what slept on the SMC socket is woken by TCP from now on, and TCP's signals go
 * to the file's owner. Without SOCK_FASYNC none would; with it the queue knows who wants them.
 */
static void share(struct smcx_sock *smc)
{
	struct socket *sock = smc->sk.sk_socket;
	struct sock *clcsk = smc->clcsk;

	smcx_assert_locked(smc);
	sock_owned_by_me(clcsk);
	write_lock_bh(&clcsk->sk_callback_lock);
	rcu_assign_pointer(clcsk->sk_wq, rcu_dereference_raw(smc->sk.sk_wq));
	if (sock)
		WRITE_ONCE(smc->clcsock->file, sock->file);
	sock_set_flag(clcsk, SOCK_FASYNC);
	smc->clcsk_error_report = clcsk->sk_error_report;
	WRITE_ONCE(clcsk->sk_error_report, error_report);
	write_unlock_bh(&clcsk->sk_callback_lock);
	mirror_error(smc);
}

/* SO_RCVLOWAT, by TCP's own function, which makes room for as much. TCP's socket is locked. */
static void set_lowat(struct smcx_sock *smc)
{
	int lowat = READ_ONCE(smc->sk.sk_rcvlowat);
	const struct proto_ops *ops = READ_ONCE(smc->clcsock->ops);

	sock_owned_by_me(smc->clcsk);
	if (lowat > 1 && ops->set_rcvlowat)
		ops->set_rcvlowat(smc->clcsk, lowat);
}

/* SO_LINGER, which TCP has not been told of: a reset by it would have been heard of by the peer. */
static void set_linger(struct smcx_sock *smc)
{
	if (!sock_flag(&smc->sk, SOCK_LINGER))
		return;
	sock_set_flag(smc->clcsk, SOCK_LINGER);
	smc->clcsk->sk_lingertime = smc->sk.sk_lingertime;
}

/**
 * smcx_fallback_unshare() - the file is going, and with it what TCP had of it.
 * @smc: lock_sock() held; any that is not SMC-D
 */
void smcx_fallback_unshare(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->clcsk;

	smcx_assert_locked(smc);
	lock_sock(clcsk); /* also against a SIGURG under way */
	if (smcx_mode(smc) == SMCX_MODE_TCP)
		set_linger(smc);
	write_lock_bh(&clcsk->sk_callback_lock);
	if (clcsk->sk_error_report == error_report)
		WRITE_ONCE(clcsk->sk_error_report, smc->clcsk_error_report);
	rcu_assign_pointer(clcsk->sk_wq, &smc->clcsock->wq);
	WRITE_ONCE(smc->clcsock->file, NULL);
	write_unlock_bh(&clcsk->sk_callback_lock);
	release_sock(clcsk);
}

/**
 * smcx_fallback_refresh() - before a call goes to TCP: what the application set since the last one.
 * @smc: not released
 *
 * And SO_ERROR may have been asked for. Until 6.3 options of SOL_SOCKET reach the SMC socket only.
 * Of those that are set late these are the ones that a call depends on.
 */
void smcx_fallback_refresh(struct smcx_sock *smc)
{
#ifndef SOCK_CUSTOM_SOCKOPT
	struct sock *sk = &smc->sk, *clcsk = smc->clcsk;
#endif

	if (smcx_mode(smc) != SMCX_MODE_TCP)
		return;
	settle_error(smc);
#ifndef SOCK_CUSTOM_SOCKOPT
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
	int cpu = READ_ONCE(smc->clcsk->sk_incoming_cpu);

	if (smcx_mode(smc) != SMCX_MODE_TCP)
		return;
	settle_error(smc);
	if (READ_ONCE(smc->sk.sk_incoming_cpu) != cpu)
		WRITE_ONCE(smc->sk.sk_incoming_cpu, cpu);
}

static void become_tcp(struct smcx_sock *smc, u32 reason)
{
	struct sock *sk = &smc->sk;

	smcx_sock_tell_tcp(smc);
	lock_sock(smc->clcsk);
	if (!smc->server)
		share(smc);
	set_lowat(smc);
	set_linger(smc);
	release_sock(smc->clcsk);
	smc->fallback_reason = reason;
	smcx_stats_fallback(sock_net(sk), smc->server, reason);
	trace_smcx_fallback(sk, smc->server, reason, smc->peer_diagnosis, smc->hs_state);
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
	smcx_option_withdraw(smc->clcsk);
	smcx_conn_free(smc);
	become_tcp(smc, reason);
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
	become_tcp(smc, SMCW_DECL_OPTUNSUPP);
}
