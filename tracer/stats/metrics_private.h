/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the metrics. */
#ifndef SMCKIT_TRACER_METRICS_PRIVATE_H
#define SMCKIT_TRACER_METRICS_PRIVATE_H

#include "metrics.h"

/* metrics.c */
void metrics_family(FILE *out, const char *name, const char *type, const char *help);
/* A time in seconds, and the end of the line. */
void metrics_ns(FILE *out, __u64 ns);
/* A label's value, of bytes that anybody may have chosen. */
void metrics_label(FILE *out, const char *text);

/* metrics_group.c */
void metrics_groups(FILE *out, const struct stats *s);

#endif
