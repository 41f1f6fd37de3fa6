// SPDX-License-Identifier: GPL-2.0
/* Link groups. See lgr.h. */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "fault.h"
#include "lgr.h"
#include "path.h"
#include "smc_codec.h"
#include "sock.h"
#include "trace.h"

/* RFC 7609 leaves the time to us: a little longer at the client, which so never frees first. */
#define FREE_DELAY_SERVER (600 * HZ)
#define FREE_DELAY_CLIENT (610 * HZ)

static DEFINE_XARRAY_ALLOC1(groups);
static u32 next_id;

void smcx_lgr_put(struct smcx_lgr *lgr)
{
	if (!refcount_dec_and_test(&lgr->refs))
		return;
	trace_smcx_lgr_free(lgr);
	kfree_rcu(lgr, rcu);
}

/* The list's reference goes with it. */
static void lgr_unlist(struct smcx_lgr *lgr)
{
	if (xa_cmpxchg(&groups, lgr->id, lgr, NULL, GFP_ATOMIC) != lgr)
		return;
	if (lgr->path->lgr_end)
		lgr->path->lgr_end(lgr);
	smcx_lgr_put(lgr);
}

static unsigned long lgr_free_at(const struct smcx_lgr *lgr)
{
	return lgr->idle_since + (lgr->role == SMCX_SERVER ? FREE_DELAY_SERVER : FREE_DELAY_CLIENT);
}

/*
 * Holds a reference of its own. A connection that comes and goes does not put
 * it off, which would cost each of them a timer: it looks when it is time.
 */
static void lgr_free_work(struct work_struct *work)
{
	struct smcx_lgr *lgr = container_of(to_delayed_work(work), struct smcx_lgr, free_work);
	bool unused, later, again = false;
	unsigned long at;

	spin_lock_bh(&lgr->lock);
	unused = !lgr->conn_count;
	at = lgr_free_at(lgr);
	later = unused && !lgr->dying && time_before(jiffies, at);
	if (later)
		again = queue_delayed_work(smcx_wq, &lgr->free_work, at - jiffies);
	else if (unused)
		lgr->dying = true;
	spin_unlock_bh(&lgr->lock);
	if (again)
		return;
	if (unused && !later)
		lgr_unlist(lgr);
	smcx_lgr_put(lgr);
}

struct smcx_lgr *smcx_lgr_next(u32 after)
{
	unsigned long id = after;
	struct smcx_lgr *lgr;

	rcu_read_lock();
	do {
		lgr = xa_find_after(&groups, &id, ULONG_MAX, XA_PRESENT);
	} while (lgr && !refcount_inc_not_zero(&lgr->refs));
	rcu_read_unlock();
	return lgr;
}

static bool lgr_fits(const struct smcx_lgr *lgr, const struct smcx_conn *conn,
		     const struct smcx_lgr_key *key)
{
	if (lgr->path != conn->path || lgr->role != key->role ||
	    lgr->net_cookie != sock_net(&smcx_conn_sock(conn)->sk)->net_cookie)
		return false;
	if (lgr->path->lgr_fits)
		return lgr->path->lgr_fits(lgr, key);
	return lgr->chid == key->chid && !memcmp(lgr->peer_gid, key->peer_gid, SMCW_GID_LEN) &&
	       !memcmp(lgr->gid, key->gid, SMCW_GID_LEN) &&
	       !memcmp(lgr->eid, key->eid, SMCW_EID_LEN);
}

/* Takes the caller's reference over if it succeeds. */
static bool lgr_add_conn(struct smcx_lgr *lgr, struct smcx_conn *conn, bool first)
{
	bool ok;

	spin_lock_bh(&lgr->lock);
	ok = first || (lgr->usable && !lgr->dying && lgr->conn_count < lgr->max_conns);
	if (ok) {
		list_add_tail(&conn->lgr_link, &lgr->conns);
		lgr->conn_count++;
		lgr->conns_ever++;
		conn->lgr = lgr;
	}
	spin_unlock_bh(&lgr->lock);
	return ok;
}

int smcx_lgr_join(struct smcx_conn *conn, const struct smcx_lgr_key *key)
{
	struct sock *sk = &smcx_conn_sock(conn)->sk;
	struct smcx_lgr *lgr;
	u32 id = 0;

	if (smcx_fault(lgr_join, sk))
		return -ENOENT;
	while ((lgr = smcx_lgr_next(id))) {
		id = lgr->id;
		if (lgr_fits(lgr, conn, key) && lgr_add_conn(lgr, conn, false))
			return 0;
		smcx_lgr_put(lgr);
	}
	return -ENOENT;
}

struct smcx_lgr *smcx_lgr_in_first_contact(struct smcx_conn *conn, const struct smcx_lgr_key *key)
{
	struct smcx_lgr *lgr;
	u32 id = 0;

	while ((lgr = smcx_lgr_next(id))) {
		id = lgr->id;
		if (lgr_fits(lgr, conn, key) && !READ_ONCE(lgr->usable) && !READ_ONCE(lgr->dying))
			break;
		smcx_lgr_put(lgr);
	}
	return lgr;
}

