// SPDX-License-Identifier: GPL-2.0
/* The loopback-ism device and its DMBs. See dev.h. */
#define pr_fmt(fmt) "smcx: " fmt

#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/uuid.h>

#include "dev.h"
#include "fault.h"
#include "net.h"
#include "ring.h"
#include "share.h"
#include "sock.h"
#include "trace.h"

struct smcx_dev smcx_dev = { .chid = SMCW_CHID_LOOPBACK };

static const struct rhashtable_params dmb_table = {
	.key_len = sizeof_field(struct smcx_dmb, token),
	.key_offset = offsetof(struct smcx_dmb, token),
	.head_offset = offsetof(struct smcx_dmb, node),
	.automatic_shrinking = true,
};

static char *gid;
module_param(gid, charp, 0400);
MODULE_PARM_DESC(gid, "GID of the device, 32 hexadecimal digits; random if not given");

int smcx_dev_set_gid(const char *text)
{
	u8 new[SMCW_GID_LEN];
	int i;

	for (i = 0; i < SMCW_GID_LEN; i++) {
		while (*text == '-')
			text++;
		if (hex2bin(&new[i], text, 1))
			return -EINVAL;
		text += 2;
	}
	if (*text && *text != '\n')
		return -EINVAL;
	memcpy(smcx_dev.gid, new, sizeof(new));
	return 0;
}

static void dev_put_dmb(struct smcx_dmb *dmb)
{
	if (!refcount_dec_and_test(&dmb->refs))
		return;
	atomic_dec(&smcx_dev.dmb_count);
	smcx_ring_free(&dmb->ring);
	kfree_rcu(dmb, rcu);
}

/* A program has none. */
static struct sock *dev_conn_sk(struct smcx_conn *conn)
{
	return conn ? &smcx_conn_sock(conn)->sk : NULL;
}

static int dev_dmb_payer(struct smcx_payer *payer, const struct smcx_conn *owner)
{
	const struct smcx_sock *smc = owner ? smcx_conn_sock(owner) : NULL;

	return smcx_payer_get(payer, smc ? smc->payer : smcx_share_uid(),
			      smc ? sock_net(&smc->sk) : current->nsproxy->net_ns);
}

static struct smcx_dmb *dev_alloc_dmb(u32 size, struct mem_cgroup *memcg,
				      const struct smcx_payer *payer)
{
	const u32 head = sizeof(struct smcw_cdc_smcd);
	struct smcx_dmb *dmb;

	dmb = kzalloc(struct_size(dmb, segment, smcx_ring_segments(size)), GFP_KERNEL_ACCOUNT);
	if (!dmb)
		return NULL;
	dmb->ring.segment = dmb->segment;
	if (!smcx_ring_init(&dmb->ring, size, head, memcg, payer))
		return dmb;
	kfree(dmb);
	return NULL;
}

/* Counted, with its first segment, and found by nobody yet. */
static struct smcx_dmb *dev_make_dmb(struct smcx_conn *owner, u32 size, struct mem_cgroup *memcg,
				     int left)
{
	struct sock *sk = dev_conn_sk(owner);
	struct smcx_payer payer;
	struct smcx_dmb *dmb;
	int err = -ENOSPC;

	if (dev_dmb_payer(&payer, owner))
		return ERR_PTR(-ENOMEM);
	if (left < 0 || smcx_fault(dmb_register, sk) || !smcx_payer_take_dmb(&payer, left))
		goto err_share;
	err = -ENOMEM;
	dmb = smcx_fault(dmb_alloc, sk) ? NULL : dev_alloc_dmb(size, memcg, &payer);
	if (!dmb)
		goto err_alloc;
	/* Before anybody can attach. */
	if (owner || smcx_ring_flat(&dmb->ring))
		return dmb;
	smcx_payer_give_dmb(&dmb->ring.payer);
	smcx_ring_free(&dmb->ring);
	kfree(dmb);
	return ERR_PTR(-ENOMEM);

err_alloc:
	smcx_payer_give_dmb(&payer);
err_share:
	smcx_payer_put(&payer);
	return ERR_PTR(err);
}

struct smcx_dmb *smcx_dmb_register(struct smcx_conn *owner, u32 size, struct mem_cgroup *memcg)
{
	struct sock *sk = dev_conn_sk(owner);
	struct smcx_dmb *dmb;
	int err;

	dmb = dev_make_dmb(owner, size, memcg,
			   SMCX_MAX_DMBS - atomic_inc_return(&smcx_dev.dmb_count));
	if (IS_ERR(dmb)) {
		atomic_dec(&smcx_dev.dmb_count);
		return dmb;
	}
	refcount_set(&dmb->refs, 1);
	dmb->foreign = !owner;
	RCU_INIT_POINTER(dmb->owner, owner);
	do {
		do
			dmb->token = get_random_u64();
		while (!dmb->token);
		err = rhashtable_lookup_insert_fast(&smcx_dev.dmbs, &dmb->node, dmb_table);
	} while (err == -EEXIST);
	if (err) {
		smcx_payer_give_dmb(&dmb->ring.payer);
		dev_put_dmb(dmb);
		return ERR_PTR(err);
	}
	if (sk)
		trace_smcx_dmb_register(sk, dmb);
	return dmb;
}

