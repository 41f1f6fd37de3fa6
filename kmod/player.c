// SPDX-License-Identifier: GPL-2.0
/*
 * A program as an end of SMC-D: see wire/smc_dmb.h, and player.h.
 *
 * Its DMBs are on the device as those of sockets are, but have no smcx_conn:
 * dmb->owner is NULL, and dmb->player leads here, under RCU. Locks: player.lock
 * for system calls, which may sleep; ring_lock for signals, a leaf.
 */
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "player.h"
#include "smc_dmb.h"
#include "smcx.h"

struct smcx_player {
	struct mutex lock;
	struct smcx_dmb *own, *peer;
	u8 said; /* bits of the CDC's state that the peer was told */

	wait_queue_head_t wait;
	spinlock_t ring_lock; /* BH */
	u64 first, next;      /* numbers of the signals that are kept; next: the one to come */
	struct smcw_dmb_signal ring[SMCW_DMB_SIGNALS];
};

/* ---- signals ------------------------------------------------------------------ */

bool smcx_player_signal(const struct smcx_dmb *dmb, const struct smcw_cdc_smcd *cdc)
{
	struct smcx_player *player = rcu_dereference(dmb->player);
	struct smcw_dmb_signal *signal;

	BUILD_BUG_ON(sizeof(*cdc) != SMCW_DMB_HEAD);
	if (!player)
		return false;
	spin_lock_bh(&player->ring_lock);
	signal = &player->ring[player->next % SMCW_DMB_SIGNALS];
	signal->number = player->next++;
	memcpy(signal->head, cdc, sizeof(signal->head));
	if (player->next - player->first > SMCW_DMB_SIGNALS)
		player->first = player->next - SMCW_DMB_SIGNALS;
	spin_unlock_bh(&player->ring_lock);
	wake_up_interruptible_poll(&player->wait, EPOLLIN | EPOLLRDNORM);
	return true;
}

static bool take_signal(struct smcx_player *player, struct smcw_dmb_signal *signal)
{
	bool is;

	spin_lock_bh(&player->ring_lock);
	is = player->first != player->next;
	if (is)
		*signal = player->ring[player->first++ % SMCW_DMB_SIGNALS];
	spin_unlock_bh(&player->ring_lock);
	return is;
}

static bool has_signal(struct smcx_player *player)
{
	bool is;

	spin_lock_bh(&player->ring_lock);
	is = player->first != player->next;
	spin_unlock_bh(&player->ring_lock);
	return is;
}

static ssize_t player_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct smcx_player *player = file->private_data;
	struct smcw_dmb_signal signal;
	size_t done = 0;
	int err;

	if (len < sizeof(signal))
		return -EINVAL;
	if (!READ_ONCE(player->own))
		return -ENOTCONN;
	while (!take_signal(player, &signal)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(player->wait,
					       has_signal(player) || !READ_ONCE(player->own));
		if (err)
			return err;
		if (!READ_ONCE(player->own))
			return -ENOTCONN;
	}
	do {
		if (copy_to_user(to + done, &signal, sizeof(signal)))
			return done ? done : -EFAULT;
		done += sizeof(signal);
	} while (len - done >= sizeof(signal) && take_signal(player, &signal));
	return done;
}

