// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that the device knows. The first connection of a link group gets regions of one slot,
 * which cost little; the next ones share larger regions, so that most connections need no
 * registration and no CONFIRM_RKEY. Regions stay as long as their link group.
 *
 * A region serves connections of one memory cgroup, which pays for it. No byte of an RMBE is seen
 * by the next connection; and none is handed out again while a WRITE of the former one may come.
 */
#include <linux/bitops.h>
#include <linux/memcontrol.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "group.h"
#include "llc.h"
#include "mem.h"
#include "rconn.h"
#include "rmb.h"
#include "sock.h"

static u32 rmb_bytes(const struct smcx_region *region)
{
	return region->slots * region->size;
}

static void rmb_set_state(struct smcx_region *region, enum smcx_region_state state)
{
	/* Pairs with smcx_region_state(). */
	smp_store_release(&region->state, state);
}

/* Any context but hard interrupts. */
void smcx_region_put(struct smcx_region *region)
{
	if (!refcount_dec_and_test(&region->refs))
		return;
	/* From process context it would sleep, and a caller may hold a lock. */
	local_bh_disable();
	kvfree(region->mem);
	local_bh_enable();
	smcx_mem_uncharge(&region->payer, rmb_bytes(region));
	smcx_payer_put(&region->payer);
#ifdef CONFIG_MEMCG
	if (region->memcg)
		css_put(&region->memcg->css);
#endif
	kfree(region);
}

/* In one piece if there is one: hardened copies look vmalloc()'s areas up, each time. */
static void *rmb_alloc_mem(struct mem_cgroup *memcg, u32 bytes)
{
	struct mem_cgroup *old = memcg ? set_active_memcg(memcg) : NULL;
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	void *mem = kmalloc(bytes, gfp | __GFP_NORETRY);

	if (!mem)
		mem = __vmalloc(bytes, gfp | __GFP_RETRY_MAYFAIL);

	if (memcg)
		set_active_memcg(old);
	return mem;
}

/* Charged, and not known to anybody. */
static struct smcx_region *rmb_alloc(struct smcx_sock *smc, u32 slots, u32 size)
{
	struct smcx_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return NULL;
	region->slots = slots;
	region->size = size;
	if (smcx_payer_get(&region->payer, smc->payer, sock_net(&smc->sk)))
		goto err_payer;
	if (!smcx_mem_charge(&region->payer, slots * size, false))
		goto err_charge;
	region->mem = rmb_alloc_mem(smcx_memcg(smc), slots * size);
	if (!region->mem)
		goto err_mem;
	region->memcg = smcx_memcg(smc);
#ifdef CONFIG_MEMCG
	if (region->memcg)
		css_get(&region->memcg->css);
#endif
	refcount_set(&region->refs, 1);
	return region;

err_mem:
	smcx_mem_uncharge(&region->payer, slots * size);
err_charge:
	smcx_payer_put(&region->payer);
err_payer:
	kfree(region);
	return NULL;
}

static void rmb_unmap(struct smcx_region *region)
{
	struct smcx_link *link = &region->group->link;

	if (!region->mr)
		return;
	ib_dereg_mr(region->mr);
	region->mr = NULL;
	ib_dma_unmap_sg(link->rdev->ib, region->sgt.sgl, region->sgt.orig_nents, DMA_BIDIRECTIONAL);
	sg_free_table(&region->sgt);
}

static int rmb_fill_sgt(struct smcx_region *region)
{
	bool pieces = is_vmalloc_addr(region->mem);
	u32 pages = rmb_bytes(region) / PAGE_SIZE, i;
	struct scatterlist *sg;
	int err = sg_alloc_table(&region->sgt, pieces ? pages : 1, GFP_KERNEL);

	if (err)
		return err;
	if (!pieces) {
		sg_set_buf(region->sgt.sgl, region->mem, rmb_bytes(region));
		return 0;
	}
	for_each_sg(region->sgt.sgl, sg, pages, i)
		sg_set_page(sg, vmalloc_to_page(region->mem + i * PAGE_SIZE), PAGE_SIZE, 0);
	return 0;
}

