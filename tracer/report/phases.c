// SPDX-License-Identifier: GPL-2.0-or-later
/* See phases.h. */
#include "phases.h"

#include <stdlib.h>

int phases_add(struct phases *p, const struct handshake *h)
{
	int r = 0;

	for (unsigned int i = 0; !r && i < PHASES; i++)
		if (h->step[i] && h->step[i + 1] >= h->step[i])
			r = stats_count_time(&p->of[handshake_is_server(h)][i],
					     h->step[i + 1] - h->step[i]);
	return r;
}

void phases_free(struct phases *p)
{
	for (unsigned int side = 0; side < 2; side++)
		for (unsigned int i = 0; i < PHASES; i++)
			free(p->of[side][i].last);
}

const char *phases_name(unsigned int phase)
{
	static const char *const names[] = { [HS_STEP_SYN] = "SYN to Proposal",
					     [HS_STEP_PROPOSAL] = "Proposal to Accept",
					     [HS_STEP_ACCEPT] = "Accept to Confirm",
					     [HS_STEP_CONFIRM] = "Confirm to ACTIVE" };

	return names[phase];
}
