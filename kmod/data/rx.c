// SPDX-License-Identifier: GPL-2.0
/* recvmsg(): from our ring to user memory. */
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/uio.h>
#include <net/busy_poll.h>

#include "cdc.h"
#include "close.h"
#include "cursor_word.h"
#include "fault.h"
#include "net.h"
#include "path.h"
#include "ring.h"
#include "rx.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"

/* The writer may use the room while the rest is copied. */
#define CHUNK (32 * 1024)

/* A recvmsg() under way. */
struct rx {
	struct smcx_sock *smc;
	struct msghdr *msg;
	int flags;
	long timeo;
	size_t len, target, copied;
	u32 ahead;  /* MSG_PEEK: bytes from conn.cons on that are not to be shown, or have been */
	u64 at;	    /* cursor: conn.cons and as much, while there are bytes to take */
	u64 before; /* conn.cons when rx_lock was last released */
	bool stop;  /* at the urgent mark */
	bool polled;
};

/**
 * smcx_rx_done() - will no more come than what is in the buffer?
 * @smc: in SMC-D mode
 *
 * To be asked before the producer cursor is read.
 */
bool smcx_rx_done(const struct smcx_sock *smc)
{
	bool done = READ_ONCE(smc->conn.rx_state) || READ_ONCE(smc->sk.sk_shutdown) & RCV_SHUTDOWN;

	/* The cursor of the peer's last message is at least as new. Pairs with smcx_cdc_take(). */
	smp_rmb();
	return done;
}

/* Bytes that are @ahead of conn.cons, or more; 0 and conn.corrupt if the cursor cannot be. */
static u32 rx_bytes(struct smcx_sock *smc, u32 ahead)
{
	const struct smcx_ring *ring = smc->conn.rx;
	u64 prod = smp_load_acquire(&ring->prod); /* pairs with cdc_write() */
	u32 n = smcx_cursor_diff(smc->conn.cons, prod, ring->len);

	if (unlikely(n > ring->len))
		WRITE_ONCE(smc->conn.corrupt, 1);
	return unlikely(READ_ONCE(smc->conn.corrupt)) ? 0 : n - min(n, ahead);
}

/* SO_PEEK_OFF; 0 for whoever does not peek. */
static u32 rx_peek_offset(const struct sock *sk, int flags)
{
	return max(sk_peek_offset(sk, flags), 0);
}

static bool rx_may_go_on(struct smcx_sock *smc, u32 ahead)
{
	return rx_bytes(smc, ahead) || smcx_rx_done(smc) || READ_ONCE(smc->sk.sk_err) ||
	       READ_ONCE(smc->conn.corrupt);
}

/* The same for whoever does not hold rx_lock, and has to look again under it. */
static bool rx_seen(const struct smcx_sock *smc, u32 ahead)
{
	return smcx_rx_done(smc) || READ_ONCE(smc->sk.sk_err) || READ_ONCE(smc->conn.corrupt) ||
	       smcx_cdc_unread(&smc->conn) > ahead;
}

static void rx_unlock(struct rx *rx)
{
	rx->before = rx->smc->conn.cons;
	mutex_unlock(&rx->smc->conn.rx_lock);
}

/* Somebody else may have read meanwhile; after that a peek begins anew, as TCP's. */
static void rx_lock_again(struct rx *rx)
{
	mutex_lock(&rx->smc->conn.rx_lock);
	if (rx->smc->conn.cons != rx->before)
		rx->ahead = rx_peek_offset(&rx->smc->sk, rx->flags);
}

/* SO_BUSY_POLL, net.core.busy_read: its time in ns, or 0. */
static u64 rx_busy_ns(const struct sock *sk)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	return (u64)READ_ONCE(sk->sk_ll_usec) * NSEC_PER_USEC;
#else
	return 0;
#endif
}

/* net.smc.spin_usec in ns. Where there is one processor, bytes come from nobody while we have it.
 */
static u32 rx_spin_max(const struct sock *sk)
{
	return num_online_cpus() > 1 ?
		       READ_ONCE(smcx_net(sock_net(sk))->sysctl.spin_usec) * NSEC_PER_USEC :
		       0;
}

/* Does somebody want the processor who is to have it before a reader that spins? */
static bool rx_disturbs(bool busy)
{
	return need_resched() || signal_pending(current) || !(busy || single_task_running());
}

/*
 * Spin for @ns at most; @busy: whoever else wants the processor waits for it. rx_lock held,
 * released meanwhile. Returns whether there is something.
 */
