// SPDX-License-Identifier: GPL-2.0-or-later
/* See pairs.h. */
#include "pairs.h"

#include <stdlib.h>

#include "smc_codec.h"

struct pairs {
	struct smcw_event half[PAIRS_MAX], found;
};

struct pairs *pairs_new(void)
{
	return calloc(1, sizeof(struct pairs));
}

void pairs_free(struct pairs *p)
{
	free(p);
}

const struct smcw_event *pairs_event(struct pairs *p, const struct smcw_event *ev)
{
	struct smcw_event *slot = &p->half[smcw_get64(&ev->id) & (PAIRS_MAX - 1)];

	if (!ev->id || !SMCW_EV_DIR_OF(ev))
		return NULL;
	if (slot->id != ev->id || SMCW_EV_DIR_OF(slot) == SMCW_EV_DIR_OF(ev)) {
		*slot = *ev;
		return NULL;
	}
	p->found = *slot;
	slot->id = 0;
	return &p->found;
}
