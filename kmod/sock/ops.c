// SPDX-License-Identifier: GPL-2.0
/* System calls that have no file of their own. */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <asm/ioctls.h>

#include "cdc.h"
#include "close.h"
#include "compat.h"
#include "cursor_word.h"
#include "ops.h"
#include "rx.h"
#include "ring.h"
#include "sock.h"
#include "trace.h"
#include "tx.h"

static int smcx_bind(struct socket *sock, SMCX_SOCKADDR *addr, int len)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	int err = -EINVAL;

	lock_sock(sk);
	if (smcx_mode(smc) == SMCX_MODE_TCP ||
	    (smcx_state(smc) == SMCX_INIT && !smcx_hs_running(smc))) {
		smcx_sock_tell_tcp(smc);
		err = READ_ONCE(smc->tcp.sock->ops)->bind(smc->tcp.sock, addr, len);
	}
	release_sock(sk);
	return err;
}

/* As TCP: no longer a listener, and those in accept() return. lock_sock() held, released meanwhile.
 */
static int ops_end_listening(struct smcx_sock *smc, const char *cause, int how)
{
	struct sock *sk = &smc->sk;
	int err;

	smcx_assert_locked(smc);
	spin_lock_bh(&smc->state_lock);
	smcx_state_set(smc, SMCX_INIT, cause);
	spin_unlock_bh(&smc->state_lock);
	smcx_listen_stop(smc);
	err = READ_ONCE(smc->tcp.sock->ops)->shutdown(smc->tcp.sock, how);
	release_sock(sk);
	smcx_listen_close(smc);
	lock_sock(sk);
	sk->sk_state_change(sk);
	return err;
}

/* connect() on a socket that may have been asked to before. Returns 1 to begin. */
static int ops_connect_again(struct socket *sock)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	int err;

	switch (sock->state) {
	case SS_UNCONNECTED:
		return smcx_state(smc) == SMCX_INIT ? 1 : -EISCONN;
	case SS_CONNECTED:
		return -EISCONN;
	default:
		break;
	}
	if (smcx_mode(smc) != SMCX_MODE_NONE) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	sock->state = SS_UNCONNECTED;
	WRITE_ONCE(sock->sk->sk_shutdown, 0);
	err = sock_error(sock->sk);
	return err ? err : -ECONNABORTED;
}

/* AF_UNSPEC takes a connection back, an attempt at one, or listen(). */
static int ops_connect_undo(struct socket *sock, SMCX_SOCKADDR *addr, int len, int flags)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	int err;

	if (smcx_state(smc) == SMCX_LISTEN)
		return ops_end_listening(smc, "disconnect", SHUT_RDWR);
	if (smcx_has_path(smc)) {
		smcx_disconnect(smc);
	} else {
		smcx_hs_cancel(smc);
		WRITE_ONCE(smc->hs.state, SMCX_HS_IDLE);
		WRITE_ONCE(sock->sk->sk_shutdown, 0);
	}
	err = READ_ONCE(smc->tcp.sock->ops)->connect(smc->tcp.sock, addr, len, flags);
	sock->state = smc->tcp.sock->state;
	/* Another thread may sleep in connect(). */
	sock->sk->sk_state_change(sock->sk);
	return err;
}

static int smcx_connect(struct socket *sock, SMCX_SOCKADDR *addr, int len, int flags)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	int err;

	lock_sock(sk);
	if (smcx_mode(smc) == SMCX_MODE_TCP) {
		/* The attempt ended in fallback since the call that began it. */
		if (sock->state == SS_CONNECTING && smc->tcp.sock->state == SS_CONNECTED &&
		    ((struct sockaddr *)addr)->sa_family != AF_UNSPEC) {
			sock->state = SS_CONNECTED;
			err = 0;
			goto out;
		}
		smcx_fallback_refresh(smc);
		/* It may wait, and others need not. */
		release_sock(sk);
		err = READ_ONCE(smc->tcp.sock->ops)->connect(smc->tcp.sock, addr, len, flags);
		sock->state = smc->tcp.sock->state;
		smcx_fallback_listens(smc);
		smcx_fallback_took(smc);
		return err;
	}
	if (len >= (int)sizeof(sa_family_t) && ((struct sockaddr *)addr)->sa_family == AF_UNSPEC) {
		err = ops_connect_undo(sock, addr, len, flags);
		goto out;
	}
	if (smcx_state(smc) == SMCX_LISTEN) {
		err = -EISCONN;
		goto out;
	}
	if (smcx_hs_running(smc)) {
		err = smcx_hs_join(smc, flags);
	} else {
		err = ops_connect_again(sock);
		if (err <= 0)
			goto out;
		err = smcx_hs_connect(smc, addr, len, flags);
		/* As TCP: how it went is for poll, SO_ERROR or the next call to say. */
		if (!err && flags & O_NONBLOCK) {
			sock->state = SS_CONNECTING;
			err = -EINPROGRESS;
			goto out;
		}
	}
	if (!err && smcx_mode(smc) == SMCX_MODE_NONE) {
		WRITE_ONCE(sk->sk_shutdown, 0);
		err = sock_error(sk);
		if (!err)
			err = -ECONNABORTED;
	} else if (!err) {
		sock->state = SS_CONNECTED;
	} else if (smcx_hs_running(smc)) {
		sock->state = SS_CONNECTING;
	}
