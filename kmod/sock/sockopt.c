// SPDX-License-Identifier: GPL-2.0
/* Socket options: nearly all are TCP's. One that only TCP can keep leads to fallback. */
#include <linux/tcp.h>
#include <net/tcp.h>
#include <uapi/linux/smc.h>

#include "cdc.h"
#include "ops.h"
#include "smcx_stats.h"
#include "ring.h"
#include "sock.h"

/*
 * TCP copies from and to user memory under its lock. Whoever waits for that one holds ours, and a
 * step from outside does not get ours meanwhile, so it never waits: see later.c.
 */
static bool sockopt_tcp_enter(struct smcx_sock *smc)
{
	if (smcx_mode(smc) == SMCX_MODE_TCP)
		return false;
	lock_sock(&smc->sk);
	return true;
}

static void sockopt_tcp_leave(struct smcx_sock *smc, bool entered)
{
	if (entered)
		release_sock(&smc->sk);
}

static int sockopt_tcp_set_locked(struct smcx_sock *smc, int level, int name, sockptr_t value,
				  unsigned int len)
{
	const struct proto_ops *ops = READ_ONCE(smc->tcp.sock->ops);

	return ops->setsockopt ? ops->setsockopt(smc->tcp.sock, level, name, value, len) :
				 -EOPNOTSUPP;
}

static int sockopt_tcp_set(struct smcx_sock *smc, int level, int name, sockptr_t value,
			   unsigned int len)
{
	bool entered = sockopt_tcp_enter(smc);
	int err = sockopt_tcp_set_locked(smc, level, name, value, len);

	sockopt_tcp_leave(smc, entered);
	return err;
}

/* Options that a socket of our families does not have, or not alone: TCP's answer is the one. */
static bool sockopt_only_tcps(int name)
{
	switch (name) {
	case SO_ATTACH_REUSEPORT_CBPF:
	case SO_ATTACH_REUSEPORT_EBPF:
	case SO_DETACH_REUSEPORT_BPF:
	case SO_REUSEPORT:
	case SO_TXREHASH:
	case SO_ZEROCOPY:
		return true;
	default:
		return false;
	}
}

/*
 * The socket's own level comes here since 6.3: both sockets have to know, and what TCP refuses is
 * refused. In older kernels TCP gets them at bind(), listen(), connect() and fallback.
 */
static int sockopt_set_socket(struct socket *sock, int name, sockptr_t value, unsigned int len)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	struct sock *sk = sock->sk;
	bool numbered = READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID, entered;
	int err;

	/* While this is SMC: no reset instead of FIN from below, no CLC message that is too short.
	 */
	if ((name != SO_LINGER && name != SO_RCVLOWAT) || smcx_mode(smc) == SMCX_MODE_TCP) {
		entered = sockopt_tcp_enter(smc);
		err = sock_setsockopt(smc->tcp.sock, SOL_SOCKET, name, value, len);
		sockopt_tcp_leave(smc, entered);
		if (err)
			return err;
	}
	err = sock_setsockopt(sock, SOL_SOCKET, name, value, len);
	if (!numbered && READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID)
		WRITE_ONCE(smc->conn.tx_key, smc->conn.tx_bytes);
	if (name == SO_ZEROCOPY) {
		lock_sock(sk);
		sock_valbool_flag(sk, SOCK_ZEROCOPY, sock_flag(smc->tcp.sk, SOCK_ZEROCOPY));
		release_sock(sk);
	}
	return sockopt_only_tcps(name) ? 0 : err;
}

/*
 * Data in the SYN is TCP's business only: the client that asks for it becomes TCP, if TCP takes the
 * option. A listener may have them: whoever sends data in its SYN has not asked for SMC there.
 */
static int sockopt_set_fastopen_connect(struct smcx_sock *smc, sockptr_t value, unsigned int len)
{
	struct sock *sk = &smc->sk;
	int on, err;

	if (len < sizeof(on))
		return -EINVAL;
	if (copy_from_sockptr(&on, value, sizeof(on)))
		return -EFAULT;
	lock_sock(sk);
	err = sockopt_tcp_set_locked(smc, SOL_TCP, TCP_FASTOPEN_CONNECT, KERNEL_SOCKPTR(&on),
				     sizeof(on));
	if (!err && on && smcx_mode(smc) == SMCX_MODE_NONE && smcx_state(smc) == SMCX_INIT &&
	    !smcx_hs_running(smc))
		smcx_fallback(smc, SMCW_DECL_OPTUNSUPP);
	release_sock(sk);
	return err;
}