static bool rx_spin(struct rx *rx, u64 ns, bool busy)
{
	struct smcx_sock *smc = rx->smc;
	u64 end;

	lockdep_assert_held(&smc->conn.rx_lock);
	if (!ns || rx_disturbs(busy))
		return false;
	rx_unlock(rx);
	end = local_clock() + ns;
	do {
		rx->polled = rx_seen(smc, rx->ahead);
		if (rx->polled)
			break;
		cpu_relax();
	} while (!rx_disturbs(busy) && local_clock() < end);
	rx_lock_again(rx);
	if (rx->polled)
		smcx_stat_inc(smc, rx_polled);
	else
		smcx_stat_inc(smc, rx_spun);
	return rx->polled;
}

/* rx_lock held, released while we sleep: others may try without waiting. */
static int rx_sleep(struct rx *rx)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct smcx_conn *conn = &rx->smc->conn;
	struct sock *sk = &rx->smc->sk;
	int err = 0;

	lockdep_assert_held(&conn->rx_lock);
	add_wait_queue(sk_sleep(sk), &wait);
	/* Pairs with skwq_has_sleeper(): who moves the cursor sees us, or we see the cursor. */
	smp_mb();
	while (!rx_may_go_on(rx->smc, rx->ahead)) {
		if (!rx->timeo) {
			err = -EAGAIN;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(rx->timeo);
			break;
		}
		rx_unlock(rx);
		rx->timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, rx->timeo);
		rx_lock_again(rx);
		smcx_stat_inc(rx->smc, rx_woke);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/* Spin as long as has paid lately, then sleep; what the wait took decides on the next one. */
static int rx_wait_answer(struct rx *rx)
{
	struct smcx_conn *conn = &rx->smc->conn;
	u32 max = rx_spin_max(&rx->smc->sk);
	u64 begin = local_clock(), came;
	int err;

	lockdep_assert_held(&conn->rx_lock);
	WRITE_ONCE(conn->rx_came, 0);
	if (rx_spin(rx, smcx_spin_ns(&conn->spin, max), false))
		return 0;
	err = rx_sleep(rx);
	came = READ_ONCE(conn->rx_came);
	if (err)
		came = U64_MAX; /* nothing has come */
	smcx_spin_learn(&conn->spin, came > begin ? came - begin : 0, max);
	return err;
}

/*
 * rx_lock held, released meanwhile. A reader that has sent nothing since its last wait reads a
 * stream: to sleep saves processor time there, as more has come when it runs again.
 */
static int rx_wait(struct rx *rx)
{
	struct smcx_conn *conn = &rx->smc->conn;
	u64 busy = rx_busy_ns(&rx->smc->sk), prod = READ_ONCE(conn->prod);
	bool answer = prod != conn->spin_prod;

	lockdep_assert_held(&conn->rx_lock);
	if (!rx->timeo)
		return rx_sleep(rx);
	conn->spin_prod = prod;
	if (busy)
		return rx_spin(rx, busy, true) ? 0 : rx_sleep(rx);
	return answer ? rx_wait_answer(rx) : rx_sleep(rx);
}

/* The mark may have moved on since the caller looked. */
static void rx_pass_mark(struct smcx_conn *conn, u64 at)
{
	spin_lock_bh(&conn->cdc_lock);
	if (conn->urg == at)
		WRITE_ONCE(conn->urg_state, SMCX_URG_NONE);
	spin_unlock_bh(&conn->cdc_lock);
}

/* Is the reader at the mark, though its cursor is after the byte? See rx_urgent(). */
bool smcx_rx_is_over_mark(const struct smcx_conn *conn)
{
	return READ_ONCE(conn->urg_over) &&
	       smcx_cursor_add(READ_ONCE(conn->urg), 1, conn->rx->len) == READ_ONCE(conn->cons);
}

/* The byte is not part of the stream. rx_lock held, conn.cons at the mark. */
static void rx_step_over(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	u64 next = smcx_cursor_add(conn->cons, 1, conn->rx->len);

	lockdep_assert_held(&conn->rx_lock);
	smcx_ring_consumed(conn->rx, conn->cons, next, READ_ONCE(conn->rx->prod));
	/* Pairs with smcx_cdc_cursors(). */
	smp_store_release(&conn->cons, next);
	conn->cons_pending++;
	smcx_path_read_on(smc);
}

