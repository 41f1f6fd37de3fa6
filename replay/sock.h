/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that a script makes, each with calls of its own. A call is made by a thread, so that one
 * that does not return is seen, and can be interrupted by a signal.
 */
#ifndef SMCKIT_REPLAY_SOCK_H
#define SMCKIT_REPLAY_SOCK_H

#include <stdio.h>

#include "call.h"
#include "script.h"

struct play;
struct socks;

/* All end with a name of NULL. Of a kind of socket .level is the family, .number the protocol. */
extern const struct call_name sock_kinds[], sock_flags[], sock_signals[];

/* A step of kind SOCK. Return: 0, PLAY_FAILED or -errno. */
int sock_step(struct play *p, const struct step *s);

/* Ends calls, and closes what the case has left open. */
void sock_end(struct play *p);

/* The arguments of a step between the call's word and its result, and what is odd about it. */
void sock_write_arguments(const struct step *s, FILE *out);
void sock_write_changes(const struct sock_call *c, FILE *out);

#endif
