// SPDX-License-Identifier: GPL-2.0
/*
 * A connection on SMC-R: what is written goes to the mirror, byte for byte where it will lie in the
 * peer's RMBE, and from there by RDMA WRITE; a CDC after it reports the cursors. Both are one list
 * of work requests.
 *
 * A message is made when there is a slot for it, of what is the newest then. So those that wait for
 * a slot lose nothing, and none sleeps.
 *
 * Its end: smcx_rconn_free() takes the socket away. It is over when all is posted and done, and the
 * peer has said that it has ended too; or when the link group ends; or after LEAVE_TIME, for a peer
 * that says nothing.
 */
#include "cdc_hot.h"
#include "group.h"
#include "link.h"
#include "path.h"
#include "rconn.h"
#include "smcx_stats.h"

#define LEAVE_TIME (60 * HZ)
#define SPOILT_MAX 16 /* then no new connection joins the group */

void smcx_rconn_put(struct smcx_rconn *conn)
{
	struct smcx_group *group = conn->group;

	if (!refcount_dec_and_test(&conn->refs))
		return;
	kfree_rcu(conn, rcu);
	if (group)
		smcx_group_put(group);
}

/**
 * smcx_rconn_make() - the path's part of a socket.
 * @smc: lock_sock() held
 *
 * Return: it, made or found; NULL without memory.
 */
struct smcx_rconn *smcx_rconn_make(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);

	smcx_assert_locked(smc);
	if (conn)
		return conn;
	conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);
	if (!conn)
		return NULL;
	refcount_set(&conn->refs, 1);
	RCU_INIT_POINTER(conn->smc, smc);
	spin_lock_init(&conn->post_lock);
	INIT_LIST_HEAD(&conn->waiting);
	INIT_LIST_HEAD(&conn->hungry);
	smcx_conn_number(&smc->conn);
	smc->conn.own = conn;
	return conn;
}

/**
 * smcx_rconn_enter() - a connection gets its RMBE, and is found by its alert token.
 * @smc: lock_sock() held; rconn->group is set
 * @size: SMCW_BUF_BYTES(n)
 *
 * Return: 0 or -errno.
 */
int smcx_rconn_enter(struct smcx_sock *smc, u32 size)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	struct smcx_group *group = conn->group;
	int err;

	smcx_assert_locked(smc);
	static_assert(SMCX_RCONN_SEGMENTS >= 1 + SMCX_REGION_BYTES / 32768);
	err = smcx_rmb_take(group, smc, SMCX_RMB, size, &conn->rmbe);
	if (err)
		return err;
	smcx_stat_dmb_new(smc, size);
	smcx_ring_over(&conn->rx, size, smcx_rmbe_mem(&conn->rmbe), conn->rx_segment);
	err = xa_alloc_cyclic_bh(&group->conns, &conn->token, conn, xa_limit_32b,
				 &group->next_token, GFP_KERNEL);
	if (err < 0)
		return err;
	smc->conn.token = conn->token;
	WRITE_ONCE(smc->conn.rx, &conn->rx);
	return 0;
}

/**
 * smcx_rconn_attach() - the peer's RMBE is known.
 * @smc: lock_sock() held; smcx_rconn_enter() has been here
 * @smcr: its Accept or Confirm
 *
 * Return: 0, -EPROTO, -E2BIG if we have no mirror that large, or -errno.
 */
int smcx_rconn_attach(struct smcx_sock *smc, const struct smcw_accept_smcr *smcr)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	u8 n = smcw_get_bits(smcr->size_mtu, SMCW_SIZE_HI);
	int err;

	smcx_assert_locked(smc);
	if (!smcr->rmbe_idx)
		return -EPROTO;
	if (n > SMCW_BUF_1M)
		return -E2BIG;
	conn->peer_size = SMCW_BUF_BYTES(n);
	conn->peer_token = smcw_get32(&smcr->alert_token);
	conn->peer_rkey = smcw_get32(&smcr->rkey);
	conn->peer_addr = smcw_get64(&smcr->vaddr) + (u64)(smcr->rmbe_idx - 1) * conn->peer_size;
	err = smcx_rmb_take(conn->group, smc, SMCX_MIRROR, conn->peer_size, &conn->mirror);
	if (err)
		return err;
	smcx_ring_over(&conn->tx, conn->peer_size, smcx_rmbe_mem(&conn->mirror), conn->tx_segment);
	smc->conn.peer_token = conn->peer_token;
	smc->conn.peer_size = conn->peer_size;
	WRITE_ONCE(smc->conn.tx, &conn->tx);
	conn->begun = true;
	smcx_conn_begins(smc);
	return 0;
}

