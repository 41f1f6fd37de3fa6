// SPDX-License-Identifier: GPL-2.0
/*
 * CDC: each end reports to the other how far it has written and read, and what it
 * is about to do, by a header at the head of the other's DMB.
 *
 * The sender takes the receiver's part, too, since nothing is in between:
 * cursors are single words that the receiver reads when it wants to know;
 * for flags the sender enters the receiver's connection, under RCU and the
 * receiver's cdc_lock. Its own locks are released by then, but for tx_lock or
 * rx_lock, which the receiving part never takes.
 */
#include <linux/sched/clock.h>

#include "cdc.h"
#include "close.h"
#include "cursor_word.h"
#include "dev.h"
#include "fault.h"
#include "ring.h"
#include "rx.h"
#include "smcx_stats.h"
#include "sock.h"
#include "trace.h"

#define STATE_BITS (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED | SMCW_CDC_ABORT)

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
		*peer = smp_load_acquire(peers); /* with cdc_write(), smcx_cdc_consumed() */
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

/* The rules that the peer's message keeps, whoever the peer is. */
static bool cdc_valid(const struct smcw_cdc_smcd *cdc, const struct smcx_ring *tx)
{
	return cdc->type == SMCW_CDC_TYPE && (!tx || cdc->cons_count < tx->len);
}

/*
 * Under rcu_read_lock(), which is what keeps @conn; its buffers may be gone.
 */
