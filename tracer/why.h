/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why connections stayed on TCP though SMC was wanted, and what to do about it. */
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
 * @ev: an event that smcw_event_check() is content with
 *
 * A fallback counts, and so does an answer to the SYN without the SMC option
 * of which no fallback is told.
 *
 * Return: 0, or -ENOMEM.
 */
int why_event(struct why *w, const struct smcw_event *ev);

/**
 * why_advice() - what can be done about a reason.
 * @reason: enum smcw_decline_reasons
 *
 * Return: a sentence without a full stop; NULL for reasons that are not known
 * and for "peer declined", where the peer's diagnosis is to be asked.
 */
const char *why_advice(__u32 reason);

/**
 * why_print() - a line per kind of fallback, those that came most often first.
 * @w: what was found
 * @out: where
 *
 * Equal are those of the same program, role, hosts, service port and reasons.
 *
 *	2 x  curl/123, client, 10.0.0.1 -> 10.0.0.2:80: REASON. To do: ADVICE.
 *
 * Return: 0, -ENOMEM, or -EIO when it could not be written.
 */
int why_print(const struct why *w, FILE *out);

#endif
