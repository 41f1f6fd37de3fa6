/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long handshakes took from one step to the next, as each end saw it. */
#ifndef SMCKIT_TRACER_PHASES_H
#define SMCKIT_TRACER_PHASES_H

#include "stats/stats.h"
#include "why/handshake.h"

#define PHASES (HS_STEPS - 1)

/* Zeroed in the beginning. */
struct phases {
	struct stats_times of[2][PHASES]; /* [0] by clients, [1] by servers */
};

/* Add those of a handshake of which both steps were seen. 0, or -ENOMEM. */
int phases_add(struct phases *p, const struct handshake *h);
void phases_free(struct phases *p);

/* "Proposal to Accept" */
const char *phases_name(unsigned int phase);

#endif