/* A protocol upon TCP's bytes: these are no longer there, or CLC's still. */
static int sockopt_set_ulp(struct smcx_sock *smc, sockptr_t value, unsigned int len)
{
	char name[TCP_ULP_NAME_MAX];
	int err;

	if (!len)
		return -EINVAL;
	len = min_t(unsigned int, len, sizeof(name));
	if (copy_from_sockptr(name, value, len))
		return -EFAULT;
	lock_sock(&smc->sk);
	if (smcx_has_path(smc))
		err = -EOPNOTSUPP;
	else if (smcx_hs_running(smc))
		err = -ENOTCONN;
	else
		err = sockopt_tcp_set_locked(smc, SOL_TCP, TCP_ULP, KERNEL_SOCKPTR(name), len);
	release_sock(&smc->sk);
	return err;
}

/* Options that send out what waits: TCP_NODELAY set, TCP_CORK taken away. */
static void sockopt_count_pushes(const struct smcx_sock *smc, int name)
{
	u8 nonagle = tcp_sk(smc->tcp.sk)->nonagle;

	if (name == TCP_NODELAY && nonagle & TCP_NAGLE_OFF)
		smcx_stat_inc(smc, tx_nodelay);
	if (name == TCP_CORK && !(nonagle & TCP_NAGLE_CORK))
		smcx_stat_inc(smc, tx_cork);
}

/* The namespace's limit_smc_hs when the socket was made, for this one. */
static int sockopt_set_limit_hs(struct smcx_sock *smc, int name, sockptr_t value, unsigned int len)
{
	int limit;

	if (name != SMC_LIMIT_HS)
		return -ENOPROTOOPT;
	if (len < sizeof(limit))
		return -EINVAL;
	if (copy_from_sockptr(&limit, value, sizeof(limit)))
		return -EFAULT;
	WRITE_ONCE(smc->listen.limit_hs, !!limit);
	return 0;
}

static int sockopt_get_limit_hs(const struct smcx_sock *smc, int name, char __user *value,
				int __user *len)
{
	int limit = READ_ONCE(smc->listen.limit_hs), room;

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
		return sockopt_set_socket(sock, name, value, len);
	if (level == SOL_SMC)
		return sockopt_set_limit_hs(smc, name, value, len);
	if (level == SOL_TCP && name == TCP_FASTOPEN_CONNECT)
		return sockopt_set_fastopen_connect(smc, value, len);
	if (level == SOL_TCP && name == TCP_ULP)
		return sockopt_set_ulp(smc, value, len);
	/* A copy of TCP's queues would not have what is in the DMBs. */
	if (level == SOL_TCP && name == TCP_REPAIR && smcx_has_path(smc))
		return -EOPNOTSUPP;
	err = sockopt_tcp_set(smc, level, name, value, len);
	if (!err && level == SOL_TCP && smcx_has_path(smc))
		sockopt_count_pushes(smc, name);
	return err;
}

/* TCP's own bytes were the handshake's. */
static void sockopt_count_bytes(struct smcx_sock *smc, struct tcp_info *info)
{
	const struct smcx_conn *conn = &smc->conn;
	u32 unread = smcx_cdc_unread(conn);

	info->tcpi_bytes_sent = READ_ONCE(conn->tx_bytes);
	info->tcpi_bytes_acked = info->tcpi_bytes_sent;
	info->tcpi_bytes_received =
		READ_ONCE(conn->rx_bytes) + (unread > conn->rx->len ? 0 : unread);
	info->tcpi_notsent_bytes = 0;
	info->tcpi_unacked = 0;
}

static int sockopt_get_info(struct smcx_sock *smc, char __user *value, int __user *len)
{
	struct tcp_info info;
	int room;

	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	tcp_get_info(smc->tcp.sk, &info);
	sockopt_count_bytes(smc, &info);
	room = min_t(int, room, sizeof(info));
	return put_user(room, len) || copy_to_user(value, &info, room) ? -EFAULT : 0;
}

int smcx_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	const struct proto_ops *ops = READ_ONCE(smc->tcp.sock->ops);
	bool entered;
	int err;

	if (level == SOL_SMC)
		return sockopt_get_limit_hs(smc, name, value, len);
	if (level == SOL_TCP && smcx_has_path(smc)) {
		if (name == TCP_INFO)
			return sockopt_get_info(smc, value, len);
		/* TCP's queue is empty, and says so for ever. */
		if (name == TCP_ZEROCOPY_RECEIVE)
			return -EOPNOTSUPP;
	}
	if (!ops->getsockopt)
		return -ENOPROTOOPT;
	entered = sockopt_tcp_enter(smc);
	err = ops->getsockopt(smc->tcp.sock, level, name, value, len);
	sockopt_tcp_leave(smc, entered);
	return err;
}
