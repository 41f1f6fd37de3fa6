/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of results, opened by name while that is permitted. */
#ifndef SMCKIT_REPLAY_OUTPUTS_H
#define SMCKIT_REPLAY_OUTPUTS_H

#include <stdio.h>

#include "options.h"

struct outputs {
	FILE *json, *junit, *coverage, *compare; /* compare: of --against, without a name */
};

/* Those that the options name. Return: 0, or EXIT_HARNESS (reported on stderr). */
int outputs_open(struct outputs *out, const struct options *o);

void outputs_close(const struct outputs *out);

#endif
