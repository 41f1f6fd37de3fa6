/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line asks for. */
#ifndef SMCKIT_TRACER_OPTIONS_H
#define SMCKIT_TRACER_OPTIONS_H

#include <stdbool.h>

#include "hooks.h"
#include "output.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LOST = 3, /* --strict, and events were lost */
};

struct options {
	const char *command;	  /* capture, top, read, stats, why, doctor */
	const char *file;	  /* of read, stats and why */
	const char *metrics;	  /* NULL: none */
	const char *command_line; /* whole, for the file's comment */
	struct hooks_options hooks;
	struct output_options output; /* .path NULL: none */
	unsigned long long count;     /* -c; 0: no limit */
	bool json, hex, quiet, strict, wait, color;
};

/**
 * options_parse() - the command line.
 * @o: filled in; strings are of @argv or live as long as the program
 *
 * Ends the program after --help, --version and for wrong usage (EXIT_USAGE).
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