int smcx_lgr_create(struct smcx_conn *conn, const struct smcx_lgr_key *key, u8 release)
{
	struct sock *sk = &smcx_conn_sock(conn)->sk;
	struct smcx_lgr *lgr;

	if (smcx_fault(lgr_create, sk))
		return -ENOMEM;
	lgr = kzalloc(max(conn->path->lgr_size, sizeof(*lgr)), GFP_KERNEL);
	if (!lgr)
		return -ENOMEM;
	lgr->path = conn->path;
	lgr->role = key->role;
	lgr->version = SMCW_V2;
	lgr->release = release;
	memcpy(lgr->gid, key->gid, SMCW_GID_LEN);
	memcpy(lgr->peer_gid, key->peer_gid, SMCW_GID_LEN);
	memcpy(lgr->eid, key->eid, SMCW_EID_LEN);
	lgr->chid = key->chid;
	lgr->max_conns = U32_MAX;
	lgr->net_cookie = sock_net(sk)->net_cookie;
	refcount_set(&lgr->refs, 2); /* the list's, the connection's */
	spin_lock_init(&lgr->lock);
	INIT_LIST_HEAD(&lgr->conns);
	INIT_DELAYED_WORK(&lgr->free_work, lgr_free_work);
	if (conn->path->lgr_init)
		conn->path->lgr_init(lgr, key);
	if (xa_alloc_cyclic(&groups, &lgr->id, NULL, XA_LIMIT(1, U32_MAX), &next_id, GFP_KERNEL) <
	    0) {
		kfree(lgr);
		return -ENOMEM;
	}
	lgr_add_conn(lgr, conn, true);
	xa_store(&groups, lgr->id, lgr, GFP_KERNEL);
	trace_smcx_lgr_create(lgr);
	return 0;
}

void smcx_lgr_learn(struct smcx_lgr *lgr, const struct smcw_fce *fce)
{
	if (!fce)
		return;
	spin_lock_bh(&lgr->lock);
	lgr->peer_os = smcw_get_bits(fce->os_release, SMCW_OS_HI);
	lgr->peer_release = smcw_fce_release(fce);
	memcpy(lgr->peer_hostname, fce->hostname, SMCW_HOSTNAME_LEN);
	spin_unlock_bh(&lgr->lock);
}

void smcx_lgr_confirm(struct smcx_lgr *lgr)
{
	spin_lock_bh(&lgr->lock);
	lgr->usable = true;
	spin_unlock_bh(&lgr->lock);
}

void smcx_lgr_leave(struct smcx_conn *conn)
{
	struct smcx_lgr *lgr = conn->lgr;
	bool unused, never, passed_on = false, idle = false;

	if (!lgr)
		return;
	spin_lock_bh(&lgr->lock);
	list_del(&conn->lgr_link);
	unused = !--lgr->conn_count;
	never = unused && (!lgr->usable || lgr->dying);
	lgr->idle_since = jiffies;
	conn->lgr = NULL;
	if (never) {
		lgr->dying = true;
		/* smcx_lgr_exit() sees only those on the list. */
		idle = cancel_delayed_work(&lgr->free_work);
	} else if (unused) {
		/* The connection's reference becomes the work's. */
		passed_on = queue_delayed_work(smcx_wq, &lgr->free_work, FREE_DELAY_SERVER);
	}
	spin_unlock_bh(&lgr->lock);

	if (never)
		lgr_unlist(lgr);
	if (idle)
		smcx_lgr_put(lgr);
	if (!passed_on)
		smcx_lgr_put(lgr);
}

void smcx_lgr_retire(struct smcx_lgr *lgr)
{
	spin_lock_bh(&lgr->lock);
	lgr->dying = true;
	spin_unlock_bh(&lgr->lock);
}

void smcx_lgr_drop(struct smcx_lgr *lgr)
{
	bool idle;

	spin_lock_bh(&lgr->lock);
	lgr->dying = true;
	idle = cancel_delayed_work(&lgr->free_work);
	spin_unlock_bh(&lgr->lock);
	lgr_unlist(lgr);
	if (idle)
		smcx_lgr_put(lgr);
}

void smcx_lgr_end_path(const struct smcx_path *path)
{
	struct smcx_lgr *lgr;
	u32 id = 0;

	while ((lgr = smcx_lgr_next(id))) {
		id = lgr->id;
		if (lgr->path == path) {
			if (cancel_delayed_work_sync(&lgr->free_work))
				smcx_lgr_put(lgr);
			smcx_lgr_drop(lgr);
		}
		smcx_lgr_put(lgr);
	}
}

int __init smcx_lgr_init(void)
{
	return 0;
}

/* No connection is left when the module goes, only groups that wait to be freed. */
void smcx_lgr_exit(void)
{
	struct smcx_lgr *lgr;
	u32 id = 0;

	while ((lgr = smcx_lgr_next(id))) {
		id = lgr->id;
		WARN_ON_ONCE(lgr->conn_count);
		if (cancel_delayed_work_sync(&lgr->free_work))
			smcx_lgr_put(lgr);
		lgr_unlist(lgr);
		smcx_lgr_put(lgr);
	}
	xa_destroy(&groups);
}
