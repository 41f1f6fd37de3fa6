// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a connection: RFC 7609 section 4.8. Events are our application's
 * shutdown(SHUT_WR) and close(), and the peer's state bits in its CDC.
 *
 *	             shutdown                    done writing
 *	   ACTIVE ------------> PEERCLOSEWAIT1 ----------------> PEERCLOSEWAIT2
 *	     |      or close        closed: CLOSED if we are closed, else APPFINCLOSEWAIT
 *	     | done writing, closed
 *	     v        shutdown
 *	APPCLOSEWAIT1 -------> APPCLOSEWAIT2    close: CLOSED if the peer is closed,
 *	                                        else PEERFINCLOSEWAIT
 *	abort by the peer: PROCESSABORT, and CLOSED when we are closed, too
 *	abort by us: PEERABORTWAIT until the peer is closed or aborts, too
 *
 * One step is taken under state_lock; what the peer has to know is sent
 * afterwards.
 *
 * An end that the application has closed is freed at once: all that it sent is
 * in the peer's DMB, all that it had to say is said, and the peer finds nobody
 * there. So no end without a process keeps memory, or its network namespace,
 * for as long as a stranger likes. Only an end whose peer is a program
 * (player.h) stays until its state is CLOSED, and is freed by whoever made the
 * second of the two true.
 */
#include <net/tcp.h>

#include "cdc.h"
#include "close.h"
#include "close_steps.h"
#include "path.h"
#include "smc_event.h"
#include "sock.h"
#include "state.h"
#include "trace.h"

/* SOCK_DIAG shows the very numbers that the table has. */
#define SAME(ours, name) static_assert((int)SMCX_##ours == (int)SMCW_STATE_##name)
SAME(ACTIVE, ACTIVE);
SAME(INIT, INIT);
SAME(CLOSED, CLOSED);
SAME(PEERCLOSEWAIT1, PEERCLOSEWAIT1);
SAME(PEERCLOSEWAIT2, PEERCLOSEWAIT2);
SAME(APPCLOSEWAIT1, APPLCLOSEWAIT1);
SAME(APPCLOSEWAIT2, APPLCLOSEWAIT2);
SAME(APPFINCLOSEWAIT, APPLFINCLOSEWAIT);
SAME(PEERFINCLOSEWAIT, PEERFINCLOSEWAIT);
SAME(PEERABORTWAIT, PEERABORTWAIT);
SAME(PROCESSABORT, PROCESSABORT);
#undef SAME

/* Under state_lock. */
void smcx_state_set(struct smcx_sock *smc, enum smcx_state to, const char *cause)
	__must_hold(&smc->state_lock)
{
	int from = smc->sk.sk_state;

	lockdep_assert_held(&smc->state_lock);
	if (from == (int)to)
		return;
	WRITE_ONCE(smc->sk.sk_state, to);
	trace_smcx_sock_state(&smc->sk, from, to, cause);
}

/**
 * smcx_close_reset() - report the peer's abort to the application, once.
 * @smc: conn.rx_state does not have it yet
 *
 * As TCP in CLOSE_WAIT: after an end in order it is EPIPE, for who sends.
 *
 * Any context, any lock.
 */
void smcx_close_reset(struct smcx_sock *smc)
{
	bool ended = READ_ONCE(smc->conn.rx_state) & (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED);

	if (smcx_state(smc) == SMCX_CLOSED || smcx_state(smc) == SMCX_PEERABORTWAIT)
		return;
	if (!xchg(&smc->conn.reset_told, 1) && !READ_ONCE(smc->sk.sk_err))
		WRITE_ONCE(smc->sk.sk_err, ended ? EPIPE : ECONNRESET);
}

/**
 * smcx_close_peer() - the peer has set a state bit.
 * @smc: conn.rx_state has it already
 *
 * In the peer's context, under rcu_read_lock(): no lock of ours that can sleep. Or in our own,
 * with lock_sock() held.
 */
void smcx_close_peer(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;
	u32 rx_state = READ_ONCE(smc->conn.rx_state);

	RCU_LOCKDEP_WARN(!rcu_read_lock_held() && !lockdep_sock_is_held(sk),
			 "neither under rcu_read_lock() nor locked");
	spin_lock_bh(&smc->state_lock);
	/* It has been left by connect(AF_UNSPEC), and is TCP's. */
	if (unlikely(smcx_mode(smc) == SMCX_MODE_TCP)) {
		spin_unlock_bh(&smc->state_lock);
		return;
	}
	smcx_state_set(smc, smcx_step_by_peer(smcx_state(smc), rx_state, smc->conn.tx_state),
		       "peer");
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN |
					    (rx_state & SMCW_CDC_ABORT ? SEND_SHUTDOWN : 0));
	/* Under the lock, against smcx_close(). */
	if (smcx_state(smc) == SMCX_CLOSED && sock_flag(sk, SOCK_DEAD))
		smcx_sock_queue(smc, &smc->free_work);
	spin_unlock_bh(&smc->state_lock);
	/* TCP hears of no close() that follows a shutdown(): who waits for edges has had this one.
	 */
	if (rx_state == (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED))
		return;
	/* Readers see the end, writers see that nobody reads; the signal is that of tcp_fin(). */
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD,
		      READ_ONCE(sk->sk_shutdown) == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
}

