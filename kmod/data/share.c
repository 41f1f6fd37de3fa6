// SPDX-License-Identifier: GPL-2.0
/* Shares of users and network namespaces. See share.h. */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "net.h"
#include "share.h"

static DEFINE_HASHTABLE(share_users, 8);
static DEFINE_SPINLOCK(share_lock); /* the table; interrupts off, since references go anywhere */

kuid_t smcx_share_uid(void)
{
	const struct user_namespace *ns = current_user_ns();

	if (ns == &init_user_ns)
		return current_uid();
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return uid_eq(ns->owner, GLOBAL_ROOT_UID) ? current_uid() : ns->owner;
}

static struct smcx_share *share_alloc(kuid_t uid)
{
	struct smcx_share *share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);

	if (!share)
		return NULL;
	share->uid = uid;
	refcount_set(&share->refs, 1);
	return share;
}

struct smcx_share *smcx_share_new(void)
{
	return share_alloc(INVALID_UID);
}

void smcx_share_put(struct smcx_share *share)
{
	unsigned long flags;
	bool last;

	if (!share)
		return;
	/* Nobody finds one that has no reference left. */
	spin_lock_irqsave(&share_lock, flags);
	last = refcount_dec_and_test(&share->refs);
	if (last && uid_valid(share->uid))
		hash_del(&share->node);
	spin_unlock_irqrestore(&share_lock, flags);
	if (!last)
		return;
	WARN_ON_ONCE(atomic_read(&share->dmbs) || atomic_long_read(&share->pages));
	kfree(share);
}

/* With a reference, or NULL. */
static struct smcx_share *share_find_locked(kuid_t uid)
{
	struct smcx_share *share;

	lockdep_assert_held(&share_lock);
	hash_for_each_possible(share_users, share, node, __kuid_val(uid)) {
		if (uid_eq(share->uid, uid)) {
			refcount_inc(&share->refs);
			return share;
		}
	}
	return NULL;
}

static struct smcx_share *share_of_user(kuid_t uid)
{
	struct smcx_share *share, *new;

	spin_lock_irq(&share_lock);
	share = share_find_locked(uid);
	spin_unlock_irq(&share_lock);
	if (share)
		return share;
	new = share_alloc(uid);
	if (!new)
		return NULL;
	spin_lock_irq(&share_lock);
	share = share_find_locked(uid);
	if (!share)
		hash_add(share_users, &new->node, __kuid_val(uid));
	spin_unlock_irq(&share_lock);
	if (!share)
		return new;
	kfree(new);
	return share;
}

int smcx_payer_get(struct smcx_payer *payer, kuid_t uid, struct net *net)
{
	payer->user = share_of_user(uid);
	if (!payer->user)
		return -ENOMEM;
	payer->net = net_eq(net, &init_net) ? NULL : smcx_net(net)->share;
	if (payer->net)
		refcount_inc(&payer->net->refs);
	return 0;
}

void smcx_payer_put(struct smcx_payer *payer)
{
	smcx_share_put(payer->user);
	smcx_share_put(payer->net);
}

/* The host's root is whom a machine is administered by: only its containers are limited. */
static bool share_has_limit(const struct smcx_share *share)
{
	return !uid_eq(share->uid, GLOBAL_ROOT_UID);
}

static bool share_take_dmb(struct smcx_share *share, int left)
{
	if (!share || atomic_inc_return(&share->dmbs) <= left || !share_has_limit(share))
		return true;
	atomic_dec(&share->dmbs);
	return false;
}

bool smcx_payer_take_dmb(struct smcx_payer *payer, int left)
{
	if (!share_take_dmb(payer->user, left))
		return false;
	if (share_take_dmb(payer->net, left))
		return true;
	atomic_dec(&payer->user->dmbs);
	return false;
}

void smcx_payer_give_dmb(struct smcx_payer *payer)
{
	atomic_dec(&payer->user->dmbs);
	if (payer->net)
		atomic_dec(&payer->net->dmbs);
}
