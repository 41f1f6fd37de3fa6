/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns of the stack's RMBE, as many as one likes: what happens to a cursor whose wrap number goes
 * around, and to sequence numbers.
 */
#ifndef SMCKIT_REPLAY_LAPS_H
#define SMCKIT_REPLAY_LAPS_H

#include "state/play.h"

/**
 * laps_play() - report a whole RMBE, have the application read it, and wait for the stack to say
 * so, again and again.
 *
 * The bytes are those that are there already: nothing is written. So offsets are as before.
 *
 * Return: 0, PLAY_FAILED, PLAY_NOT_PLAYABLE or -errno.
 */
int laps_play(struct play *p, const struct step *s);

#endif
