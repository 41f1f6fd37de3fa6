/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of the application of which the result is looked at, by the names that scripts have for
 * them. */
#ifndef SMCKIT_REPLAY_CALL_H
#define SMCKIT_REPLAY_CALL_H

#include <stdio.h>

#include "script.h"

struct play;

struct call_name {
	const char *name;
	int level;	/* of an option */
	int number;	/* of an option, a request or an event */
	bool is_linger; /* its value is the time of a struct linger, or none of -1 */
};

/* All end with a name of NULL. */
extern const struct call_name call_options[], call_requests[], call_ways[], call_events[];

/* The names of a call's first word, NULL: it has none. */
const struct call_name *call_names(const struct call *c);

/* Is it one of events? */
bool call_has_events(const struct call *c);

/* Set an option. Return: 0 or -errno. */
int call_set(int fd, const struct call *c);

/* Make the call of a step, and look at its result. Return: 0, PLAY_FAILED or -errno. */
int call_step(struct play *p, const struct step *s);

#endif
