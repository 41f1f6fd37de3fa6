// SPDX-License-Identifier: GPL-2.0
/* Socket options: nearly all are TCP's. Those that TCP cannot keep over SMC lead to fallback. */
#include <linux/tcp.h>
#include <net/tcp.h>
#include <uapi/linux/smc.h>

#include "smcx.h"
#include "smcx_stats.h"

/* Data in the SYN, and protocols upon TCP's bytes. */
static bool needs_tcp(int level, int name)
{
	if (level != SOL_TCP)
		return false;
	switch (name) {
	case TCP_ULP:
	case TCP_FASTOPEN:
	case TCP_FASTOPEN_CONNECT:
	case TCP_FASTOPEN_KEY:
	case TCP_FASTOPEN_NO_COOKIE:
		return true;
	default:
		return false;
	}
}

static int set_needs_tcp(struct smcx_sock *smc)
{
	int err = 0;

	lock_sock(&smc->sk);
	if (smcx_mode(smc) == SMCX_MODE_NONE && smcx_state(smc) == SMCX_INIT &&
	    !smcx_hs_running(smc))
		smcx_fallback(smc, SMCW_DECL_OPTUNSUPP);
	else if (smcx_mode(smc) != SMCX_MODE_TCP)
		err = -EINVAL;
	release_sock(&smc->sk);
	return err;
}

/*
 * TCP copies from and to user memory under its lock. Whoever waits for that one holds ours, and a
 * step from outside does not get ours meanwhile, so it never waits: see later.c.
 */
static bool tcp_enter(struct smcx_sock *smc)
{
	if (smcx_mode(smc) == SMCX_MODE_TCP)
		return false;
	lock_sock(&smc->sk);
	return true;
}

static void tcp_leave(struct smcx_sock *smc, bool entered)
{
	if (entered)
		release_sock(&smc->sk);
}

static int tcp_set(struct smcx_sock *smc, int level, int name, sockptr_t value, unsigned int len)
{
	const struct proto_ops *ops = READ_ONCE(smc->clcsock->ops);
	bool entered;
	int err;

	if (!ops->setsockopt)
		return -EOPNOTSUPP;
	entered = tcp_enter(smc);
	err = ops->setsockopt(smc->clcsock, level, name, value, len);
	tcp_leave(smc, entered);
	return err;
}

/*
 * The socket's own level comes here since 6.3: both sockets have to know. In
 * older kernels TCP is told at bind(), listen(), connect() and fallback.
 */
static int set_socket(struct socket *sock, int name, sockptr_t value, unsigned int len)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	int err = sock_setsockopt(sock, SOL_SOCKET, name, value, len), tcp_err;
	bool entered;

	/* While this is SMC: no reset instead of FIN from below, no CLC message that is too short.
	 */
	if ((name == SO_LINGER || name == SO_RCVLOWAT) && smcx_mode(smc) != SMCX_MODE_TCP)
		return err;
	entered = tcp_enter(smc);
	tcp_err = sock_setsockopt(smc->clcsock, SOL_SOCKET, name, value, len);
	tcp_leave(smc, entered);
	switch (name) {
	case SO_ATTACH_REUSEPORT_CBPF:
	case SO_ATTACH_REUSEPORT_EBPF:
	case SO_DETACH_REUSEPORT_BPF:
	case SO_REUSEPORT:
		return tcp_err;
	default:
		return err;
	}
}

/* Options that send out what waits: TCP_NODELAY set, TCP_CORK taken away. */
static void count_pushes(const struct smcx_sock *smc, int name)
{
	u8 nonagle = tcp_sk(smc->clcsk)->nonagle;

	if (name == TCP_NODELAY && nonagle & TCP_NAGLE_OFF)
		smcx_stat_inc(sock_net(&smc->sk), tx_nodelay);
	if (name == TCP_CORK && !(nonagle & TCP_NAGLE_CORK))
		smcx_stat_inc(sock_net(&smc->sk), tx_cork);
}

/* What the namespace's limit_smc_hs was when the socket was made, for this one. */
static int set_limit_hs(struct smcx_sock *smc, int name, sockptr_t value, unsigned int len)
{
	int limit;

	if (name != SMC_LIMIT_HS)
		return -ENOPROTOOPT;
	if (len < sizeof(limit))
		return -EINVAL;
	if (copy_from_sockptr(&limit, value, sizeof(limit)))
		return -EFAULT;
	WRITE_ONCE(smc->limit_hs, !!limit);
	return 0;
}

static int get_limit_hs(const struct smcx_sock *smc, int name, char __user *value, int __user *len)
{
	int limit = READ_ONCE(smc->limit_hs), room;

	if (name != SMC_LIMIT_HS)
		return -ENOPROTOOPT;
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min_t(int, room, sizeof(limit));
	return put_user(room, len) || copy_to_user(value, &limit, room) ? -EFAULT : 0;
}

int smcx_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int len)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	int err;

	if (level == SOL_SOCKET)
		return set_socket(sock, name, value, len);
	if (level == SOL_SMC)
		return set_limit_hs(smc, name, value, len);
	if (needs_tcp(level, name)) {
		err = set_needs_tcp(smc);
		if (err)
			return err;
	}
	err = tcp_set(smc, level, name, value, len);
	if (!err && level == SOL_TCP && smcx_mode(smc) == SMCX_MODE_SMCD)
		count_pushes(smc, name);
	return err;
}

int smcx_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	const struct proto_ops *ops = READ_ONCE(smc->clcsock->ops);
	bool entered;
	int err;

	if (level == SOL_SMC)
		return get_limit_hs(smc, name, value, len);
	if (!ops->getsockopt)
		return -ENOPROTOOPT;
	entered = tcp_enter(smc);
	err = ops->getsockopt(smc->clcsock, level, name, value, len);
	tcp_leave(smc, entered);
	return err;
}
