/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack's answers about itself: sock_diag, and its counters. */
#ifndef SMCKIT_REPLAY_ORACLE_H
#define SMCKIT_REPLAY_ORACLE_H

#include "state/play.h"

/* Steps of kind DIAG and STATS, which wait a moment. Return: 0, PLAY_FAILED or -errno. */
int oracle_diag(struct play *p, const struct step *s);
int oracle_stats(struct play *p, const struct step *s);

#endif