/* ---- sending ----------------------------------------------------------------------------------
 */

/* A run of bytes in the mirror that is one in the RMBE, too: they wrap together. */
static void rconn_add_write(const struct smcx_rconn *conn, struct smcx_post *post, u32 at, u32 n)
{
	int i = post->writes;

	if (!n)
		return;
	post->write[i].mem = smcx_rmbe_mem(&conn->mirror) + at;
	post->write[i].from = smcx_rmbe_iova(&conn->mirror) + at;
	post->write[i].to = conn->peer_addr + at;
	post->write[i].bytes = n;
	post->writes++;
}

static void rconn_put_cursor(struct smcw_cursor *to, u64 cursor)
{
	smcw_put16(&to->wrap, smcx_cursor_wrap(cursor));
	smcw_put32(&to->count, smcx_cursor_count(cursor));
}

/* post_lock held. @prod: how far it is to report. */
static void rconn_fill_post(struct smcx_rconn *conn, struct smcx_post *post, u64 prod)
{
	u32 n = smcx_cursor_diff(conn->sent, prod, conn->tx.len);
	u32 at = smcx_cursor_count(conn->sent), first;
	struct smcw_cdc *cdc = (struct smcw_cdc *)post->msg;

	lockdep_assert_held(&conn->post_lock);
	memset(post, 0, sizeof(*post));
	post->lkey = conn->mirror.region->lkey;
	post->rkey = conn->peer_rkey;
	/* Both cursors are ours: it cannot be more than there is. */
	n = n > conn->tx.len ? 0 : n;
	first = min(n, conn->tx.len - at);
	rconn_add_write(conn, post, at, first);
	rconn_add_write(conn, post, 0, n - first);
	cdc->type = SMCW_LLC_CDC;
	cdc->length = SMCW_CDC_LEN;
	smcw_put16(&cdc->seqno, ++conn->seq);
	smcw_put32(&cdc->alert_token, conn->peer_token);
	rconn_put_cursor(&cdc->prod, prod);
	rconn_put_cursor(&cdc->cons, conn->report.cons);
	cdc->flags = conn->report.flags;
	cdc->state = conn->report.state;
}

/*
 * Is the end of the message that is to be posted of use? Of the last ones, for which close() waits;
 * and of those of a stream, where more waits for it: see rconn_corked(). Where the peer answers,
 * the next message is as good.
 */
static bool rconn_wants_signal(struct smcx_rconn *conn)
{
	lockdep_assert_held(&conn->post_lock);
	if (conn->report.state & SMCX_CDC_STATE || !READ_ONCE(conn->rx_heard))
		return true;
	WRITE_ONCE(conn->rx_heard, 0);
	return false;
}

/* @smc: the connection's. post_lock held. */
static void rconn_note(struct smcx_rconn *conn, struct smcx_sock *smc)
{
	lockdep_assert_held(&conn->post_lock);
	spin_lock(&smc->conn.cdc_lock);
	if (smc->conn.rx && smc->conn.tx)
		smcx_cdc_fill(&smc->conn, 0, &conn->report);
	spin_unlock(&smc->conn.cdc_lock);
}

/* The newest there is to report; of a socket that is gone, the last. */
static void rconn_refresh(struct smcx_rconn *conn)
{
	struct smcx_sock *smc;

	lockdep_assert_held(&conn->post_lock);
	WRITE_ONCE(conn->dirty, false);
	/* Whoever does not see that has moved a cursor which we see: pairs with rconn_joins(). */
	smp_mb();
	rcu_read_lock();
	smc = rcu_dereference(conn->smc);
	if (smc && READ_ONCE(smc->conn.own) == conn) {
		rconn_note(conn, smc);
		smcx_stat_inc(smc, cdc_sent);
	}
	rcu_read_unlock();
}

