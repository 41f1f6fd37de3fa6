// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners. TCP's own accept queue is emptied at once by a work item; each
 * TCP connection gets a child, which is on the list of pending ones during its
 * handshake and then in line for accept(). While the application holds the
 * listener's lock, they wait in TCP's queue (later.c).
 *
 * A client that makes one connection after another finds them accepted in that
 * order, as with TCP. A child's turn is the one that it had in TCP's queue, and
 * it keeps it, whenever it gets in line and however often; and it is in line
 * before its client can know that it is connected. accept() waits for the end of
 * the step that is under way then, and does itself the work that is left once the Confirm
 * has come.
 *
 * Whoever takes a child away under the listener's lock owns it from then on.
 */
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/tcp.h>

#include "close.h"
#include "compat.h"
#include "fault.h"
#include "later.h"
#include "net.h"
#include "option.h"
#include "sock.h"
#include "trace.h"

/*
 * Handshakes of a listener at the same time, a bound for strangers who connect and send nothing.
 * Above it SYN-ACKs omit the option, so that new connections are TCP. Above twice as many,
 * connections that have negotiated it already are reset.
 */
#define PENDING_MAX 1024

static void listen_work(struct work_struct *work);

void smcx_listen_init(struct smcx_sock *smc)
{
	spin_lock_init(&smc->listen.lock);
	smc->listen.line = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&smc->listen.pending);
	INIT_LIST_HEAD(&smc->queued.pending_link);
	INIT_WORK(&smc->listen.work, listen_work);
}

static void listen_event(struct sock *clcsk)
{
	struct smcx_sock *smc = smcx_hooked(clcsk);

	if (!smc)
		return;
	smcx_sock_queue(smc, &smc->listen.work);
	sock_put(&smc->sk);
}

/*
 * TCP's listener has been destroyed, as by ss -K: it is none any more, and those in accept() hear
 * of it as they would from TCP. listen_work() does the rest.
 */
static void listen_end(struct sock *clcsk)
{
	struct smcx_sock *smc;

	if (inet_sk_state_load(clcsk) != TCP_CLOSE)
		return;
	smc = smcx_hooked(clcsk);
	if (!smc)
		return;
	spin_lock_bh(&smc->state_lock);
	if (smcx_state(smc) == SMCX_LISTEN) {
		smcx_state_set(smc, SMCX_INIT, "destroyed");
		WRITE_ONCE(smc->sk.sk_err, READ_ONCE(clcsk->sk_err));
		WRITE_ONCE(smc->sk.sk_shutdown, SHUTDOWN_MASK);
	}
	spin_unlock_bh(&smc->state_lock);
	smc->sk.sk_state_change(&smc->sk);
	smcx_sock_queue(smc, &smc->listen.work);
	sock_put(&smc->sk);
}

/* As TCP: one more than the backlog may wait for accept(). */
static bool listen_full(struct smcx_sock *smc)
{
	return READ_ONCE(smc->listen.ready_count) > READ_ONCE(smc->sk.sk_max_ack_backlog);
}

/* Handshakes at the same time: with the limit set, as many as connections may wait for accept(). */
static u32 listen_handshakes_max(const struct smcx_sock *smc)
{
	return READ_ONCE(smc->listen.limit_hs) ? max(READ_ONCE(smc->sk.sk_max_ack_backlog), 1U) :
						 PENDING_MAX;
}

/*
 * A SYN with the option has come: shall it be TCP, since there are as many handshakes as may be?
 * And where TCP may give connections to another listener, who knows whether that one speaks SMC.
 */
static bool listen_busy(const struct sock *clcsk)
{
	struct smcx_sock *smc;
	bool busy;

	if (READ_ONCE(sock_net(clcsk)->ipv4.sysctl_tcp_migrate_req))
		return true;
	/* Nor does a connection under TCP_REPAIR, which is its listener's, send anything. */
	if (tcp_sk(clcsk)->repair)
		return true;
	rcu_read_lock();
	smc = smcx_hooked_rcu(clcsk);
	busy = smc && READ_ONCE(smc->listen.pending_count) >= listen_handshakes_max(smc);
	rcu_read_unlock();
	return busy;
}