/* As TCP, a reader passes the mark when it comes for what is after it. rx_lock held. */
static void rx_leave_mark(struct smcx_conn *conn)
{
	lockdep_assert_held(&conn->rx_lock);
	if (smcx_rx_is_over_mark(conn))
		rx_pass_mark(conn, READ_ONCE(conn->urg));
	WRITE_ONCE(conn->urg_over, 0);
}

/* The urgent byte is not part of the stream, unless SO_OOBINLINE says so. Returns bytes up to it.
 */
static u32 rx_up_to_mark(struct rx *rx, u32 n)
{
	struct smcx_conn *conn = &rx->smc->conn;
	u32 before;

	lockdep_assert_held(&conn->rx_lock);
	/* Pairs with smcx_cdc_take_urgent(). */
	if (likely(smp_load_acquire(&conn->urg_state) == SMCX_URG_NONE))
		return n;
	before = smcx_cursor_diff(rx->at, READ_ONCE(conn->urg), conn->rx->len);
	if (before >= n)
		return n;
	if (before) {
		rx->stop = true;
		return before;
	}
	if (rx->copied) {
		rx->stop = true;
		return 0;
	}
	if (!(rx->flags & MSG_PEEK))
		rx_pass_mark(conn, rx->at);
	if (sock_flag(&rx->smc->sk, SOCK_URGINLINE))
		return 1;
	rx->at = smcx_cursor_add(rx->at, 1, conn->rx->len);
	if (rx->flags & MSG_PEEK)
		rx->ahead++;
	else
		rx_step_over(rx->smc);
	return n - 1;
}

/* Copy @n bytes from the cursor on. Returns how many, 0 and conn.corrupt, or -EFAULT. */
static int rx_copy(struct rx *rx, u32 n)
{
	struct smcx_ring *ring = rx->smc->conn.rx;
	u32 count = smcx_cursor_count(rx->at), done = 0, copied, part;
	const u8 *from;

	if (rx->flags & MSG_TRUNC)
		return n; /* as TCP: thrown away */
	do {
		part = n - done;
		from = smcx_ring_for_reading(ring, count, &part);
		if (unlikely(!from)) {
			WRITE_ONCE(rx->smc->conn.corrupt, 1);
			return done;
		}
		copied = copy_to_iter(from, part, &rx->msg->msg_iter);
		done += copied;
		count += copied;
		if (count == ring->len)
			count = 0;
	} while (copied == part && done < n);
	return done ? (int)done : -EFAULT;
}

static int rx_take(struct rx *rx, u32 n)
{
	struct smcx_conn *conn = &rx->smc->conn;
	int done;

	lockdep_assert_held(&conn->rx_lock);
	n = min3((size_t)n, rx->len - rx->copied, (size_t)CHUNK);
	n = rx_up_to_mark(rx, n);
	if (!n)
		return 0;
	done = rx_copy(rx, n);
	if (done <= 0)
		return done;
	rx->copied += done;
	rx->at = smcx_cursor_add(rx->at, done, conn->rx->len);
	if (rx->flags & MSG_PEEK) {
		rx->ahead = smcx_cursor_diff(conn->cons, rx->at, conn->rx->len);
		return 0;
	}
	smcx_ring_consumed(conn->rx, conn->cons, rx->at, READ_ONCE(conn->rx->prod));
	/* Pairs with smcx_cdc_cursors(). */
	smp_store_release(&conn->cons, rx->at);
	conn->cons_pending += done;
	conn->rx_bytes += done;
	trace_smcx_rx(&rx->smc->sk, done, READ_ONCE(conn->rx->prod), rx->at, rx->polled);
	smcx_path_read_on(rx->smc);
	return 0;
}

/* Nothing to read. Returns 0 when something is, 1 at the end of what there is to say, or -errno. */
static int rx_idle(struct rx *rx, bool done)
{
	struct smcx_sock *smc = rx->smc;
	struct sock *sk = &smc->sk;
	int err = 0;

	if (rx->copied >= rx->target)
		return 1;
	if (unlikely(READ_ONCE(smc->conn.corrupt)))
		smcx_abort(smc, ECONNABORTED);
	if (rx->copied && (READ_ONCE(sk->sk_err) || signal_pending(current) || !rx->timeo))
		return 1;
	/* As TCP: after an end in order EPIPE is for who sends, and the answer here is that end. */
	if (READ_ONCE(sk->sk_err) != EPIPE)
		err = rx->copied ? 0 : sock_error(sk);
	if (err)
		return err;
	/* Not what is known by now: an end that came since then may have bytes before it. */
	if (done)
		return 1;
	return rx_wait(rx);
}

