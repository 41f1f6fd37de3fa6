// SPDX-License-Identifier: GPL-2.0
/*
 * Link groups of SMC-R. lgr.c finds them and counts their connections; here is what they have
 * beyond that, and their end: smcx_group_end() may be called anywhere and any number of times, and
 * all that sleeps is done by group_end_work(), once.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "group.h"
#include "llc.h"
#include "path.h"
#include "rconn.h"
#include "rmb.h"
#include "sock.h"

static LIST_HEAD(group_list);
static DEFINE_SPINLOCK(group_list_lock); /* BH */
static atomic_t group_count;
static DECLARE_WAIT_QUEUE_HEAD(group_none);
static struct workqueue_struct *group_wq;

static unsigned int group_wait = 500;
module_param(group_wait, uint, 0644);
MODULE_PARM_DESC(group_wait, "milliseconds that others wait for a first contact; 500 if not given");

/**
 * smcx_group_patience() - how long a connection waits for the link group that another one makes.
 *
 * Then it makes one of its own, for which the others wait.
 *
 * Return: jiffies.
 */
unsigned long smcx_group_patience(void)
{
	return msecs_to_jiffies(clamp(READ_ONCE(group_wait), 1U, 3600000U));
}

/* ---- found by lgr.c -------------------------------------------------------------------------- */

