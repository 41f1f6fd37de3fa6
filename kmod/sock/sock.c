// SPDX-License-Identifier: GPL-2.0
/* The socket families and the life of a socket. See sock.h. */
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sock_diag.h>
#include <net/inet_common.h>
#include <net/protocol.h>
#include <net/transp_v6.h>

#include "close.h"
#include "compat.h"
#include "diag.h"
#include "fault.h"
#include "later.h"
#include "mem.h"
#include "net.h"
#include "ops.h"
#include "option.h"
#include "share.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"

static struct lock_class_key lock_key, slock_key;

void smcx_sock_queue(struct smcx_sock *smc, struct work_struct *work)
{
	/* A peer has us by RCU only: what is on its way to be freed needs no work any more. */
	if (!refcount_inc_not_zero(&smc->sk.sk_refcnt))
		return;
	if (!queue_work(smcx_wq, work))
		sock_put(&smc->sk);
}

static void sock_free_work(struct work_struct *work)
{
	struct smcx_sock *smc = container_of(work, struct smcx_sock, free_work);
	struct sock *sk = &smc->sk;

	if (smcx_later_enter(smc, SMCX_LATER_FREE)) {
		smcx_sock_finish(smc);
		release_sock(sk);
	}
	sock_put(sk);
}

static void sock_abort_step(struct smcx_sock *smc)
{
	if (READ_ONCE(smc->conn.rx_state) & SMCW_CDC_ABORT)
		smcx_close_refuse(smc);
	else if (smc->conn.tx)
		smcx_abort(smc, smcx_close_tcp_err(smc->tcp.sk) ?: ECONNABORTED);
}

static void sock_abort_work(struct work_struct *work)
{
	struct smcx_sock *smc = container_of(work, struct smcx_sock, abort_work);
	struct sock *sk = &smc->sk;

	if (smcx_later_enter(smc, SMCX_LATER_ABORT)) {
		sock_abort_step(smc);
		release_sock(sk);
	}
	sock_put(sk);
}

/* After an RCU grace period, from softirq: TCP's reference may go here, its socket is long gone. */
static void sock_destruct(struct sock *sk)
{
	struct smcx_sock *smc = smcx_sk(sk);

	trace_smcx_destruct(sk);
	if (smc->tcp.sk && !smc->fallback.tcp_destruct)
		sock_put(smc->tcp.sk);
	__skb_queue_purge(&sk->sk_receive_queue);
	__skb_queue_purge(&sk->sk_error_queue);
	if (smc->inet_destruct)
		smc->inet_destruct(sk);
}

static void sock_init(struct sock *sk)
{
	struct smcx_sock *smc = smcx_sk(sk);
	const struct smcx_sysctl *sysctl = &smcx_net(sock_net(sk))->sysctl;
	u32 cookie[2];

	/* Tracers know a socket by it, and a raw tracepoint's program cannot make one. */
	sock_diag_save_cookie(sk, cookie);
	/* A class of our own: TCP's lock is taken inside this one, whatever the family. */
	sock_lock_init_class_and_name(sk, "slock-AF_SMC-SMCX", &slock_key, "sk_lock-AF_SMC-SMCX",
				      &lock_key);
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_state = SMCX_INIT;
	smc->inet_destruct = sk->sk_destruct;
	sk->sk_destruct = sock_destruct;
	WRITE_ONCE(sk->sk_sndbuf, 2 * READ_ONCE(sysctl->wmem));
	WRITE_ONCE(sk->sk_rcvbuf, 2 * READ_ONCE(sysctl->rmem));
	smc->listen.limit_hs = !!READ_ONCE(sysctl->limit_hs);
	smc->payer = smcx_share_uid();
	spin_lock_init(&smc->state_lock);
	INIT_WORK(&smc->free_work, sock_free_work);
	INIT_WORK(&smc->abort_work, sock_abort_work);
	smcx_conn_init(&smc->conn);
	smcx_hs_init(smc);
	smcx_listen_init(smc);
}

