/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace as a page: one HTML file that needs nothing else. The trace is read twice: all is added
 * up, and the connections that are worth a closer look are chosen; then their messages are taken.
 * Memory is bounded, and time is linear.
 */
#ifndef SMCKIT_TRACER_REPORT_H
#define SMCKIT_TRACER_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "smc_event.h"

#define REPORT_ROWS 500 /* connections in the table */

struct report;

/* The trace, for the head of the page. */
struct report_about {
	const char *const *file; /* names */
	unsigned int n_files;
	const char *version;  /* of smc-trace */
	const char *filtered; /* the command line, if it takes a part of the events; else NULL */
	bool cut;	      /* a file ends within a block */
};

/* Return: for report_free(), or NULL without memory. */
struct report *report_new(void);
void report_free(struct report *r);

/* An event of the first pass, in the order of time. 0, or -ENOMEM. */
int report_event(struct report *r, const struct smcw_event *ev);

/* The first pass is over. 0, or -ENOMEM. */
int report_choose(struct report *r);

/* The same event in the second pass. 0, or -ENOMEM. */
int report_again(struct report *r, const struct smcw_event *ev);

/* Write the page. 0, -ENOMEM, or -EIO when it could not be written. */
int report_write(const struct report *r, const struct report_about *about, FILE *out);

/* All that the trace's options asked for was observed, and nothing lost. */
bool report_is_whole(const struct report *r);

#endif