/* Programs are root's, and reach everybody. Under rcu_read_lock(). */
static bool dev_dmb_reached_by(const struct smcx_dmb *dmb, const struct sock *sk)
{
	struct smcx_conn *owner = rcu_dereference(dmb->owner);

	return !owner || !sk ||
	       smcx_net_reaches(sock_net(&smcx_conn_sock(owner)->sk), sock_net(sk));
}

struct smcx_conn *smcx_dmb_owner(u64 token)
{
	struct smcx_dmb *dmb = rhashtable_lookup(&smcx_dev.dmbs, &token, dmb_table);

	return dmb ? rcu_dereference(dmb->owner) : NULL;
}

struct smcx_dmb *smcx_dmb_attach(struct smcx_conn *peer, u64 token)
{
	struct sock *sk = dev_conn_sk(peer);
	struct smcx_dmb *dmb;
	bool reached = true;

	if (smcx_fault(dmb_attach, sk))
		return ERR_PTR(-EINVAL);
	rcu_read_lock();
	dmb = rhashtable_lookup(&smcx_dev.dmbs, &token, dmb_table);
	if (dmb && !refcount_inc_not_zero(&dmb->refs))
		dmb = NULL;
	if (dmb)
		reached = dev_dmb_reached_by(dmb, sk);
	rcu_read_unlock();
	if (!dmb)
		return ERR_PTR(-EINVAL);
	if (!reached) {
		dev_put_dmb(dmb);
		return ERR_PTR(-EACCES);
	}
	/* Once in a DMB's life: a token that is heard later is of no use. */
	if ((peer && rcu_access_pointer(dmb->owner) == peer) ||
	    test_and_set_bit(0, &dmb->attached)) {
		dev_put_dmb(dmb);
		return ERR_PTR(-EBUSY);
	}
	rcu_assign_pointer(dmb->peer, peer);
	if (sk)
		trace_smcx_dmb_attach(sk, dmb);
	return dmb;
}

void smcx_dmb_detach(struct smcx_dmb *dmb)
{
	struct smcx_conn *peer = rcu_dereference_raw(dmb->peer);

	if (peer)
		trace_smcx_dmb_detach(&smcx_conn_sock(peer)->sk, dmb);
	RCU_INIT_POINTER(dmb->peer, NULL);
	dev_put_dmb(dmb);
}

/*
 * Memory that @dmb holds and nobody needs. Its writer may be within sendmsg(), and sleep there:
 * then it is left alone. @all: nobody will read what is unread. Return: bytes.
 */
static long dev_trim_dmb(struct smcx_dmb *dmb, bool all)
{
	struct smcx_conn *peer;
	struct sock *sk = NULL;
	long bytes = 0;

	rcu_read_lock();
	peer = rcu_dereference(dmb->peer);
	if (peer && refcount_inc_not_zero(&smcx_conn_sock(peer)->sk.sk_refcnt))
		sk = &smcx_conn_sock(peer)->sk;
	rcu_read_unlock();
	if (!sk)
		return 0;
	if (mutex_trylock(&peer->tx_lock)) {
		bytes = smcx_ring_trim(&dmb->ring, all);
		mutex_unlock(&peer->tx_lock);
	}
	sock_put(sk);
	return bytes;
}

long smcx_dev_trim(long pages)
{
	struct rhashtable_iter iter;
	struct smcx_dmb *dmb;
	long bytes = 0;

	rhashtable_walk_enter(&smcx_dev.dmbs, &iter);
	rhashtable_walk_start(&iter);
	while (bytes >> PAGE_SHIFT < pages && (dmb = rhashtable_walk_next(&iter))) {
		/* The table is being resized: some may come twice. */
		if (IS_ERR(dmb) || !atomic_read(&dmb->ring.more) ||
		    !refcount_inc_not_zero(&dmb->refs))
			continue;
		rhashtable_walk_stop(&iter);
		bytes += dev_trim_dmb(dmb, false);
		dev_put_dmb(dmb);
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return bytes >> PAGE_SHIFT;
}

void smcx_dmb_unregister(struct smcx_dmb *dmb)
{
	struct smcx_conn *owner = rcu_dereference_raw(dmb->owner);

	if (owner)
		trace_smcx_dmb_unregister(&smcx_conn_sock(owner)->sk, dmb);
	RCU_INIT_POINTER(dmb->owner, NULL);
	rhashtable_remove_fast(&smcx_dev.dmbs, &dmb->node, dmb_table);
	/* The peer may stay attached for long, and what it holds so is not our share. */
	smcx_payer_give_dmb(&dmb->ring.payer);
	if (owner && atomic_read(&dmb->ring.more))
		dev_trim_dmb(dmb, true);
	dev_put_dmb(dmb);
}

int __init smcx_dev_init(void)
{
	generate_random_guid(smcx_dev.gid);
	if (gid && smcx_dev_set_gid(gid)) {
		pr_err("gid=%s is not a GID of 32 hexadecimal digits\n", gid);
		return -EINVAL;
	}
	return rhashtable_init(&smcx_dev.dmbs, &dmb_table);
}

void smcx_dev_exit(void)
{
	WARN_ON_ONCE(atomic_read(&smcx_dev.dmb_count));
	rhashtable_destroy(&smcx_dev.dmbs);
}
