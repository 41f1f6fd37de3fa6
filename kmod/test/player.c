// SPDX-License-Identifier: GPL-2.0
/*
 * A program as an end of SMC-D: the calls of wire/smc_dmb.h. See player.h.
 *
 * Locks: player.lock for system calls, which may sleep; ring_lock for signals,
 * a leaf that is taken with interrupts off, since a device may have them off.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "player.h"
#include "smc_wire.h"

struct smcx_player {
	const struct smcx_player_device *device;
	struct mutex lock;
	struct smcx_player_dmb own, peer;
	u8 said; /* bits of the CDC's state that were sent to the peer */

	wait_queue_head_t wait;
	spinlock_t ring_lock;
	u64 first, next; /* numbers of the signals that are kept; next: the one to come */
	struct smcw_dmb_signal ring[SMCW_DMB_SIGNALS];
};

/* ---- signals ------------------------------------------------------------------ */

void smcx_player_signal(struct smcx_player *player, const void *head)
{
	struct smcw_dmb_signal *signal;
	unsigned long flags;

	spin_lock_irqsave(&player->ring_lock, flags);
	signal = &player->ring[player->next % SMCW_DMB_SIGNALS];
	signal->number = player->next++;
	memcpy(signal->head, head, sizeof(signal->head));
	if (player->next - player->first > SMCW_DMB_SIGNALS)
		player->first = player->next - SMCW_DMB_SIGNALS;
	spin_unlock_irqrestore(&player->ring_lock, flags);
	wake_up_interruptible_poll(&player->wait, EPOLLIN | EPOLLRDNORM);
}

static bool player_take_signal(struct smcx_player *player, struct smcw_dmb_signal *signal)
{
	bool is;

	spin_lock_irq(&player->ring_lock);
	is = player->first != player->next;
	if (is)
		*signal = player->ring[player->first++ % SMCW_DMB_SIGNALS];
	spin_unlock_irq(&player->ring_lock);
	return is;
}

static bool player_has_signal(struct smcx_player *player)
{
	bool is;

	spin_lock_irq(&player->ring_lock);
	is = player->first != player->next;
	spin_unlock_irq(&player->ring_lock);
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
	if (!READ_ONCE(player->own.mem))
		return -ENOTCONN;
	while (!player_take_signal(player, &signal)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(player->wait, player_has_signal(player) ||
								     !READ_ONCE(player->own.mem));
		if (err)
			return err;
		if (!READ_ONCE(player->own.mem))
			return -ENOTCONN;
	}
	do {
		if (copy_to_user(to + done, &signal, sizeof(signal)))
			return done ? done : -EFAULT;
		done += sizeof(signal);
	} while (len - done >= sizeof(signal) && player_take_signal(player, &signal));
	return done;
}

