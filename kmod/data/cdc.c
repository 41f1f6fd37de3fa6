// SPDX-License-Identifier: GPL-2.0
/*
 * CDC: each end reports to the other how far it has written and read, and what it
 * is about to do. Here is what these reports say and what they lead to; how they get
 * from one end to the other is the path's affair.
 *
 * Cursors are single words in the rings, read when somebody wants to know.
 */
#include "cdc_hot.h"
#include "close.h"
#include "path.h"

u32 smcx_cdc_unread(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->rx;
	u64 prod, cons = smcx_cdc_cursors(&conn->cons, &ring->prod, &prod);

	return smcx_cursor_diff(cons, prod, ring->len);
}

/*
 * A writer stops when less than smcx_writable() is free, and the segment that is read is not: a
 * reader who waits for more than is there by then would wait for ever. So it is without memory.
 */
bool smcx_cdc_readable(const struct smcx_conn *conn, u32 lowat)
{
	const struct smcx_ring *ring = conn->rx;
	u64 prod, cons = smcx_cdc_cursors(&conn->cons, &ring->prod, &prod);
	u32 unread = smcx_cursor_diff(cons, prod, ring->len);

	return unread >= lowat ||
	       (unread && (smcx_ring_room(ring, cons, unread) < smcx_writable(ring) ||
			   READ_ONCE(ring->starved)));
}

u32 smcx_cdc_unconsumed(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->tx;
	u64 cons, prod = smcx_cdc_cursors(&conn->prod, &ring->cons, &cons);

	return smcx_cursor_diff(cons, prod, ring->len);
}

void smcx_write_space(struct sock *sk)
{
	struct socket_wq *wq;

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/**
 * smcx_cdc_take() - the peer has reported.
 * @conn: ours; its buffers may be gone
 * @cdc: what it says; cursors are in the rings already
 * @valid: false if the connection cannot go on: a rule of its path is broken, or its link is lost
 *
 * Under rcu_read_lock(), which is what keeps @conn. It does nothing unless smcx_cdc_is_news().
 */
void smcx_cdc_take(struct smcx_conn *conn, const struct smcx_cdc *cdc, bool valid)
{
	struct smcx_sock *smc = smcx_conn_sock(conn);
	bool news;
	u8 state;

	smcx_assert_rcu();
	spin_lock_bh(&conn->cdc_lock);
	if (conn->tx && smcx_cursor_count(cdc->cons) >= conn->tx->len)
		valid = false;
	/* A violation of the protocol is an abort: the peer is not expected to close any more. */
	state = valid ? cdc->state & SMCX_CDC_STATE : SMCW_CDC_ABORT;
	news = state & ~conn->rx_state;
	WRITE_ONCE(conn->rx_flags, cdc->flags);
	if (state & SMCW_CDC_ABORT)
		smcx_close_reset(smc);
	/* A reader that sees the end sees its reason. Pairs with smcx_rx_done(), tx_error(). */
	smp_store_release(&conn->rx_state, conn->rx_state | state);
	spin_unlock_bh(&conn->cdc_lock);
	if (news)
		smcx_close_peer(smc);
	/* Its sender goes on until it is signalled. Not from here, within its own call. */
	if (!valid && news)
		smcx_sock_queue(smc, &smc->abort_work);
}

/**
 * smcx_cdc_take_urgent() - the peer says which byte is urgent.
 * @conn: the reader's; its buffers may be gone
 * @prod: cursor after that byte
 *
 * Under rcu_read_lock().
 */
void smcx_cdc_take_urgent(struct smcx_conn *conn, u64 prod)
{
	struct smcx_sock *smc = smcx_conn_sock(conn);
	u32 count = smcx_cursor_count(prod);
	u16 wrap = smcx_cursor_wrap(prod);
	struct smcx_ring *ring;
	const u8 *byte;
	u32 n = 1;

	smcx_assert_rcu();
	spin_lock_bh(&conn->cdc_lock);
	ring = conn->rx;
	/* A cursor that cannot be is the reader's affair: see rx_bytes(). */
	if (ring && count <= ring->len) {
		if (!count) {
			count = ring->len;
			wrap--;
		}
		WRITE_ONCE(conn->urg, smcx_cursor(wrap, count - 1));
		byte = smcx_ring_for_reading(ring, count - 1, &n);
		conn->urg_byte = byte ? *byte : 0;
		/* Pairs with rx_up_to_mark(), which looks at the state first. */
		smp_store_release(&conn->urg_state, SMCX_URG_VALID);
	}
	spin_unlock_bh(&conn->cdc_lock);
	/* So that the file stays while its owner gets the signal. */
	read_lock_bh(&smc->sk.sk_callback_lock);
	sk_send_sigurg(&smc->sk);
	read_unlock_bh(&smc->sk.sk_callback_lock);
}

/**
 * smcx_cdc_abort() - the last that the peer hears of a connection which we never had.
 * @smc: lock_sock() held, attached, its mode undecided
 */
void smcx_cdc_abort(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	conn->tx_state |= SMCW_CDC_ABORT;
	spin_unlock_bh(&conn->cdc_lock);
	smcx_path_post(smc, SMCX_CDC_WAKE);
}

/* Does the writer that waits find room now? */
bool smcx_cdc_worth_waking(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->rx;
	u32 unread = min(smcx_cdc_unread(conn), ring->len);

	if (unlikely(READ_ONCE(ring->starved)))
		return !unread;
	return smcx_ring_room(ring, conn->cons, unread) >= smcx_writable(ring);
}
