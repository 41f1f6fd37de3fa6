/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcomes of the cases, as TAP while they run and as JSON and JUnit at the end. */
#ifndef SMCKIT_REPLAY_REPORT_H
#define SMCKIT_REPLAY_REPORT_H

#include "stack/stack.h"
#include "state/outcome.h"

struct record {
	struct record *next;
	const char *name; /* "ACC-04-short as server" */
	const char *file;
	const struct word *covers;
	enum verdict verdict;
	const char *text, *reason; /* lines; of a known deviation */
	const char *notes;	   /* lines */
	const char *seen;	   /* lines: see seen.h */
	unsigned int ms;
};

enum tap_form {
	FORM_TAP,  /* with the plan at the end */
	FORM_KTAP, /* of the kernel's selftests: with the plan first */
};

struct report {
	struct arena arena;
	FILE *tap; /* NULL: none */
	enum tap_form form;
	struct stack stack; /* what is tested; .kernel is "" where it is another host's */
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
 * Strings are copied, and escaped: see escape.h.
 */
void report_add(struct report *r, const char *name, const char *file, const struct word *covers,
		const struct outcome *o, const char *reason);

/* Write the lines before the first case; @n: how many cases there will be, for FORM_KTAP alone. */
void report_begin(struct report *r, enum tap_form form, unsigned int n);

/* The plan, a summary (see summary.h), and the counts as a comment. */
void report_end(struct report *r);

/* Return: 0 or -errno; @out stays open. */
int report_json(const struct report *r, FILE *out);
int report_junit(const struct report *r, FILE *out);

/* Exit status: 0 all passed, 1 something failed, 2 an error of ours, 77 nothing could run (4 with
 * FORM_KTAP).
 */
int report_status(const struct report *r);

void report_free(struct report *r);

#endif