/* A TCP connection that gets no child is reset. Its callbacks are TCP's, but for our listener's. */
static void listen_refuse(struct socket *clcsock, void (*data_ready)(struct sock *),
			  void (*state_change)(struct sock *))
{
	struct sock *clcsk = clcsock->sk;

	write_lock_bh(&clcsk->sk_callback_lock);
	if (clcsk->sk_data_ready == listen_event)
		WRITE_ONCE(clcsk->sk_data_ready, data_ready);
	if (clcsk->sk_state_change == listen_end)
		WRITE_ONCE(clcsk->sk_state_change, state_change);
	write_unlock_bh(&clcsk->sk_callback_lock);
	smcx_option_withdraw(clcsk);
	smcx_sock_reset_tcp(clcsock);
	sock_release(clcsock);
}

/* The child becomes one of those that are in handshake. With the listener's lock. */
static void listen_enlist(struct smcx_sock *smc, struct smcx_sock *child)
	__must_hold(&smc->listen.lock)
{
	lockdep_assert_held(&smc->listen.lock);
	sock_hold(&smc->sk);
	WRITE_ONCE(child->queued.listener, smc);
	child->queued.place = SMCX_PENDING;
	list_add_tail(&child->queued.pending_link, &smc->listen.pending);
	WRITE_ONCE(smc->listen.pending_count, smc->listen.pending_count + 1);
}

/*
 * The listener is locked, so that children come in TCP's order. Returns the child with lock_sock()
 * held and a reference, or NULL without one.
 */
static struct smcx_sock *listen_admit(struct smcx_sock *smc, struct socket *clcsock)
{
	bool offered = smcx_option_seen(clcsock->sk, true);
	bool flood = offered && READ_ONCE(smc->listen.pending_count) >= 2 * PENDING_MAX;
	struct smcx_sock *child = NULL;
	struct mem_cgroup *old;

	smcx_assert_locked(smc);
	/* The listener's group pays, but only for what is allocated without waiting. */
	old = set_active_memcg(smcx_memcg(smc));
	if (!flood)
		child = smcx_sock_child(smc, clcsock);
	set_active_memcg(old);
	if (!child) {
		listen_refuse(clcsock, smc->tcp.data_ready, smc->tcp.state_change);
		return NULL;
	}
	smcx_hook_inherit(child, smc);
	sock_hold(&child->sk);
	lock_sock_nested(&child->sk, SINGLE_DEPTH_NESTING);
	spin_lock_bh(&smc->listen.lock);
	child->queued.turn = smc->listen.turns++;
	listen_enlist(smc, child);
	spin_unlock_bh(&smc->listen.lock);
	/* Its client takes it for connected already. */
	if (!offered)
		smcx_listen_line_up(child);
	return child;
}

/* The next TCP connection, or NULL if there is none, or no room for it. The listener is locked. */
static struct socket *listen_next_tcp(struct smcx_sock *smc)
{
	struct socket *clcsock;

	smcx_assert_locked(smc);
	if (listen_full(smc) || kernel_accept(smc->tcp.sock, &clcsock, O_NONBLOCK))
		return NULL;
	/* Whoever accepts, it is the listener's. */
	clcsock->sk->sk_uid = smc->tcp.sk->sk_uid;
	return clcsock;
}

/* Take the next TCP connection, as far as it goes. Returns false if there is none to take now. */
static bool listen_take(struct smcx_sock *smc)
{
	struct smcx_sock *child = NULL;
	struct socket *clcsock = NULL;

	/* TCP's listener is not released while we are inside. */
	if (!smcx_later_enter(smc, SMCX_LATER_LISTEN))
		return false;
	if (smcx_state(smc) == SMCX_LISTEN)
		clcsock = listen_next_tcp(smc);
	if (clcsock)
		child = listen_admit(smc, clcsock);
	release_sock(&smc->sk);
	if (child) {
		smcx_hs_serve(child);
		release_sock(&child->sk);
		sock_put(&child->sk);
	}
	return clcsock;
}

/**
 * smcx_listen_ended() - was this a listener until TCP's was destroyed?
 * @smc: lock_sock() held
 *
 * smcx_listen_stop() and smcx_listen_close() are still to be called then.
 */
bool smcx_listen_ended(const struct smcx_sock *smc)
{
	return smcx_state(smc) == SMCX_INIT && smc->tcp.hook == listen_event;
}

/* After listen_end(): what is left of the listener goes. */
static void listen_clear(struct smcx_sock *smc)
{
	bool over;

	if (!smcx_later_enter(smc, SMCX_LATER_LISTEN))
		return;
	over = smcx_listen_ended(smc);
	if (over)
		smcx_listen_stop(smc);
	release_sock(&smc->sk);
	if (over)
		smcx_listen_close(smc);
}

