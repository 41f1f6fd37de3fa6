/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same calls over TCP and over SMC on the same machine:
 *
 *	tcp	what the others are held against
 *	smcd	both ends are SMC's
 *	client	the client is SMC's, and falls back since the server is TCP's
 *	server	the other way round
 */
#ifndef SMCKIT_MODES_H
#define SMCKIT_MODES_H

#include "differences.h"

#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

#define MODES 4

struct mode {
	const char *name;
	int client, server; /* protocols of socket() */
};

extern const struct mode modes[MODES];
extern const struct mode *mode; /* in a process of modes_run() */

/**
 * modes_run() - let a process for each mode call a function, all at the same time.
 * @run: adds to the outcome by say(), see semantics.h
 * @with: its argument
 * @outcomes: filled in, in the order of modes[]
 */
void modes_run(void (*run)(const void *with), const void *with,
	       char outcomes[MODES][DIFFERENCE_MAX]);

#endif
