/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CDC of the stack: what the script has, and what comes. */
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

/* A CDC message of ours makes room. Return: 0, PLAY_FAILED or -errno. */
int transfer_update(struct play *p);

/* Take the next CDC message, and check it. Return: 0, PEER_LATE, PLAY_FAILED or -errno. */
int transfer_take_cdc(struct play *p, unsigned int ms);

#endif