static void listen_work(struct work_struct *work)
{
	struct smcx_sock *smc = container_of(work, struct smcx_sock, listen.work);

	while (listen_take(smc))
		cond_resched();
	if (smcx_state(smc) == SMCX_INIT)
		listen_clear(smc);
	sock_put(&smc->sk);
}

int smcx_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	int err = -EINVAL;

	lock_sock(sk);
	/* It was a listener before, and listen_work() has not been here yet. */
	if (smcx_listen_ended(smc)) {
		smcx_listen_stop(smc);
		release_sock(sk);
		smcx_listen_close(smc);
		lock_sock(sk);
	}
	if (sock->state != SS_UNCONNECTED || smcx_hs_running(smc))
		goto out;
	if (smcx_mode(smc) == SMCX_MODE_TCP) {
		err = READ_ONCE(smc->tcp.sock->ops)->listen(smc->tcp.sock, backlog);
		smcx_fallback_listens(smc);
		goto out;
	}
	if (smcx_state(smc) != SMCX_INIT && smcx_state(smc) != SMCX_LISTEN)
		goto out;
	smcx_sock_tell_tcp(smc);
	trace_smcx_enter(sk, SMCW_CALL_LISTEN);
	if (smcx_state(smc) == SMCX_INIT) {
		err = smcx_hook(smc, listen_event, listen_end);
		if (err)
			goto out;
		if (smcx_net_offers(sock_net(sk)) && !smcx_fault(no_option, sk))
			smcx_option_offer(smc->tcp.sk);
		smcx_option_limit(smc->tcp.sk, listen_busy);
	}
	err = READ_ONCE(smc->tcp.sock->ops)->listen(smc->tcp.sock, backlog);
	if (err) {
		if (smcx_state(smc) == SMCX_INIT) {
			smcx_unhook(smc);
			smcx_option_withdraw(smc->tcp.sk);
		}
		goto out;
	}
	WRITE_ONCE(sk->sk_max_ack_backlog, READ_ONCE(smc->tcp.sk->sk_max_ack_backlog));
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_LISTEN, "listen");
	spin_unlock_bh(&smc->state_lock);
	/* A connection may have come before the state was right. */
	smcx_sock_queue(smc, &smc->listen.work);
out:
	release_sock(sk);
	return err;
}

static bool listen_turn_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct smcx_sock, queued.line_node)->queued.turn <
	       rb_entry(b, struct smcx_sock, queued.line_node)->queued.turn;
}

/* The first in line, or NULL. */
static struct smcx_sock *listen_first(struct smcx_sock *smc) __must_hold(&smc->listen.lock)
{
	struct rb_node *node = rb_first_cached(&smc->listen.line);

	lockdep_assert_held(&smc->listen.lock);
	return node ? rb_entry(node, struct smcx_sock, queued.line_node) : NULL;
}

/* Take a child from where it is. Under the listener's lock. */
static void listen_unlist(struct smcx_sock *smc, struct smcx_sock *child)
	__must_hold(&smc->listen.lock)
{
	u32 *count = child->queued.place == SMCX_READY ? &smc->listen.ready_count :
							 &smc->listen.pending_count;

	lockdep_assert_held(&smc->listen.lock);
	if (child->queued.place == SMCX_PENDING)
		list_del_init(&child->queued.pending_link);
	else
		rb_erase_cached(&child->queued.line_node, &smc->listen.line);
	WRITE_ONCE(*count, *count - 1);
	WRITE_ONCE(child->queued.listener, NULL);
	__sock_put(&smc->sk); /* the caller has another one, or RCU */
}

/*
 * Returns the listener, or NULL if it has the child no longer, or there already. Under
 * rcu_read_lock(), which keeps the listener.
 */
static struct smcx_sock *listen_move_on(struct smcx_sock *child, enum smcx_place to)
{
	struct smcx_sock *smc = READ_ONCE(child->queued.listener);
	bool ok;

	smcx_assert_rcu();
	if (!smc)
		return NULL;
	spin_lock_bh(&smc->listen.lock);
	ok = READ_ONCE(child->queued.listener) == smc;
	if (ok && child->queued.place == SMCX_PENDING) {
		list_del_init(&child->queued.pending_link);
		rb_add_cached(&child->queued.line_node, &smc->listen.line, listen_turn_before);
	}
	/* It is shown already. */
	if (ok && child->queued.place == SMCX_READY)
		ok = false;
	if (ok && to == SMCX_READY) {
		WRITE_ONCE(smc->listen.pending_count, smc->listen.pending_count - 1);
		WRITE_ONCE(smc->listen.ready_count, smc->listen.ready_count + 1);
	}
	if (ok)
		child->queued.place = to;
	spin_unlock_bh(&smc->listen.lock);
	return ok ? smc : NULL;
}

