/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case in which neither end is played: both are the stack's, with an application each. So its way
 * of data is reached where our end cannot have a buffer on its device.
 */
#ifndef SMCKIT_REPLAY_PAIR_H
#define SMCKIT_REPLAY_PAIR_H

#include "state/play.h"

/**
 * pair_begin() - the server's application listens, the client's connects.
 *
 * Return: 0, PLAY_FAILED or -errno; pair_end() in any case.
 */
int pair_begin(struct play *p);

void pair_end(struct play *p);

/* A step becomes one of its own end's application: the other one is as if it were our end. */
void pair_turn(struct play *p, const struct step *s);

/* Steps of kind DATA, EOF and GONE. Return: 0, PLAY_FAILED or -errno. */
int pair_data(struct play *p, const struct step *s);
int pair_end_of_data(struct play *p);
int pair_gone(struct play *p);

#endif
