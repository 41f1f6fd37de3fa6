/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The differences between two stacks, by the JSON reports of runs against them. */
#ifndef SMCKIT_REPLAY_AGAINST_H
#define SMCKIT_REPLAY_AGAINST_H

#include <stdio.h>

#define AGAINST_ERROR_MAX 512

/* A report of one stack. */
struct stack_report {
	const char *name; /* as people call it */
	void *json;	  /* json_t */
};

/* Counts of a comparison. */
struct against_result {
	unsigned int both;	/* cases that ran on both */
	unsigned int different; /* of them */
	unsigned int one;	/* ran on one of the two only */
};

/**
 * against_read() - a file that --json has written.
 * @error: AGAINST_ERROR_MAX bytes
 *
 * Return: 0 or -EINVAL. The report is to be released with against_free().
 */
int against_read(struct stack_report *r, const char *path, char *error);

/* The same of an open file; @name stands for it in texts. */
int against_take(struct stack_report *r, FILE *in, const char *name, char *error);

/**
 * against_write() - compare two.
 * @out: for each case that differs its name, and a line a difference
 */
void against_write(const struct stack_report *a, const struct stack_report *b, FILE *out,
		   struct against_result *result);

void against_free(struct stack_report *r);

#endif
