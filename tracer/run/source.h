/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of files, on their way through the command line's filters to a command. */
#ifndef SMCKIT_TRACER_SOURCE_H
#define SMCKIT_TRACER_SOURCE_H

#include "filter.h"
#include "hook/observe.h"
#include "options.h"
#include "record/reader.h"

struct source {
	const struct options *o;
	reader_fn fn; /* of the command */
	void *ctx;
	bool whole; /* it takes events after the last one of -c, too */
	struct filter filter;
	struct observed observed;
	unsigned long long taken;
};

/* An event of the file. 0, -ENOMEM, or the result of the command. */
int source_take(void *source, struct smcw_event *ev);

/* Before the first event. */
void source_begin(struct source *s);

/* Read the file of the command line. 0 or an error, as reader_path(). */
int source_read(struct source *s, struct reader_result *result);

/* Report on stderr how the reading of a file ended; enum exit_status. */
int source_status(const struct source *s, const char *file, int err,
		  const struct reader_result *result);
void source_free(struct source *s);

#endif
