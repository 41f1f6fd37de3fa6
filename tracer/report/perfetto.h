/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace for viewers of timelines: the JSON trace event format, event by event as they come. A
 * host is a process there, an end of a connection a thread.
 */
#ifndef SMCKIT_TRACER_PERFETTO_H
#define SMCKIT_TRACER_PERFETTO_H

#include <stdio.h>

#include "smc_event.h"

#define PERFETTO_THREADS_MAX 65536 /* at a time; what is beyond shares one of its host */

struct perfetto;

/* Begins to write to @out. NULL without memory. */
struct perfetto *perfetto_new(FILE *out);

/* Write what an event says. 0, -ENOMEM, or -EIO when it could not be written. */
int perfetto_event(struct perfetto *p, const struct smcw_event *ev);

/* The connections that are open, and the end of the file. As perfetto_event(). */
int perfetto_end(struct perfetto *p);
void perfetto_free(struct perfetto *p);

#endif
