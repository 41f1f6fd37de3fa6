// SPDX-License-Identifier: GPL-2.0
/* The SMC option of SYN and SYN-ACK, where TCP has it built in. See option.h. */
#include <linux/tcp.h>
#include <net/tcp.h>

#include "option.h"

int smcx_option_init(void)
{
	static_branch_inc(&tcp_have_smc);
	return 0;
}

void smcx_option_exit(void)
{
	static_branch_dec(&tcp_have_smc);
	synchronize_rcu(); /* a processor may still be in what smcx_option_limit() was given */
}

void smcx_option_offer(struct sock *clcsk)
{
	lock_sock(clcsk);
	tcp_sk(clcsk)->syn_smc = 1;
	release_sock(clcsk);
}

void smcx_option_limit(struct sock *clcsk, bool (*busy)(const struct sock *clcsk))
{
	lock_sock(clcsk);
	tcp_sk(clcsk)->smc_hs_congested = busy;
	release_sock(clcsk);
}

void smcx_option_withdraw(struct sock *clcsk)
{
	lock_sock(clcsk);
	tcp_sk(clcsk)->syn_smc = 0;
	/* A child has its listener's. While TCP listens it reads this twice, without a lock. */
	if (clcsk->sk_state != TCP_LISTEN)
		tcp_sk(clcsk)->smc_hs_congested = NULL;
	release_sock(clcsk);
}

/*
 * When two ends connect to each other at once TCP does not ask whether the peer's SYN had the
 * option; but what it has read of that is still there. A child has its listener's.
 */
bool smcx_option_seen(const struct sock *clcsk, bool server)
{
	return tcp_sk(clcsk)->syn_smc && (server || tcp_sk(clcsk)->rx_opt.smc_ok);
}
