/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DMBs of a program that plays an end of SMC-D: the calls of wire/smc_dmb.h,
 * and what a device does for them. smcx.ko's is player_smcx.c; that of the
 * kernel's own loopback-ism is a module of its own, in dibs/.
 */
#ifndef SMCX_PLAYER_H
#define SMCX_PLAYER_H

#include <linux/miscdevice.h>
#include <linux/types.h>

#include "smc_dmb.h"

struct smcw_cdc_smcd;
struct smcx_player;

/* A DMB as both ends of it see it. */
struct smcx_player_dmb {
	void *mem; /* NULL: there is none */
	u32 size;
	u64 token;    /* host order */
	void *handle; /* the device's */
};

/* Process context, which may sleep; calls of one player take turns. */
struct smcx_player_device {
	struct miscdevice misc;
	/* Fill in what is the device's; the rest is zero. */
	void (*info)(struct smcw_dmb_info *info);
	/* Make a zeroed DMB of @dmb->size bytes, for the player. -errno of REGISTER. */
	int (*add)(struct smcx_player *player, struct smcx_player_dmb *dmb);
	/* The end of add(): from then on there is no call of smcx_player_signal(). */
	void (*remove)(struct smcx_player_dmb *dmb);
	/* Attach to @dmb->token. -errno of ATTACH. */
	int (*attach)(struct smcx_player_dmb *dmb);
	void (*detach)(struct smcx_player_dmb *dmb);
	/* Look at @peer's head, which is @head; @own may have no memory. -errno of WRITE. */
	int (*signal)(struct smcx_player_dmb *peer, struct smcx_player_dmb *own,
		      struct smcw_cdc_smcd *head);
};

/**
 * smcx_player_signal() - the peer has written to the DMB of a player.
 * @player: as add() got it
 * @head: what is at its head, SMCW_DMB_HEAD bytes
 *
 * Any context.
 */
void smcx_player_signal(struct smcx_player *player, const void *head);

/* @device: misc.name and all calls are set. Return: 0 or -errno. */
int smcx_player_register(struct smcx_player_device *device);
void smcx_player_unregister(struct smcx_player_device *device);

#endif
