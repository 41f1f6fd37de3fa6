// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake, as a state machine: nothing in it waits. A step is taken
 * under lock_sock() by a work item when TCP's callbacks say that something has
 * come, or when the timer has run out; or, with one switch of tasks less, by
 * the application that sleeps in connect(). Each takes the steps of its own
 * socket only.
 *
 *	client: TCP -> (Proposal) WAIT_ACCEPT [-> WAIT_GROUP] -> (Confirm) SETTLE -> DONE
 *	server: WAIT_PROPOSAL [-> WAIT_GROUP] -> (Accept) WAIT_CONFIRM -> SETTLE -> DONE
 *
 * The client is not connected while the server may still decline: so no byte is
 * in any DMB then. A server that is a socket of this kernel and waits for the
 * Confirm may not, from when the client has announced it (smcx_dmb_join()): it
 * reads the Confirm when accept() takes it. A program is asked by the Confirm, and
 * attaches to the client's DMB first (SETTLE).
 *
 * Reason codes (>0) lead to fallback, errors (<0) to a reset connection: what
 * is on the TCP connection then is not known to be the application's.
 */
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include "cdc.h"
#include "clc.h"
#include "close.h"
#include "compat.h"
#include "fault.h"
#include "hs_steps.h"
#include "later.h"
#include "lgr.h"
#include "mem.h"
#include "net.h"
#include "option.h"
#include "path.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"

/* As long as the in-tree stack. Short for a machine that is emulated and busy. */
static unsigned int clc_wait = 6;
module_param(clc_wait, uint, 0644);
MODULE_PARM_DESC(clc_wait, "seconds that a handshake waits for the peer's message; 6 if not given");

static void hs_work(struct work_struct *work);

static void hs_timeout(struct timer_list *timer)
{
	struct smcx_sock *smc = container_of(timer, struct smcx_sock, hs.timer);

	WRITE_ONCE(smc->hs.timed_out, 1);
	smcx_hs_kick(smc);
	sock_put(&smc->sk);
}

void smcx_hs_init(struct smcx_sock *smc)
{
	INIT_WORK(&smc->hs.work, hs_work);
	timer_setup(&smc->hs.timer, hs_timeout, 0);
}

/**
 * smcx_hs_kick() - something has happened that a handshake may wait for.
 * @smc: referenced. Any context.
 */
void smcx_hs_kick(struct smcx_sock *smc)
{
	struct socket_wq *wq;

	if (smc->server && smcx_hs_joined(smc)) {
		smcx_listen_hand_over(smc);
		return;
	}
	if (!READ_ONCE(smc->hs.waiters)) {
		smcx_sock_queue(smc, &smc->hs.work);
		return;
	}
	rcu_read_lock();
	wq = rcu_dereference(smc->sk.sk_wq);
	if (wq)
		wake_up_interruptible_all(&wq->wait);
	rcu_read_unlock();
}

/*
 * Has a Decline come? The client goes on with TCP as soon as it has said so, and may begin the next
 * connection. TCP's socket is locked. A message in pieces is found by the step that reads it.
 */
static bool hs_declined(const struct sock *clcsk)
{
	const struct sk_buff *skb = skb_peek_tail(&clcsk->sk_receive_queue);
	struct smcw_clc_hdr hdr;

	return skb && !skb_copy_bits(skb, 0, &hdr, sizeof(hdr)) && hdr.type == SMCW_DECLINE &&
	       smcw_clc_frame(&hdr, sizeof(hdr)) > 0;
}

static void hs_event(struct sock *clcsk)
{
	struct smcx_sock *smc = smcx_hooked(clcsk);

	if (!smc)
		return;
	if (smc->server && hs_declined(clcsk))
		smcx_listen_line_up(smc);
	smcx_hs_kick(smc);
	sock_put(&smc->sk);
}

void smcx_hs_expect(struct smcx_sock *smc)
{
	smcx_assert_locked(smc);
	smc->hs.run->got = 0;
	smc->hs.until = jiffies + clamp(READ_ONCE(clc_wait), 1U, 3600U) * HZ;
	WRITE_ONCE(smc->hs.timed_out, smcx_fault(clc_timeout, &smc->sk));
}