/* Under state_lock. Returns what is to be sent to the peer: bits of the CDC's state. */
static u8 close_step(struct smcx_sock *smc, bool abort) __must_hold(&smc->state_lock)
{
	u8 state = smcx_state(smc), bits;

	lockdep_assert_held(&smc->state_lock);
	bits = smcx_step_by_close(&state, READ_ONCE(smc->conn.rx_state), abort);
	smcx_state_set(smc, state, abort ? "abort" : "close");
	return bits;
}

static void close_send(struct smcx_sock *smc, u8 bits)
{
	/* See smcx_close_peer(): to a peer that knows of our end a close() is no news. */
	bool known = bits == SMCW_CDC_CLOSED && smc->conn.tx_state & SMCW_CDC_DONE_WRITING;

	if (bits)
		smcx_path_post(smc, known ? 0 : SMCX_CDC_WAKE);
}

/* Under state_lock; cdc_lock within it, so that the message says what the state is. */
static void close_add_tx_state(struct smcx_sock *smc, u8 bits) __must_hold(&smc->state_lock)
{
	lockdep_assert_held(&smc->state_lock);
	spin_lock(&smc->conn.cdc_lock);
	smc->conn.tx_state |= bits;
	spin_unlock(&smc->conn.cdc_lock);
}

/*
 * TCP's connection ends as ours does, from the same end: it is there that TIME_WAIT is, and it is
 * TCP's state that getpeername(), TCP_INFO and ss show. lock_sock() held.
 */
static void close_end_tcp(struct smcx_sock *smc, u8 bits)
{
	smcx_assert_locked(smc);
	if (bits & SMCW_CDC_ABORT)
		tcp_abort(smc->tcp.sk, ECONNRESET);
	else if (bits && smcx_state(smc) != SMCX_CLOSED) /* else it is released in a moment */
		kernel_sock_shutdown(smc->tcp.sock, SHUT_WR);
}

/**
 * smcx_close() - the application has closed an SMC-D connection.
 * @smc: lock_sock() held, nobody in sendmsg() or recvmsg(); orphaned afterwards
 * @abort: data is unread, or SO_LINGER says so
 */
void smcx_close(struct smcx_sock *smc, bool abort)
{
	struct sock *sk = &smc->sk;
	bool free;
	u8 bits;

	smcx_assert_locked(smc);
	spin_lock_bh(&smc->state_lock);
	bits = close_step(smc, abort);
	close_add_tx_state(smc, bits);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	spin_unlock_bh(&smc->state_lock);
	/* Before the peer hears of it, and may close as well. */
	close_end_tcp(smc, bits);
	close_send(smc, bits);

	sock_orphan(sk);
	spin_lock_bh(&smc->state_lock);
	sock_set_flag(sk, SOCK_DEAD);
	free = smcx_state(smc) == SMCX_CLOSED || smc->conn.path->quiet(smc);
	spin_unlock_bh(&smc->state_lock);
	if (free)
		smcx_sock_finish(smc);
}

/**
 * smcx_close_over() - is there nothing to shut down any more?
 * @smc: lock_sock() held, in SMC-D mode
 *
 * As TCP, which is in state CLOSE then: after a reset, and when both directions have ended.
 */
bool smcx_close_over(const struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;

	switch (smcx_state(smc)) {
	case SMCX_CLOSED:
	case SMCX_PROCESSABORT:
	case SMCX_PEERABORTWAIT:
		return true;
	default:
		return READ_ONCE(conn->tx_lost) ||
		       (conn->tx_state & SMCW_CDC_DONE_WRITING && READ_ONCE(conn->rx_state));
	}
}

/**
 * smcx_close_write() - shutdown(SHUT_WR).
 * @smc: lock_sock() held, in SMC-D mode
 *
 * Waits for the one that is copying: the end comes after all bytes that sendmsg() took.
 *
 * Return: 0, or -ENOTCONN when there is nothing to shut down any more.
 */
int smcx_close_write(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;
	u8 bits = 0;
	int err = 0;

	smcx_assert_locked(smc);
	mutex_lock(&smc->conn.tx_lock);
	spin_lock_bh(&smc->state_lock);
	switch (smcx_state(smc)) {
	case SMCX_ACTIVE:
	case SMCX_APPCLOSEWAIT1:
		smcx_state_set(smc, smcp_state_after(smcx_state(smc), SMCP_SHUTS_DOWN, 0),
			       "shutdown");
		bits = SMCW_CDC_DONE_WRITING;
		break;
	default: /* done before, or over by now */
		if (smcx_close_over(smc))
			err = -ENOTCONN;
		break;
	}
	close_add_tx_state(smc, bits);
	if (!err)
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	spin_unlock_bh(&smc->state_lock);
	close_end_tcp(smc, bits);
	close_send(smc, bits);
	mutex_unlock(&smc->conn.tx_lock);
	return err;
}

