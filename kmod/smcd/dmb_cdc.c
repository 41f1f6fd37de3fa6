// SPDX-License-Identifier: GPL-2.0
/*
 * CDC of SMC-D: a header at the head of the other end's DMB.
 *
 * The sender takes the receiver's part, too, since nothing is in between:
 * cursors are single words that the receiver reads when it wants to know;
 * for flags the sender enters the receiver's connection, under RCU and the
 * receiver's cdc_lock. Its own locks are released by then, but for tx_lock or
 * rx_lock, which the receiving part never takes.
 */
#include "cdc_hot.h"
#include "dmb.h"
#include "fault.h"
#include "smcx_stats.h"
#include "trace.h"

/* Under rcu_read_lock(), which is what keeps @conn; its buffers may be gone. */
static void dmb_report(struct smcx_conn *conn, const struct smcw_cdc_smcd *cdc, u64 token)
{
	const bool valid = cdc->type == SMCW_CDC_TYPE;
	struct smcx_cdc report;

	smcx_assert_rcu();
	trace_smcx_cdc_msg(&smcx_conn_sock(conn)->sk, SMCX_TRACE_RX, token, cdc);
	/* Nearly always there is nothing to do but what the cursors show. */
	if (likely(valid && !smcx_cdc_is_news(conn, cdc->flags, cdc->state) && !smcx_faults()))
		return;
	report = (struct smcx_cdc){
		.cons = smcx_cursor(cdc->cons_wrap, cdc->cons_count),
		.flags = cdc->flags,
		.state = cdc->state,
	};
	smcx_cdc_take(conn, &report, valid);
}

/**
 * smcx_dmb_urgent() - the byte that is reported next is urgent.
 * @smc: its tx_lock held; the byte is in the ring
 * @prod: cursor after it, not in conn.prod yet: no other message can report it before
 *
 * So the reader knows what it is before it can read it as any other.
 */
void smcx_dmb_urgent(struct smcx_sock *smc, u64 prod)
{
	struct smcx_conn *owner;

	lockdep_assert_held(&smc->conn.tx_lock);
	rcu_read_lock();
	owner = rcu_dereference(smcx_dmb_of(smc->conn.tx)->owner);
	if (owner)
		smcx_cdc_take_urgent(owner, prod);
	rcu_read_unlock();
}

/* Knobs that break a rule. @prod is what the receiver will see. */
static noinline void dmb_break(struct sock *sk, struct smcw_cdc_smcd *cdc, u64 *prod, u32 len)
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

static void dmb_write(struct smcx_sock *smc, struct smcx_dmb *dmb, struct smcw_cdc_smcd *cdc,
		      unsigned int what)
{
	struct smcx_conn *conn = &smc->conn;
	struct smcx_cdc report;

	memset(cdc, 0, sizeof(*cdc));
	spin_lock_bh(&conn->cdc_lock);
	smcx_cdc_fill(conn, what, &report);
	cdc->type = SMCW_CDC_TYPE;
	cdc->prod_wrap = smcx_cursor_wrap(report.prod);
	cdc->prod_count = smcx_cursor_count(report.prod);
	cdc->cons_wrap = smcx_cursor_wrap(report.cons);
	cdc->cons_count = smcx_cursor_count(report.cons);
	cdc->flags = report.flags;
	cdc->state = report.state;
	if (smcx_faults())
		dmb_break(&smc->sk, cdc, &report.prod, dmb->ring.len);
	memcpy(smcx_dmb_cdc(dmb), cdc, sizeof(*cdc));
	/* The data is there. Pairs with rx_bytes(), smcx_cdc_cursors(). */
	smp_store_release(&dmb->ring.prod, report.prod);
	spin_unlock_bh(&conn->cdc_lock);
}

/**
 * smcx_dmb_post() - report our cursors to the peer.
 * @smc: with a connection that nobody frees meanwhile: in a system call, or under lock_sock()
 * @what: SMCX_CDC_WAKE, SMCX_CDC_URGENT
 *
 * Process or softirq context.
 */
