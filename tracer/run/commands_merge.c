// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-trace merge: see commands.h. */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"

static void put_host(const struct merge_host *h, bool first)
{
	fprintf(stderr, "smc-trace: %s: %" PRIu64 " events, ", h->name, (uint64_t)h->events);
	if (first)
		fprintf(stderr, "its clock is the common one");
	else
		fprintf(stderr, "clock %+.9f s, %+.3f ppm, put right within %.1f us",
			(double)h->ahead / 1e9, ((double)h->rate - 1e9) / 1e3,
			(double)h->within / 1e3);
	fprintf(stderr, "; messages to other hosts %" PRIu64 ", from them %" PRIu64,
		(uint64_t)h->sent, (uint64_t)h->received);
	if (h->received)
		fprintf(stderr, ", the fastest in %.1f us", (double)h->fastest / 1e3);
	fputc('\n', stderr);
}

/* Is something left out? */
static bool put_omissions(const struct merge_host *h)
{
	if (*h->cut)
		fprintf(stderr, "smc-trace: %s: %s\n", h->name, h->cut);
	if (h->foreign)
		fprintf(stderr,
			"smc-trace: %s: %" PRIu64
			" packets are no events of smc-trace, and are left out\n",
			h->name, (uint64_t)h->foreign);
	if (h->newer)
		fprintf(stderr,
			"smc-trace: %s: %" PRIu64
			" events are of a later smc-trace than " SMCKIT_VERSION
			", and are left out\n",
			h->name, (uint64_t)h->newer);
	return h->newer || h->foreign;
}

int command_merge(const struct options *o)
{
	struct progress progress = { 0 };
	struct merge_options what = { .path = o->files,
				      .n = o->n_files,
				      .output = o->made,
				      .drift_ppm = o->drift_ppm,
				      .meta = { .version = SMCKIT_VERSION,
						.command = o->command_line },
				      .progress = isatty(STDERR_FILENO) ? progress_show : NULL,
				      .ctx = &progress };
	struct merge_result result;
	bool omitted = false, cut = false;
	int r = merge_files(&what, &result);

	progress_end(&progress);
	for (unsigned int i = 0; i < o->n_files; i++) {
		if (!r && !o->quiet)
			put_host(&result.host[i], !i);
		omitted |= put_omissions(&result.host[i]);
		cut |= *result.host[i].cut != '\0';
	}
	if (r)
		fprintf(stderr, "smc-trace: %s\n", result.error);
	if (r || cut)
		return EXIT_FAILED;
	return o->strict && omitted ? EXIT_LOST : EXIT_OK;
}
