/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sending and the receiving of a message, seen on one host, get one id.
 */
#ifndef SMCKIT_TRACER_MATCH_H
#define SMCKIT_TRACER_MATCH_H

#include "smc_event.h"

/* Messages that wait for their other half at the same time; then the oldest one gives up. */
#define MATCH_WAITING 4096

struct match;

/**
 * match_new() - without any message yet.
 *
 * Return: to be freed by match_free(), or NULL without memory.
 */
struct match *match_new(void);

void match_free(struct match *m);

/**
 * match_event() - give an event its id.
 * @ev: as smcw_event_check() wants it; ev->id is set if it is a message
 *
 * Halves belong together when they go in opposite directions and have the same
 * bytes and the same way: the channel for LLC and CDC, addresses and ports for
 * CLC. Either may come first. Among equal messages the first sent is the first
 * received. Ids count from 1. A message whose way is not known gets an id of
 * its own.
 */
void match_event(struct match *m, struct smcw_event *ev);

#endif
