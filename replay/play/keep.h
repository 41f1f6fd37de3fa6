/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that a case keeps for those after it: see keep in smc-replay(8). */
#ifndef SMCKIT_REPLAY_KEEP_H
#define SMCKIT_REPLAY_KEEP_H

#include "state/play.h"

/* A case that goes on in the group of those before it has the values that they have kept. */
void keep_restore(struct play *p);

/* A case has been played. Kept values go with its group. */
void keep_save(struct play *p, bool passed);

#endif