static __poll_t player_poll(struct file *file, poll_table *table)
{
	struct smcx_player *player = file->private_data;

	poll_wait(file, &player->wait, table);
	if (!READ_ONCE(player->own.mem))
		return EPOLLHUP;
	return player_has_signal(player) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* ---- the own DMB, and the peer's ------------------------------------------------- */

static long player_get_info(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_info info = {};

	lockdep_assert_held(&player->lock);
	player->device->info(&info);
	info.token = player->own.token;
	info.size = player->own.size;
	info.peer_size = player->peer.size;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static void player_ring_reset(struct smcx_player *player)
{
	spin_lock_irq(&player->ring_lock);
	player->first = 1;
	player->next = 1;
	spin_unlock_irq(&player->ring_lock);
}

static long player_register_own(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_register want;
	struct smcx_player_dmb dmb = {};
	long err;

	lockdep_assert_held(&player->lock);
	if (copy_from_user(&want, arg, sizeof(want)))
		return -EFAULT;
	if (want.reserved || want.token || want.size < SMCW_BUF_BYTES(0) ||
	    want.size > SMCW_DMB_SIZE_MAX || !is_power_of_2(want.size))
		return -EINVAL;
	if (player->own.mem)
		return -EBUSY;
	dmb.size = want.size;
	player_ring_reset(player);
	err = player->device->add(player, &dmb);
	if (err)
		return err;
	want.token = dmb.token;
	if (copy_to_user(arg, &want, sizeof(want))) {
		player->device->remove(&dmb);
		return -EFAULT;
	}
	player->own.size = dmb.size;
	player->own.token = dmb.token;
	player->own.handle = dmb.handle;
	WRITE_ONCE(player->own.mem, dmb.mem);
	return 0;
}

static long player_attach_peer(struct smcx_player *player, void __user *arg)
{
	struct smcw_dmb_attach want;
	struct smcx_player_dmb dmb = {};
	long err;

	lockdep_assert_held(&player->lock);
	if (copy_from_user(&want, arg, sizeof(want)))
		return -EFAULT;
	if (want.reserved || want.size)
		return -EINVAL;
	if (player->peer.mem || (player->own.mem && player->own.token == want.token))
		return -EBUSY;
	dmb.token = want.token;
	err = player->device->attach(&dmb);
	if (err)
		return err;
	want.size = dmb.size;
	/* As one that is attached and lets go, since the token is used up. */
	player->peer = dmb;
	player->said = 0;
	return copy_to_user(arg, &want, sizeof(want)) ? -EFAULT : 0;
}

/* The bounds of a copy, whatever a program says. */
static long player_get_copy(struct smcw_dmb_copy *copy, const void __user *arg,
			    const struct smcx_player_dmb *dmb, u32 flags)
{
	if (copy_from_user(copy, arg, sizeof(*copy)))
		return -EFAULT;
	if (!dmb->mem)
		return -ENOTCONN;
	if (copy->reserved || copy->flags & ~flags || copy->offset > dmb->size ||
	    copy->len > dmb->size - copy->offset)
		return -EINVAL;
	return 0;
}

static int player_signal_peer(struct smcx_player *player)
{
	struct smcw_cdc_smcd head;

	BUILD_BUG_ON(sizeof(head) != SMCW_DMB_HEAD);
	memcpy(&head, player->peer.mem, sizeof(head));
	player->said |= head.state;
	return player->device->signal(&player->peer, &player->own, &head);
}

static long player_write_peer(struct smcx_player *player, const void __user *arg)
{
	struct smcw_dmb_copy copy;
	long err = player_get_copy(&copy, arg, &player->peer, SMCW_DMB_SIGNAL);

	lockdep_assert_held(&player->lock);
	if (err)
		return err;
	if (copy_from_user(player->peer.mem + copy.offset, u64_to_user_ptr(copy.address), copy.len))
		return -EFAULT;
	return copy.flags & SMCW_DMB_SIGNAL ? player_signal_peer(player) : 0;
}

static long player_read_own(struct smcx_player *player, const void __user *arg)
{
	struct smcw_dmb_copy copy;
	long err = player_get_copy(&copy, arg, &player->own, 0);

	lockdep_assert_held(&player->lock);
	if (err)
		return err;
	if (copy_to_user(u64_to_user_ptr(copy.address), player->own.mem + copy.offset, copy.len))
		return -EFAULT;
	return 0;
}

/* A socket without notice would wait for its peer's end for ever. */
static void player_tell_end(struct smcx_player *player)
{
	struct smcw_cdc_smcd *head = player->peer.mem;

	if (player->said & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT))
		return;
	head->type = SMCW_CDC_TYPE;
	head->state |= SMCW_CDC_ABORT;
	player_signal_peer(player);
}

static void player_give_back(struct smcx_player *player)
{
	struct smcx_player_dmb own = player->own;

	if (player->peer.mem) {
		player_tell_end(player);
		player->device->detach(&player->peer);
		memset(&player->peer, 0, sizeof(player->peer));
	}
	if (!own.mem)
		return;
	WRITE_ONCE(player->own.mem, NULL);
	memset(&player->own, 0, sizeof(player->own));
	player->device->remove(&own);
	player_ring_reset(player);
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
		err = player_get_info(player, arg);
		break;
	case SMCW_DMB_REGISTER:
		err = player_register_own(player, arg);
		break;
	case SMCW_DMB_ATTACH:
		err = player_attach_peer(player, arg);
		break;
	case SMCW_DMB_WRITE:
		err = player_write_peer(player, arg);
		break;
	case SMCW_DMB_READ:
		err = player_read_own(player, arg);
		break;
	case SMCW_DMB_RELEASE:
		player_give_back(player);
		break;
	default:
		err = -ENOTTY;
	}
	mutex_unlock(&player->lock);
	return err;
}

static int player_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;
	struct smcx_player *player;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	player = kvzalloc(sizeof(*player), GFP_KERNEL_ACCOUNT);
	if (!player)
		return -ENOMEM;
	player->device = container_of(misc, struct smcx_player_device, misc);
	mutex_init(&player->lock);
	spin_lock_init(&player->ring_lock);
	init_waitqueue_head(&player->wait);
	file->private_data = player;
	return stream_open(inode, file);
}

static int player_release(struct inode *inode, struct file *file)
{
	struct smcx_player *player = file->private_data;

	player_give_back(player);
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

int smcx_player_register(struct smcx_player_device *device)
{
	device->misc.minor = MISC_DYNAMIC_MINOR;
	device->misc.mode = 0600;
	device->misc.fops = &player_fops;
	return misc_register(&device->misc);
}

void smcx_player_unregister(struct smcx_player_device *device)
{
	misc_deregister(&device->misc);
}
