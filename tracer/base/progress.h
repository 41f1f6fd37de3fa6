/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a long command is: a line that is written over, at most once a second, on a terminal. */
#ifndef SMCKIT_TRACER_PROGRESS_H
#define SMCKIT_TRACER_PROGRESS_H

#include <stdbool.h>
#include <time.h>

#include <linux/types.h>

/* Zeroed in the beginning. */
struct progress {
	time_t last;
	bool any;
};

/* @ctx: struct progress. @part of @whole is done; @whole 0: that is not known */
void progress_show(void *ctx, const char *doing, __u64 part, __u64 whole);

/* Remove the line. */
void progress_end(const struct progress *p);

#endif
