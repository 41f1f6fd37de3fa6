// SPDX-License-Identifier: GPL-2.0
/*
 * Callbacks of the TCP socket under an SMC socket. They are replaced while a
 * handshake runs, and at a listener; nothing is hooked once data flows.
 */
#include "smcx.h"

void smcx_hook(struct smcx_sock *smc, void (*data_ready)(struct sock *),
	       void (*state_change)(struct sock *))
{
	struct sock *clcsk = smc->clcsk;

	write_lock_bh(&clcsk->sk_callback_lock);
	/* A child has got its listener's callbacks: what is put back must be TCP's own. */
	if (!smc->clcsk_data_ready)
		smc->clcsk_data_ready = clcsk->sk_data_ready;
	if (!smc->clcsk_state_change)
		smc->clcsk_state_change = clcsk->sk_state_change;
	__rcu_assign_sk_user_data_with_flags(clcsk, smc, SK_USER_DATA_NOCOPY);
	WRITE_ONCE(clcsk->sk_data_ready, data_ready);
	if (state_change)
		WRITE_ONCE(clcsk->sk_state_change, state_change);
	smc->hooked = 1;
	write_unlock_bh(&clcsk->sk_callback_lock);
}

void smcx_unhook(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->clcsk;

	write_lock_bh(&clcsk->sk_callback_lock);
	if (smc->hooked || smc->clcsk_data_ready) {
		WRITE_ONCE(clcsk->sk_data_ready, smc->clcsk_data_ready);
		if (smc->clcsk_state_change)
			WRITE_ONCE(clcsk->sk_state_change, smc->clcsk_state_change);
		rcu_assign_sk_user_data(clcsk, NULL);
		smc->clcsk_data_ready = NULL;
		smc->clcsk_state_change = NULL;
		smc->hooked = 0;
	}
	write_unlock_bh(&clcsk->sk_callback_lock);
}

struct smcx_sock *smcx_hooked(struct sock *clcsk)
{
	struct smcx_sock *smc;

	rcu_read_lock();
	smc = rcu_dereference_sk_user_data(clcsk);
	if (smc && !refcount_inc_not_zero(&smc->sk.sk_refcnt))
		smc = NULL;
	rcu_read_unlock();
	return smc;
}