/* Only if it has to be waited for indeed. */
static void hs_timer_arm(struct smcx_sock *smc)
{
	if (smc->hs.state != SMCX_HS_TCP && smcx_hs_running(smc) &&
	    !(timer_pending(&smc->hs.timer) && smc->hs.timer.expires == smc->hs.until))
		sk_reset_timer(&smc->sk, &smc->hs.timer, smc->hs.until);
}

static void hs_end(struct smcx_sock *smc)
{
	smcx_assert_locked(smc);
	sk_stop_timer(&smc->sk, &smc->hs.timer);
	smcx_unhook(smc);
	smcx_mem_adopt(smc->tcp.sk, &smc->sk);
	kfree(smc->hs.run);
	smc->hs.run = NULL;
	WRITE_ONCE(smc->hs.state, SMCX_HS_DONE);
}

/* enum smcw_clc_types; 0 while TCP is waited for */
static u8 hs_expected(const struct smcx_sock *smc)
{
	switch (smc->hs.state) {
	case SMCX_HS_WAIT_PROPOSAL:
		return SMCW_PROPOSAL;
	case SMCX_HS_WAIT_ACCEPT:
		return SMCW_ACCEPT;
	case SMCX_HS_WAIT_CONFIRM:
		return SMCW_CONFIRM;
	case SMCX_HS_SETTLE:
		return smc->server ? SMCW_CONFIRM : 0;
	default:
		return 0;
	}
}

static void hs_fail(struct smcx_sock *smc, int err)
{
	struct sock *sk = &smc->sk;

	if (smc->hs.run && hs_expected(smc))
		trace_smcx_clc_failed(sk, -err, hs_expected(smc), smc->hs.run->got);
	if (smc->server)
		smcx_stat_inc(smc, srv_hshake_err);
	else
		smcx_stat_inc(smc, clnt_hshake_err);
	if (!smc->server) {
		WRITE_ONCE(sk->sk_err, -err);
		/* As TCP, till connect() says so. */
		WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
		/* A poller that sees the end sees its reason: smcx_poll(). */
		smp_wmb();
	}
	hs_end(smc);
	smcx_conn_free(smc);
	smcx_sock_reset_tcp(smc->tcp.sock);
	if (smc->server) {
		if (smcx_listen_drop(smc))
			smcx_sock_finish(smc);
		return;
	}
	WRITE_ONCE(smc->hs.state, SMCX_HS_IDLE); /* connect() may be tried again */
	sk->sk_state_change(sk);
}

/* A server fails whose client is connected already. */
static void hs_refuse(struct smcx_sock *smc, int result)
{
	smc->conn.path->refuse(smc);
	hs_fail(smc, result < 0 ? result : -ECONNABORTED);
}

void smcx_hs_fallback(struct smcx_sock *smc, u32 reason)
{
	hs_end(smc);
	smcx_fallback(smc, reason);
	/* If the listener is gone, it is the one to take care of us. */
	if (smc->server)
		smcx_listen_hand_over(smc);
}

static void hs_decline(struct smcx_sock *smc, u32 reason)
{
	int err;

	if (smc->server)
		smcx_listen_line_up(smc);
	else if (smc->conn.path)
		smc->conn.path->decline(smc);
	err = smcx_clc_send_decline(smc, reason);
	if (err)
		hs_fail(smc, err);
	else
		smcx_hs_fallback(smc, reason);
}

