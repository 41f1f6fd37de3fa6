/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is registered with the device, in regions of slots: RMBs, whose slots are RMBEs, and
 * mirrors, which are send buffers. See rmb.c.
 */
#ifndef SMCX_RMB_H
#define SMCX_RMB_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <rdma/ib_verbs.h>

#include "share.h"

struct smcx_group;
struct smcx_sock;

enum smcx_region_kind { SMCX_RMB, SMCX_MIRROR };

enum smcx_region_state {
	SMCX_REGION_NEW,
	SMCX_REGION_ASKED,	/* the device is to know it */
	SMCX_REGION_REGISTERED, /* it does: all that a mirror needs */
	SMCX_REGION_CONFIRMED,	/* the peer knows it */
	SMCX_REGION_FAILED,
};

#define SMCX_REGION_SLOTS 16
#define SMCX_REGION_BYTES (1024u * 1024)

/* Constant but for what a comment says. */
struct smcx_region {
	struct list_head link; /* in group->regions; group->lock, as taken and used */
	struct smcx_group *group;
	enum smcx_region_kind kind;
	u32 state;		     /* enum smcx_region_state; readers by READ_ONCE() */
	bool implicit;		     /* of a first contact: needs no CONFIRM_RKEY */
	u32 slots, size;	     /* size: bytes of a slot */
	unsigned long taken;	     /* bits of slots */
	u32 used[SMCX_REGION_SLOTS]; /* bytes of each that a connection before has left there */
	void *mem;
	u64 iova;
	u32 key, lkey;	     /* the device's names of it: for the peer, for us */
	struct sg_table sgt; /* mapped while mr is there; group->mutex */
	struct ib_mr *mr;
	struct ib_cqe cqe;
	refcount_t refs; /* group, each connection, a flow */
	struct mem_cgroup *memcg;
	struct smcx_payer payer;
};

/* A slot of a region, with a reference to it. region is NULL: none. */
struct smcx_rmbe {
	struct smcx_region *region;
	u32 slot;
};

static inline u32 smcx_rmbe_offset(const struct smcx_rmbe *place)
{
	return place->slot * place->region->size;
}

static inline void *smcx_rmbe_mem(const struct smcx_rmbe *place)
{
	return place->region->mem + smcx_rmbe_offset(place);
}

static inline u64 smcx_rmbe_iova(const struct smcx_rmbe *place)
{
	return place->region->iova + smcx_rmbe_offset(place);
}

static inline u32 smcx_region_state(const struct smcx_region *region)
{
	/* Pairs with rmb_set_state(). */
	return smp_load_acquire(&region->state);
}

int smcx_rmb_take(struct smcx_group *group, struct smcx_sock *smc, enum smcx_region_kind kind,
		  u32 size, struct smcx_rmbe *place);
void smcx_rmb_give(struct smcx_rmbe *place, bool again, u32 written);
void smcx_rmb_registered(struct smcx_region *region, bool ok);
void smcx_rmb_confirmed(struct smcx_region *region, bool ok);
int smcx_rmb_register_all(struct smcx_group *group);
struct smcx_region *smcx_rmb_unconfirmed(struct smcx_group *group);
void smcx_region_put(struct smcx_region *region);
void smcx_rmb_end(struct smcx_group *group);

#endif