/* One message; post_lock held. */
static void rconn_post_one(struct smcx_rconn *conn, struct smcx_slot *slot)
{
	struct smcx_post post;
	u64 prod;

	lockdep_assert_held(&conn->post_lock);
	rconn_refresh(conn);
	prod = conn->is_urgent ? conn->urgent : conn->report.prod;
	rconn_fill_post(conn, &post, prod);
	if (conn->is_urgent)
		((struct smcw_cdc *)post.msg)->flags |= SMCW_CDC_URG_PRESENT;
	WRITE_ONCE(conn->dirty, prod != conn->report.prod);
	conn->is_urgent = false;
	WRITE_ONCE(conn->sent, prod);
	post.signal = rconn_wants_signal(conn);
	conn->in_flight++;
	if (!smcx_link_post(&conn->group->link, slot, &post))
		conn->in_flight--;
	else
		conn->signalled += post.signal;
}

/* As far as there are slots; post_lock held. */
static void rconn_push_locked(struct smcx_rconn *conn)
{
	struct smcx_slot *slot;

	lockdep_assert_held(&conn->post_lock);
	/* Else the registration's end sees to it. */
	while (conn->dirty && smcx_region_state(conn->mirror.region) == SMCX_REGION_CONFIRMED &&
	       smcx_link_reserve(&conn->group->link, conn, &slot))
		rconn_post_one(conn, slot);
}

void smcx_rconn_push(struct smcx_rconn *conn)
{
	spin_lock_bh(&conn->post_lock);
	if (conn->mirror.region)
		rconn_push_locked(conn);
	spin_unlock_bh(&conn->post_lock);
}

/* A mirror is registered: whose it is does not matter. */
void smcx_rconn_push_all(struct smcx_group *group)
{
	struct smcx_rconn *conn;
	unsigned long token;

	rcu_read_lock();
	xa_for_each(&group->conns, token, conn) smcx_rconn_push(conn);
	rcu_read_unlock();
}

/* Are there bytes only, and less than half of the ring of them? */
static bool rconn_may_wait(const struct smcx_rconn *conn, const struct smcx_sock *smc)
{
	return !READ_ONCE(smc->conn.tx_state) &&
	       smcx_cursor_diff(READ_ONCE(conn->sent), READ_ONCE(smc->conn.prod), conn->tx.len) <
		       smcx_writable(&conn->tx);
}

/*
 * They wait while a message is under way whose end pushes them: so small writes of a stream share
 * messages.
 */
static bool rconn_corked(const struct smcx_rconn *conn, const struct smcx_sock *smc)
{
	lockdep_assert_held(&conn->post_lock);
	return conn->signalled && !conn->is_urgent && rconn_may_wait(conn, smc);
}

/* Others wait, and whoever pushes them looks at the cursor then. */
static bool rconn_joins(const struct smcx_rconn *conn, const struct smcx_sock *smc)
{
	/* The cursor has moved. Pairs with rconn_refresh(). */
	smp_mb();
	return READ_ONCE(conn->dirty) && rconn_may_wait(conn, smc);
}

/**
 * smcx_rconn_post() - report our cursors, flags and state to the peer.
 * @smc: with a connection that nobody frees meanwhile
 * @what: SMCX_CDC_URGENT
 *
 * Process or softirq context.
 */
void smcx_rconn_post(struct smcx_sock *smc, unsigned int what)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);

	if (!READ_ONCE(smc->conn.rx) || !READ_ONCE(smc->conn.tx) ||
	    (what == SMCX_CDC_WAKE && rconn_joins(conn, smc)))
		return;
	spin_lock_bh(&conn->post_lock);
	if (what & SMCX_CDC_URGENT) {
		lockdep_assert_held(&smc->conn.tx_lock);
		conn->is_urgent = true;
		conn->urgent = READ_ONCE(smc->conn.prod);
		/*
		 * A reader of Linux skips the byte only where it comes to the end of what there is.
		 * The cursor has moved: pairs with tx_room().
		 */
		smp_store_release(&conn->tx.until_read, 1);
	}
	WRITE_ONCE(conn->dirty, true);
	if (!(what & SMCX_CDC_WAKE) || !rconn_corked(conn, smc))
		rconn_push_locked(conn);
	spin_unlock_bh(&conn->post_lock);
}

/* The message that reports the byte says so: smcx_rconn_post(). Nobody can read it before. */
void smcx_rconn_urgent(struct smcx_sock *smc, u64 prod)
{
	lockdep_assert_held(&smc->conn.tx_lock);
}

/**
 * smcx_rconn_read_on() - the reader has moved on.
 * @smc: its rx_lock held, conn.cons advanced
 *
 * The peer hears of it when half of the RMBE is not reported, when it asks, when it is blocked and
 * there is room worth waking it for, or when it has sent an urgent byte, and so waits until all is
 * read.
 */
