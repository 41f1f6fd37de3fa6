// SPDX-License-Identifier: GPL-2.0
/* Each network namespace's own: made when it comes, freed when it goes. See net.h. */
#include "net.h"
#include "pnet.h"
#include "share.h"
#include "smcx_stats.h"
#include "sock.h"
#include "sysctl.h"

unsigned int smcx_net_id __read_mostly;

static const struct smcx_sysctl smcx_sysctl_default = {
	.autocorking_size = 65536,
	.testlink_time = 30 * HZ,
	.wmem = 262144,
	.rmem = 262144,
	.spin_usec = 50,
	.max_links_per_lgr = SMCX_GROUP_LINKS,
	.max_conns_per_lgr = 255,
};

struct smcx_sock *smcx_net_next_sock(struct net *net, u32 after)
{
	struct smcx_net *sn = smcx_net(net);
	unsigned long id = after;
	struct smcx_sock *smc;

	rcu_read_lock();
	do {
		smc = xa_find_after(&sn->socks, &id, ULONG_MAX, XA_PRESENT);
	} while (smc && !refcount_inc_not_zero(&smc->sk.sk_refcnt));
	rcu_read_unlock();
	return smc;
}

int smcx_net_add_sock(struct smcx_sock *smc)
{
	struct smcx_net *sn = smcx_net(sock_net(&smc->sk));
	int err;

	/* The id has to stand in the socket before anyone sees it: reserve, then store. */
	err = xa_alloc_cyclic(&sn->socks, &smc->id, NULL, XA_LIMIT(1, U32_MAX), &sn->next_id,
			      GFP_KERNEL);
	if (err < 0)
		return err;
	xa_store(&sn->socks, smc->id, smc, GFP_KERNEL);
	return 0;
}

void smcx_net_del_sock(struct smcx_sock *smc)
{
	if (smc->id)
		xa_cmpxchg(&smcx_net(sock_net(&smc->sk))->socks, smc->id, smc, NULL, GFP_ATOMIC);
}

static int __net_init net_init(struct net *net)
{
	struct smcx_net *sn = smcx_net(net);
	int err;

	xa_init_flags(&sn->socks, XA_FLAGS_ALLOC1);
	sn->sysctl = smcx_sysctl_default;
	/* Bytes in a DMB pass no firewall and no traffic control: that is the host's to allow. */
	sn->sysctl.loopback =
		net->user_ns == &init_user_ns ? SMCX_LOOPBACK_ALL : SMCX_LOOPBACK_SAME;
	sn->share = smcx_share_new();
	if (!sn->share)
		return -ENOMEM;
	err = smcx_stats_net_init(sn);
	if (err)
		goto err_stats;
	err = smcx_pnet_net_init(sn);
	if (err)
		goto err_pnet;
	err = smcx_sysctl_net_init(net);
	if (err)
		goto err_sysctl;
	return 0;

err_sysctl:
	smcx_pnet_net_exit(sn);
err_pnet:
	smcx_stats_net_exit(sn);
err_stats:
	smcx_share_put(sn->share);
	return err;
}

static void __net_exit net_exit(struct net *net)
{
	struct smcx_net *sn = smcx_net(net);

	WARN_ON_ONCE(!xa_empty(&sn->socks));
	smcx_sysctl_net_exit(net);
	smcx_pnet_net_exit(sn);
	smcx_stats_net_exit(sn);
	smcx_share_put(sn->share);
	xa_destroy(&sn->socks);
}

static struct pernet_operations smcx_net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &smcx_net_id,
	.size = sizeof(struct smcx_net),
};

int __init smcx_net_register(void)
{
	int err = register_pernet_subsys(&smcx_net_ops);

	if (err)
		return err;
	err = smcx_sysctl_init();
	if (err)
		unregister_pernet_subsys(&smcx_net_ops);
	return err;
}

void smcx_net_unregister(void)
{
	smcx_sysctl_exit();
	unregister_pernet_subsys(&smcx_net_ops);
}
