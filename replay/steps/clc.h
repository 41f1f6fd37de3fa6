/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of kind CLC: messages on the TCP connection. */
#ifndef SMCKIT_REPLAY_CLC_H
#define SMCKIT_REPLAY_CLC_H

#include "state/play.h"

/* Ours is sent. Return: 0, PLAY_FAILED, PLAY_UNKNOWN or -errno. */
int clc_send(struct play *p, const struct step *s);

/* The stack's is waited for and compared. Return: 0, PLAY_FAILED or -errno. */
int clc_receive(struct play *p, const struct step *s);

#endif
