/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that a script makes, each with calls of its own. A call is made by a thread, so that one
 * that does not return is seen, and can be interrupted by a signal.
 */
#ifndef SMCKIT_REPLAY_SOCK_H
#define SMCKIT_REPLAY_SOCK_H

#include "script/script.h"

struct play;
struct socks;

/* A step of kind SOCK. Return: 0, PLAY_FAILED or -errno. */
int sock_step(struct play *p, const struct step *s);

/* Ends calls, and closes what the case has left open. */
void sock_end(struct play *p);

#endif
