/* SPDX-License-Identifier: GPL-2.0 */
/* The part of cdc.c that comes with each message, and is compiled into the paths, too. */
#ifndef SMCX_CDC_HOT_H
#define SMCX_CDC_HOT_H

#include <linux/sched/clock.h>

#include "cdc.h"
#include "cursor_word.h"
#include "ring.h"
#include "rx.h"
#include "sock.h"

/*
 * Our cursor and the peer's, as they stood at one moment: also those ask who hold neither tx_lock
 * nor rx_lock, and while they look another thread may move ours and the peer follow. So what cannot
 * be is the peer's doing.
 */
static inline u64 smcx_cdc_cursors(const u64 *ours, const u64 *peers, u64 *peer)
{
	u64 own;

	do {
		own = smp_load_acquire(ours);	 /* pairs with rx_take(), tx_publish() */
		*peer = smp_load_acquire(peers); /* with dmb_write(), smcx_dmb_read_on() */
	} while (unlikely(READ_ONCE(*ours) != own));
	return own;
}

/*
 * Bytes that the peer's ring takes now. More than there can be is unconsumed when the peer broke
 * the protocol: no room then.
 */
static inline u32 smcx_cdc_room(const struct smcx_conn *conn)
{
	const struct smcx_ring *ring = conn->tx;
	u64 cons, prod = smcx_cdc_cursors(&conn->prod, &ring->cons, &cons);
	u32 unconsumed = smcx_cursor_diff(cons, prod, ring->len);

	return unconsumed > ring->len ? 0 : smcx_ring_room(ring, cons, unconsumed);
}

/**
 * smcx_cdc_fill() - what there is to report.
 * @conn: ours, whose cdc_lock is held
 * @what: SMCX_CDC_URGENT, or 0
 * @cdc: filled in
 */
static inline void smcx_cdc_fill(struct smcx_conn *conn, unsigned int what, struct smcx_cdc *cdc)
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
static inline void smcx_cdc_note_arrival(struct smcx_conn *owner)
{
	struct sock *sk = &smcx_conn_sock(owner)->sk;

	sk_incoming_cpu_update(sk);
	if (unlikely(!READ_ONCE(owner->rx_came)))
		WRITE_ONCE(owner->rx_came, local_clock());
	if (unlikely(smcx_rx_stamped(sk)))
		WRITE_ONCE(owner->rx_stamp, ktime_get_real());
}

#endif
