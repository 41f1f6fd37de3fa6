/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smc-run's command line. */
#ifndef SMCKIT_RUN_OPTIONS_H
#define SMCKIT_RUN_OPTIONS_H

#include <stdbool.h>

/* Exit statuses; others are COMMAND's. As of env(1), timeout(1) and their like. */
enum {
	EXIT_NOT_SMC = 123, /* --strict */
	EXIT_SELF = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* plus the signal's number */
};

enum method { METHOD_AUTO, METHOD_BPF, METHOD_PRELOAD };

struct options {
	enum method method;
	bool quiet, check, strict, verbose, reset_env, new_session;
	const char *output; /* where --check writes, NULL for stderr */
	const char *user;   /* who COMMAND runs as, NULL for whoever started smc-run */
	char **command;	    /* ends with NULL */
};

/**
 * options_parse - read the command line; ends the program if it is wrong
 * @o: filled in
 * @argc: as main() has it
 * @argv: as main() has it; @o points into it
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
