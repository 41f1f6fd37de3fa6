// SPDX-License-Identifier: GPL-2.0
/*
 * Steps that come from outside: a connection to accept, a message, a timer, a
 * peer's end. They need lock_sock(), which the application may hold for as long
 * as it likes, since setsockopt() copies from its memory under it, and a page of
 * that memory may never come.
 *
 * So they do as TCP does with a packet (tcp_v4_rcv(), tcp_release_cb()): they
 * do not wait, but leave a bit, and the one who releases the socket queues the
 * step. No worker sleeps for an application, and nobody else's steps wait in
 * the workqueue until it is done.
 *
 * TCP's own lock below is covered as well: a system call that may sleep with it
 * holds ours, too (sockopt.c), but for sockets that have fallen back, for which
 * nothing comes from outside any more.
 */
#include "later.h"
#include "sock.h"

static struct work_struct *later_work(struct smcx_sock *smc, enum smcx_later step)
{
	switch (step) {
	case SMCX_LATER_LISTEN:
		return &smc->listen.work;
	case SMCX_LATER_HS:
		return &smc->hs.work;
	case SMCX_LATER_ABORT:
		return &smc->abort_work;
	default:
		return &smc->free_work;
	}
}

/**
 * smcx_later_enter() - lock_sock(), or do the step later.
 * @smc: referenced
 * @step: what is to be done
 *
 * Process context. Does not wait for the socket's owner.
 *
 * Return: true with lock_sock() held; false if @step's work item will be queued
 * when the socket is released.
 */
bool smcx_later_enter(struct smcx_sock *smc, enum smcx_later step)
{
	struct sock *sk = &smc->sk;
	bool free;

	spin_lock_bh(&sk->sk_lock.slock);
	free = !sock_owned_by_user_nocheck(sk);
	if (free)
		sk->sk_lock.owned = 1;
	else
		smc->later |= BIT(step);
	spin_unlock_bh(&sk->sk_lock.slock);
	if (free)
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	return free;
}

/**
 * smcx_later_release() - proto.release_cb: the socket is being released.
 * @sk: its slock held, and owned for a moment yet
 */
void smcx_later_release(struct sock *sk)
{
	struct smcx_sock *smc = smcx_sk(sk);
	u32 steps = smc->later, step;

	if (likely(!steps))
		return;
	smc->later = 0;
	for (step = 0; step < SMCX_LATER_COUNT; step++)
		if (steps & BIT(step))
			smcx_sock_queue(smc, later_work(smc, step));
}