void smcx_hs_done(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;

	hs_end(smc);
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_ACTIVE, "connected");
	/* All of conn is set. Pairs with smcx_mode(). */
	smp_store_release(&smc->mode, smc->conn.path->mode);
	spin_unlock_bh(&smc->state_lock);
	smcx_close_watch_tcp(smc);
	/* The peer was faster: what it has said while we were not ACTIVE yet. */
	if (READ_ONCE(smc->conn.rx_state))
		smcx_close_peer(smc);
	if (READ_ONCE(smc->conn.rx_state) & SMCW_CDC_ABORT)
		smcx_sock_queue(smc, &smc->abort_work);
	if (smc->server) {
		smcx_stat_inc(smc, srv_hshake_ok);
	} else {
		smcx_stat_inc(smc, clnt_hshake_ok);
		sk->sk_state_change(sk);
		smcx_write_space(sk);
	}
}

/* A message has come: none is expected but @type or a Decline. */
int smcx_hs_recv(struct smcx_sock *smc, u8 type, struct smcw_layout *layout)
{
	int got = smcx_clc_recv(smc, layout);
	struct smcw_decline_parts parts;

	if (got <= 0 || got == type)
		return got;
	if (got != SMCW_DECLINE || smcw_decline_parse(smc->hs.run->buf, layout, &parts))
		return -EPROTO;
	smc->fallback.peer_diagnosis = smcw_get32(&parts.decline->diagnosis);
	if (parts.out_of_sync && smc->conn.lgr)
		smcx_lgr_retire(smc->conn.lgr);
	return SMCW_DECL_PEERDECL;
}

/* IPsec protects TCP's packets; a shared buffer would go around it. */
bool smcx_hs_ipsec(const struct sock *clcsk)
{
#ifdef CONFIG_XFRM
	return rcu_access_pointer(clcsk->sk_policy[0]) || rcu_access_pointer(clcsk->sk_policy[1]);
#else
	return false;
#endif
}

/* Until the other end is there nothing but a Decline can come. */
static int hs_settle(struct smcx_sock *smc)
{
	int err = smc->conn.path->settle(smc);
	struct smcw_decline_parts parts;
	struct smcw_layout layout;

	if (err == SMCX_SETTLED) {
		smcx_hs_done(smc);
		if (smc->server)
			smcx_listen_hand_over(smc);
		return STEP_WAIT;
	}
	if (!err)
		err = smcx_hs_recv(smc, SMCW_DECLINE, &layout);
	if (err != SMCW_DECLINE)
		return err;
	if (smcw_decline_parse(smc->hs.run->buf, &layout, &parts))
		return -EPROTO;
	smc->fallback.peer_diagnosis = smcw_get32(&parts.decline->diagnosis);
	return SMCW_DECL_PEERDECL;
}

static int hs_step_once(struct smcx_sock *smc)
{
	switch (smc->hs.state) {
	case SMCX_HS_TCP:
		return smcx_hs_client_tcp(smc);
	case SMCX_HS_WAIT_PROPOSAL:
		return smcx_hs_server_proposal(smc);
	case SMCX_HS_WAIT_ACCEPT:
		return smcx_hs_client_accept(smc);
	case SMCX_HS_WAIT_CONFIRM:
		return smcx_hs_server_confirm(smc);
	case SMCX_HS_WAIT_GROUP:
		return smc->server ? smcx_hs_server_group(smc) : smcx_hs_client_group(smc);
	case SMCX_HS_SETTLE:
		return hs_settle(smc);
	default:
		return STEP_WAIT;
	}
}

/* Return: true if it is too late, and the peer takes us for connected. */
static bool hs_give_up(struct smcx_sock *smc)
{
	return (smc->hs.state == SMCX_HS_SETTLE || smc->hs.state == SMCX_HS_WAIT_CONFIRM) &&
	       smc->conn.path->give_up(smc);
}

/**
 * smcx_hs_step() - take the handshake as far as it goes.
 * @smc: lock_sock() held
 */
void smcx_hs_step(struct smcx_sock *smc)
{
	bool late;
	int result;

	smcx_assert_locked(smc);
	if (!smcx_hs_running(smc))
		return;
	do {
		result = hs_step_once(smc);
	} while (result == STEP_AGAIN);
	if (result == STEP_WAIT && smcx_hs_running(smc) && READ_ONCE(smc->hs.timed_out))
		result = -ETIMEDOUT;
	late = result && hs_give_up(smc);
	if (late && smc->server)
		hs_refuse(smc, result);
	else if (late)
		smcx_hs_done(smc);
	else if (result < 0)
		hs_fail(smc, result);
	else if (result == SMCW_DECL_PEERDECL)
		smcx_hs_fallback(smc, result); /* a Decline is not answered */
	else if (result)
		hs_decline(smc, result);
	hs_timer_arm(smc);
}

