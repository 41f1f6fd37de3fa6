/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Situations in which somebody asks why, and what has to be answered. */
#ifndef SMCKIT_TESTS_SITUATIONS_H
#define SMCKIT_TESTS_SITUATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* One connection is not as it should be, unless says is empty. */
struct situation {
	const char *name, *script, *facts; /* see play.h */
	bool remote;			   /* the peer is another host */
	bool failed;
	const char *says[3];
};

extern const struct situation situations[];
extern const size_t situation_count;

#endif