void smcx_rconn_read_on(struct smcx_sock *smc)
{
	struct smcx_rconn *rconn = smcx_rconn_of(smc);
	struct smcx_conn *conn = &smc->conn;
	u32 flags = READ_ONCE(conn->rx_flags);
	bool wake;

	lockdep_assert_held(&conn->rx_lock);
	/* The bytes are copied. Pairs with smcx_cdc_cursors(). */
	smp_store_release(&conn->rx->cons, conn->cons);
	wake = flags & SMCW_CDC_WRITE_BLOCKED && smcx_cdc_worth_waking(conn);
	/* Set before the cursor that names the byte. Pairs with rconn_take(). */
	if (unlikely(READ_ONCE(rconn->rx_urgent)) &&
	    smp_load_acquire(&conn->rx->prod) == conn->cons) {
		WRITE_ONCE(rconn->rx_urgent, 0);
		wake = true;
	}
	if (!wake && !(flags & SMCW_CDC_UPDATE_REQ) && conn->cons_pending < smcx_writable(conn->rx))
		return;
	conn->cons_pending = 0;
	smcx_rconn_post(smc, 0);
}

/* ---- its end ----------------------------------------------------------------------------------
 */

/* post_lock held. */
static bool rconn_is_over(const struct smcx_rconn *conn)
{
	lockdep_assert_held(&conn->post_lock);
	return conn->leaving && !conn->dirty && !conn->in_flight &&
	       READ_ONCE(conn->rx_state) & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
}

/*
 * How far the peer has reported that it wrote to the RMBE. What it wrote beyond, another connection
 * reads only if the same peer reports that it wrote it.
 */
static u32 rconn_written(const struct smcx_rconn *conn)
{
	u64 prod = READ_ONCE(conn->rx.prod);

	return smcx_cursor_wrap(prod) || smcx_cursor_count(prod) > conn->rx.len ?
		       conn->rx.len :
		       smcx_cursor_count(prod);
}

/* Nobody but the caller has seen that it is over: it was to leave. @again: for smcx_rmb_give() */
static void rconn_finish(struct smcx_rconn *conn, bool again)
{
	struct smcx_group *group = conn->group;
	struct smcx_rmbe mirror;
	bool retire;

	if (conn->token)
		xa_erase_bh(&group->conns, conn->token);
	spin_lock_bh(&group->lock);
	retire = !again && conn->rmbe.region && ++group->spoilt > SPOILT_MAX;
	spin_unlock_bh(&group->lock);
	if (retire)
		smcx_lgr_retire(&group->lgr);
	smcx_rmb_give(&conn->rmbe, again, rconn_written(conn));
	/* Nobody posts from it any more: smcx_rconn_push(). */
	spin_lock_bh(&conn->post_lock);
	mirror = conn->mirror;
	conn->mirror.region = NULL;
	spin_unlock_bh(&conn->post_lock);
	smcx_rmb_give(&mirror, again, 0);
	smcx_group_left(group);
	smcx_rconn_put(conn);
}

/* It may be over now, or is to be: @anyway. Softirq or process context. */
static void rconn_leave_on(struct smcx_rconn *conn, bool anyway)
{
	bool over;

	spin_lock_bh(&conn->post_lock);
	over = rconn_is_over(conn);
	anyway = anyway && conn->leaving;
	if (over || anyway)
		conn->leaving = false;
	spin_unlock_bh(&conn->post_lock);
	if (over || anyway)
		rconn_finish(conn, over);
}

/* A message of ours is done. Softirq, or process context at the link's end. */
void smcx_rconn_sent(struct smcx_rconn *conn, bool signalled)
{
	spin_lock_bh(&conn->post_lock);
	conn->in_flight--;
	conn->signalled -= signalled;
	if (conn->dirty && conn->mirror.region)
		smcx_link_push_later(&conn->group->link, conn);
	spin_unlock_bh(&conn->post_lock);
	rconn_leave_on(conn, false);
}

/**
 * smcx_rconn_refuse() - the peer takes itself for connected, and we cannot have it.
 * @smc: lock_sock() held; the peer's alert token is known
 *
 * It does not look at TCP any more. There may be no mirror, so it is not smcx_rconn_post() that
 * says so.
 */
