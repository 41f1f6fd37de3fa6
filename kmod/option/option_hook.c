// SPDX-License-Identifier: GPL-2.0
/*
 * Adds the SMC option to SYN and SYN-ACK as they leave a namespace, while it has sockets that offer
 * SMC: all others do not know of us. See option_own.h.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "option_own.h"

/* For every packet of the namespace: what is not a SYN leaves by the first line. */
static unsigned int option_hook_on_packet(void *priv, struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk;
	int err = 0;

	/* A tunnel's packet has the sock of what is in it. After headers of extension it is TCP.
	 */
	if (!sk || (state->pf == NFPROTO_IPV4 ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr) !=
			   IPPROTO_TCP)
		return NF_ACCEPT;
	if (sk->sk_state == TCP_SYN_SENT && sk_is_tcp(sk))
		err = smcx_option_ask(sk, skb);
	else if (sk->sk_state == TCP_NEW_SYN_RECV)
		err = smcx_option_answer(inet_reqsk(sk), skb);
	return err ? NF_DROP : NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = option_hook_on_packet,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_MANGLE,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = option_hook_on_packet,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_MANGLE,
	},
#endif
};

/* To begin to look costs more than to go on for a while. */
#define LINGER (10 * HZ)

struct hook_net {
	struct net *net;
	atomic_t users;	   /* from 0 only under lock, when the hooks are there */
	struct mutex lock; /* hooked */
	bool hooked;
	struct delayed_work unhook;
};

static unsigned int hook_net_id;

static void option_hook_put_work(struct work_struct *work)
{
	struct hook_net *hn = container_of(to_delayed_work(work), struct hook_net, unhook);

	mutex_lock(&hn->lock);
	if (hn->hooked && !atomic_read(&hn->users)) {
		nf_unregister_net_hooks(hn->net, hooks, ARRAY_SIZE(hooks));
		hn->hooked = false;
	}
	mutex_unlock(&hn->lock);
}

int smcx_option_hook_get(struct net *net)
{
	struct hook_net *hn = net_generic(net, hook_net_id);
	int err = 0;

	if (atomic_inc_not_zero(&hn->users))
		return 0;
	mutex_lock(&hn->lock);
	if (!hn->hooked)
		err = nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	if (!err) {
		hn->hooked = true;
		atomic_inc(&hn->users);
	}
	mutex_unlock(&hn->lock);
	return err;
}

void smcx_option_hook_put(struct net *net)
{
	struct hook_net *hn = net_generic(net, hook_net_id);

	if (atomic_dec_and_test(&hn->users))
		mod_delayed_work(system_wq, &hn->unhook, LINGER);
}

static int __net_init option_hook_net_init(struct net *net)
{
	struct hook_net *hn = net_generic(net, hook_net_id);

	hn->net = net;
	mutex_init(&hn->lock);
	INIT_DELAYED_WORK(&hn->unhook, option_hook_put_work);
	return 0;
}

/* There is no socket any more. */
static void __net_exit option_hook_net_exit(struct net *net)
{
	struct hook_net *hn = net_generic(net, hook_net_id);

	cancel_delayed_work_sync(&hn->unhook);
	if (hn->hooked)
		nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

static struct pernet_operations hook_net_ops = {
	.init = option_hook_net_init,
	.exit = option_hook_net_exit,
	.id = &hook_net_id,
	.size = sizeof(struct hook_net),
};

int smcx_option_hook_init(void)
{
	return register_pernet_subsys(&hook_net_ops);
}

void smcx_option_hook_exit(void)
{
	unregister_pernet_subsys(&hook_net_ops);
}
