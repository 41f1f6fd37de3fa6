/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a message that a seed chooses, each with a name by which it can be played again. */
#ifndef SMCKIT_REPLAY_MUTANT_H
#define SMCKIT_REPLAY_MUTANT_H

#include "script/script.h"

#define MUTANT_NAME_MAX 256

struct mutants {
	unsigned short state[3]; /* of nrand48() */
	struct word *made;	 /* so that none comes twice */
	struct arena arena;
};

/**
 * mutants_init() - the changes of a case begin.
 * @seed: of the run
 * @name: of the case; its changes do not depend on which other cases are played
 */
void mutants_init(struct mutants *m, unsigned int seed, const char *name);

/**
 * mutants_next() - change a case.
 * @script: as it was read
 * @test: of it
 * @end: whose messages
 * @change: MUTANT_NAME_MAX bytes, for what script_mutate() takes
 *
 * Fields come from the field table, those of the parts that the case's messages have.
 *
 * Return: 0, or -ENOENT when there is nothing more to change.
 */
int mutants_next(struct mutants *m, struct script *script, struct test_case *test, enum end end,
		 char *change);

void mutants_free(struct mutants *m);

#endif