void smcx_rconn_refuse(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	u8 msg[SMCW_LLC_LEN] = {};
	struct smcw_cdc *cdc = (struct smcw_cdc *)msg;

	smcx_assert_locked(smc);
	static_assert(SMCW_CDC_LEN == SMCW_LLC_LEN);
	cdc->type = SMCW_LLC_CDC;
	cdc->length = SMCW_CDC_LEN;
	spin_lock_bh(&conn->post_lock);
	smcw_put16(&cdc->seqno, ++conn->seq);
	spin_unlock_bh(&conn->post_lock);
	smcw_put32(&cdc->alert_token, conn->peer_token);
	cdc->state = SMCW_CDC_ABORT;
	smcx_link_send(&conn->group->link, msg);
}

/* The socket goes: its last state is what is reported from now on. */
static void rconn_part(struct smcx_rconn *conn, struct smcx_sock *smc)
{
	spin_lock_bh(&conn->post_lock);
	rconn_note(conn, smc);
	RCU_INIT_POINTER(conn->smc, NULL);
	spin_unlock_bh(&conn->post_lock);
}

/**
 * smcx_rconn_leave() - let go of a connection that is aborted, but not of its rings.
 * @smc: lock_sock() held
 */
void smcx_rconn_leave(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);

	smcx_assert_locked(smc);
	smcx_group_wait_no_more(conn);
	rconn_part(conn, smc);
	spin_lock_bh(&smc->conn.cdc_lock);
	WRITE_ONCE(smc->conn.rx_state, smc->conn.rx_state | SMCW_CDC_ABORT);
	spin_unlock_bh(&smc->conn.cdc_lock);
}

/**
 * smcx_rconn_free() - the socket does not need its connection any more.
 * @smc: lock_sock() held, and nobody in sendmsg() or recvmsg()
 */
void smcx_rconn_free(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	struct smcx_group *group;
	bool anyway, named;

	smcx_assert_locked(smc);
	if (!conn)
		return;
	if (conn->begun)
		smcx_conn_ends(smc);
	if (conn->rmbe.region)
		smcx_stat_dmb_gone(smc, conn->rx.size);
	smcx_group_wait_no_more(conn);
	rconn_part(conn, smc);
	spin_lock_bh(&smc->conn.cdc_lock);
	smc->conn.rx = NULL;
	smc->conn.tx = NULL;
	spin_unlock_bh(&smc->conn.cdc_lock);
	WRITE_ONCE(smc->conn.own, NULL);
	group = conn->group;
	named = conn->named;
	if (!group) {
		smcx_rconn_put(conn);
		return;
	}
	spin_lock_bh(&group->lock);
	group->leaving++;
	spin_unlock_bh(&group->lock);
	spin_lock_bh(&conn->post_lock);
	conn->leaving = named;
	conn->leave_until = jiffies + LEAVE_TIME;
	/* The peer has nothing to say to what never was. */
	anyway = !(conn->report.state & SMCX_CDC_STATE);
	spin_unlock_bh(&conn->post_lock);
	/* Nobody can write to an RMBE of which nobody knows: the next one may have it. */
	if (named)
		rconn_leave_on(conn, anyway || smcx_group_ending(group));
	else
		rconn_finish(conn, true);
}

/* The group's timer: a peer that has nothing to say has had its time. */
void smcx_rconn_hurry(struct smcx_group *group)
{
	struct smcx_rconn *conn;
	unsigned long token;
	bool late;

	rcu_read_lock();
	xa_for_each(&group->conns, token, conn)
	{
		spin_lock_bh(&conn->post_lock);
		late = conn->leaving && time_after_eq(jiffies, conn->leave_until);
		spin_unlock_bh(&conn->post_lock);
		if (late)
			rconn_leave_on(conn, true);
	}
	rcu_read_unlock();
}

/* Under rcu_read_lock(), which keeps @smc. */
static void rconn_abort(struct smcx_rconn *conn, struct smcx_sock *smc)
{
	const struct smcx_cdc cdc = {
		.cons = READ_ONCE(conn->tx.cons),
		.flags = READ_ONCE(smc->conn.rx_flags),
		.state = SMCW_CDC_ABORT,
	};
	struct sock *sk = &smc->sk;

	/* It may have begun another attempt. */
	if (READ_ONCE(smc->conn.own) != conn ||
	    READ_ONCE(smc->conn.rx_state) & (SMCW_CDC_ABORT | SMCW_CDC_CLOSED))
		return;
	if (smcx_has_path(smc) && !READ_ONCE(sk->sk_err))
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
	/* Nor can TCP's go on: abort_work ends it. */
	smcx_cdc_take(&smc->conn, &cdc, false);
	sk->sk_data_ready(sk);
	smcx_write_space(sk);
}

