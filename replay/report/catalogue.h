/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements about SMC that cases cover, and what a run has shown of each.
 * The file has a line each, with tabs between: ID, level, where it can be
 * tested, statement; `-` and why, where it cannot be tested here.
 */
#ifndef SMCKIT_REPLAY_CATALOGUE_H
#define SMCKIT_REPLAY_CATALOGUE_H

#include "report.h"

struct statement {
	struct statement *next;
	const char *id, *level, *where, *text;
	unsigned int count[VERDICT_COUNT];
};

struct catalogue {
	struct arena arena;
	struct statement *first;
	unsigned int n;
};

/* Return: 0, -errno, or -EINVAL with the number of the line in @line. */
int catalogue_read(struct catalogue *c, const char *path, unsigned int *line);

struct statement *catalogue_find(const struct catalogue *c, const char *id);

/* Adds the verdicts of a run. Return: an ID that is in no statement, or NULL. */
const char *catalogue_count(struct catalogue *c, const struct report *r);

/* A line a statement: ID, level, result, statement or why not. Ends with the counts. */
void catalogue_write(const struct catalogue *c, FILE *out);

void catalogue_free(struct catalogue *c);

#endif