void smcx_dmb_post(struct smcx_sock *smc, unsigned int what)
{
	struct smcx_conn *conn = &smc->conn, *owner;
	struct smcx_dmb *dmb = smcx_dmb_of(conn->tx);
	struct smcw_cdc_smcd cdc;

	rcu_read_lock();
	owner = rcu_dereference(dmb->owner);
	/* Before the bytes are there to be read. */
	if (owner && what & SMCX_CDC_WAKE)
		smcx_cdc_note_arrival(owner);
	dmb_write(smc, dmb, &cdc, what);
	smcx_stat_inc(smc, cdc_sent);
	trace_smcx_cdc_msg(&smc->sk, SMCX_TRACE_TX, dmb->token, &cdc);
	if (owner) {
		struct sock *sk = &smcx_conn_sock(owner)->sk;

		dmb_report(owner, &cdc, dmb->token);
		if (smcx_fault(cdc_twice, &smc->sk))
			dmb_report(owner, &cdc, dmb->token);
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
 * smcx_dmb_deliver() - a program has written to the head of a DMB, and signals.
 * @dmb: it is attached to
 * @back: its own, for the consumer cursor, or NULL
 * @cdc: the head, which may say anything
 *
 * Process context.
 *
 * Return: false when nobody owns @dmb any more.
 */
bool smcx_dmb_deliver(struct smcx_dmb *dmb, struct smcx_dmb *back, const struct smcw_cdc_smcd *cdc)
{
	u64 prod = smcx_cursor(cdc->prod_wrap, cdc->prod_count);
	struct smcx_conn *owner;
	bool there = true;

	rcu_read_lock();
	owner = rcu_dereference(dmb->owner);
	if (back) {
		/* The program has copied all that it has read. Pairs with smcx_cdc_cursors(). */
		smp_store_release(&back->ring.cons, smcx_cursor(cdc->cons_wrap, cdc->cons_count));
	}
	if (owner && cdc->flags & SMCW_CDC_URG_PRESENT)
		smcx_cdc_take_urgent(owner, prod);
	if (owner)
		smcx_cdc_note_arrival(owner);
	/* As dmb_write(). */
	smp_store_release(&dmb->ring.prod, prod);
	if (owner) {
		struct sock *sk = &smcx_conn_sock(owner)->sk;

		dmb_report(owner, cdc, dmb->token);
		sk->sk_data_ready(sk);
		smcx_write_space(sk);
	} else {
		there = dmb->foreign && smcx_dmb_signal(dmb, cdc);
	}
	rcu_read_unlock();
	return there;
}

/**
 * smcx_dmb_refuse() - a server gives up whose client is connected already.
 * @server: lock_sock() held, in SMCX_HS_WAIT_CONFIRM or SMCX_HS_SETTLE
 *
 * It is not attached to the client's DMB, but the client is to ours.
 */
void smcx_dmb_refuse(struct smcx_sock *server)
{
	const struct smcw_cdc_smcd cdc = { .type = SMCW_CDC_TYPE, .state = SMCW_CDC_ABORT };
	struct smcx_dmb *dmb = smcx_dmb_of(server->conn.rx);
	struct smcx_conn *client;

	rcu_read_lock();
	client = rcu_dereference(dmb->peer);
	if (client)
		dmb_report(client, &cdc, dmb->token);
	rcu_read_unlock();
}

/**
 * smcx_dmb_read_on() - the reader has moved on.
 * @smc: its rx_lock held, conn.cons advanced
 *
 * The cursor is there for the writer to see at once. A message reports it only
 * when the writer waits and there is room worth waking it for, when it asks for
 * it, or when as much has not been reported (RFC 7609 4.5.3 leaves the amount to us).
 */
void smcx_dmb_read_on(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn, *peer;
	struct smcx_ring *ring = conn->rx;
	bool wake, asked;

	lockdep_assert_held(&conn->rx_lock);
	/* The bytes are copied: the writer may use their room. Pairs with smcx_cdc_cursors(). */
	smp_store_release(&ring->cons, conn->cons);
	/* Pairs with tx_ask_for_room(), linger(): they say that they wait, then look at it. */
	smp_mb();
	wake = READ_ONCE(ring->writer_waits) && smcx_cdc_worth_waking(conn);
	asked = READ_ONCE(conn->rx_flags) & SMCW_CDC_UPDATE_REQ;
	if (!wake && !asked && conn->cons_pending < smcx_writable(ring))
		return;
	conn->cons_pending = 0;
	smcx_dmb_post(smc, 0);
	if (!wake)
		return;
	WRITE_ONCE(ring->writer_waits, 0);
	rcu_read_lock();
	peer = rcu_dereference(smcx_dmb_of(ring)->peer);
	if (peer)
		smcx_write_space(&smcx_conn_sock(peer)->sk);
	rcu_read_unlock();
}
