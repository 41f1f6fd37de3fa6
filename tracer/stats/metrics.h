/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics in Prometheus' text format 0.0.4, for Prometheus' node_exporter (textfile) and the
 * like. */
#ifndef SMCKIT_TRACER_METRICS_H
#define SMCKIT_TRACER_METRICS_H

#include "stats.h"

#define METRICS_GROUPS_MAX 100 /* that have labels of their own; the largest ones */

/* The text itself. Return: 0, or -EIO when it could not be written. */
int metrics_print(const struct stats *s, FILE *out);

/* The same into an open file, which is closed. Return: 0 or -errno. */
int metrics_write_fd(const struct stats *s, int fd);

/**
 * metrics_write() - write the file, so that a reader finds all of it or the one before.
 * @s: statistics
 * @path: of the file; a temporary one is made beside it and renamed
 *
 * Return: 0 or -errno; the file is as it was then.
 */
int metrics_write(const struct stats *s, const char *path);

#endif
