/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The share that each user and each network namespace has in what the machine has only
 * once: DMBs (dev.h) and memory for them (mem.h). Whoever has less than what is
 * left may have more. So a user can take a half, two users two thirds, and
 * however many there are, the next one still finds something.
 *
 * A user is the one who has called socket(), in the initial user namespace;
 * within another one, whose users anybody can make, it is the one who has made
 * the outermost. Things that root has made are known by the user id itself.
 */
#ifndef SMCX_SHARE_H
#define SMCX_SHARE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct net;

struct smcx_share {
	struct hlist_node node; /* of users only */
	kuid_t uid;
	refcount_t refs;
	atomic_t dmbs;
	atomic_long_t pages;
};

/* The payers for a DMB, each with a reference. */
struct smcx_payer {
	struct smcx_share *user;
	struct smcx_share *net; /* NULL: the initial network namespace, which has no limit */
};

/* The user who calls. */
kuid_t smcx_share_uid(void);

/* The share of a network namespace. Return: NULL without memory. */
struct smcx_share *smcx_share_new(void);
void smcx_share_put(struct smcx_share *share);

/* Process context. Return: 0 or -ENOMEM. */
int smcx_payer_get(struct smcx_payer *payer, kuid_t uid, struct net *net);
void smcx_payer_put(struct smcx_payer *payer);

/**
 * smcx_payer_take_dmb() - count a DMB.
 * @payer: whose
 * @left: DMBs that are left on the device
 *
 * Return: whether there may be one more; if so, smcx_payer_give_dmb() is to follow.
 */
bool smcx_payer_take_dmb(struct smcx_payer *payer, int left);
void smcx_payer_give_dmb(struct smcx_payer *payer);

#endif