static __poll_t player_poll(struct file *file, poll_table *table)
{
	struct smcx_player *player = file->private_data;

	poll_wait(file, &player->wait, table);
	if (!READ_ONCE(player->own))
		return EPOLLHUP;
	return has_signal(player) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* ---- the own DMB, and the peer's ------------------------------------------------- */

static long get_info(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_info info = { .chid = smcx_dev.chid };

	BUILD_BUG_ON(sizeof(info.gid) != sizeof(smcx_dev.gid));
	memcpy(info.gid, smcx_dev.gid, sizeof(info.gid));
	if (player->own) {
		info.token = player->own->token;
		info.size = player->own->size;
	}
	if (player->peer)
		info.peer_size = player->peer->size;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static void ring_reset(struct smcx_player *player)
{
	spin_lock_bh(&player->ring_lock);
	player->first = 1;
	player->next = 1;
	spin_unlock_bh(&player->ring_lock);
}

static long register_own(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_register want;
	struct smcx_dmb *dmb;

	if (copy_from_user(&want, arg, sizeof(want)))
		return -EFAULT;
	if (want.reserved || want.token || want.size < SMCW_BUF_BYTES(0) ||
	    want.size > SMCW_DMB_SIZE_MAX || !is_power_of_2(want.size))
		return -EINVAL;
	if (player->own)
		return -EBUSY;
	dmb = smcx_dmb_register(NULL, want.size, NULL);
	if (IS_ERR(dmb))
		return PTR_ERR(dmb);
	want.token = dmb->token;
	if (copy_to_user(arg, &want, sizeof(want))) {
		smcx_dmb_unregister(dmb);
		return -EFAULT;
	}
	ring_reset(player);
	WRITE_ONCE(player->own, dmb);
	rcu_assign_pointer(dmb->player, player);
	return 0;
}

static long attach_peer(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_attach want;
	struct smcx_dmb *dmb;

	if (copy_from_user(&want, arg, sizeof(want)))
		return -EFAULT;
	if (want.reserved || want.size)
		return -EINVAL;
	if (player->peer || (player->own && player->own->token == want.token))
		return -EBUSY;
	dmb = smcx_dmb_attach(NULL, want.token);
	if (IS_ERR(dmb))
		return PTR_ERR(dmb) == -EINVAL ? -ENXIO : PTR_ERR(dmb);
	want.size = dmb->size;
	if (copy_to_user(arg, &want, sizeof(want))) {
		smcx_dmb_detach(dmb);
		return -EFAULT;
	}
	/* As a server: its client waits for it. */
	if (!smcx_conn_claim(dmb)) {
		smcx_dmb_detach(dmb);
		return -ECONNABORTED;
	}
	player->peer = dmb;
	player->said = 0;
	return 0;
}

/* The bounds of a copy, whatever a program says. */
static long get_copy(struct smcw_dmb_copy *copy, const void __user *arg, const struct smcx_dmb *dmb,
		     u32 flags)
{
	if (copy_from_user(copy, arg, sizeof(*copy)))
		return -EFAULT;
	if (!dmb)
		return -ENOTCONN;
	if (copy->reserved || copy->flags & ~flags || copy->offset > dmb->size ||
	    copy->len > dmb->size - copy->offset)
		return -EINVAL;
	return 0;
}

static bool signal_peer(struct smcx_player *player)
{
	struct smcw_cdc_smcd cdc;

	memcpy(&cdc, smcx_dmb_cdc(player->peer), sizeof(cdc));
	player->said |= cdc.state;
	return smcx_cdc_deliver(player->peer, player->own, &cdc);
}

static long write_peer(struct smcx_player *player, const void __user *arg)
{
	struct smcw_dmb_copy copy;
	long err = get_copy(&copy, arg, player->peer, SMCW_DMB_SIGNAL);

	if (err)
		return err;
	if (copy_from_user(player->peer->mem + copy.offset, u64_to_user_ptr(copy.address),
			   copy.len))
		return -EFAULT;
	return copy.flags & SMCW_DMB_SIGNAL && !signal_peer(player) ? -EPIPE : 0;
}

static long read_own(struct smcx_player *player, const void __user *arg)
{
	struct smcw_dmb_copy copy;
	long err = get_copy(&copy, arg, player->own, 0);

	if (err)
		return err;
	return copy_to_user(u64_to_user_ptr(copy.address), player->own->mem + copy.offset,
			    copy.len) ?
		       -EFAULT :
		       0;
}

/* A socket that is not told would wait for its peer's end for ever. */
static void tell_end(struct smcx_player *player)
{
	struct smcw_cdc_smcd *cdc = smcx_dmb_cdc(player->peer);

	if (player->said & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT))
		return;
	cdc->type = SMCW_CDC_TYPE;
	cdc->state |= SMCW_CDC_ABORT;
	signal_peer(player);
}

static void give_back(struct smcx_player *player)
{
	struct smcx_dmb *own = player->own;

	if (player->peer) {
		tell_end(player);
		smcx_dmb_detach(player->peer);
		player->peer = NULL;
	}
	if (!own)
		return;
	RCU_INIT_POINTER(own->player, NULL);
	WRITE_ONCE(player->own, NULL);
	smcx_dmb_unregister(own);
	/* Whoever has found the player by it has done with it then. */
	synchronize_rcu();
	ring_reset(player);
	wake_up_interruptible_poll(&player->wait, EPOLLHUP);
}

/* ---- the device -------------------------------------------------------------------- */

static long player_ioctl(struct file *file, unsigned int number, unsigned long value)
{
	struct smcx_player *player = file->private_data;
	void __user *arg = (void __user *)value;
	long err;

	err = mutex_lock_interruptible(&player->lock);
	if (err)
		return err;
	switch (number) {
	case SMCW_DMB_INFO:
		err = get_info(player, arg);
		break;
	case SMCW_DMB_REGISTER:
		err = register_own(player, arg);
		break;
	case SMCW_DMB_ATTACH:
		err = attach_peer(player, arg);
		break;
	case SMCW_DMB_WRITE:
		err = write_peer(player, arg);
		break;
	case SMCW_DMB_READ:
		err = read_own(player, arg);
		break;
	case SMCW_DMB_RELEASE:
		give_back(player);
		break;
	default:
		err = -ENOTTY;
	}
	mutex_unlock(&player->lock);
	return err;
}

static int player_open(struct inode *inode, struct file *file)
{
	struct smcx_player *player;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	player = kvzalloc(sizeof(*player), GFP_KERNEL_ACCOUNT);
	if (!player)
		return -ENOMEM;
	mutex_init(&player->lock);
	spin_lock_init(&player->ring_lock);
	init_waitqueue_head(&player->wait);
	file->private_data = player;
	return stream_open(inode, file);
}

static int player_release(struct inode *inode, struct file *file)
{
	struct smcx_player *player = file->private_data;

	give_back(player);
	mutex_destroy(&player->lock);
	kvfree(player);
	return 0;
}

static const struct file_operations player_fops = {
	.owner = THIS_MODULE, /* so the module stays while a program has a DMB */
	.open = player_open,
	.release = player_release,
	.read = player_read,
	.poll = player_poll,
	.unlocked_ioctl = player_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice player_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = SMCW_DMB_SMCX,
	.fops = &player_fops,
	.mode = 0600,
};

int __init smcx_player_init(void)
{
	return misc_register(&player_device);
}

void smcx_player_exit(void)
{
	misc_deregister(&player_device);
}