/* The peer gets a virtual address of its own range, which is no address of the kernel. */
static int rmb_map(struct smcx_region *region, struct smcx_link *link)
{
	struct ib_device *ib = link->rdev->ib;
	u32 pages = rmb_bytes(region) / PAGE_SIZE;
	int n, err;

	if (pages > ib->attrs.max_fast_reg_page_list_len)
		return -EINVAL;
	err = rmb_fill_sgt(region);
	if (err)
		return err;
	n = ib_dma_map_sg(ib, region->sgt.sgl, region->sgt.orig_nents, DMA_BIDIRECTIONAL);
	err = -EIO;
	if (n <= 0)
		goto err_map;
	region->mr = ib_alloc_mr(link->pd, IB_MR_TYPE_MEM_REG, pages);
	err = PTR_ERR_OR_ZERO(region->mr);
	if (err)
		goto err_mr;
	err = -EINVAL;
	if (ib_map_mr_sg(region->mr, region->sgt.sgl, n, NULL, PAGE_SIZE) != n)
		goto err_fill;
	region->iova = (get_random_u64() >> 17) & PAGE_MASK;
	region->mr->iova = region->iova;
	region->key = region->mr->rkey;
	region->lkey = region->mr->lkey;
	return 0;

err_fill:
	ib_dereg_mr(region->mr);
err_mr:
	region->mr = NULL;
	ib_dma_unmap_sg(ib, region->sgt.sgl, region->sgt.orig_nents, DMA_BIDIRECTIONAL);
err_map:
	sg_free_table(&region->sgt);
	return err;
}

/* Its completion calls smcx_rmb_registered(). group->mutex held. */
static int rmb_register(struct smcx_region *region)
{
	int err;

	lockdep_assert_held(&region->group->mutex);
	if (READ_ONCE(region->state) != SMCX_REGION_NEW)
		return 0;
	rmb_set_state(region, SMCX_REGION_ASKED);
	err = smcx_link_register(&region->group->link, region);
	if (err)
		rmb_set_state(region, SMCX_REGION_FAILED);
	return err;
}

/* The link can send: register what was made before. group->mutex held. */
int smcx_rmb_register_all(struct smcx_group *group)
{
	struct smcx_region *region;
	int err = 0;

	lockdep_assert_held(&group->mutex);
	/* Only holders of the mutex add to the list or take away. */
	list_for_each_entry(region, &group->regions, link)
		err = err ?: rmb_register(region);
	return err;
}

/* Softirq. */
void smcx_rmb_registered(struct smcx_region *region, bool ok)
{
	struct smcx_group *group = region->group;

	if (!ok)
		rmb_set_state(region, SMCX_REGION_FAILED);
	else if (region->implicit || region->kind == SMCX_MIRROR)
		rmb_set_state(region, SMCX_REGION_CONFIRMED);
	else
		rmb_set_state(region, SMCX_REGION_REGISTERED);
	smcx_llc_next_flow(group);
	smcx_group_kick(group);
	if (region->kind == SMCX_MIRROR)
		smcx_rconn_push_all(group);
}

/* The peer has answered our CONFIRM_RKEY, or has not. Any context. */
void smcx_rmb_confirmed(struct smcx_region *region, bool ok)
{
	rmb_set_state(region, ok ? SMCX_REGION_CONFIRMED : SMCX_REGION_FAILED);
}

/* An RMB for which a CONFIRM_RKEY is to be sent, or NULL; group->lock held. */
struct smcx_region *smcx_rmb_unconfirmed(struct smcx_group *group)
{
	struct smcx_region *region;

	lockdep_assert_held(&group->lock);
	list_for_each_entry(region, &group->regions, link)
		if (region->kind == SMCX_RMB && smcx_region_state(region) == SMCX_REGION_REGISTERED)
			return region;
	return NULL;
}

/* ---- slots ---------------------------------------------------------------------------------- */

/* group->lock held. */
static bool rmb_take_slot(struct smcx_region *region, struct smcx_rmbe *place)
{
	u32 slot = find_first_zero_bit(&region->taken, region->slots);

	lockdep_assert_held(&region->group->lock);
	if (slot >= region->slots)
		return false;
	__set_bit(slot, &region->taken);
	refcount_inc(&region->refs);
	*place = (struct smcx_rmbe){ region, slot };
	return true;
}

static bool rmb_take_old(struct smcx_group *group, struct smcx_sock *smc,
			 enum smcx_region_kind kind, u32 size, struct smcx_rmbe *place)
{
	struct smcx_region *region;
	bool found = false;
	u32 used = 0;

