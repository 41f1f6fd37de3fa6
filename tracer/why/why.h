/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why connections that SMC was wanted for stayed on TCP or failed, and what to do about it. */
#ifndef SMCKIT_TRACER_WHY_H
#define SMCKIT_TRACER_WHY_H

#include <stdbool.h>
#include <stdio.h>

#include "smc_event.h"

struct why;

/**
 * why_new() - no connection yet.
 *
 * Return: for why_free(), or NULL without memory.
 */
struct why *why_new(void);
void why_free(struct why *w);

/**
 * why_event() - look at an event.
 * @w: what was found so far
 * @ev: an event that smcw_event_check() is content with, in the order of time
 *
 * Time and memory are bounded by the number of events, and by that of
 * handshakes at a time, however many processes and ports there are.
 *
 * Return: 0, or -ENOMEM.
 */
int why_event(struct why *w, const struct smcw_event *ev);

/**
 * why_print() - a line per service and cause, those that came most often first.
 * @w: what was found
 * @out: where
 *
 *	2 x  10.0.0.2:80 (server nginx/12, client curl/123): CAUSE. To do: ADVICE.
 *
 * A connection of which this host has both ends counts once. The last line says
 * what was observed. Asking changes nothing.
 *
 * Return: how many connections are not as they should be, -ENOMEM, or -EIO when
 * it could not be written.
 */
long long why_print(const struct why *w, FILE *out);

/* One of these lines in its parts; texts are valid until the function returns. */
struct why_row {
	__u64 n;	       /* connections */
	bool failed;	       /* they did not come about; else they are TCP's */
	const char *place;     /* the service, with the processes of both sides */
	const char *text;      /* the cause */
	const char *statement; /* of the suite's catalogue, or NULL */
	const char *advice;    /* or NULL */
};

struct why_sums {
	__u64 rows, wrong, failed, tcp, unconnected, smc;
	bool certain; /* all was observed that would show something wrong */
};

typedef int (*why_fn)(void *ctx, const struct why_row *row);

/* Calls @fn for each line, in their order. 0, -ENOMEM, or what @fn gave. */
int why_each(const struct why *w, why_fn fn, void *ctx, struct why_sums *sums);

/* The sums in a sentence, without the end of a line. */
void why_put_sums(FILE *out, const struct why_sums *sums);

/* The same as JSON, an array of objects. */
long long why_print_json(const struct why *w, FILE *out);

#endif