static void cdc_receive(struct smcx_conn *conn, const struct smcw_cdc_smcd *cdc, u64 token)
{
	struct smcx_sock *smc = smcx_conn_sock(conn);
	bool news, valid;
	u8 state;

	smcx_assert_rcu();
	trace_smcx_cdc_msg(&smc->sk, SMCX_TRACE_RX, token, cdc);
	/* Nearly always there is nothing to do but what the cursors show. */
	if (likely(READ_ONCE(conn->rx_flags) == cdc->flags && cdc->type == SMCW_CDC_TYPE &&
		   !(cdc->state & STATE_BITS & ~READ_ONCE(conn->rx_state)) && !smcx_faults()))
		return;
	spin_lock_bh(&conn->cdc_lock);
	valid = cdc_valid(cdc, conn->tx);
	/* A peer that breaks the protocol has ended the connection, and no other end is waited for.
	 */
	state = valid ? cdc->state & STATE_BITS : SMCW_CDC_ABORT;
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

/* Under rcu_read_lock(). */
static void cdc_urgent_receive(struct smcx_conn *conn, u64 prod)
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
 * smcx_cdc_urgent() - the byte that is reported next is urgent.
 * @smc: its tx_lock held; the byte is in the ring
 * @prod: cursor after it, not in conn.prod yet: no other message can report it before
 *
 * So the reader knows what it is before it can read it as any other.
 */
void smcx_cdc_urgent(struct smcx_sock *smc, u64 prod)
{
	struct smcx_conn *owner;

	lockdep_assert_held(&smc->conn.tx_lock);
	rcu_read_lock();
	owner = rcu_dereference(smcx_dmb_of(smc->conn.tx)->owner);
	if (owner)
		cdc_urgent_receive(owner, prod);
	rcu_read_unlock();
}

/* Knobs that break a rule. @prod is what the receiver will see. */
static noinline void cdc_break(struct sock *sk, struct smcw_cdc_smcd *cdc, u64 *prod, u32 len)
{
	if (smcx_fault(cdc_type, sk))
		cdc->type = 0x7e;
	if (smcx_fault(cdc_prod_over, sk))
		*prod = smcx_cursor(cdc->prod_wrap, len + 5);
	if (smcx_fault(cdc_prod_back, sk))
		*prod = smcx_cursor(cdc->prod_wrap - 2, cdc->prod_count);
	if (smcx_fault(cdc_wrap, sk))
		*prod = smcx_cursor(cdc->prod_wrap + 2, cdc->prod_count);
	if (smcx_fault(cdc_cons_over, sk))
		cdc->cons_count = len + 5;
	if (smcx_fault(cdc_flags, sk))
		cdc->flags |= 0x07;
	if (smcx_fault(cdc_abort, sk)) {
		cdc->state |= SMCW_CDC_ABORT;
		/* Else we would go on, and wait for a peer that does not. */
		smcx_sock_queue(smcx_sk(sk), &smcx_sk(sk)->abort_work);
	}
	cdc->prod_wrap = smcx_cursor_wrap(*prod);
	cdc->prod_count = smcx_cursor_count(*prod);
}

static void cdc_write(struct smcx_sock *smc, struct smcx_dmb *dmb, struct smcw_cdc_smcd *cdc,
		      unsigned int what)
{
	struct smcx_conn *conn = &smc->conn;
	u64 cons, prod;

	memset(cdc, 0, sizeof(*cdc));
	spin_lock_bh(&conn->cdc_lock);
	/* After the data, which the holder of tx_lock has written. Pairs with tx_publish(). */
	prod = smp_load_acquire(&conn->prod);
	cons = READ_ONCE(conn->rx->cons);
	conn->tx_flags = what & SMCX_CDC_URGENT ? SMCW_CDC_URG_PRESENT : 0;
	if (unlikely(!smcx_cdc_room(conn)))
		conn->tx_flags |= SMCW_CDC_WRITE_BLOCKED;
	conn->tx_seq++;
	cdc->type = SMCW_CDC_TYPE;
	cdc->prod_wrap = smcx_cursor_wrap(prod);
	cdc->prod_count = smcx_cursor_count(prod);
	cdc->cons_wrap = smcx_cursor_wrap(cons);
	cdc->cons_count = smcx_cursor_count(cons);
	cdc->flags = conn->tx_flags;
	cdc->state = conn->tx_state;
	if (smcx_faults())
		cdc_break(&smc->sk, cdc, &prod, dmb->ring.len);
	memcpy(smcx_dmb_cdc(dmb), cdc, sizeof(*cdc));
	/* The data is there. Pairs with rx_bytes(), cdc_both_cursors(). */
	smp_store_release(&dmb->ring.prod, prod);
	spin_unlock_bh(&conn->cdc_lock);
}

/* Note what TCP notes of a packet, for SO_INCOMING_CPU and SO_TIMESTAMP*; and for spin.h. */
static void cdc_note_arrival(struct smcx_conn *owner)
{
	struct sock *sk = &smcx_conn_sock(owner)->sk;

	sk_incoming_cpu_update(sk);
	if (unlikely(!READ_ONCE(owner->rx_came)))
		WRITE_ONCE(owner->rx_came, local_clock());
	if (unlikely(smcx_rx_stamped(sk)))
		WRITE_ONCE(owner->rx_stamp, ktime_get_real());
}

/**
 * smcx_cdc_post() - report our cursors to the peer.
 * @smc: with a connection that nobody frees meanwhile: in a system call, or under lock_sock()
 * @what: SMCX_CDC_WAKE, SMCX_CDC_URGENT
 *
 * Process or softirq context.
 */
void smcx_cdc_post(struct smcx_sock *smc, unsigned int what)
{
	struct smcx_conn *conn = &smc->conn, *owner;
	struct smcx_dmb *dmb = smcx_dmb_of(conn->tx);
	struct smcw_cdc_smcd cdc;

	rcu_read_lock();
	owner = rcu_dereference(dmb->owner);
	/* Before the bytes are there to be read. */
	if (owner && what & SMCX_CDC_WAKE)
		cdc_note_arrival(owner);
	cdc_write(smc, dmb, &cdc, what);
	smcx_stat_inc(sock_net(&smc->sk), cdc_sent);
	trace_smcx_cdc_msg(&smc->sk, SMCX_TRACE_TX, dmb->token, &cdc);
	if (owner) {
		struct sock *sk = &smcx_conn_sock(owner)->sk;

		cdc_receive(owner, &cdc, dmb->token);
		if (smcx_fault(cdc_twice, &smc->sk))
			cdc_receive(owner, &cdc, dmb->token);
		if (what & SMCX_CDC_WAKE)
			sk->sk_data_ready(sk);
	} else if (dmb->foreign) {
		smcx_dmb_signal(dmb, &cdc);
		if (smcx_fault(cdc_twice, &smc->sk))
			smcx_dmb_signal(dmb, &cdc);
	}
	rcu_read_unlock();
}

/**
 * smcx_cdc_deliver() - a program has written to the head of a DMB, and signals.
 * @dmb: it is attached to
 * @back: its own, for the consumer cursor, or NULL
 * @cdc: the head, which may say anything
 *
 * Process context.
 *
 * Return: false when nobody owns @dmb any more.
 */
bool smcx_cdc_deliver(struct smcx_dmb *dmb, struct smcx_dmb *back, const struct smcw_cdc_smcd *cdc)
{
	u64 prod = smcx_cursor(cdc->prod_wrap, cdc->prod_count);
	struct smcx_conn *owner;
	bool there = true;

	rcu_read_lock();
	owner = rcu_dereference(dmb->owner);
	if (back) {
		/* The program has copied all that it has read. Pairs with cdc_both_cursors(). */
		smp_store_release(&back->ring.cons, smcx_cursor(cdc->cons_wrap, cdc->cons_count));
	}
	if (owner && cdc->flags & SMCW_CDC_URG_PRESENT)
		cdc_urgent_receive(owner, prod);
	if (owner)
		cdc_note_arrival(owner);
	/* As cdc_write(). */
	smp_store_release(&dmb->ring.prod, prod);
	if (owner) {
		struct sock *sk = &smcx_conn_sock(owner)->sk;

		cdc_receive(owner, cdc, dmb->token);
		sk->sk_data_ready(sk);
		smcx_write_space(sk);
	} else {
		there = dmb->foreign && smcx_dmb_signal(dmb, cdc);
	}
	rcu_read_unlock();
	return there;
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
	smcx_cdc_post(smc, SMCX_CDC_WAKE);
}

/* Does the writer that waits find room now? */
static bool cdc_worth_waking(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->rx;
	u32 unread = min(smcx_cdc_unread(conn), ring->len);

	if (unlikely(READ_ONCE(ring->starved)))
		return !unread;
	return smcx_ring_room(ring, conn->cons, unread) >= smcx_writable(ring);
}

/**
 * smcx_cdc_refuse() - a server gives up whose client is connected already.
 * @server: lock_sock() held, in SMCX_HS_WAIT_CONFIRM
 *
 * It is not attached to the client's DMB, but the client is to ours.
 */
void smcx_cdc_refuse(struct smcx_sock *server)
{
	const struct smcw_cdc_smcd cdc = { .type = SMCW_CDC_TYPE, .state = SMCW_CDC_ABORT };
	struct smcx_dmb *dmb = smcx_dmb_of(server->conn.rx);
	struct smcx_conn *client;

	rcu_read_lock();
	client = rcu_dereference(dmb->peer);
	if (client)
		cdc_receive(client, &cdc, dmb->token);
	rcu_read_unlock();
}

/**
 * smcx_cdc_consumed() - the reader has moved on.
 * @smc: its rx_lock held, conn.cons advanced
 *
 * The cursor is there for the writer to see at once. A message reports it only
 * when the writer waits and there is room worth waking it for, when it asks for
 * it, or when as much has not been reported (RFC 7609 4.5.3 leaves the amount to us).
 */
void smcx_cdc_consumed(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn, *peer;
	struct smcx_ring *ring = conn->rx;
	bool wake, asked;

	lockdep_assert_held(&conn->rx_lock);
	/* The bytes are copied: the writer may use their room. Pairs with cdc_both_cursors(). */
	smp_store_release(&ring->cons, conn->cons);
	/* Pairs with tx_ask_for_room(), linger(): they say that they wait, then look at it. */
	smp_mb();
	wake = READ_ONCE(ring->writer_waits) && cdc_worth_waking(conn);
	asked = READ_ONCE(conn->rx_flags) & SMCW_CDC_UPDATE_REQ;
	if (!wake && !asked && conn->cons_pending < smcx_writable(ring))
		return;
	conn->cons_pending = 0;
	smcx_cdc_post(smc, 0);
	if (!wake)
		return;
	WRITE_ONCE(ring->writer_waits, 0);
	rcu_read_lock();
	peer = rcu_dereference(smcx_dmb_of(ring)->peer);
	if (peer)
		smcx_write_space(&smcx_conn_sock(peer)->sk);
	rcu_read_unlock();
}
