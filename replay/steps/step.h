/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One step of a case. Each function returns 0, -errno, or one of the results of result.h, above
 * 0, with the reason in the outcome's text.
 */
#ifndef SMCKIT_REPLAY_STEP_H
#define SMCKIT_REPLAY_STEP_H

#include "state/play.h"

/* A step of the end that is ours: it is done. */
int step_ours(struct play *p, const struct step *s);

/* A step of the stack's end: it is waited for and compared. */
int step_stack(struct play *p, const struct step *s);

/* One of those that are about its application alone, which is on this host. */
int step_application(struct play *p, const struct step *s);

/* A step of either end's application, where neither is played. */
int step_pair(struct play *p, const struct step *s);

#endif
