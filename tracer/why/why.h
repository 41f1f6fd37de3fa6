/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why connections that SMC was wanted for stayed on TCP or failed, and what to do about it. */
#ifndef SMCKIT_TRACER_WHY_H
#define SMCKIT_TRACER_WHY_H

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

/* The same as JSON, an array of objects. */
long long why_print_json(const struct why *w, FILE *out);

#endif
