/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traces of several hosts as one: times by the clock of the first host, one id for a message
 * that two hosts have seen, and each host's numbers under the number of the host. Files are read
 * several times, one event at a time, so that memory is bounded; time is linear in the number of
 * events.
 */
#ifndef SMCKIT_TRACER_MERGE_H
#define SMCKIT_TRACER_MERGE_H

#include "record/pcapng.h"

#define MERGE_FILES_MAX (SMCW_HOSTS_MAX - 1)
#define MERGE_ERROR_MAX 512

/* One of the files. */
struct merge_host {
	char name[SMCW_FACT_NAME_LEN]; /* of the file, without its folder */
	__u64 events;
	__u64 foreign; /* packets that are no events, and are left out */
	__u64 newer;   /* events that a later smc-trace has written; left out as well */
	__s64 ahead; /* ns by which its first event is later on its own clock than on the common one
		      */
	__u64 rate;  /* ns by its own clock in 10^9 common ones */
	__u64 within;	      /* ns by which a corrected time is wrong at most */
	__u64 sent, received; /* messages to and from other hosts that are known there */
	__s64 fastest;	      /* ns: the quickest message that it received from another host */
	char cut[128];	      /* why the file ends too early; empty if it does not */
};

struct merge_result {
	struct merge_host host[MERGE_FILES_MAX];
	__u64 pairs; /* messages that two hosts have seen */
	char error[MERGE_ERROR_MAX];
};

/* Takes the work at hand: @part of @whole bytes; @whole 0: not known. */
typedef void (*merge_progress_fn)(void *ctx, const char *doing, __u64 part, __u64 whole);

struct merge_options {
	const char *const *path;
	unsigned int n;	    /* from 2 to MERGE_FILES_MAX */
	const char *output; /* "-": standard output */
	unsigned int drift_ppm;
	struct pcapng_meta meta;
	merge_progress_fn progress; /* NULL: nobody wants to know */
	void *ctx;
};

/**
 * merge_files() - merge.
 * @o: what, and where to
 * @r: filled in, also if it fails
 *
 * Nothing is written unless the clocks are known.
 *
 * Return: 0, or -errno with r->error set.
 */
int merge_files(const struct merge_options *o, struct merge_result *r);

#endif
