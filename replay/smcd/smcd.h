/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMC-D of the end that is played: a DMB of its own on the loopback-ism device
 * of the stack, by the interface of wire/smc_dmb.h, and the steps of a case
 * that are about DMBs.
 */
#ifndef SMCKIT_REPLAY_SMCD_H
#define SMCKIT_REPLAY_SMCD_H

#include "peer/conn.h"
#include "state/transport.h"

/* Data of a DMB begins after its head, which is CDC. */
#define SMCD_HEAD sizeof(struct smcw_cdc_smcd)

struct smcd {
	int fd; /* of the device */
	bool attached;
	__u64 token, peer_token; /* host order */
	__u64 signals;		 /* number of the last one */
	struct conn conn;
	struct arena arena;
	struct bindings own; /* own_dmb_token */
};

/**
 * smcd_open() - open the device, before privs_drop().
 * @s: filled in; NULL where there is none
 *
 * Return: 0 or -errno.
 */
int smcd_open(struct smcd **s);

void smcd_close(struct smcd *s);

/**
 * smcd_takes_dmb() - does a step of ours take a DMB of our own?
 *
 * An Accept or Confirm does, if the handshake goes well; else it may name one
 * that does not exist.
 */
bool smcd_takes_dmb(const struct play *p, const struct step *s);

/**
 * smcd_begin() - before a case: a DMB, if our end has to name one.
 *
 * Return: 0, PLAY_FAILED or -errno.
 */
int smcd_begin(struct play *p);

/* After a case: all is given back, and the end is reported to a stack that does not know it yet. */
void smcd_end(struct play *p);

extern const struct transport smcd_transport;

#endif
