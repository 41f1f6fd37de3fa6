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
	write_unlock_bh(&clcsk->sk_callback_lock);
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

/**
 * smcx_fallback_unshare() - the file is going, and with it what TCP had of it.
 * @smc: lock_sock() held; any that is not SMC-D
 */
void smcx_fallback_unshare(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->clcsk;

	smcx_assert_locked(smc);
	lock_sock(clcsk); /* also against a SIGURG under way */
	if (smcx_mode(smc) == SMCX_MODE_TCP && sock_flag(&smc->sk, SOCK_LINGER)) {
		sock_set_flag(clcsk, SOCK_LINGER);
		clcsk->sk_lingertime = smc->sk.sk_lingertime;
	}
	write_lock_bh(&clcsk->sk_callback_lock);
	rcu_assign_pointer(clcsk->sk_wq, &smc->clcsock->wq);
	WRITE_ONCE(smc->clcsock->file, NULL);
	write_unlock_bh(&clcsk->sk_callback_lock);
	release_sock(clcsk);
}

/**
 * smcx_fallback_refresh() - before a call goes to TCP: what the application set since the last one.
 * @smc: not released
 *
 * Until 6.3 options of SOL_SOCKET reach the SMC socket only. Of those that are set late these are
 * the ones that a call depends on.
 */
void smcx_fallback_refresh(struct smcx_sock *smc)
{
#ifndef SOCK_CUSTOM_SOCKOPT
	struct sock *sk = &smc->sk, *clcsk = smc->clcsk;

	if (smcx_mode(smc) != SMCX_MODE_TCP)
		return;
	WRITE_ONCE(clcsk->sk_sndtimeo, READ_ONCE(sk->sk_sndtimeo));
	WRITE_ONCE(clcsk->sk_rcvtimeo, READ_ONCE(sk->sk_rcvtimeo));
	WRITE_ONCE(clcsk->sk_rcvlowat, READ_ONCE(sk->sk_rcvlowat));
#endif
}

/**
 * smcx_fallback() - from here on this is TCP.
 * @smc: lock_sock() held; the last CLC message is sent and received
 * @reason: enum smcw_decline_reasons
 */
void smcx_fallback(struct smcx_sock *smc, u32 reason)
{
	struct sock *sk = &smc->sk;

	smcx_assert_locked(smc);
	smcx_unhook(smc);
	/* An attempt that failed may have left it in the next SYN. */
	smcx_option_withdraw(smc->clcsk);
	smcx_conn_free(smc);
	smcx_sock_tell_tcp(smc);
	lock_sock(smc->clcsk);
	if (!smc->server)
		share(smc);
	set_lowat(smc);
	release_sock(smc->clcsk);
	smc->fallback_reason = reason;
	smcx_stats_fallback(sock_net(sk), smc->server, reason);
	trace_smcx_fallback(sk, smc->server, reason, smc->peer_diagnosis, smc->hs_state);
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_ACTIVE, "fallback");
	spin_unlock_bh(&smc->state_lock);
	/* TCP has all it needs of us. Pairs with smcx_mode(). */
	smp_store_release(&smc->mode, SMCX_MODE_TCP);
	/* Whoever waited for the handshake, or for what TCP has already. */
	sk->sk_state_change(sk);
	smcx_write_space(sk);
}
