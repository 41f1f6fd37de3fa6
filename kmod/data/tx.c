// SPDX-License-Identifier: GPL-2.0
/* sendmsg(): from user memory into the ring that the peer reads, once. */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "cdc_hot.h"
#include "close.h"
#include "cursor_word.h"
#include "fault.h"
#include "path.h"
#include "ring.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"
#include "tx.h"

/* The reader may begin while the rest is copied. */
#define CHUNK (32 * 1024)

/* Why nothing can be sent, or 0. Takes sk_err away: for those who will return it. */
static int tx_error(struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;
	struct sock *sk = &smc->sk;
	bool over;

	if (unlikely(READ_ONCE(conn->corrupt)))
		smcx_abort(smc, ECONNABORTED);
	over = READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN ||
	       READ_ONCE(conn->rx_state) & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
	/* If it is over, its reason was there before. Pairs with smcx_cdc_take(), smcx_abort(). */
	smp_rmb();
	if (unlikely(READ_ONCE(sk->sk_err)))
		return sock_error(sk);
	return unlikely(over) ? -EPIPE : 0;
}

/*
 * Bytes of room in the peer's ring. There is none till all is read without memory (see mem.h), and
 * after an urgent byte on a path whose readers depend on that.
 */
static u32 tx_room(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	/* It is about bytes that were written before: look at them after it. Pairs with the path.
	 */
	bool until_read = smp_load_acquire(&conn->tx->until_read);
	u32 unconsumed = smcx_cdc_unconsumed(conn);

	if (unlikely(unconsumed > conn->tx->len)) {
		WRITE_ONCE(conn->corrupt, 1);
		return 0;
	}
	if (unlikely(READ_ONCE(conn->tx->starved))) {
		if (unconsumed)
			return 0;
		WRITE_ONCE(conn->tx->starved, 0);
	}
	if (unlikely(until_read)) {
		if (unconsumed)
			return 0;
		WRITE_ONCE(conn->tx->until_read, 0);
	}
	return smcx_cdc_room(conn);
}

/* The reader will wake us, or send SIGIO, once there is some. To be followed by a look. */
static void tx_ask_for_room(struct smcx_sock *smc)
{
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, &smc->sk);
	WRITE_ONCE(smc->conn.tx->writer_waits, 1);
	/* Pairs with smp_mb() in the path's read_on(). */
	smp_mb();
}

/**
 * smcx_tx_ready() - for poll: would sendmsg() do something?
 * @smc: in SMC-D mode, not released
 *
 * If not, the reader will wake the socket's waiters.
 */
bool smcx_tx_ready(struct smcx_sock *smc)
{
	struct smcx_ring *ring = smc->conn.tx;

	if (tx_room(smc) >= smcx_writable(ring) || READ_ONCE(smc->conn.corrupt))
		return true;
	tx_ask_for_room(smc);
	return tx_room(smc) >= smcx_writable(ring);
}

/* Would tx_error() have a reason? */
static bool tx_over(const struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;

	return READ_ONCE(conn->corrupt) || READ_ONCE(smc->sk.sk_err) ||
	       READ_ONCE(smc->sk.sk_shutdown) & SEND_SHUTDOWN ||
	       READ_ONCE(conn->rx_state) & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
}

static bool tx_may_go_on(struct smcx_sock *smc)
{
	return tx_room(smc) || tx_over(smc);
}