	spin_lock_bh(&group->lock);
	list_for_each_entry(region, &group->regions, link) {
		if (region->kind != kind || region->size != size ||
		    region->memcg != smcx_memcg(smc) ||
		    READ_ONCE(region->state) == SMCX_REGION_FAILED)
			continue;
		found = rmb_take_slot(region, place);
		if (!found)
			continue;
		used = region->used[place->slot];
		region->used[place->slot] = 0;
		break;
	}
	spin_unlock_bh(&group->lock);
	/* Nobody has it but us. */
	if (used)
		memset(smcx_rmbe_mem(place), 0, used);
	return found;
}

static u32 rmb_slots_for(const struct smcx_group *group, u32 size)
{
	u32 pages = group->link.rdev->ib->attrs.max_fast_reg_page_list_len;
	u32 most = min_t(u64, SMCX_REGION_BYTES, (u64)pages * PAGE_SIZE);

	if (!READ_ONCE(group->lgr.usable) || smcx_mem_pressure())
		return 1;
	return clamp_t(u32, most / size, 1, SMCX_REGION_SLOTS);
}

/* group->mutex held. */
static int rmb_make(struct smcx_group *group, struct smcx_sock *smc, enum smcx_region_kind kind,
		    u32 size, struct smcx_rmbe *place)
{
	u32 slots = rmb_slots_for(group, size);
	struct smcx_region *region = rmb_alloc(smc, slots, size);
	int err;

	lockdep_assert_held(&group->mutex);
	if (!region && slots > 1)
		region = rmb_alloc(smc, 1, size);
	if (!region)
		return -ENOMEM;
	region->group = group;
	region->kind = kind;
	region->implicit = !READ_ONCE(group->lgr.usable);
	err = rmb_map(region, &group->link);
	if (err) {
		smcx_region_put(region);
		return err;
	}
	spin_lock_bh(&group->lock);
	list_add_tail(&region->link, &group->regions);
	rmb_take_slot(region, place);
	spin_unlock_bh(&group->lock);
	/* Before the link can send it is not time yet: smcx_rmb_register_all(). */
	return READ_ONCE(group->link.state) == SMCX_LINK_UP ? rmb_register(region) : 0;
}

/**
 * smcx_rmb_take() - memory for one connection.
 * @group: it is in
 * @smc: who pays; lock_sock() held
 * @kind: what for
 * @size: SMCW_BUF_BYTES(n)
 * @place: filled in, also if registering it has failed; empty before
 *
 * Process context. Return: 0 or -errno.
 */
int smcx_rmb_take(struct smcx_group *group, struct smcx_sock *smc, enum smcx_region_kind kind,
		  u32 size, struct smcx_rmbe *place)
{
	int err = -ENOTCONN;

	if (rmb_take_old(group, smc, kind, size, place))
		return 0;
	mutex_lock(&group->mutex);
	if (!smcx_group_ending(group))
		err = rmb_make(group, smc, kind, size, place);
	mutex_unlock(&group->mutex);
	return err;
}

/**
 * smcx_rmb_give() - the end of smcx_rmb_take().
 * @place: may be empty, and is afterwards
 * @again: it may be handed out again: nothing of the device or the peer can come to it any more
 * @written: bytes of it that another connection must not see
 *
 * Any context but hard interrupts.
 */
void smcx_rmb_give(struct smcx_rmbe *place, bool again, u32 written)
{
	struct smcx_region *region = place->region;
	struct smcx_group *group;

	if (!region)
		return;
	group = region->group;
	place->region = NULL;
	if (again) {
		spin_lock_bh(&group->lock);
		region->used[place->slot] = written;
		__clear_bit(place->slot, &region->taken);
		spin_unlock_bh(&group->lock);
	}
	smcx_region_put(region);
}

/* The queue pair is gone. Applications may still be in the memory. group->mutex held. */
void smcx_rmb_end(struct smcx_group *group)
{
	struct smcx_region *region;

	lockdep_assert_held(&group->mutex);
	for (;;) {
		spin_lock_bh(&group->lock);
		region = list_first_entry_or_null(&group->regions, struct smcx_region, link);
		if (region)
			list_del_init(&region->link);
		spin_unlock_bh(&group->lock);
		if (!region)
			break;
		rmb_set_state(region, SMCX_REGION_FAILED);
		rmb_unmap(region);
		smcx_region_put(region);
	}
}