static void hs_work(struct work_struct *work)
{
	struct smcx_sock *smc = container_of(work, struct smcx_sock, hs.work);
	struct sock *sk = &smc->sk;

	if (smcx_later_enter(smc, SMCX_LATER_HS)) {
		smcx_hs_step(smc);
		release_sock(sk);
	}
	sock_put(sk);
}

static int hs_start(struct smcx_sock *smc, enum smcx_role role, enum smcx_hs_state state)
{
	int err;

	smcx_assert_locked(smc);
	smc->hs.run =
		smcx_fault(hs_alloc, &smc->sk) ? NULL : kmalloc(sizeof(*smc->hs.run), GFP_KERNEL);
	if (!smc->hs.run)
		return -ENOMEM;
	/* No more of buf is looked at than has been put there. */
	memset(smc->hs.run, 0, offsetof(struct smcx_hs, buf));
	if (role == SMCX_CLIENT) {
		smcx_conn_anew(smc);
		smcx_mem_disown(smc->tcp.sk);
	}
	smc->hs.run->role = role;
	smc->hs.run->version = SMCW_V2;
	WRITE_ONCE(smc->hs.timed_out, 0);
	/* Messages shorter than SO_RCVLOWAT would wake nobody. */
	WRITE_ONCE(smc->tcp.sk->sk_rcvlowat, 1);
	err = smcx_hook(smc, hs_event, hs_event);
	if (err) {
		smcx_mem_adopt(smc->tcp.sk, &smc->sk);
		kfree(smc->hs.run);
		smc->hs.run = NULL;
		return err;
	}
	WRITE_ONCE(smc->hs.state, state);
	return 0;
}

/**
 * smcx_hs_serve() - begin the handshake of an accepted connection.
 * @child: on its listener's list of pending ones; lock_sock() held
 */
void smcx_hs_serve(struct smcx_sock *child)
{
	bool seen = smcx_option_seen(child->tcp.sk, true);
	int err;

	smcx_assert_locked(child);
	smcx_option_withdraw(child->tcp.sk);
	trace_smcx_syn_option(&child->sk, true, seen);
	if (!seen) {
		smcx_hs_fallback(child, SMCW_DECL_PEERNOSMC);
		return;
	}
	err = hs_start(child, SMCX_SERVER, SMCX_HS_WAIT_PROPOSAL);
	if (err) {
		hs_fail(child, err);
		return;
	}
	smcx_hs_expect(child);
	smcx_hs_step(child);
}

/*
 * Sleeps till the handshake is over. lock_sock() held, released meanwhile.
 * @timeo: jiffies to wait; what is left of them
 */
static int hs_sleep(struct smcx_sock *smc, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = &smc->sk;
	int err = 0;

	smcx_assert_locked(smc);
	add_wait_queue(sk_sleep(sk), &wait);
	WRITE_ONCE(smc->hs.waiters, smc->hs.waiters + 1);
	for (;;) {
		smcx_hs_step(smc);
		if (!smcx_hs_running(smc))
			break;
		if (!*timeo) {
			err = -EINPROGRESS;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(*timeo);
			break;
		}
		release_sock(sk);
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
		lock_sock(sk);
	}
	WRITE_ONCE(smc->hs.waiters, smc->hs.waiters - 1);
	remove_wait_queue(sk_sleep(sk), &wait);
	/* It goes on without us: what came while we left must not be lost. */
	if (smcx_hs_running(smc))
		smcx_sock_queue(smc, &smc->hs.work);
	return err;
}

