/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time as a step of a script bounds it (after=, before=), on hosts that are slow or stand still
 * for a moment. An event is timed from two instants: a lower bound counts from the moment before
 * which the stack cannot have begun to wait, an upper one from the moment by which it has. A
 * thread that sleeps for moments measures how long the host kept it from running; so much is given
 * to either bound.
 */
#ifndef SMCKIT_REPLAY_PACE_H
#define SMCKIT_REPLAY_PACE_H

#include <stdbool.h>
#include <stdio.h>

#include "script/script.h"

struct pace {
	__u64 begun, ready;		/* the two instants, in ms of clock_now() */
	__u64 begun_stood, ready_stood; /* ms that the host had stood still by then */
	bool has_thread;
};

/* Before a case. Without a bound in it no thread is started. Return: 0 or -errno. */
int pace_start(struct pace *p, const struct test_case *test);

void pace_stop(struct pace *p);

/* Our end, or the application, begins to act: what follows cannot have begun before. */
void pace_begin(struct pace *p);

/* It has acted, or the stack has been seen to: what follows has begun. */
void pace_ready(struct pace *p);

/**
 * pace_check() - the event of a step has been seen just now.
 * @scale: of upper bounds
 * @why: @cap bytes: "expected after 2000 ms, came after 18 ms"
 *
 * Return: whether it is within the bounds of the step.
 */
bool pace_check(const struct pace *p, const struct delivery *d, double scale, char *why,
		size_t cap);

#endif
