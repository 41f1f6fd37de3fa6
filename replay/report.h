/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcomes of the cases, as TAP while they run and as JSON and JUnit at the end. */
#ifndef SMCKIT_REPLAY_REPORT_H
#define SMCKIT_REPLAY_REPORT_H

#include "play.h"

struct record {
	struct record *next;
	const char *name; /* "ACC-04-short as server" */
	const char *file;
	const struct word *covers;
	enum verdict verdict;
	const char *text, *reason; /* lines; of a known deviation */
	const char *seen;	   /* lines: see seen.h */
	unsigned int ms;
};

struct report {
	struct arena arena;
	FILE *tap; /* NULL: none */
	struct record *first, **tail;
	unsigned int n, count[VERDICT_COUNT];
};

void report_init(struct report *r, FILE *tap);

/**
 * report_add() - a case is over.
 * @name: of the case, with its script and the end that was played
 * @file: its script
 * @covers: IDs of statements
 * @reason: of a known deviation, or NULL
 *
 * Strings are copied.
 */
void report_add(struct report *r, const char *name, const char *file, const struct word *covers,
		const struct outcome *o, const char *reason);

/* The plan, and the counts as a comment. */
void report_end(struct report *r);

/* Return: 0 or -errno. */
int report_json(const struct report *r, const char *path);
int report_junit(const struct report *r, const char *path);

/* Exit status: 0 all passed, 1 something failed, 2 an error of ours, 77 nothing could run. */
int report_status(const struct report *r);

void report_free(struct report *r);

#endif