/* rx_lock held. */
static int rx_recv(struct rx *rx)
{
	struct smcx_sock *smc = rx->smc;
	int err = 0;

	lockdep_assert_held(&rx->smc->conn.rx_lock);
	rx->ahead = rx_peek_offset(&smc->sk, rx->flags);
	if (unlikely(smc->conn.urg_over) && !(rx->flags & MSG_PEEK))
		rx_leave_mark(&smc->conn);
	/* Nothing is asked for: as TCP, nothing is the answer only if there is something. */
	do {
		bool done = smcx_rx_done(smc);
		u32 n = rx_bytes(smc, rx->ahead);

		if (n)
			rx->at = smcx_cursor_add(smc->conn.cons, rx->ahead, smc->conn.rx->len);
		if (n == smc->conn.rx->len)
			smcx_stat_inc(smc, rx_buf_full);
		if (n && smcx_fault(rx_stall, &smc->sk)) {
			n = 0;
			smc->sk.sk_data_ready(&smc->sk);
			if (done)
				continue;
		}
		err = n ? rx_take(rx, n) : rx_idle(rx, done);
		if (err)
			break;
	} while (rx->copied < rx->len && !rx->stop);
	if (rx->flags & MSG_PEEK)
		sk_peek_offset_fwd(&smc->sk, rx->copied);
	else
		sk_peek_offset_bwd(&smc->sk, rx->copied);
	return rx->copied ? (int)rx->copied : min(err, 0);
}

/* The urgent byte is taken: a writer that waits until all is read is not to wait for it. */
static void rx_urgent_taken(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;

	mutex_lock(&conn->rx_lock);
	if (READ_ONCE(conn->urg_state) == SMCX_URG_READ && READ_ONCE(conn->urg) == conn->cons) {
		WRITE_ONCE(conn->urg_over, 1);
		rx_step_over(smc);
	}
	mutex_unlock(&conn->rx_lock);
}

/* MSG_OOB: the urgent byte, once. As TCP: -EINVAL when there is none. */
static int rx_urgent(struct smcx_sock *smc, struct msghdr *msg, size_t len, int flags)
{
	struct smcx_conn *conn = &smc->conn;
	struct sock *sk = &smc->sk;
	int n = 0;
	u8 byte;

	if (sock_flag(sk, SOCK_URGINLINE))
		return -EINVAL;
	spin_lock_bh(&conn->cdc_lock);
	byte = conn->urg_byte;
	if (conn->urg_state != SMCX_URG_VALID)
		n = -EINVAL;
	else if (!(flags & MSG_PEEK))
		WRITE_ONCE(conn->urg_state, SMCX_URG_READ);
	spin_unlock_bh(&conn->cdc_lock);
	if (n)
		return n;
	smcx_stat_inc(smc, urgent);
	if (!(flags & MSG_PEEK))
		rx_urgent_taken(smc);
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &byte, 1))
		return -EFAULT;
	return 1;
}

int smcx_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct smcx_sock *smc = smcx_sk(sk);
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct rx rx;
	int n;

	if (unlikely(smcx_mode(smc) == SMCX_MODE_NONE && !(flags & MSG_ERRQUEUE))) {
		n = smcx_hs_wait(smc, &timeo);
		/* As TCP: after an attempt at a connection that failed. */
		if (n == -ENOTCONN && READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
			return 0;
		if (n)
			return n;
	}
	if (unlikely(smcx_mode(smc) == SMCX_MODE_TCP || flags & MSG_ERRQUEUE)) {
		smcx_fallback_refresh(smc);
		n = READ_ONCE(smc->tcp.sock->ops)->recvmsg(smc->tcp.sock, msg, len, flags);
		smcx_fallback_took(smc);
		return n;
	}
	if (flags & MSG_OOB)
		return rx_urgent(smc, msg, len, flags);
	if (len > smc->conn.rx->len)
		smcx_stat_inc(smc, rx_small);
	rx = (struct rx){ .smc = smc, .msg = msg, .flags = flags, .len = len, .timeo = timeo };
	rx.target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	mutex_lock(&smc->conn.rx_lock);
	n = rx_recv(&rx);
	mutex_unlock(&smc->conn.rx_lock);
	smcx_stat_rx(smc, n);
	if (n >= 0)
		smcx_rx_cmsg(smc, msg, n);
	return n;
}
