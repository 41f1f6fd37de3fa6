/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The destination of a trace: standard output, a file, or files by turns, with
 * tcpdump's names and limits.
 */
#ifndef SMCKIT_TRACER_OUTPUT_H
#define SMCKIT_TRACER_OUTPUT_H

#include <time.h>

#include "pcapng.h"

struct output;

struct output_options {
	const char *path; /* -w: "-" is standard output */
	__u64 megabytes;  /* -C: a new file when one is longer, in 1,000,000 bytes; 0: never */
	unsigned int
		seconds; /* -G: a new file when one is older; @path is for strftime(); 0: never */
	unsigned int count; /* -W: how many files; 0: no limit */
	struct pcapng_meta meta;
	/*
	 * Opens a file, for a process that may not: of the age and number that output_file_name()
	 * takes. The name that it has got goes to @used. NULL: files_open(). The file or -errno.
	 */
	int (*open)(void *ctx, time_t opened, unsigned int size_turn, char *used);
	/* Writes what every file begins with, by output_put(). May be NULL. 0 or -errno */
	int (*begin)(void *ctx, struct output *o);
	/* A line for the file's end, for free(). May be NULL, and may return it */
	char *(*end)(void *ctx);
	void *ctx;
};

/**
 * output_file_name() - the name of a file.
 * @opened: when the first file of this age was opened
 * @size_turn: number of the file among those of -C
 * @name: PATH_MAX bytes
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int output_file_name(const struct output_options *opts, time_t opened, unsigned int size_turn,
		     char *name);

/**
 * output_open() - open the first file.
 * @opts: has to live as long as @out
 * @out: the output
 *
 * Names are tcpdump's: with -C FILE, FILE1, FILE2 and so on, with -C and -W
 * FILE0 to FILE9 (as many digits as the last one needs), then from the start
 * again. With -G the name's conversions are those of strftime(), in local time.
 *
 * The caller ignores SIGPIPE.
 *
 * Return: 0 or -errno; -EINVAL for -C or -G with standard output.
 */
int output_open(const struct output_options *opts, struct output **out);

/**
 * output_event() - write an event, into a new file if it is time.
 *
 * As tcpdump does: size and age are looked at when an event comes.
 *
 * Return: 0; 1: -G has filled -W files, the event is not written and nothing
 * will be; -errno of what failed, once: from then on every call does nothing and
 * gives 0. output_failed() remembers.
 */
int output_event(struct output *o, const struct smcw_event *ev, const char *text);

/* An event into the file that is open, whatever its size and age. For begin(). 0 or -errno. */
int output_put(struct output *o, const struct smcw_event *ev, const char *text);

/* As pcapng_lost(), errors as output_event(). */
int output_lost(struct output *o, const struct smcw_event *like, __u64 n);

/**
 * output_batch() - to be called when no event waits.
 *
 * A pipe gets what there is at once, a file once a second.
 *
 * Return: 0 or -errno, once
 */
int output_batch(struct output *o);

/* The -errno that an earlier call gave, or 0. */
int output_failed(const struct output *o);

/* The name of the file that is written at the moment. */
const char *output_name(const struct output *o);

/**
 * output_close() - end the file and free @o.
 * @o: may be NULL
 *
 * Return: 0 or -errno, if it was not reported before
 */
int output_close(struct output *o);

#endif
