// SPDX-License-Identifier: GPL-2.0-or-later
/* See source.h. */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* -c is of what happened on the host. */
static bool source_counts(const struct smcw_event *ev)
{
	return ev->kind != SMCW_EV_COUNTERS && ev->kind != SMCW_EV_FACTS;
}

static int source_give(void *ctx, struct smcw_event *ev)
{
	struct source *s = ctx;
	int r;

	/* Events after the last wanted one say at least what was observed, to sums. */
	if (s->o->count && s->taken == s->o->count)
		return source_counts(ev) || !s->whole ? 0 : s->fn(s->ctx, ev);
	r = s->fn(s->ctx, ev);
	s->taken += source_counts(ev);
	return r;
}

int source_take(void *source, struct smcw_event *ev)
{
	struct source *s = source;
	int r = observed_event(&s->observed, ev);

	if (!r && ev->kind == SMCW_EV_COUNTERS)
		filter_correct(&s->filter, ev);
	return r ? r : filter_event(&s->filter, ev, source_give, s);
}

/* Events that were passed over, by name: "skipped 3 events of kinds 63 64 and of version 2, ...".
 */
static void report_newer(const char *file, const struct reader_result *result)
{
	const char *between = "";

	fprintf(stderr, "smc-trace: %s: skipped %llu event%s of ", file,
		(unsigned long long)result->newer, result->newer == 1 ? "" : "s");
	for (unsigned int kind = 0; kind < 256; kind++)
		if (result->newer_kinds[kind / 64] >> kind % 64 & 1) {
			fprintf(stderr, "%s%u", *between ? between : "kind ", kind);
			between = ", ";
		}
	if (result->newer_version)
		fprintf(stderr, "%sversion %u", *between ? " and of " : "", result->newer_version);
	fprintf(stderr,
		", which smc-trace " SMCKIT_VERSION " does not know: read it with a newer one\n");
}

int source_status(const struct source *s, const char *file, int err,
		  const struct reader_result *result)
{
	if (fflush(stdout) || err == -EPIPE)
		return EXIT_FAILED;
	if (result->foreign)
		fprintf(stderr, "smc-trace: %s: %llu of %llu packets are no events of smc-trace\n",
			file, (unsigned long long)result->foreign,
			(unsigned long long)result->packets);
	if (result->newer)
		report_newer(file, result);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", file,
			*result->error ? result->error : strerror(-err));
	if (err)
		return EXIT_FAILED;
	return s->o->strict && (result->newer || !observed_all(&s->observed)) ? EXIT_LOST : EXIT_OK;
}

void source_begin(struct source *s)
{
	filter_init(&s->filter, &s->o->hooks.filter, s->o->cgroup);
}

int source_read(struct source *s, struct reader_result *result)
{
	memset(result, 0, sizeof(*result));
	source_begin(s);
	return reader_path(s->o->file, source_take, s, result);
}

void source_free(struct source *s)
{
	filter_free(&s->filter);
	observed_free(&s->observed);
}