/* The group ends: so do its connections, and those that are leaving. Process context. */
void smcx_rconn_lost(struct smcx_group *group)
{
	struct smcx_rconn *conn;
	struct smcx_sock *smc;
	unsigned long token;

	rcu_read_lock();
	xa_for_each(&group->conns, token, conn)
	{
		smc = rcu_dereference(conn->smc);
		if (smc)
			rconn_abort(conn, smc);
		rconn_leave_on(conn, true);
	}
	rcu_read_unlock();
}

/* ---- receiving --------------------------------------------------------------------------------
 */

static void rconn_wake_writer(struct smcx_rconn *conn, struct smcx_sock *smc)
{
	u32 unconsumed;
	u64 cons;

	/* Pairs with tx_ask_for_room(): it says that it waits, then looks at the cursor. */
	smp_mb();
	if (!READ_ONCE(conn->tx.writer_waits))
		return;
	cons = READ_ONCE(conn->tx.cons);
	unconsumed = smcx_cursor_diff(cons, READ_ONCE(smc->conn.prod), conn->tx.len);
	if (unconsumed <= conn->tx.len &&
	    smcx_ring_room(&conn->tx, cons, unconsumed) < smcx_writable(&conn->tx))
		return;
	WRITE_ONCE(conn->tx.writer_waits, 0);
	smcx_write_space(&smc->sk);
}

/* Under rcu_read_lock(), which keeps both. Cursors that cannot be are found by whoever uses them.
 */
static void rconn_take(struct smcx_rconn *conn, struct smcx_sock *smc, const struct smcw_cdc *cdc)
{
	u64 prod = smcx_cursor(smcw_get16(&cdc->prod.wrap), smcw_get32(&cdc->prod.count));
	const struct smcx_cdc report = {
		.prod = prod,
		.cons = smcx_cursor(smcw_get16(&cdc->cons.wrap), smcw_get32(&cdc->cons.count)),
		.flags = cdc->flags,
		.state = cdc->state,
	};
	bool came = READ_ONCE(conn->rx.prod) != prod;
	bool valid = cdc->length == SMCW_CDC_LEN && smcx_cursor_count(prod) < conn->rx.len;

	if (came && cdc->flags & SMCW_CDC_URG_PRESENT && valid) {
		WRITE_ONCE(conn->rx_urgent, 1);
		smcx_cdc_take_urgent(&smc->conn, prod);
	}
	smcx_cdc_note_arrival(&smc->conn);
	/* The data is there. Pairs with rx_bytes(), smcx_cdc_cursors(). */
	smp_store_release(&conn->rx.prod, prod);
	/* The peer has copied it. Pairs with smcx_cdc_cursors(). */
	smp_store_release(&conn->tx.cons, report.cons);
	if (!valid || smcx_cdc_is_news(&smc->conn, report.flags, report.state))
		smcx_cdc_take(&smc->conn, &report, valid);
	if (came || report.flags & SMCW_CDC_WRITE_BLOCKED || report.state)
		smc->sk.sk_data_ready(&smc->sk);
	rconn_wake_writer(conn, smc);
}

/**
 * smcx_rconn_take() - a CDC has come.
 * @group: by its link
 * @cdc: SMCW_CDC_LEN bytes, ours
 *
 * Softirq, one at a time.
 */
void smcx_rconn_take(struct smcx_group *group, const struct smcw_cdc *cdc)
{
	u16 seq = smcw_get16(&cdc->seqno);
	struct smcx_rconn *conn;
	struct smcx_sock *smc;

	rcu_read_lock();
	conn = xa_load(&group->conns, smcw_get32(&cdc->alert_token));
	/* An old one, or one for a link that there is not. */
	if (!conn || (s16)(seq - conn->rx_seq) < 0 || cdc->flags & SMCW_CDC_FAILOVER)
		goto out;
	conn->rx_seq = seq;
	WRITE_ONCE(conn->rx_heard, 1);
	WRITE_ONCE(conn->rx_state, conn->rx_state | cdc->state);
	smc = rcu_dereference(conn->smc);
	if (smc && READ_ONCE(smc->conn.own) == conn)
		rconn_take(conn, smc, cdc);
	else
		rconn_leave_on(conn, false);
out:
	rcu_read_unlock();
}
