/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of the application of which the result is looked at, by the names that scripts have for
 * them. */
#ifndef SMCKIT_REPLAY_CALL_H
#define SMCKIT_REPLAY_CALL_H

#include "script/script.h"

struct play;

/* Make the call of a step, and look at its result. Return: 0, PLAY_FAILED or -errno. */
int call_step(struct play *p, const struct step *s);

#endif