/**
 * smcx_hs_wait() - before sending or receiving: wait till it is known how.
 * @smc: its mode is not decided
 * @timeo: jiffies to wait, the caller's SO_RCVTIMEO or SO_SNDTIMEO; what is left of them
 *
 * Return: 0 (look at the mode), -EAGAIN, -ENOTCONN if nobody has called connect(), the error
 * of the handshake, or that of a signal.
 */
int smcx_hs_wait(struct smcx_sock *smc, long *timeo)
{
	struct sock *sk = &smc->sk;
	int err;

	lock_sock(sk);
	err = 0;
	if (smcx_hs_running(smc)) {
		err = *timeo ? hs_sleep(smc, timeo) : -EAGAIN;
		if (err == -EINPROGRESS)
			err = -EAGAIN;
	}
	if (!err && smcx_mode(smc) == SMCX_MODE_NONE) {
		err = sock_error(sk);
		if (!err)
			err = -ENOTCONN;
	}
	release_sock(sk);
	return err;
}

/**
 * smcx_hs_connect() - connect(), the TCP connection and what comes then.
 * @smc: lock_sock() held, idle
 * @addr: where to
 * @len: of @addr, bytes
 * @flags: O_NONBLOCK
 *
 * Return: 0 when connected, -EINPROGRESS, or what TCP says.
 */
int smcx_hs_connect(struct smcx_sock *smc, SMCX_SOCKADDR *addr, int len, int flags)
{
	struct sock *sk = &smc->sk;
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	int err;

	smcx_assert_locked(smc);
	smcx_sock_tell_tcp(smc);
	err = hs_start(smc, SMCX_CLIENT, SMCX_HS_TCP);
	if (err)
		return err;
	smc->hs.run->cpu = raw_smp_processor_id();
	trace_smcx_enter(sk, SMCW_CALL_CONNECT);
	if (smcx_net_offers(sock_net(sk)) && !smcx_fault(no_option, sk))
		smcx_option_offer(smc->tcp.sk);
	/* Whatever comes meanwhile, it is we who take the next step. */
	WRITE_ONCE(smc->hs.waiters, smc->hs.waiters + 1);
	err = READ_ONCE(smc->tcp.sock->ops)->connect(smc->tcp.sock, addr, len, O_NONBLOCK);
	WRITE_ONCE(smc->hs.waiters, smc->hs.waiters - 1);
	if (err && err != -EINPROGRESS) {
		trace_smcx_connect_failed(sk, -err);
		hs_end(smc);
		WRITE_ONCE(smc->hs.state, SMCX_HS_IDLE);
		return err;
	}
	return hs_sleep(smc, &timeo);
}

/**
 * smcx_hs_join() - connect() on a socket that another call, or a former one, is connecting.
 * @smc: lock_sock() held, handshake running
 * @flags: O_NONBLOCK
 *
 * Return: 0 when that is over, however it went; -EALREADY when it is not to be waited for, or not
 * any longer; or the error of a signal.
 */
int smcx_hs_join(struct smcx_sock *smc, int flags)
{
	long timeo = sock_sndtimeo(&smc->sk, flags & O_NONBLOCK);
	int err = hs_sleep(smc, &timeo);

	smcx_assert_locked(smc);
	return err == -EINPROGRESS ? -EALREADY : err;
}

/**
 * smcx_hs_cancel() - give a handshake up, since the socket is closed.
 * @smc: lock_sock() held
 */
void smcx_hs_cancel(struct smcx_sock *smc)
{
	bool connected;

	smcx_assert_locked(smc);
	if (!smcx_hs_running(smc))
		return;
	connected = hs_give_up(smc);
	hs_end(smc);
	/* The other end would wait for us: it does not look at TCP any more. */
	if (connected && smc->server)
		smc->conn.path->refuse(smc);
	else if (connected)
		smcx_cdc_abort(smc);
	smcx_conn_free(smc);
	if (smc->tcp.sk->sk_state != TCP_CLOSE && !smc->server)
		return; /* TCP's close() does it */
	smcx_sock_reset_tcp(smc->tcp.sock);
}
