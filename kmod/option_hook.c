// SPDX-License-Identifier: GPL-2.0
/* Adds the SMC option to SYN and SYN-ACK as they leave each namespace. See option_own.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "option_own.h"

/* For every packet of the machine: what is not a SYN leaves by the first line. */
static unsigned int on_packet(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct sock *sk = skb->sk;
	int err = 0;

	/* A tunnel's packet has the sock of what is in it. Behind headers of extension it is TCP.
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
		.hook = on_packet,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_MANGLE,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = on_packet,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_MANGLE,
	},
#endif
};

static int __net_init hook_net_init(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

static void __net_exit hook_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

static struct pernet_operations hook_net_ops = {
	.init = hook_net_init,
	.exit = hook_net_exit,
};

int smcx_option_hook_init(void)
{
	return register_pernet_subsys(&hook_net_ops);
}

void smcx_option_hook_exit(void)
{
	unregister_pernet_subsys(&hook_net_ops);
}
