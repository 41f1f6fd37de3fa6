// SPDX-License-Identifier: GPL-2.0
/*
 * DMBs of programs on our own device: see player.h. They are there as those of
 * sockets are, but have no smcx_conn: dmb->owner is NULL, and dmb->player leads
 * to the program, under RCU.
 */
#include "dmb.h"
#include "player.h"
#include "player_smcx.h"
#include "ring.h"
#include "sock.h"

bool smcx_dmb_signal(const struct smcx_dmb *dmb, const struct smcw_cdc_smcd *head)
{
	struct smcx_player *player = rcu_dereference(dmb->player);

	smcx_assert_rcu();
	if (player)
		smcx_player_signal(player, head);
	return player;
}

static void player_smcx_get_info(struct smcw_dmb_info *info)
{
	BUILD_BUG_ON(sizeof(info->gid) != sizeof(smcx_dev.gid));
	memcpy(info->gid, smcx_dev.gid, sizeof(info->gid));
	info->chid = smcx_dev.chid;
}

static int player_smcx_add(struct smcx_player *player, struct smcx_player_dmb *to)
{
	struct smcx_dmb *dmb = smcx_dmb_register(NULL, to->size, NULL);

	if (IS_ERR(dmb))
		return PTR_ERR(dmb);
	rcu_assign_pointer(dmb->player, player);
	to->mem = dmb->ring.flat;
	to->token = dmb->token;
	to->handle = dmb;
	return 0;
}

static void player_smcx_remove(struct smcx_player_dmb *own)
{
	struct smcx_dmb *dmb = own->handle;

	RCU_INIT_POINTER(dmb->player, NULL);
	smcx_dmb_unregister(dmb);
	/* Whoever has found the player by it has done with it then. */
	synchronize_rcu();
}

static int player_smcx_attach(struct smcx_player_dmb *to)
{
	struct smcx_dmb *dmb = smcx_dmb_attach(NULL, to->token);

	if (IS_ERR(dmb))
		return PTR_ERR(dmb) == -EINVAL ? -ENXIO : PTR_ERR(dmb);
	if (!smcx_ring_flat(&dmb->ring)) {
		smcx_dmb_detach(dmb);
		return -ENOMEM;
	}
	/* As a server: its client waits for it. */
	if (!smcx_dmb_claim(dmb, NULL)) {
		smcx_dmb_detach(dmb);
		return -ECONNABORTED;
	}
	to->mem = dmb->ring.flat;
	to->size = dmb->ring.size;
	to->handle = dmb;
	return 0;
}

static void player_smcx_detach(struct smcx_player_dmb *peer)
{
	smcx_dmb_detach(peer->handle);
}

static int player_smcx_signal(struct smcx_player_dmb *peer, struct smcx_player_dmb *own,
			      struct smcw_cdc_smcd *head)
{
	return smcx_dmb_deliver(peer->handle, own->handle, head) ? 0 : -EPIPE;
}

static struct smcx_player_device device = {
	.misc.name = SMCW_DMB_SMCX,
	.info = player_smcx_get_info,
	.add = player_smcx_add,
	.remove = player_smcx_remove,
	.attach = player_smcx_attach,
	.detach = player_smcx_detach,
	.signal = player_smcx_signal,
};

int __init smcx_player_init(void)
{
	return smcx_player_register(&device);
}

void smcx_player_exit(void)
{
	smcx_player_unregister(&device);
}
