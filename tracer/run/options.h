/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's wishes. */
#ifndef SMCKIT_TRACER_OPTIONS_H
#define SMCKIT_TRACER_OPTIONS_H

#include <stdbool.h>

#include "hook/hooks.h"
#include "merge/merge.h"
#include "record/output.h"
#include "stats/stats.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* or, of why: something is wrong */
	EXIT_USAGE = 2,
	EXIT_LOST = 3, /* --strict, and not everything was observed */
};

#define OPTIONS_FILES_MAX 256

struct options {
	const char *command; /* capture, top, conns, read, stats, why, report, merge, doctor */
	const char *file;    /* of read, stats, why, and conns: NULL: live */
	const char *files[OPTIONS_FILES_MAX]; /* of merge and report, .file is the first */
	unsigned int n_files;
	const char *made;		      /* of merge and report: the output */
	bool perfetto;			      /* of report: its form */
	unsigned int drift_ppm;		      /* of merge */
	const char *metrics;		      /* NULL: none */
	const char *command_line;	      /* whole, for the file's comment */
	const char *toolbar_in, *toolbar_out; /* Wireshark's pipes, or NULL */
	struct hooks_options hooks;
	__u64 cgroup;		      /* with all below it; 0: any. Not in hooks.filter */
	struct output_options output; /* .path NULL: none */
	unsigned long long count;     /* -c; 0: no limit */
	enum stats_by by;
	enum stats_sort sort;
	bool json, hex, quiet, strict, wait, color;
};

/**
 * options_parse() - the command line.
 * @o: filled in; strings are of @argv or live as long as the program
 *
 * Ends the program after --help, --version and for wrong usage (EXIT_USAGE),
 * which an option that the command would ignore is, too.
 */
void options_parse(struct options *o, int argc, char **argv);

/* A number from 0 to @max. False if @arg is none. */
bool options_number(const char *arg, unsigned long long max, unsigned long long *v);

#endif
