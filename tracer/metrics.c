// SPDX-License-Identifier: GPL-2.0-or-later
/* OpenMetrics. See metrics.h. No label needs escapes: texts are of wire/, and plain. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <limits.h>
#include <unistd.h>

#include "files.h"
#include "metrics.h"
#include "smc_event_text.h"

static const char *const ends[] = { [STATS_SMC] = "smc", [STATS_TCP] = "tcp" };
static const char *const ways[] = { "sent", "received" };

static void family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void put_ns(FILE *out, __u64 ns)
{
	fprintf(out, "%" PRIu64 ".%09u\n", (uint64_t)(ns / 1000000000),
		(unsigned int)(ns % 1000000000));
}

static void put_histogram(FILE *out, const struct stats_times *t, const char *end)
{
	static const char *const le[] = {
#define X_TEXT(ns, text) text,
		STATS_BOUNDS(X_TEXT)
#undef X_TEXT
			"+Inf"
	};
	__u64 n = 0;
	size_t i;

	for (i = 0; i <= STATS_BOUND_COUNT; i++) {
		n += t->bucket[i];
		fprintf(out, "smc_handshake_seconds_bucket{outcome=\"%s\",le=\"%s\"} %" PRIu64 "\n",
			end, le[i], (uint64_t)n);
	}
	fprintf(out, "smc_handshake_seconds_count{outcome=\"%s\"} %" PRIu64 "\n", end,
		(uint64_t)t->n);
	fprintf(out, "smc_handshake_seconds_sum{outcome=\"%s\"} ", end);
	put_ns(out, t->sum);
}

static void put_handshakes(FILE *out, const struct stats *s)
{
	size_t i;

	family(out, "smc_handshakes", "counter", "Handshakes that ended with SMC or TCP.");
	for (i = 0; i < STATS_ENDS; i++)
		fprintf(out, "smc_handshakes_total{outcome=\"%s\"} %" PRIu64 "\n", ends[i],
			(uint64_t)s->ended[i]);
	family(out, "smc_handshake_seconds", "histogram",
	       "From the SYN or the first CLC message to the end of the handshake.");
	fputs("# UNIT smc_handshake_seconds seconds\n", out);
	for (i = 0; i < STATS_ENDS; i++)
		put_histogram(out, &s->times[i], ends[i]);
}

static void put_reasons(FILE *out, const struct stats *s)
{
	size_t i;

	family(out, "smc_fallbacks", "counter", "Connections that fell back to TCP.");
	for (i = 0; i < s->fallbacks.n; i++) {
		const struct stats_reason *r = &s->fallbacks.row[i];

		fprintf(out, "smc_fallbacks_total{reason=\"0x%08x\",diagnosis=\"0x%08x\",",
			r->reason, r->diagnosis);
		fprintf(out, "text=\"%s\"} %" PRIu64 "\n", smcw_reason_text(r->reason),
			(uint64_t)r->n);
	}
	family(out, "smc_declines", "counter", "Decline messages.");
	for (i = 0; i < s->declines.n; i++) {
		const struct stats_reason *r = &s->declines.row[i];

		fprintf(out, "smc_declines_total{direction=\"%s\",reason=\"0x%08x\",",
			smcw_value_text(SMCW_LIST_event_dirs, r->direction), r->reason);
		fprintf(out, "text=\"%s\"} %" PRIu64 "\n", smcw_reason_text(r->reason),
			(uint64_t)r->n);
	}
}

static void put_connections(FILE *out, const struct stats *s)
{
	size_t i;

	family(out, "smc_connections", "gauge", "Open SMC connections that were seen.");
	fprintf(out, "smc_connections %" PRIu64 "\n", (uint64_t)(s->conns - s->freed));
	family(out, "smc_bytes", "counter", "Bytes over SMC, by the cursors.");
	for (i = 0; i < 2; i++)
		fprintf(out, "smc_bytes_total{direction=\"%s\"} %" PRIu64 "\n", ways[i],
			(uint64_t)s->total[i].bytes);
	family(out, "smc_cdc_messages", "counter", "CDC messages.");
	for (i = 0; i < 2; i++)
		fprintf(out, "smc_cdc_messages_total{direction=\"%s\"} %" PRIu64 "\n", ways[i],
			(uint64_t)s->total[i].cdc);
	family(out, "smc_write_blocked_seconds", "counter",
	       "Time in which the receiver's buffer was full.");
	fputs("# UNIT smc_write_blocked_seconds seconds\n", out);
	for (i = 0; i < 2; i++) {
		fprintf(out, "smc_write_blocked_seconds_total{direction=\"%s\"} ", ways[i]);
		put_ns(out, s->total[i].blocked);
	}
}

static void put_hooks(FILE *out, const struct stats *s)
{
	static const struct {
		const char *outcome;
		size_t at;
	} column[] = {
		{ "filtered", offsetof(struct smcw_ev_counter, filtered) },
		{ "sent", offsetof(struct smcw_ev_counter, sent) },
		{ "full", offsetof(struct smcw_ev_counter, full) },
		{ "unreadable", offsetof(struct smcw_ev_counter, unreadable) },
	};
	size_t i, k;

	family(out, "smc_trace_events", "counter", "What became of what the hooks saw.");
	for (i = 0; i < SMCW_HOOKS_MAX; i++) {
		const char *hook = smcw_value_text(SMCW_LIST_event_hooks, (__u32)i);

		if (!s->counter[i].hook || !hook)
			continue;
		for (k = 0; k < sizeof(column) / sizeof(column[0]); k++)
			fprintf(out,
				"smc_trace_events_total{hook=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
				hook, column[k].outcome,
				(uint64_t)smcw_get64((const __u8 *)&s->counter[i] + column[k].at));
	}
}

int metrics_print(const struct stats *s, FILE *out)
{
	put_handshakes(out, s);
	put_reasons(out, s);
	put_connections(out, s);
	put_hooks(out, s);
	fputs("# EOF\n", out);
	return ferror(out) ? -EIO : 0;
}

int metrics_write_fd(const struct stats *s, int fd)
{
	FILE *out = fdopen(fd, "w");
	int r;

	if (!out) {
		r = -errno;
		close(fd);
		return r;
	}
	r = metrics_print(s, out);
	if (fclose(out) && !r)
		r = -errno;
	return r;
}

int metrics_write(const struct stats *s, const char *path)
{
	char temporary[PATH_MAX];
	int fd = files_open_beside(path, temporary);

	return fd < 0 ? fd : files_replace(temporary, path, metrics_write_fd(s, fd));
}