/* tx_lock held, released while we sleep: others may try without waiting. */
static int tx_wait(struct smcx_sock *smc, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct smcx_conn *conn = &smc->conn;
	struct sock *sk = &smc->sk;
	int err = 0;

	lockdep_assert_held(&smc->conn.tx_lock);
	smcx_stat_inc(smc, tx_rmt_full);
	add_wait_queue(sk_sleep(sk), &wait);
	for (;;) {
		tx_ask_for_room(smc);
		if (tx_may_go_on(smc))
			break;
		if (!*timeo) {
			err = -EAGAIN;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(*timeo);
			break;
		}
		mutex_unlock(&conn->tx_lock);
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
		mutex_lock(&conn->tx_lock);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/*
 * There is no memory for the next segment: those that hold unread bytes will do when these are
 * read. If there are none, some may come, if it is given a little time: as TCP. tx_lock held,
 * released meanwhile.
 */
static int tx_wait_memory(struct smcx_sock *smc, long *timeo)
{
	long nap = min_t(long, *timeo, HZ / 50);

	lockdep_assert_held(&smc->conn.tx_lock);
	if (smcx_cdc_unconsumed(&smc->conn)) {
		WRITE_ONCE(smc->conn.tx->starved, 1);
		/* A reader that waits for more than is there. */
		smcx_path_post(smc, SMCX_CDC_WAKE);
		return 0;
	}
	if (!nap)
		return -EAGAIN;
	mutex_unlock(&smc->conn.tx_lock);
	schedule_timeout_interruptible(nap);
	mutex_lock(&smc->conn.tx_lock);
	if (*timeo != MAX_SCHEDULE_TIMEOUT)
		*timeo -= nap;
	return signal_pending(current) ? sock_intr_errno(*timeo) : 0;
}

/*
 * Copies up to @n bytes after the producer cursor; tx_lock held. Returns how many, -ENOMEM, or
 * -EFAULT if not all of them can be read: as TCP, none of them is sent then.
 */
static int tx_copy(struct smcx_conn *conn, struct iov_iter *from, u32 n)
{
	struct smcx_ring *ring = conn->tx;
	u32 done = 0, copied, part;
	u64 at = conn->prod;
	u8 *to;

	lockdep_assert_held(&conn->tx_lock);
	do {
		part = n - done;
		to = smcx_ring_for_writing(ring, at, &part);
		if (!to)
			return done ? (int)done : -ENOMEM;
		copied = copy_from_iter(to, part, from);
		done += copied;
		at = smcx_cursor_add(at, copied, ring->len);
		if (unlikely(copied < part)) {
			iov_iter_revert(from, done);
			return -EFAULT;
		}
	} while (done < n);
	return done;
}

/* tx_lock held. */
static void tx_publish(struct smcx_sock *smc, u32 n, bool urgent)
{
	struct smcx_conn *conn = &smc->conn;
	u64 prod = smcx_cursor_add(conn->prod, n, conn->tx->len);

	lockdep_assert_held(&smc->conn.tx_lock);
	if (urgent)
		smc->conn.path->urgent(smc, prod);
	/* The data is written. Pairs with cdc_write(), smcx_cdc_cursors(). */
	smp_store_release(&conn->prod, prod);
	conn->tx_bytes += n;
	trace_smcx_tx(&smc->sk, n, conn->prod, READ_ONCE(conn->tx->cons), false);
	smcx_path_post(smc, SMCX_CDC_WAKE | (urgent ? SMCX_CDC_URGENT : 0));
}

/*
 * The peer has closed its end in order, and everything that it sent has been read or will be. As
 * TCP, which hears of that by a reset: what is sent now is taken and lost, once, and an error
 * afterwards. tx_lock held.
 */
static bool tx_lost(struct smcx_sock *smc, struct msghdr *msg, size_t len)
{
	struct smcx_conn *conn = &smc->conn;
	struct sock *sk = &smc->sk;
	u32 rx_state = READ_ONCE(conn->rx_state);

	lockdep_assert_held(&conn->tx_lock);
	if (conn->tx_lost || !(rx_state & SMCW_CDC_CLOSED) || rx_state & SMCW_CDC_ABORT ||
	    READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN || READ_ONCE(conn->corrupt))
		return false;
	if (!len)
		return true;
	conn->tx_lost = 1;
	iov_iter_advance(&msg->msg_iter, len);
	smcx_close_lost(smc);
	return true;
}

/* tx_lock held. */
static int tx_send(struct smcx_sock *smc, struct msghdr *msg, size_t len, long timeo)
{
	struct smcx_conn *conn = &smc->conn;
	struct sock *sk = &smc->sk;
	size_t sent = 0;
	int err;

	lockdep_assert_held(&smc->conn.tx_lock);
	/* After some bytes that are sent the call succeeds: the error is for the next one. */
	while (!(err = sent ? tx_over(smc) : tx_error(smc)) && sent < len) {
		u32 room = tx_room(smc);
		int n;

		if (smcx_fault(tx_stall, sk)) {
			room = 0;
			smcx_write_space(sk);
		}
		if (smcx_fault(conn_abort, sk))
			smcx_abort(smc, ECONNABORTED);
		if (!room) {
			err = tx_wait(smc, &timeo);
			if (err)
				break;
			continue;
		}
		n = tx_copy(conn, &msg->msg_iter, min3(len - sent, (size_t)room, (size_t)CHUNK));
		if (n == -ENOMEM) {
			err = tx_wait_memory(smc, &timeo);
			if (err)
				break;
			continue;
		}
		if (n < 0) {
			err = n;
			break;
		}
		sent += n;
		tx_publish(smc, n, msg->msg_flags & MSG_OOB && sent == len);
	}
	if (unlikely(err == -EPIPE && !sent) && tx_lost(smc, msg, min_t(size_t, len, MAX_RW_COUNT)))
		return min_t(size_t, len, MAX_RW_COUNT);
	return sent ? (int)sent : err;
}

/* As TCP: those of SOL_SOCKET are checked. But for @stamps they have no meaning but for packets. */
static int tx_cmsg(struct smcx_sock *smc, struct msghdr *msg, u32 *stamps)
{
	struct sockcm_cookie sockc;

	sockcm_init(&sockc, smc->tcp.sk);
	if (sock_cmsg_send(smc->tcp.sk, msg, &sockc))
		return -EINVAL;
	*stamps = sockc.tsflags;
	return 0;
}

static int tx_smc(struct smcx_sock *smc, struct msghdr *msg, size_t len, long timeo)
{
	u32 stamps = READ_ONCE(smc->tcp.sk->sk_tsflags);
	struct ubuf_info *notice = NULL;
	int n;

	if (unlikely(msg->msg_controllen) && tx_cmsg(smc, msg, &stamps))
		return -EINVAL;
	if (unlikely(smcx_tx_wants_notice(smc, msg, len))) {
		notice = smcx_tx_notice(smc, len);
		if (!notice)
			return -ENOBUFS;
	}
	if (len > smc->conn.tx->len)
		smcx_stat_inc(smc, tx_rmt_small);
	if (msg->msg_flags & MSG_OOB)
		smcx_stat_inc(smc, urgent);
	mutex_lock(&smc->conn.tx_lock);
	n = tx_send(smc, msg, len, timeo);
	mutex_unlock(&smc->conn.tx_lock);
	smcx_stat_tx(smc, len, n);
	if (unlikely(notice))
		smcx_tx_notify(smc, notice, n);
	if (unlikely(stamps & SOF_TIMESTAMPING_TX_RECORD_MASK) && n > 0)
		smcx_tx_stamp(smc, stamps);
	return n;
}

/* MSG_FASTOPEN connects. Data in the SYN is TCP's business only. */
static int tx_fastopen(struct smcx_sock *smc)
{
	struct sock *sk = &smc->sk;
	int err = 0;

	lock_sock(sk);
	if (smcx_hs_running(smc))
		err = -EALREADY;
	else if (smcx_mode(smc) == SMCX_MODE_NONE && smcx_state(smc) != SMCX_INIT)
		err = -EISCONN;
	else if (smcx_mode(smc) == SMCX_MODE_NONE)
		smcx_fallback(smc, SMCW_DECL_OPTUNSUPP);
	release_sock(sk);
	return err;
}

int smcx_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	int n;

	if (unlikely(smcx_mode(smc) == SMCX_MODE_NONE)) {
		n = smcx_hs_wait(smc, &timeo);
		if (n == -ENOTCONN && msg->msg_flags & MSG_FASTOPEN)
			n = tx_fastopen(smc);
		if (n)
			return sk_stream_error(sk, msg->msg_flags, n == -ENOTCONN ? -EPIPE : n);
	}
	if (unlikely(smcx_mode(smc) == SMCX_MODE_TCP)) {
		smcx_fallback_refresh(smc);
		n = READ_ONCE(smc->tcp.sock->ops)->sendmsg(smc->tcp.sock, msg, len);
		smcx_fallback_took(smc);
		return n;
	}
	n = tx_smc(smc, msg, len, timeo);
	return n < 0 ? sk_stream_error(sk, msg->msg_flags, n) : n;
}
