// SPDX-License-Identifier: GPL-2.0
/*
 * DMBs of programs on the kernel's own loopback-ism: see ../player.h. A client
 * of dibs beside net/smc, so that a program can be the peer of its sockets.
 *
 * The owner of a DMB is known to dibs by the DMB's index. dibs->lock is held while
 * it calls a client for one, so an index that is taken back under that lock
 * has nobody in its call any more.
 */
#define pr_fmt(fmt) "dibs_player: " fmt

#include <linux/dibs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "player.h"
#include "smc_wire.h"

static DEFINE_XARRAY(players); /* index of the DMB -> struct owner */
static struct dibs_dev *lo;    /* while the client is registered: it is never removed */

struct owner {
	struct smcx_player *player;
	struct dibs_dmb dmb;
};

/* ---- a client of dibs -------------------------------------------------------------- */

static void dibs_add_dev(struct dibs_dev *dev)
{
	if (dev->ops->get_fabric_id(dev) == DIBS_LOOPBACK_FABRIC && dev->ops->attach_dmb)
		lo = dev;
}

static void dibs_del_dev(struct dibs_dev *dev)
{
}

/* dibs->lock held. */
static void dibs_handle_irq(struct dibs_dev *dev, unsigned int idx, u16 mask)
{
	struct owner *owner = dev == lo ? xa_load(&players, idx) : NULL;

	lockdep_assert_held(&dev->lock);
	if (owner)
		smcx_player_signal(owner->player, owner->dmb.cpu_addr);
}

static void dibs_handle_event(struct dibs_dev *dev, const struct dibs_event *event)
{
}

static const struct dibs_client_ops ops = {
	.add_dev = dibs_add_dev,
	.del_dev = dibs_del_dev,
	.handle_irq = dibs_handle_irq,
	.handle_event = dibs_handle_event,
};

static struct dibs_client client = { .name = "dibs_player", .ops = &ops };

/* ---- what a player asks for ---------------------------------------------------------- */

static void dibs_get_info(struct smcw_dmb_info *info)
{
	memcpy(info->gid, &lo->gid, sizeof(info->gid));
	info->chid = DIBS_LOOPBACK_FABRIC;
}

/* No more signals: whoever lets go of the memory last, the index does not lead to us. */
static void dibs_forget(struct dibs_dmb *dmb)
{
	unsigned long flags;

	spin_lock_irqsave(&lo->lock, flags);
	lo->dmb_clientid_arr[dmb->idx] = NO_DIBS_CLIENT;
	spin_unlock_irqrestore(&lo->lock, flags);
	xa_erase(&players, dmb->idx);
}

static void dibs_remove(struct smcx_player_dmb *own)
{
	struct owner *owner = own->handle;

	dibs_forget(&owner->dmb);
	lo->ops->unregister_dmb(lo, &owner->dmb);
	kfree(owner);
}

static int dibs_add(struct smcx_player *player, struct smcx_player_dmb *to)
{
	struct owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);
	int err;

	if (!owner)
		return -ENOMEM;
	owner->player = player;
	owner->dmb.dmb_len = to->size;
	owner->dmb.rgid = lo->gid;
	err = lo->ops->register_dmb(lo, &owner->dmb, &client);
	if (err)
		goto err_register;
	to->mem = owner->dmb.cpu_addr;
	to->token = owner->dmb.dmb_tok;
	to->handle = owner;
	err = xa_err(xa_store(&players, owner->dmb.idx, owner, GFP_KERNEL));
	if (err)
		dibs_remove(to);
	return err;

err_register:
	kfree(owner);
	return err;
}

static int dibs_attach(struct smcx_player_dmb *to)
{
	struct dibs_dmb *dmb = kzalloc(sizeof(*dmb), GFP_KERNEL);

	if (!dmb)
		return -ENOMEM;
	dmb->dmb_tok = to->token;
	if (lo->ops->attach_dmb(lo, dmb)) {
		kfree(dmb);
		return -ENXIO;
	}
	to->mem = dmb->cpu_addr;
	to->size = dmb->dmb_len;
	to->handle = dmb;
	return 0;
}

static void dibs_detach(struct smcx_player_dmb *peer)
{
	lo->ops->detach_dmb(lo, peer->token);
	kfree(peer->handle);
}

/* Is there nobody who would be called? */
static bool dibs_is_gone(const struct dibs_dmb *dmb)
{
	unsigned long flags;
	bool gone;

	spin_lock_irqsave(&lo->lock, flags);
	gone = lo->dmb_clientid_arr[dmb->idx] == NO_DIBS_CLIENT;
	spin_unlock_irqrestore(&lo->lock, flags);
	return gone;
}

static int dibs_signal(struct smcx_player_dmb *peer, struct smcx_player_dmb *own,
		       struct smcw_cdc_smcd *head)
{
	int err;

	if (dibs_is_gone(peer->handle))
		return -EPIPE;
	/* It takes its lock as a softirq does. */
	local_bh_disable();
	err = lo->ops->move_data(lo, peer->token, 0, true, 0, head, sizeof(*head));
	local_bh_enable();
	return err ? -EPIPE : 0;
}

static struct smcx_player_device device = {
	.misc.name = SMCW_DMB_DIBS,
	.info = dibs_get_info,
	.add = dibs_add,
	.remove = dibs_remove,
	.attach = dibs_attach,
	.detach = dibs_detach,
	.signal = dibs_signal,
};

/* ---- the module ------------------------------------------------------------------------ */

static int __init dibs_player_init(void)
{
	int err = dibs_register_client(&client);

	if (err)
		return err;
	err = -ENODEV;
	if (!lo) {
		pr_err("there is no loopback-ism: CONFIG_DIBS_LO is off\n");
		goto err_device;
	}
	err = smcx_player_register(&device);
	if (err)
		goto err_device;
	return 0;

err_device:
	dibs_unregister_client(&client);
	return err;
}

/* No file is open then, so there is no DMB of ours. */
static void __exit dibs_player_exit(void)
{
	smcx_player_unregister(&device);
	dibs_unregister_client(&client);
	xa_destroy(&players);
}

module_init(dibs_player_init);
module_exit(dibs_player_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION(
	"DMBs of programs on the loopback-ism device, to play the peer of SMC-D sockets");
MODULE_VERSION(SMCX_VERSION);
