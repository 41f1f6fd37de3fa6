/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other half of a message, by the id that both have, among the latest ones. */
#ifndef SMCKIT_TRACER_PAIRS_H
#define SMCKIT_TRACER_PAIRS_H

#include "smc_event.h"

#define PAIRS_MAX 32768 /* halves that are remembered; a power of two */

struct pairs;

/* Without memory NULL; for pairs_free(), which takes NULL, too. */
struct pairs *pairs_new(void);
void pairs_free(struct pairs *p);

/**
 * pairs_event() - look for the other half.
 * @ev: any event
 *
 * Return: the header of the other half, which came before, valid until the next call; NULL if there
 * is none: then this one is remembered, if it has an id.
 */
const struct smcw_event *pairs_event(struct pairs *p, const struct smcw_event *ev);

#endif