/**
 * smcx_listen_line_up() - a child's handshake is all but over: this is its turn for accept().
 * @child: referenced, or under rcu_read_lock(); of no effect unless it is pending
 *
 * Any context. Called before the client knows, which may begin the next connection then. Poll does
 * not show it yet; and if there is more to wait for than the end of a step, accept() puts it back.
 */
void smcx_listen_line_up(struct smcx_sock *child)
{
	rcu_read_lock();
	listen_move_on(child, SMCX_IN_LINE);
	rcu_read_unlock();
}

/**
 * smcx_listen_hand_over() - a child's handshake is over: accept() may have it.
 * @child: referenced; pending or in line, unless somebody has taken it meanwhile. More than once
 *	does no harm
 *
 * Any context. If the listener is gone, it ends the child, too.
 */
void smcx_listen_hand_over(struct smcx_sock *child)
{
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = listen_move_on(child, SMCX_READY);
	if (smc)
		smc->sk.sk_data_ready(&smc->sk);
	rcu_read_unlock();
}

/**
 * smcx_listen_drop() - a child's handshake has failed.
 * @child: lock_sock() held; pending or in line, unless somebody has taken it meanwhile
 *
 * Return: true if the child is the caller's now; false if whoever has taken it will end it.
 */
bool smcx_listen_drop(struct smcx_sock *child)
{
	struct smcx_sock *smc;
	bool ok = false;

	smcx_assert_locked(child);
	rcu_read_lock();
	smc = READ_ONCE(child->queued.listener);
	if (smc && !refcount_inc_not_zero(&smc->sk.sk_refcnt))
		smc = NULL;
	rcu_read_unlock();
	if (!smc)
		return false;
	spin_lock_bh(&smc->listen.lock);
	ok = READ_ONCE(child->queued.listener) == smc;
	if (ok)
		listen_unlist(smc, child);
	spin_unlock_bh(&smc->listen.lock);
	sock_put(&smc->sk);
	return ok;
}

static struct smcx_sock *listen_take_ready(struct smcx_sock *smc)
{
	struct smcx_sock *child;

	spin_lock_bh(&smc->listen.lock);
	child = listen_first(smc);
	if (child)
		listen_unlist(smc, child);
	spin_unlock_bh(&smc->listen.lock);
	return child;
}

