/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the reader, which may open nothing, to the keeper: the next file of a trace, the file
 * of metrics, the path of a cgroup. The keeper makes the names, from the command line; it takes no
 * name from the reader.
 */
#ifndef SMCKIT_TRACER_REQUESTS_H
#define SMCKIT_TRACER_REQUESTS_H

#include <limits.h>
#include <stdbool.h>

#include "base/channel.h"
#include "base/facts.h"
#include "options.h"

/* ---- the keeper's side ---------------------------------------------------------------- */

struct server {
	const struct options *o;
	int sock;
	char temporary[PATH_MAX]; /* of the metrics, while the reader writes them */
};

/* Does what @m asks for and answers. False if it is no request. */
bool request_serve(struct server *s, const struct channel_message *m);

/* ---- the reader's side ---------------------------------------------------------------- */

struct client {
	int sock;
	struct channel_message *waiting; /* that came while an answer was waited for */
	size_t n, cap;
};

/* The next message of the keeper's that is no answer: as channel_receive(). */
int request_receive(struct client *c, struct channel_message *m);
bool request_waits(const struct client *c);

/* As output_options.open(). */
int request_file(struct client *c, time_t opened, unsigned int size_turn, char *used);

/* A file to write metrics into, or -errno; then request_metrics_end() with what came of it. */
int request_metrics(struct client *c);
int request_metrics_end(struct client *c, int err);

/**
 * request_owner() - the path of a cgroup, and the pid that a process has in its container.
 * @cgroup: its id
 * @pid: of the process
 * @f: gets a fact of each that could be found
 *
 * Return: 0 or -errno.
 */
int request_owner(struct client *c, __u64 cgroup, __u32 pid, struct facts *f);

#endif
