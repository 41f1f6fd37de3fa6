// SPDX-License-Identifier: GPL-2.0
/*
 * CDC: each end reports to the other how far it has written and read, and what it
 * is about to do. Here is what these reports say and what they lead to; how they get
 * from one end to the other is the path's affair.
 *
 * Cursors are single words in the rings, read when somebody wants to know.
 */
#include <linux/sched/clock.h>

#include "cdc.h"
#include "close.h"
#include "cursor_word.h"
#include "path.h"
#include "ring.h"
#include "rx.h"
#include "sock.h"

/*
 * Our cursor and the peer's, as they stood at one moment: also those ask who hold neither tx_lock
 * nor rx_lock, and while they look another thread may move ours and the peer follow. So what cannot
 * be is the peer's doing.
 */
static u64 cdc_both_cursors(const u64 *ours, const u64 *peers, u64 *peer)
{
	u64 own;

	do {
		own = smp_load_acquire(ours);	 /* pairs with rx_take(), tx_publish() */
		*peer = smp_load_acquire(peers); /* with dmb_write(), smcx_dmb_read_on() */
	} while (unlikely(READ_ONCE(*ours) != own));
	return own;
}

u32 smcx_cdc_unread(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->rx;
	u64 prod, cons = cdc_both_cursors(&conn->cons, &ring->prod, &prod);

	return smcx_cursor_diff(cons, prod, ring->len);
}

/*
 * A writer stops when less than smcx_writable() is free, and the segment that is read is not: a
 * reader who waits for more than is there by then would wait for ever. So it is without memory.
 */
bool smcx_cdc_readable(const struct smcx_conn *conn, u32 lowat)
{
	const struct smcx_ring *ring = conn->rx;
	u64 prod, cons = cdc_both_cursors(&conn->cons, &ring->prod, &prod);
	u32 unread = smcx_cursor_diff(cons, prod, ring->len);

	return unread >= lowat ||
	       (unread && (smcx_ring_room(ring, cons, unread) < smcx_writable(ring) ||
			   READ_ONCE(ring->starved)));
}

u32 smcx_cdc_unconsumed(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->tx;
	u64 cons, prod = cdc_both_cursors(&conn->prod, &ring->cons, &cons);

	return smcx_cursor_diff(cons, prod, ring->len);
}

/* More than there can be is unconsumed when the peer broke the protocol: no room then. */
u32 smcx_cdc_room(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->tx;
	u64 cons, prod = cdc_both_cursors(&conn->prod, &ring->cons, &cons);
	u32 unconsumed = smcx_cursor_diff(cons, prod, ring->len);

	return unconsumed > ring->len ? 0 : smcx_ring_room(ring, cons, unconsumed);
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
 * @valid: does the message keep the rules of its path?
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
	/* A peer that breaks the protocol has ended the connection, and no other end is waited for.
	 */
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
 * smcx_cdc_fill() - what there is to report.
 * @conn: ours, whose cdc_lock is held
 * @what: SMCX_CDC_URGENT, or 0
 * @cdc: filled in
 */
void smcx_cdc_fill(struct smcx_conn *conn, unsigned int what, struct smcx_cdc *cdc)
{
	lockdep_assert_held(&conn->cdc_lock);
	/* After the data, which the holder of tx_lock has written. Pairs with tx_publish(). */
	cdc->prod = smp_load_acquire(&conn->prod);
	cdc->cons = READ_ONCE(conn->rx->cons);
	conn->tx_flags = what & SMCX_CDC_URGENT ? SMCW_CDC_URG_PRESENT : 0;
	if (unlikely(!smcx_cdc_room(conn)))
		conn->tx_flags |= SMCW_CDC_WRITE_BLOCKED;
	conn->tx_seq++;
	cdc->flags = conn->tx_flags;
	cdc->state = conn->tx_state;
}

/* Note what TCP notes of a packet, for SO_INCOMING_CPU and SO_TIMESTAMP*; and for spin.h. */
void smcx_cdc_note_arrival(struct smcx_conn *owner)
{
	struct sock *sk = &smcx_conn_sock(owner)->sk;

	sk_incoming_cpu_update(sk);
	if (unlikely(!READ_ONCE(owner->rx_came)))
		WRITE_ONCE(owner->rx_came, local_clock());
	if (unlikely(smcx_rx_stamped(sk)))
		WRITE_ONCE(owner->rx_stamp, ktime_get_real());
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
