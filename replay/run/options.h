/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of the command line. */
#ifndef SMCKIT_REPLAY_OPTIONS_H
#define SMCKIT_REPLAY_OPTIONS_H

#include <stdbool.h>

#include "base/address.h"
#include "script/script.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_HARNESS = 2, /* wrong usage, too */
	EXIT_NOTHING = 77,
};

#define OPTIONS_LIST_MAX 64
#define OPTIONS_JOBS_MAX 64
#define OPTIONS_RANDOM_MAX 10000

struct options {
	const char *command; /* extract, format, run, suite */
	char **files;
	int n_files;
	const char *output; /* extract, format */
	bool plays[2];	    /* by enum end */
	union address address, from, from_second;
	bool has_from, has_from_second;
	bool remote;
	double time_scale;
	unsigned int shard, shards;	    /* from 1; 1 of 1 is all */
	const char *only[OPTIONS_LIST_MAX]; /* patterns of names; none: all */
	const char *mutate[OPTIONS_LIST_MAX], *set[OPTIONS_LIST_MAX], *known[OPTIONS_LIST_MAX];
	const char *against[OPTIONS_LIST_MAX];
	unsigned int n_only, n_mutate, n_set, n_known, n_against;
	unsigned int jobs, random, seed;
	const char *suite, *coverage, *json, *junit, *bundle;
	bool list, survive, ktap, slow;
};

/**
 * options_parse() - the command line.
 * @o: filled in; strings are of @argv
 *
 * Ends the program after --help and for wrong usage (EXIT_HARNESS).
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
