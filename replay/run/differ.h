/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --against: reports of other stacks are found, or made in the lab, and compared. */
#ifndef SMCKIT_REPLAY_DIFFER_H
#define SMCKIT_REPLAY_DIFFER_H

#include "options.h"
#include "report/against.h"

/* A report that was read, and the file that was made for it, if one was. */
struct side {
	struct stack_report report;
	char made[64];
	const char *path; /* NULL: of no file of the user's */
};

/**
 * differ_open() - the report that a name of --against stands for.
 * @side: filled in; to be closed in any case
 *
 * Boots a kernel of the lab where there is no such file, so it comes before privileges are dropped.
 *
 * Return: 0, or EXIT_HARNESS (reported on stderr).
 */
int differ_open(const struct options *o, const char *name, struct side *side);

void differ_close(struct side *side);

/**
 * differ_from() - this run and another one.
 * @there: the other one
 * @report: of this run, by --json; read from its beginning
 *
 * Return: EXIT_OK when both did the same, EXIT_FAILED, EXIT_NOTHING when no case ran on both, or
 * EXIT_HARNESS (reported on stderr).
 */
int differ_from(const struct side *there, FILE *report);

/* The first name of --against and each of the others. Return: as differ_from(), the worst. */
int differ_all(const struct options *o);

#endif