/* @timeo: jiffies to wait; what is left of them */
static int listen_wait_ready(struct smcx_sock *smc, long *timeo, struct smcx_sock **child)
{
	struct sock *sk = &smc->sk;
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		*child = smcx_state(smc) == SMCX_LISTEN ? listen_take_ready(smc) : NULL;
		if (*child)
			break;
		if (smcx_state(smc) != SMCX_LISTEN)
			err = -EINVAL;
		else if (!*timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		if (err)
			break;
		*timeo = schedule_timeout(*timeo);
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/* The listener fell back before it listened: what it accepts is TCP's, too. */
static int listen_accept_tcp(struct smcx_sock *smc, struct socket *newsock, SMCX_ACCEPT_ARGS)
{
	const struct proto_ops *ops = READ_ONCE(smc->tcp.sock->ops);
	int err;

	smcx_fallback_refresh(smc);
	err = ops->accept(smc->tcp.sock, newsock, SMCX_ACCEPT_PASS);

	if (err)
		return err;
	trace_smcx_accept_tcp(&smc->sk, newsock->sk, smc->fallback.reason);
	/* newsock holds its family's module from now on, no longer us. */
	__module_get(ops->owner);
	newsock->ops = ops;
	module_put(THIS_MODULE);
	return 0;
}

/*
 * More of the Confirm is to come: the child is not in line till then, but keeps its turn. The child
 * is locked, and was the caller's.
 */
static bool listen_put_back(struct smcx_sock *smc, struct smcx_sock *child)
{
	bool ok;

	spin_lock_bh(&smc->listen.lock);
	ok = smcx_state(smc) == SMCX_LISTEN;
	if (ok)
		listen_enlist(smc, child);
	spin_unlock_bh(&smc->listen.lock);
	return ok;
}

/*
 * The step that put the child in line may be under way, and may fail yet; or it is ours to take.
 * Returns the child with lock_sock() held, or NULL.
 */
static struct smcx_sock *listen_finish_step(struct smcx_sock *smc, struct smcx_sock *child)
{
	struct sock *sk = &child->sk;

	/* It wakes nobody: what has woken us comes after it, and others may wait for that. */
	if (child->queued.place != SMCX_READY && READ_ONCE(smc->listen.ready_count))
		smc->sk.sk_data_ready(&smc->sk);
	lock_sock(sk);
	smcx_hs_step(child);
	if (smcx_mode(child) != SMCX_MODE_NONE)
		return child;
	sock_hold(sk);
	if (smcx_hs_running(child) && listen_put_back(smc, child)) {
		/* Nobody was woken for bytes that have come meanwhile. */
		smcx_hs_step(child);
	} else {
		smcx_hs_cancel(child);
		smcx_sock_finish(child);
	}
	release_sock(sk);
	sock_put(sk);
	return NULL;
}

int smcx_accept(struct socket *sock, struct socket *newsock, SMCX_ACCEPT_ARGS)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk), *child;
	long timeo = sock_rcvtimeo(sk, SMCX_ACCEPT_FLAGS & O_NONBLOCK);
	int err;

	if (smcx_mode(smc) == SMCX_MODE_TCP)
		return listen_accept_tcp(smc, newsock, SMCX_ACCEPT_PASS);
	if (smcx_state(smc) != SMCX_LISTEN)
		return -EINVAL;
	do {
		err = listen_wait_ready(smc, &timeo, &child);
		if (err)
			return err;
		/* listen_work() may have left connections to TCP. */
		if (READ_ONCE(smc->listen.ready_count) + 1 >= sk->sk_max_ack_backlog)
			smcx_sock_queue(smc, &smc->listen.work);
		trace_smcx_enter(&child->sk, SMCW_CALL_TAKE);
		child = listen_finish_step(smc, child);
	} while (!child);
	trace_smcx_enter(&child->sk, SMCW_CALL_ACCEPT);
	if (smcx_mode(child) == SMCX_MODE_TCP) {
		release_sock(&child->sk);
		smcx_fallback_graft(child, newsock);
		return 0;
	}
	smcx_want_sol_socket(newsock);
	sock_graft(&child->sk, newsock);
	newsock->state = SS_CONNECTED;
	release_sock(&child->sk);
	return 0;
}

/**
 * smcx_listen_stop() - TCP's listener is going to be none.
 * @smc: lock_sock() held, no longer in state LISTEN
 *
 * Connections that wait in TCP's queue go here: TCP might give them to another listener,
 * with our callback.
 */
void smcx_listen_stop(struct smcx_sock *smc)
{
	void (*state_change)(struct sock *) = smc->tcp.state_change;
	void (*data_ready)(struct sock *) = smc->tcp.data_ready;
	struct socket *clcsock;

	smcx_assert_locked(smc);
	/* Those that come from now on have TCP's own. */
	smcx_unhook(smc);
	smcx_option_withdraw(smc->tcp.sk);
	while (!kernel_accept(smc->tcp.sock, &clcsock, O_NONBLOCK))
		listen_refuse(clcsock, data_ready, state_change);
}

/* A child that nobody will ever accept. The caller owns it. */
static void listen_kill_child(struct smcx_sock *child)
{
	struct sock *sk = &child->sk;

	sock_hold(sk);
	lock_sock(sk);
	if (smcx_hs_joined(child))
		smcx_hs_step(child);
	smcx_hs_cancel(child);
	if (smcx_mode(child) == SMCX_MODE_TCP)
		smcx_sock_reset_tcp(child->tcp.sock);
	if (smcx_has_path(child))
		smcx_close(child, true);
	else
		smcx_sock_finish(child);
	release_sock(sk);
	sock_put(sk);
}

/**
 * smcx_listen_close() - end all children that wait.
 * @smc: no longer in state LISTEN; not locked
 */
void smcx_listen_close(struct smcx_sock *smc)
{
	struct smcx_sock *child, *next;
	LIST_HEAD(children);

	smcx_assert_not_locked(smc);
	spin_lock_bh(&smc->listen.lock);
	for (;;) {
		child = listen_first(smc) ?:
				list_first_entry_or_null(&smc->listen.pending, struct smcx_sock,
							 queued.pending_link);
		if (!child)
			break;
		listen_unlist(smc, child);
		list_add_tail(&child->queued.pending_link, &children);
	}
	spin_unlock_bh(&smc->listen.lock);
	list_for_each_entry_safe(child, next, &children, queued.pending_link) {
		list_del_init(&child->queued.pending_link);
		listen_kill_child(child);
	}
}