static int sock_add_tcp(struct sock *sk, int family)
{
	struct smcx_sock *smc = smcx_sk(sk);
	struct socket *clcsock;
	int err;

	/* Not a kernel socket, so that it keeps its namespace as long as it lives. */
	err = __sock_create(sock_net(sk), family, SOCK_STREAM, IPPROTO_TCP, &clcsock, 0);
	if (err)
		return err;
	sock_hold(clcsock->sk);
	smc->tcp.sock = clcsock;
	smc->tcp.sk = clcsock->sk;
	err = smcx_net_add_sock(smc);
	if (err) {
		smc->tcp.sock = NULL;
		sock_release(clcsock);
	}
	return err;
}

/* TCP sets these by itself, too, by an address: only what the application has changed is news. */
static void sock_tell_binding(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk, *clcsk = smc->tcp.sk;

	if (sk->sk_bound_dev_if != smc->tcp.bound_dev_if)
		clcsk->sk_bound_dev_if = smc->tcp.bound_dev_if = sk->sk_bound_dev_if;
	if (READ_ONCE(sk->sk_mark) != smc->tcp.mark) {
		smc->tcp.mark = READ_ONCE(sk->sk_mark);
		WRITE_ONCE(clcsk->sk_mark, smc->tcp.mark);
	}
}

void smcx_sock_settings(struct sock *to, const struct sock *from)
{
	const unsigned long flags = BIT(SOCK_URGINLINE) | BIT(SOCK_KEEPOPEN) | BIT(SOCK_DBG) |
				    BIT(SOCK_LOCALROUTE) | BIT(SOCK_BROADCAST);

	to->sk_reuse = from->sk_reuse;
	to->sk_reuseport = from->sk_reuseport;
	WRITE_ONCE(to->sk_sndtimeo, READ_ONCE(from->sk_sndtimeo));
	WRITE_ONCE(to->sk_rcvtimeo, READ_ONCE(from->sk_rcvtimeo));
	WRITE_ONCE(to->sk_priority, READ_ONCE(from->sk_priority));
	WRITE_ONCE(to->sk_rcvlowat, READ_ONCE(from->sk_rcvlowat));
	to->sk_flags = (to->sk_flags & ~flags) | (from->sk_flags & flags);
	if (from->sk_userlocks & SOCK_SNDBUF_LOCK) {
		to->sk_userlocks |= SOCK_SNDBUF_LOCK;
		WRITE_ONCE(to->sk_sndbuf, READ_ONCE(from->sk_sndbuf));
	}
	if (from->sk_userlocks & SOCK_RCVBUF_LOCK) {
		to->sk_userlocks |= SOCK_RCVBUF_LOCK;
		WRITE_ONCE(to->sk_rcvbuf, READ_ONCE(from->sk_rcvbuf));
	}
}

void smcx_sock_tell_tcp(struct smcx_sock *smc)
{
	lock_sock(smc->tcp.sk);
	smcx_sock_settings(smc->tcp.sk, &smc->sk);
	/* A connection has its own. */
	if (smc->tcp.sk->sk_state == TCP_CLOSE)
		sock_tell_binding(smc);
	release_sock(smc->tcp.sk);
}

/*
 * The clone has all of its listener's settings, as TCP's has. But sock_init() has set the sizes
 * anew, and the processor is the connection's.
 */
static void sock_inherit_settings(struct sock *sk, const struct sock *listener,
				  const struct sock *clcsk)
{
	smcx_sock_settings(sk, listener);
	WRITE_ONCE(sk->sk_priority, 0);
	WRITE_ONCE(sk->sk_incoming_cpu, READ_ONCE(clcsk->sk_incoming_cpu));
}

/* Children may be made by a kernel worker; it is the listener's memory cgroup that pays for them.
 */
static void sock_inherit_memcg(struct sock *sk, const struct sock *listener)
{
#ifdef CONFIG_MEMCG
	if (listener->sk_memcg && !sk->sk_memcg) {
		css_get(&listener->sk_memcg->css);
		sk->sk_memcg = listener->sk_memcg;
	}
#endif
}