/**
 * smcx_abort() - end a connection that cannot go on.
 * @smc: with buffers; in a system call or a work item, no matter which locks
 * @err: for the application, positive
 */
void smcx_abort(struct smcx_sock *smc, int err)
{
	struct sock *sk = &smc->sk;
	u8 bits;

	spin_lock_bh(&smc->state_lock);
	if (unlikely(smcx_mode(smc) == SMCX_MODE_TCP)) {
		spin_unlock_bh(&smc->state_lock);
		return;
	}
	bits = close_step(smc, true);
	close_add_tx_state(smc, bits);
	if (bits)
		WRITE_ONCE(sk->sk_err, err);
	/* After its reason; pairs with smp_rmb() in tx_error(). */
	smp_store_release(&sk->sk_shutdown, SHUTDOWN_MASK);
	spin_unlock_bh(&smc->state_lock);
	close_send(smc, bits);
	sk->sk_state_change(sk);
}

/**
 * smcx_close_tcp_err() - has something ended the TCP connection that has to end ours, too?
 * @clcsk: of a connection in SMC-D mode
 *
 * An administrator, by ss -K, or keepalive, which is TCP's. Not the peer: what it wants to say it
 * says by CDC, and a reset from it may come before that.
 *
 * Any context. Return: the error, positive, or 0.
 */
int smcx_close_tcp_err(const struct sock *clcsk)
{
	int err;

	/* Its reason was there before. Pairs with inet_sk_state_store(). */
	if (smp_load_acquire(&clcsk->sk_state) != TCP_CLOSE)
		return 0;
	err = READ_ONCE(clcsk->sk_err);
	return err == ECONNRESET || err == EPIPE ? 0 : err;
}

static void close_tcp_event(struct sock *clcsk)
{
	struct smcx_sock *smc = smcx_close_tcp_err(clcsk) ? smcx_hooked(clcsk) : NULL;

	if (!smc)
		return;
	smcx_sock_queue(smc, &smc->abort_work);
	sock_put(&smc->sk);
}

/**
 * smcx_close_watch_tcp() - what ends the TCP connection ends ours from now on.
 * @smc: lock_sock() held; the handshake's callbacks are no more
 */
void smcx_close_watch_tcp(struct smcx_sock *smc)
{
	smcx_assert_locked(smc);
	smcx_hook(smc, close_tcp_event, close_tcp_event);
	/* It may have been faster. */
	if (smcx_close_tcp_err(smc->tcp.sk))
		smcx_sock_queue(smc, &smc->abort_work);
}

/**
 * smcx_close_refuse() - end the connection of a peer that broke the protocol, or is lost.
 * @smc: lock_sock() held; smcx_close_peer() has been here
 *
 * TCP's is reset: the peer may be able to hear that alone.
 * smcx_close_peer() has given the application its error, which this does not change.
 */
void smcx_close_refuse(struct smcx_sock *smc)
{
	u8 bits;

	smcx_assert_locked(smc);
	if (!smcx_has_path(smc) || !smc->conn.tx)
		return;
	spin_lock_bh(&smc->state_lock);
	bits = close_step(smc, true);
	close_add_tx_state(smc, bits);
	spin_unlock_bh(&smc->state_lock);
	close_end_tcp(smc, bits);
	close_send(smc, bits);
	smc->sk.sk_state_change(&smc->sk);
}

/**
 * smcx_close_lost() - a reset would have come now, for what was sent after the peer's close().
 * @smc: in SMC-D mode, not released; its tx_lock held
 *
 * As TCP in CLOSE_WAIT: the error is EPIPE, and whoever reads goes on to see the peer's end.
 */
void smcx_close_lost(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;

	lockdep_assert_held(&smc->conn.tx_lock);
	WRITE_ONCE(sk->sk_err, EPIPE);
	/* After its reason. */
	smp_store_release(&sk->sk_shutdown, SHUTDOWN_MASK);
	tcp_abort(smc->tcp.sk, EPIPE);
	sk->sk_state_change(sk);
}

/**
 * smcx_disconnect() - connect(AF_UNSPEC) on a connection: it is aborted, and the socket may connect
 * anew.
 * @smc: lock_sock() held, in SMC-D mode
 *
 * Others may be in sendmsg() and recvmsg(), with buffers that cannot be exchanged under them. So
 * these stay till close(), out of the peer's reach, and the socket is TCP's from now on.
 */
void smcx_disconnect(struct smcx_sock *smc)
{
	smcx_assert_locked(smc);
	smcx_abort(smc, ECONNRESET);
	smc->conn.path->leave(smc);
	smcx_fallback_disconnected(smc);
}
