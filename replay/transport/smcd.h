/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMC-D of the end that is played: a DMB of its own on the loopback-ism device
 * of the stack, by the interface of wire/smc_dmb.h, and the steps of a case
 * that are about DMBs.
 */
#ifndef SMCKIT_REPLAY_SMCD_H
#define SMCKIT_REPLAY_SMCD_H

#include "peer/conn.h"
#include "state/play.h"

struct smcd {
	int fd; /* of the device */
	bool in_use, attached;
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

/* Does a case have a connection of SMC-D? */
bool smcd_in(const struct test_case *test);

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

/* Has the case a DMB of ours? */
bool smcd_in_use(const struct play *p);

/* Is the case in a connection of SMC-D of ours? */
bool smcd_connected(const struct play *p);

/* A CLC message of the stack: its DMB is attached to. Return: 0, PLAY_FAILED or -errno. */
int smcd_clc(struct play *p, const struct step *s, const __u8 *bytes, size_t len);

/* A step of kind DMB or WRITE. Return: 0, PLAY_FAILED, PLAY_NOT_PLAYABLE or -errno. */
int smcd_our_step(struct play *p, const struct step *s);
int smcd_stack_step(struct play *p, const struct step *s);

/**
 * smcd_before_end() - the TCP connection ends only when that of SMC-D does.
 * @s: the stack's step that is its end
 *
 * A script that says nothing of how the connection ended, as one of a capture,
 * has the application close its socket, and our end answer that.
 *
 * Return: 0, PLAY_FAILED or -errno.
 */
int smcd_before_end(struct play *p, const struct step *s);

#endif