/* A listener's own settings, and those that options of IP would set, were they not TCP's. */
static void sock_clear_clone(struct sock *sk)
{
	struct smcx_sock *smc = smcx_sk(sk);

	memset_startat(smc, 0, tcp);
	smc->inet.mc_list = NULL;
	RCU_INIT_POINTER(smc->inet.inet_opt, NULL);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		smc->inet.pinet6 = &((struct smcx6_sock *)smc)->inet6;
		memset(smc->inet.pinet6, 0, sizeof(*smc->inet.pinet6));
	}
#endif
	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_destruct = NULL;
	sk->sk_shutdown = 0;
	sk->sk_max_ack_backlog = 0;
}

/*
 * As TCP makes its children: namespace, cgroup, the LSM's label, BPF's storage and all settings are
 * the listener's, whichever task this is. Nobody knows the socket yet.
 */
static struct sock *sock_clone_listener(const struct sock *from)
{
	struct sock *sk;

	/* It comes locked, as TCP wants it in softirq. */
	local_bh_disable();
	sk = sk_clone_lock(from, GFP_ATOMIC);
	if (sk) {
		__acquire(&sk->sk_lock.slock); /* sparse has not seen it */
		bh_unlock_sock(sk);
	}
	local_bh_enable();
	if (!sk)
		return NULL;
	__sock_put(sk); /* it has one for a timer as well */
	sock_clear_clone(sk);
	return sk;
}

struct smcx_sock *smcx_sock_child(struct smcx_sock *listener, struct socket *clcsock)
{
	struct sock *from = &listener->sk, *sk;
	struct smcx_sock *child;

	sk = smcx_fault(child_alloc, from) ? NULL : sock_clone_listener(from);
	if (!sk)
		return NULL;
	sock_init(sk);
	sock_inherit_memcg(sk, from);
	child = smcx_sk(sk);
	child->payer = listener->payer;
	sock_inherit_settings(sk, from, clcsock->sk);
	child->tcp.bound_dev_if = sk->sk_bound_dev_if;
	child->tcp.mark = READ_ONCE(sk->sk_mark);
	child->server = 1;
	child->tcp.sk = clcsock->sk;
	sock_hold(child->tcp.sk);
	if (smcx_net_add_sock(child)) {
		sk->sk_state = SMCX_CLOSED;
		sock_put(sk);
		return NULL;
	}
	child->tcp.sock = clcsock;
	return child;
}

void smcx_sock_reset_tcp(struct socket *clcsock)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	READ_ONCE(clcsock->ops)->connect(clcsock, (SMCX_SOCKADDR *)&none, sizeof(none), 0);
}

void smcx_sock_finish(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;
	struct socket *clcsock = smc->tcp.sock;

	smcx_assert_locked(smc);
	if (smc->finished)
		return;
	smc->finished = 1;
	smcx_net_del_sock(smc);
	smcx_conn_free(smc);
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_CLOSED, "finished");
	spin_unlock_bh(&smc->state_lock);
	if (clcsock) {
		smcx_unhook(smc);
		smc->tcp.sock = NULL;
		smcx_option_withdraw(clcsock->sk);
		smcx_mem_prepay(clcsock->sk);
		sock_release(clcsock);
	}
	sock_put(sk);
}

/* AF_SMC */

static struct proto smcx_proto = {
	.name = "SMCX",
	.owner = THIS_MODULE,
	.diag_destroy = smcx_diag_destroy,
	.release_cb = smcx_later_release,
	.obj_size = sizeof(struct smcx_sock),
};

static int smcx_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	int family = protocol == SMCX_PROTO_SMC6 ? PF_INET6 : PF_INET, err;
	struct sock *sk;

	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != SMCX_PROTO_SMC && protocol != SMCX_PROTO_SMC6)
		return -EPROTONOSUPPORT;
	sk = sk_alloc(net, PF_SMC, GFP_KERNEL, &smcx_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock->ops = &smcx_ops;
	sock->state = SS_UNCONNECTED;
	sock_init_data(sock, sk);
	sk->sk_protocol = protocol;
	sk->sk_destruct = NULL;
	sock_init(sk);
	smcx_want_sol_socket(sock);
	err = sock_add_tcp(sk, family);
	if (err) {
		sk->sk_state = SMCX_CLOSED;
		sock_orphan(sk);
		sock->sk = NULL;
		sock_put(sk);
	}
	return err;
}

