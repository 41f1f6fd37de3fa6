/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The changes of the host that a case begins with: they are made by host.h, and their results
 * compared. */
#ifndef SMCKIT_REPLAY_CHANGE_H
#define SMCKIT_REPLAY_CHANGE_H

#include "state/play.h"

/* All changes of the case. Return: 0, PLAY_FAILED, PLAY_UNKNOWN or -errno. */
int change_host(struct play *p);

#endif