out:
	release_sock(sk);
	return err;
}

static int smcx_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	const struct proto_ops *ops = READ_ONCE(sock->ops);
	struct socket *clcsock;

	/* accept4() asks by its listener's operations, even for a socket that is TCP's now. */
	if (ops->getname != smcx_getname)
		return ops->getname(sock, addr, peer);
	clcsock = smcx_sk(sock->sk)->tcp.sock;
	return READ_ONCE(clcsock->ops)->getname(clcsock, addr, peer);
}

static __poll_t ops_poll_smc(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;
	u32 shutdown;
	__poll_t mask = 0;
	bool done;

	done = smcx_rx_done(smc);
	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || smcx_state(smc) == SMCX_CLOSED)
		mask |= EPOLLHUP;
	if (done)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (smcx_cdc_readable(&smc->conn, sock_rcvlowat(sk, 0, INT_MAX)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(smc->conn.urg_state) == SMCX_URG_VALID)
		mask |= EPOLLPRI;
	if (shutdown & SEND_SHUTDOWN ||
	    READ_ONCE(smc->conn.rx_state) & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT) ||
	    smcx_tx_ready(smc))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static __poll_t smcx_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	__poll_t mask = 0;

	sock_poll_wait(file, sock, wait);
	switch (smcx_mode(smc)) {
	case SMCX_MODE_SMCD:
	case SMCX_MODE_SMCR:
		mask = ops_poll_smc(smc);
		break;
	case SMCX_MODE_TCP:
		smcx_fallback_refresh(smc);
		/* One wait queue is enough: the two share it. */
		return READ_ONCE(smc->tcp.sock->ops)->poll(file, smc->tcp.sock, NULL);
	default:
		if (smcx_state(smc) == SMCX_LISTEN)
			return READ_ONCE(smc->listen.ready_count) ? EPOLLIN | EPOLLRDNORM : 0;
		if (!smcx_hs_running(smc))
			mask = EPOLLOUT | EPOLLWRNORM | EPOLLHUP;
		smp_rmb(); /* pairs with hs_fail() */
		/* An attempt has failed, and connect() has not said so yet. */
		if (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
			mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
		break;
	}
	/* Pairs with the queueing of an error, after which we are woken: it is seen now or then. */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&smc->tcp.sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/* As TCP: bytes before the urgent one, if that is not read as any other. */
static u32 ops_unread_to_mark(const struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;
	u32 n = smcx_cdc_unread(conn), before;

	if (n > conn->rx->len)
		return 0;
	/* Pairs with smcx_cdc_take_urgent(). */
	if (smp_load_acquire(&conn->urg_state) == SMCX_URG_NONE ||
	    sock_flag(&smc->sk, SOCK_URGINLINE))
		return n;
	if (smcx_rx_is_over_mark(conn))
		return 0;
	before = smcx_cursor_diff(READ_ONCE(conn->cons), READ_ONCE(conn->urg), conn->rx->len);
	return min(n, before);
}

/*
 * TCP counts what the peer's machine has not taken. Here it has taken all; but what TCP would still
 * have, since the peer's program does not read, is in the half of the buffer that stands for the
 * send buffer.
 */
static u32 ops_unsent(const struct smcx_conn *conn)
{
	u32 n = smcx_cdc_unconsumed(conn), half = conn->tx->len / 2;

	return n > conn->tx->len ? 0 : n - min(n, half);
}

static int ops_ioctl_smc(struct smcx_sock *smc, unsigned int cmd)
{
	struct smcx_conn *conn = &smc->conn;

	switch (cmd) {
	case SIOCINQ:
		return ops_unread_to_mark(smc);
	case SIOCOUTQ:
		return ops_unsent(conn);
	case SIOCOUTQNSD: /* what is sent is there */
		return 0;
	case SIOCATMARK:
		return READ_ONCE(conn->urg_state) != SMCX_URG_NONE &&
		       (READ_ONCE(conn->urg) == READ_ONCE(conn->cons) ||
			smcx_rx_is_over_mark(conn));
	default:
		return -ENOIOCTLCMD;
	}
}

static int smcx_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);
	int n;

	if (smcx_has_path(smc)) {
		n = ops_ioctl_smc(smc, cmd);
		if (n != -ENOIOCTLCMD)
			return put_user(n, (int __user *)arg);
	}
	return READ_ONCE(smc->tcp.sock->ops)->ioctl(smc->tcp.sock, cmd, arg);
}