static const struct net_proto_family smcx_family = {
	.family = PF_SMC,
	.owner = THIS_MODULE,
	.create = smcx_create,
};

/* IPPROTO_SMC on AF_INET and AF_INET6: inet_create() has made the socket. */

static int sock_inet_init(struct sock *sk)
{
	sock_init(sk);
	if (sk->sk_socket)
		smcx_want_sol_socket(sk->sk_socket);
	return sock_add_tcp(sk, sk->sk_family);
}

/* inet_create() takes back what it has made: sock_inet_init() failed, or a BPF program said no
 * after it.
 */
static void sock_inet_destroy(struct sock *sk)
{
	struct smcx_sock *smc = smcx_sk(sk);
	struct socket *clcsock = smc->tcp.sock;

	smcx_net_del_sock(smc);
	sk->sk_state = SMCX_CLOSED;
	smc->tcp.sock = NULL;
	if (clcsock)
		sock_release(clcsock);
}

/* There is nothing in a hash. */
static void sock_inet_unhash(struct sock *sk)
{
}

static struct proto smcx_inet_proto = {
	.name = "SMCX-INET",
	.owner = THIS_MODULE,
	.diag_destroy = smcx_diag_destroy,
	.init = sock_inet_init,
	.destroy = sock_inet_destroy,
	.unhash = sock_inet_unhash,
	.release_cb = smcx_later_release,
	.obj_size = sizeof(struct smcx_sock),
};

static struct inet_protosw inet_switch = {
	.type = SOCK_STREAM,
	.protocol = SMCX_IPPROTO_SMC,
	.prot = &smcx_inet_proto,
	.ops = &smcx_inet_ops,
};

#if IS_ENABLED(CONFIG_IPV6)
static struct proto smcx_inet6_proto = {
	.name = "SMCX-INET6",
	.owner = THIS_MODULE,
	.diag_destroy = smcx_diag_destroy,
	.init = sock_inet_init,
	.destroy = sock_inet_destroy,
	.unhash = sock_inet_unhash,
	.release_cb = smcx_later_release,
	.obj_size = sizeof(struct smcx6_sock),
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	.ipv6_pinfo_offset = offsetof(struct smcx6_sock, inet6),
#endif
};

static struct inet_protosw inet6_switch = {
	.type = SOCK_STREAM,
	.protocol = SMCX_IPPROTO_SMC,
	.prot = &smcx_inet6_proto,
	.ops = &smcx_inet6_ops,
};

static int __init sock_inet6_register(void)
{
	int err = proto_register(&smcx_inet6_proto, 1);

	if (err)
		return err;
	err = inet6_register_protosw(&inet6_switch);
	if (err)
		proto_unregister(&smcx_inet6_proto);
	return err;
}

static void sock_inet6_unregister(void)
{
	inet6_unregister_protosw(&inet6_switch);
	proto_unregister(&smcx_inet6_proto);
}
#else
static int __init sock_inet6_register(void)
{
	return 0;
}

static void sock_inet6_unregister(void)
{
}
#endif

int __init smcx_sock_init(void)
{
	int err = smcx_fallback_init();

	if (err)
		return err;
	err = proto_register(&smcx_proto, 1);
	if (err)
		goto err_proto;
	err = proto_register(&smcx_inet_proto, 1);
	if (err)
		goto err_inet;
	err = sock_register(&smcx_family);
	if (err)
		goto err_family;
	err = sock_inet6_register();
	if (err)
		goto err_inet6;
	inet_register_protosw(&inet_switch);
	return 0;

err_inet6:
	sock_unregister(PF_SMC);
err_family:
	proto_unregister(&smcx_inet_proto);
err_inet:
	proto_unregister(&smcx_proto);
err_proto:
	smcx_fallback_exit();
	return err;
}

void smcx_sock_exit(void)
{
	inet_unregister_protosw(&inet_switch);
	sock_inet6_unregister();
	sock_unregister(PF_SMC);
	smcx_fallback_exit();
	/* Sockets are freed after a grace period. */
	rcu_barrier();
	proto_unregister(&smcx_inet_proto);
	proto_unregister(&smcx_proto);
}
