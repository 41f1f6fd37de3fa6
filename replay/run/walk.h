/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of a run, in their order: always the same for the same options. */
#ifndef SMCKIT_REPLAY_WALK_H
#define SMCKIT_REPLAY_WALK_H

#include <limits.h>

#include "options.h"
#include "text/mutant.h"

struct item {
	unsigned int number; /* from 0, in this run */
	struct script *script;
	struct test_case *test; /* as it is to be played, with all changes */
	enum end role;		/* ours */
	char name[NAME_MAX + MUTANT_NAME_MAX];
};

typedef int (*item_fn)(void *ctx, const struct item *item);

/**
 * walk_hold() - open the files of a run, before privileges are dropped.
 * @o: its files are set to those of the suite, where it names none
 *
 * Return: 0, or EXIT_HARNESS (reported on stderr).
 */
int walk_hold(struct options *o);

/**
 * walk_cases() - call a function for each case that the options choose.
 * @fn: anything but 0 ends the walk
 *
 * Return: 0, what @fn has returned, or EXIT_HARNESS when a file is wrong (reported on stderr).
 */
int walk_cases(const struct options *o, item_fn fn, void *ctx);

#endif
