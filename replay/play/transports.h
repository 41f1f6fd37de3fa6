/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport of a case, chosen by its messages. */
#ifndef SMCKIT_REPLAY_TRANSPORTS_H
#define SMCKIT_REPLAY_TRANSPORTS_H

#include "state/transport.h"

/*
 * Before a case: p->transport becomes the one whose buffers and names the case has; it stays TCP if
 * it has none. Return: 0, PLAY_FAILED, PLAY_NOT_PLAYABLE with the reason in the outcome, or -errno.
 */
int transports_begin(struct play *p);

/* After a case, also when transports_begin() has failed: what it has is given back. */
void transports_end(struct play *p, bool passed);

#endif