/* The attempt at a connection fails, and the socket may try again at once: as TCP. */
static void ops_attempt_shut_down(struct socket *sock)
{
	struct smcx_sock *smc = smcx_sk(sock->sk);

	smcx_hs_step(smc);
	if (smcx_hs_running(smc) || smcx_mode(smc) != SMCX_MODE_NONE)
		return;
	WRITE_ONCE(sock->sk->sk_shutdown, 0);
	sock->state = SS_UNCONNECTED;
}

static int smcx_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	int err = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	switch (smcx_mode(smc)) {
	case SMCX_MODE_TCP:
		err = READ_ONCE(smc->tcp.sock->ops)->shutdown(smc->tcp.sock, how);
		smcx_fallback_listens(smc);
		break;
	case SMCX_MODE_SMCD:
	case SMCX_MODE_SMCR:
		if (smcx_close_over(smc))
			err = -ENOTCONN;
		else if (how != SHUT_RD)
			err = smcx_close_write(smc);
		spin_lock_bh(&smc->state_lock);
		if (how != SHUT_WR)
			WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
		spin_unlock_bh(&smc->state_lock);
		sk->sk_state_change(sk);
		break;
	default:
		err = -ENOTCONN;
		if (smcx_state(smc) == SMCX_LISTEN) {
			/* SHUT_WR means nothing to a listener, and is no error. */
			err = how == SHUT_WR ? 0 : ops_end_listening(smc, "shutdown", how);
		} else if (smcx_hs_running(smc)) {
			err = READ_ONCE(smc->tcp.sock->ops)->shutdown(smc->tcp.sock, how);
			ops_attempt_shut_down(sock);
		}
		break;
	}
	release_sock(sk);
	return err;
}

static void ops_release_tcp(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;

	smcx_hs_cancel(smc);
	smcx_unhook(smc);
	smcx_fallback_unshare(smc);
	sock_orphan(sk);
	smcx_sock_finish(smc);
}

static int smcx_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc;
	bool abort, listening;

	if (!sk)
		return 0;
	smc = smcx_sk(sk);
	sock_hold(sk);
	trace_smcx_leave(sk, smc->tcp.sk, smcx_mode(smc), smc->server, smc->fallback.reason,
			 smc->fallback.peer_diagnosis);
	lock_sock(sk);
	listening = (smcx_state(smc) == SMCX_LISTEN && smcx_mode(smc) == SMCX_MODE_NONE) ||
		    smcx_listen_ended(smc);
	if (listening) {
		spin_lock_bh(&smc->state_lock);
		smcx_state_set(smc, SMCX_CLOSED, "close");
		spin_unlock_bh(&smc->state_lock);
		smcx_listen_stop(smc);
	}
	/* SO_LINGER waits for the peer's host to have all, as TCP's does: it has. */
	if (smcx_has_path(smc)) {
		abort = smcx_cdc_unread(&smc->conn) ||
			(sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime);
		smcx_close(smc, abort);
	} else {
		ops_release_tcp(smc);
	}
	sock->sk = NULL;
	release_sock(sk);
	if (listening)
		smcx_listen_close(smc);
	sock_put(sk);
	return 0;
}

/* SO_PEEK_OFF: 6.9 has it for TCP. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define SMCX_OPS_PEEK_OFF .set_peek_off = sk_set_peek_off,
#else
#define SMCX_OPS_PEEK_OFF
#endif

/*
 * No splice_read: sendfile() and splice() copy through recvmsg() and sendmsg().
 * So no page of a DMB is ever lent to a pipe, where it could outlive the
 * connection.
 */
#define SMCX_OPS(family_)                                                                          \
	{                                                                                          \
		SMCX_OPS_PEEK_OFF.family = (family_), .owner = THIS_MODULE,                        \
		.release = smcx_release, .bind = smcx_bind, .connect = smcx_connect,               \
		.socketpair = sock_no_socketpair, .accept = smcx_accept, .getname = smcx_getname,  \
		.poll = smcx_poll, .ioctl = smcx_ioctl, .gettstamp = sock_gettstamp,               \
		.listen = smcx_listen, .shutdown = smcx_shutdown, .setsockopt = smcx_setsockopt,   \
		.getsockopt = smcx_getsockopt, .sendmsg = smcx_sendmsg, .recvmsg = smcx_recvmsg,   \
		.mmap = sock_no_mmap,                                                              \
	}

const struct proto_ops smcx_ops = SMCX_OPS(PF_SMC);
const struct proto_ops smcx_inet_ops = SMCX_OPS(PF_INET);
const struct proto_ops smcx_inet6_ops = SMCX_OPS(PF_INET6);