void smcx_group_lgr_init(struct smcx_lgr *lgr, const struct smcx_lgr_key *key)
{
	struct smcx_group *group = smcx_group_of(lgr);
	const struct smcx_group_key *more = key->more;

	memcpy(group->peer_id, more->peer_id, sizeof(group->peer_id));
	group->peer_addr = more->peer_addr;
	group->wait_until = jiffies + smcx_group_patience();
	group->link.rdev = (struct smcx_rdev *)more->rdev;
	lgr->max_conns = SMCX_GROUP_CONNS;
	mutex_init(&group->mutex);
	spin_lock_init(&group->lock);
	INIT_LIST_HEAD(&group->regions);
	INIT_LIST_HEAD(&group->waiting);
	INIT_LIST_HEAD(&group->link_of_list);
	xa_init_flags(&group->conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
}

/* As net/smc: a server does not ask which queue pair of its client it is. */
bool smcx_group_lgr_fits(const struct smcx_lgr *lgr, const struct smcx_lgr_key *key)
{
	const struct smcx_group *group = container_of(lgr, struct smcx_group, lgr);
	const struct smcx_group_key *more = key->more;

	if (more->to_wait &&
	    (group->peer_addr != more->peer_addr || time_after_eq(jiffies, group->wait_until)))
		return false;
	return group->link.rdev == more->rdev &&
	       !memcmp(group->peer_id, more->peer_id, sizeof(group->peer_id)) &&
	       !memcmp(lgr->peer_gid, more->peer_gid, SMCW_GID_LEN) &&
	       !memcmp(lgr->gid, key->gid, SMCW_GID_LEN) &&
	       (lgr->role == SMCX_SERVER || group->link.peer_qpn == more->qpn) &&
	       /* Those that are leaving are connections yet, for the peer. */
	       lgr->conn_count + READ_ONCE(group->leaving) < lgr->max_conns &&
	       !smcx_group_ending(group);
}

/* Nobody joins any more; unless it ends already, all have left. */
void smcx_group_lgr_end(struct smcx_lgr *lgr)
{
	struct smcx_group *group = smcx_group_of(lgr);
	bool now;

	spin_lock_bh(&group->lock);
	group->end_when_left = true;
	now = !group->leaving;
	spin_unlock_bh(&group->lock);
	if (now)
		smcx_group_end(group, SMCX_END_IDLE);
}

/* One that was leaving is gone. Any context. */
void smcx_group_left(struct smcx_group *group)
{
	bool last;

	spin_lock_bh(&group->lock);
	last = !--group->leaving && group->end_when_left;
	spin_unlock_bh(&group->lock);
	if (last)
		smcx_group_end(group, SMCX_END_IDLE);
}

/* ---- those who wait for it ------------------------------------------------------------------- */

/**
 * smcx_group_wait() - a handshake is to be kicked when something changes.
 * @group: what it waits for
 * @conn: its socket's, with lock_sock() held
 *
 * To be followed by a look at what it waits for.
 */
void smcx_group_wait(struct smcx_group *group, struct smcx_rconn *conn)
{
	if (conn->wait_on != group) {
		smcx_group_wait_no_more(conn);
		smcx_group_get(group);
		conn->wait_on = group;
	}
	spin_lock_bh(&group->lock);
	if (list_empty(&conn->waiting))
		list_add_tail(&conn->waiting, &group->waiting);
	spin_unlock_bh(&group->lock);
}

/* lock_sock() of its socket held. */
void smcx_group_wait_no_more(struct smcx_rconn *conn)
{
	struct smcx_group *group = conn->wait_on;

	if (!group)
		return;
	spin_lock_bh(&group->lock);
	list_del_init(&conn->waiting);
	spin_unlock_bh(&group->lock);
	conn->wait_on = NULL;
	smcx_group_put(group);
}

/* Any context. A socket stays as long as it is on the list. */
void smcx_group_kick(struct smcx_group *group)
{
	struct smcx_rconn *conn, *next;

	spin_lock_bh(&group->lock);
	list_for_each_entry_safe(conn, next, &group->waiting, waiting) {
		list_del_init(&conn->waiting);
		smcx_hs_kick(rcu_dereference_protected(conn->smc, 1));
	}
	spin_unlock_bh(&group->lock);
}

/* ---- its timer ------------------------------------------------------------------------------- */

static void group_timer(struct work_struct *work)
{
	struct smcx_group *group = container_of(to_delayed_work(work), struct smcx_group, timer);
	unsigned long next = smcx_llc_timer(group);

	if (!smcx_group_ending(group))
		queue_delayed_work(group_wq, &group->timer, next);
}

/* The timer is to run no later. Any context. */
void smcx_group_look_in(struct smcx_group *group, unsigned long delay)
{
	const struct timer_list *timer = &group->timer.timer;

	/* The lock is group_end_work()'s, too: none is queued after it has cancelled the last. */
	spin_lock_bh(&group->lock);
	if (!smcx_group_ending(group) &&
	    (!timer_pending(timer) || time_before(jiffies + delay, timer->expires)))
		mod_delayed_work(group_wq, &group->timer, delay);
	spin_unlock_bh(&group->lock);
}

/* ---- its end --------------------------------------------------------------------------------- */

static u32 group_end_reason(const struct smcx_group *group)
{
	return group->why == SMCX_END_PROTOCOL ? SMCW_DEL_PROTOCOL : SMCW_DEL_PROGRAM;
}

static bool group_all_sent(struct smcx_link *link)
{
	bool sent;

	spin_lock_bh(&link->sq_lock);
	sent = link->state != SMCX_LINK_UP || list_count_nodes(&link->llc_free) == SMCX_LINK_LLCS;
	spin_unlock_bh(&link->sq_lock);
	return sent;
}

/*
 * The peer may not receive it, nor answer: not for long. If the queue pair went before the answer
 * came, the peer's device would send that again and again, and report an error.
 */
static void group_report_end(struct smcx_group *group)
{
	int i;

	if (group->why == SMCX_END_LOST)
		return;
	if (group->why != SMCX_END_PEER)
		smcx_llc_send_delete_all(group, group_end_reason(group));
	for (i = 0; i < 50; i++) {
		if (READ_ONCE(group->link.state) != SMCX_LINK_UP ||
		    (READ_ONCE(group->peer_ends) && group_all_sent(&group->link)))
			break;
		msleep(20);
	}
}

static void group_end_work(struct work_struct *work)
{
	struct smcx_group *group = container_of(work, struct smcx_group, end_work);

	smcx_lgr_drop(&group->lgr);
	spin_lock_bh(&group->lock); /* smcx_group_look_in() */
	spin_unlock_bh(&group->lock);
	cancel_delayed_work_sync(&group->timer);
	smcx_rconn_lost(group);
	smcx_group_kick(group);
	group_report_end(group);
	mutex_lock(&group->mutex);
	smcx_link_stop(&group->link);
	spin_lock_bh(&group->lock);
	if (group->flow)
		smcx_region_put(group->flow);
	group->flow = NULL;
	spin_unlock_bh(&group->lock);
	smcx_rmb_end(group);
	smcx_link_free(&group->link);
	mutex_unlock(&group->mutex);
	/* Completions have put connections on the list meanwhile. */
	smcx_rconn_lost(group);
	smcx_group_kick(group);
	spin_lock_bh(&group_list_lock);
	list_del(&group->link_of_list);
	spin_unlock_bh(&group_list_lock);
	smcx_group_put(group);
	if (atomic_dec_and_test(&group_count))
		wake_up(&group_none);
}

/**
 * smcx_group_end() - it ends, with all its connections.
 * @group: started
 * @why: the first one counts
 *
 * Any context, any number of times.
 */
void smcx_group_end(struct smcx_group *group, enum smcx_group_end why)
{
	if (test_and_set_bit(0, &group->ending))
		return;
	group->why = why;
	smcx_lgr_retire(&group->lgr);
	queue_work(group_wq, &group->end_work);
}

/* A device, or a port of it (0: all), is of no use any more. Any context. */
void smcx_group_device_lost(struct smcx_rdev *rdev, u32 port)
{
	struct smcx_group *group;

	spin_lock_bh(&group_list_lock);
	list_for_each_entry(group, &group_list, link_of_list)
		if (group->link.rdev == rdev && (!port || group->link.local.port == port))
			smcx_group_end(group, SMCX_END_LOST);
	spin_unlock_bh(&group_list_lock);
}

/* ---- its begin ------------------------------------------------------------------------------- */

/* For those who list link groups: what has become of its link. Process context. */
void smcx_group_list(struct smcx_group *group)
{
	struct smcx_lgr_link *to = &group->lgr.link;
	const struct smcx_link *link = &group->link;

	static_assert(sizeof(to->device) == IB_DEVICE_NAME_MAX);
	spin_lock_bh(&group->lgr.lock);
	strscpy(to->device, dev_name(&link->rdev->ib->dev), sizeof(to->device));
	to->port = link->local.port;
	to->ifindex = link->local.ifindex;
	to->number = link->number;
	memcpy(to->uid, link->uid, sizeof(to->uid));
	memcpy(to->peer_uid, link->peer_uid, sizeof(to->peer_uid));
	spin_unlock_bh(&group->lgr.lock);
}

/**
 * smcx_group_start() - a group that lgr.c has made gets its link.
 * @group: nobody joins it yet
 * @rdev: the group's from now on, whatever happens
 * @gid: at it
 * @test_every: jiffies of silence after which TEST_LINK is sent; 0: never
 *
 * Process context. Return: 0 or -errno: then the group is ending.
 */
int smcx_group_start(struct smcx_group *group, struct smcx_rdev *rdev, const struct smcx_rgid *gid,
		     unsigned long test_every)
{
	int err;

	group->test_every = test_every;
	INIT_DELAYED_WORK(&group->timer, group_timer);
	INIT_WORK(&group->end_work, group_end_work);
	smcx_group_get(group);
	atomic_inc(&group_count);
	mutex_lock(&group->mutex);
	err = smcx_link_make(&group->link, group, rdev, gid);
	smcx_group_list(group);
	mutex_unlock(&group->mutex);
	spin_lock_bh(&group_list_lock);
	list_add_tail(&group->link_of_list, &group_list);
	spin_unlock_bh(&group_list_lock);
	if (err)
		smcx_group_end(group, SMCX_END_LOST);
	else
		smcx_group_look_in(group, smcx_group_patience());
	return err;
}

int __init smcx_group_init(void)
{
	group_wq = alloc_workqueue("smcx_rdma", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return group_wq ? 0 : -ENOMEM;
}

/* All of them are ending, or have no connection and are about to. */
void smcx_group_exit(void)
{
	wait_event(group_none, !atomic_read(&group_count));
	destroy_workqueue(group_wq);
}
