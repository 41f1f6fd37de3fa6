/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases that are played at a time, each job in a network namespace of its own: what a stack keeps
 * for a namespace (sockets, statistics, sysctls) is not shared then. Devices and the kernel log
 * are, and with a device its link groups: of the cases that say "needs turn" one is played at a
 * time.
 */
#ifndef SMCKIT_REPLAY_JOBS_H
#define SMCKIT_REPLAY_JOBS_H

#include "state/outcome.h"
#include "walk.h"

struct jobs;

/**
 * job_fn - the work of a job for a case.
 * @o: filled in
 *
 * Return: 0, or EXIT_HARNESS when the job cannot go on (reported on stderr).
 */
typedef int (*job_fn)(void *ctx, const struct item *item, struct outcome *o);

/**
 * jobs_start() - begin to play.
 * @begin: called first in each job, in its network namespace
 * @play: called for each case in one of the jobs
 *
 * Return: 0 or -errno.
 */
int jobs_start(struct jobs **out, const struct options *o, int (*begin)(void *ctx), job_fn play,
	       void *ctx);

/**
 * jobs_outcome() - wait until a case is over.
 *
 * To be called for each case in the order of walk_cases().
 *
 * Return: 0, or -ECHILD when there is nobody left to play it.
 */
int jobs_outcome(struct jobs *j, unsigned int number, struct outcome *o);

/* Ends the jobs that still run. */
void jobs_end(struct jobs *j);

#endif
