/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections of the command were SMC, and why the others were not. */
#ifndef SMCKIT_RUN_CHECK_H
#define SMCKIT_RUN_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"

#define CHECK_ROWS 512

/* Connections that are alike but for the client's port. */
struct check_row {
	struct run_event ev;
	uint64_t count;
};

struct check {
	struct check_row rows[CHECK_ROWS];
	unsigned int n;
	uint64_t modes[RUN_MODES];
	uint64_t plain;	   /* of those of TCP: their sockets never were SMC's */
	uint64_t unlisted; /* counted in the above, with no row left */
	/* The kernel's own stack hands what a listener accepts that has fallen back to TCP alone.
	 */
	bool accepts_unseen;
};

/**
 * check_add - a socket was closed, or TCP was used
 * @ev: what was reported
 * @check: counts it
 */
void check_add(const struct run_event *ev, void *check);

/**
 * check_print - print them
 * @check: all that was added
 * @lost: events that are missing in it
 * @out: where to
 */
void check_print(const struct check *check, uint64_t lost, FILE *out);

/**
 * check_all_smc - was there a connection, and were all of them SMC, as far as is known?
 * @check: all that was added
 * @lost: events that are missing in it
 */
bool check_all_smc(const struct check *check, uint64_t lost);

#endif
