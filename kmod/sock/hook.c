// SPDX-License-Identifier: GPL-2.0
/*
 * Callbacks of the TCP socket under an SMC socket. They are replaced while a
 * handshake runs, at a listener, and while data flows, when nothing comes but
 * the end of the TCP connection.
 */
#include <linux/skmsg.h>

#include "sock.h"

/*
 * Under rcu_read_lock() or sk_callback_lock. No other flag is ours: a psock, by which a sockmap has
 * taken the socket, has one of its own.
 */
static struct smcx_sock *hook_owner(const struct sock *clcsk)
{
	uintptr_t word = (uintptr_t)rcu_dereference_check(
		__sk_user_data(clcsk), lockdep_is_held(&clcsk->sk_callback_lock));

	if ((word & ~SK_USER_DATA_PTRMASK) != SK_USER_DATA_NOCOPY)
		return NULL;
	return (struct smcx_sock *)(word & SK_USER_DATA_PTRMASK);
}

int smcx_hook(struct smcx_sock *smc, void (*data_ready)(struct sock *),
	      void (*state_change)(struct sock *))
{
	struct sock *clcsk = smc->tcp.sk;
	int err = -EBUSY;

	write_lock_bh(&clcsk->sk_callback_lock);
	if (!rcu_access_pointer(__sk_user_data(clcsk))) {
		/* A child has got its listener's: what is put back must be TCP's own. */
		if (!smc->tcp.data_ready)
			smc->tcp.data_ready = clcsk->sk_data_ready;
		if (!smc->tcp.state_change)
			smc->tcp.state_change = clcsk->sk_state_change;
		__rcu_assign_sk_user_data_with_flags(clcsk, smc, SK_USER_DATA_NOCOPY);
		smc->tcp.hook = data_ready;
		WRITE_ONCE(clcsk->sk_data_ready, data_ready);
		if (state_change)
			WRITE_ONCE(clcsk->sk_state_change, state_change);
		err = 0;
	}
	write_unlock_bh(&clcsk->sk_callback_lock);
	return err;
}

void smcx_hook_inherit(struct smcx_sock *child, const struct smcx_sock *listener)
{
	child->tcp.hook = listener->tcp.hook;
	child->tcp.data_ready = listener->tcp.data_ready;
	child->tcp.state_change = listener->tcp.state_change;
}

/* Callbacks that a sockmap's verdict program has put aside, for when it goes. */
static void hook_mend_psock(struct sock *clcsk, const struct smcx_sock *smc)
{
#if IS_ENABLED(CONFIG_NET_SOCK_MSG)
	struct sk_psock *psock = sk_psock(clcsk);

	if (psock && psock->saved_data_ready == smc->tcp.hook)
		psock->saved_data_ready = smc->tcp.data_ready;
#endif
}

void smcx_unhook(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->tcp.sk;

	write_lock_bh(&clcsk->sk_callback_lock);
	if (smc->tcp.hook) {
		if (clcsk->sk_data_ready == smc->tcp.hook)
			WRITE_ONCE(clcsk->sk_data_ready, smc->tcp.data_ready);
		if (smc->tcp.state_change)
			WRITE_ONCE(clcsk->sk_state_change, smc->tcp.state_change);
		if (hook_owner(clcsk) == smc)
			rcu_assign_sk_user_data(clcsk, NULL);
		rcu_read_lock();
		hook_mend_psock(clcsk, smc);
		rcu_read_unlock();
		smc->tcp.data_ready = NULL;
		smc->tcp.state_change = NULL;
		smc->tcp.hook = NULL;
	}
	write_unlock_bh(&clcsk->sk_callback_lock);
}

struct smcx_sock *smcx_hooked_rcu(const struct sock *clcsk)
{
	return hook_owner(clcsk);
}

struct smcx_sock *smcx_hooked(struct sock *clcsk)
{
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = hook_owner(clcsk);
	if (smc && !refcount_inc_not_zero(&smc->sk.sk_refcnt))
		smc = NULL;
	rcu_read_unlock();
	return smc;
}
