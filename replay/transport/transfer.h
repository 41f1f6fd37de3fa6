/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions of the stack's application in a connection: they are
 * derived from the messages in the script, which result from them.
 */
#ifndef SMCKIT_REPLAY_TRANSFER_H
#define SMCKIT_REPLAY_TRANSFER_H

#include "peer/conn.h"
#include "state/transport.h"

/* The stack's cursors by a CDC message of a script, as bytes from the beginning. */
struct transfer_cdc {
	__u64 produced, consumed;
	__u8 flags, state;	       /* as on the wire */
	__u8 flags_known, state_known; /* bits of which the script says something */
};

void transfer_read_step(const struct play *p, const struct step *s, struct transfer_cdc *t);

/* The next step of the stack from @s on that is a CDC message, or NULL. */
const struct step *transfer_next_cdc(const struct play *p, const struct step *s);

/* The application reads until it has had @until bytes, and they are compared. */
int transfer_read(struct play *p, __u64 until);

/* The application does what the stack's CDC message at or after @s takes: it reads, shuts down
 * or closes. */
int transfer_before_cdc(struct play *p, const struct step *s);

/* The application sends. The stack's CDC messages are taken when it has to wait for room. */
int transfer_send(struct play *p, const struct step *s);

/* A CDC message of ours makes room. Return: 0, PLAY_FAILED or -errno. */
int transfer_update(struct play *p);

/* Take the next CDC message, and check it. Return: 0, PEER_LATE, PLAY_FAILED or -errno. */
int transfer_take_cdc(struct play *p, unsigned int ms);

#endif
