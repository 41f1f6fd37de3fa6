// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prometheus' text format 0.0.4. See metrics.h. A number that a peer chooses never becomes a label
 * of its own: numbers that no specification has are "other".
 */
#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "metrics_private.h"
#include "smc_codec.h"
#include "smc_event_text.h"

static const char *const ends[] = {
	[STATS_SMC] = "smc", [STATS_TCP] = "tcp", [STATS_FAILED] = "failed"
};
static const char *const ways[] = { "sent", "received" };

void metrics_family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_ns(FILE *out, __u64 ns)
{
	fprintf(out, "%" PRIu64 ".%09u\n", (uint64_t)(ns / 1000000000),
		(unsigned int)(ns % 1000000000));
}

/* A label's value, of bytes that anybody may have chosen. */
void metrics_label(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text >= ' ' && *text < 0x7f ? *text : '?', out);
}

static void metrics_put_histogram(FILE *out, const struct stats_times *t, const char *name,
				  const char *label, const char *value)
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
		fprintf(out, "%s_bucket{%s=\"%s\",le=\"%s\"} %" PRIu64 "\n", name, label, value,
			le[i], (uint64_t)n);
	}
	fprintf(out, "%s_sum{%s=\"%s\"} ", name, label, value);
	metrics_ns(out, t->sum);
	fprintf(out, "%s_count{%s=\"%s\"} %" PRIu64 "\n", name, label, value, (uint64_t)t->n);
}

static void metrics_put_handshakes(FILE *out, const struct stats *s)
{
	size_t i;

	metrics_family(out, "smc_handshakes_total", "counter",
		       "Handshakes that ended with SMC, with TCP, or failed.");
	for (i = 0; i < STATS_ENDS; i++)
		fprintf(out, "smc_handshakes_total{outcome=\"%s\"} %" PRIu64 "\n", ends[i],
			(uint64_t)s->ended[i]);
	metrics_family(out, "smc_handshake_seconds", "histogram",
		       "From the SYN or the first CLC message to the end of the handshake.");
	for (i = 0; i < STATS_ENDS; i++)
		metrics_put_histogram(out, &s->times[i], "smc_handshake_seconds", "outcome",
				      ends[i]);
}

/* ---- reasons --------------------------------------------------------------------- */

/* A number's label: its own, or STATS_OTHER. An errno is our kernel's own. */
static __u32 metrics_label_of(__u32 reason, bool own)
{
	if (!reason || smcw_value_text(SMCW_LIST_decline_reasons, reason))
		return reason;
	return own && strcmp(smcw_reason_text(reason), "unknown reason") ? reason : STATS_OTHER;
}

static const char *metrics_code(__u32 reason, char buf[16])
{
	if (reason == STATS_OTHER)
		strcpy(buf, "other");
	else
		snprintf(buf, 16, "0x%08x", reason);
	return buf;
}

/* Rows that have the same labels are one, in the place of the first one. */
static struct stats_reasons metrics_labelled(const struct stats_reasons *all, bool own)
{
	struct stats_reasons to = { .row = calloc(all->n + 1, sizeof(*to.row)) };
	size_t i, k;

	for (i = 0; to.row && i < all->n; i++) {
		struct stats_reason r = all->row[i];

		r.reason = metrics_label_of(r.reason, own);
		r.diagnosis = metrics_label_of(r.diagnosis, false);
		for (k = 0; k < to.n; k++)
			if (to.row[k].reason == r.reason && to.row[k].diagnosis == r.diagnosis &&
			    to.row[k].direction == r.direction)
				break;
		if (k < to.n)
			to.row[k].n += r.n;
		else
			to.row[to.n++] = r;
	}
	return to;
}

static const char *text_of(__u32 reason)
{
	return reason == STATS_OTHER ? "a number that is not known" : smcw_reason_text(reason);
}

static void put_fallbacks(FILE *out, const struct stats *s)
{
	struct stats_reasons all = metrics_labelled(&s->fallbacks, true);
	char reason[16], diagnosis[16];

	metrics_family(out, "smc_fallbacks_total", "counter", "Connections that fell back to TCP.");
	for (size_t i = 0; i < all.n; i++)
		fprintf(out,
			"smc_fallbacks_total{reason=\"%s\",diagnosis=\"%s\",text=\"%s\"} %" PRIu64
			"\n",
			metrics_code(all.row[i].reason, reason),
			metrics_code(all.row[i].diagnosis, diagnosis), text_of(all.row[i].reason),
			(uint64_t)all.row[i].n);
	free(all.row);
}

static void put_declines(FILE *out, const struct stats *s)
{
	struct stats_reasons all = metrics_labelled(&s->declines, false);
	char reason[16];

	metrics_family(out, "smc_declines_total", "counter", "Decline messages.");
	for (size_t i = 0; i < all.n; i++)
		fprintf(out,
			"smc_declines_total{direction=\"%s\",reason=\"%s\",text=\"%s\"} %" PRIu64
			"\n",
			all.row[i].direction == SMCW_DIR_OUT ? ways[0] : ways[1],
			metrics_code(all.row[i].reason, reason), text_of(all.row[i].reason),
			(uint64_t)all.row[i].n);
	free(all.row);
}

/* ---- connections ----------------------------------------------------------------- */

static void put_connections(FILE *out, const struct stats *s)
{
	__u64 open, doubtful;
	size_t i;

	stats_open_conns(s, &open, &doubtful);
	metrics_family(out, "smc_connections", "gauge", "SMC connections that are open.");
	fprintf(out, "smc_connections %" PRIu64 "\n", (uint64_t)open);
	metrics_family(out, "smc_connections_in_doubt", "gauge",
		       "SMC connections that are open unless the event of their end was lost.");
	fprintf(out, "smc_connections_in_doubt %" PRIu64 "\n", (uint64_t)doubtful);
	metrics_family(out, "smc_bytes_total", "counter", "Bytes over SMC, by the cursors.");
	for (i = 0; i < 2; i++)
		fprintf(out, "smc_bytes_total{direction=\"%s\"} %" PRIu64 "\n", ways[i],
			(uint64_t)s->total[i].bytes);
	metrics_family(out, "smc_cdc_messages_total", "counter", "CDC messages.");
	for (i = 0; i < 2; i++)
		fprintf(out, "smc_cdc_messages_total{direction=\"%s\"} %" PRIu64 "\n", ways[i],
			(uint64_t)s->total[i].cdc);
	metrics_family(out, "smc_write_blocked_seconds_total", "counter",
		       "Time in which the receiver's buffer was full.");
	for (i = 0; i < 2; i++) {
		fprintf(out, "smc_write_blocked_seconds_total{direction=\"%s\"} ", ways[i]);
		metrics_ns(out, s->total[i].blocked);
	}
}

static void metrics_put_latencies(FILE *out, const struct stats *s)
{
	static const char *const names[] = {
		[STATS_CLC] = "clc", [STATS_LLC] = "llc", [STATS_CDC] = "cdc", [STATS_READ] = "read"
	};

	metrics_family(
		out, "smc_latency_seconds", "histogram",
		"From sending to receiving of a message on this host; read: from receiving to the "
		"news that the data was read.");
	for (size_t i = 0; i < STATS_LATENCIES; i++)
		metrics_put_histogram(out, &s->latency[i], "smc_latency_seconds", "message",
				      names[i]);
}

/* ---- smc-trace itself ------------------------------------------------------------ */

static void metrics_put_hooks(FILE *out, const struct stats *s)
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

	metrics_family(out, "smc_trace_events_total", "counter",
		       "What became of what the hooks saw.");
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

static void metrics_put_observed(FILE *out, const struct stats *s)
{
	const struct facts *f = &s->observed.classes;
	char name[SMCW_FACT_NAME_LEN + 1];

	metrics_family(
		out, "smc_trace_observed", "gauge",
		"Whether a class of events is observed: without it the absence of events means "
		"nothing.");
	for (size_t i = 0; i < f->n; i++) {
		fputs("smc_trace_observed{class=\"", out);
		metrics_label(out, facts_name(&f->row[i], name, sizeof(name)));
		fprintf(out, "\"} %d\n", f->row[i].topic == SMCW_FACT_OBSERVED);
	}
	metrics_family(out, "smc_trace_lost_total", "counter", "Events that were lost.");
	fprintf(out, "smc_trace_lost_total %" PRIu64 "\n", (uint64_t)observed_lost(&s->observed));
	metrics_family(out, "smc_trace_blind_seconds_total", "counter",
		       "Time in which nothing was observed, since the module was let go.");
	fputs("smc_trace_blind_seconds_total ", out);
	metrics_ns(out, s->observed.blind);
	metrics_family(out, "smc_trace_build_info", "gauge", "The version of smc-trace.");
	fprintf(out, "smc_trace_build_info{version=\"%s\"} 1\n", SMCKIT_VERSION);
	metrics_family(out, "smc_trace_start_time_seconds", "gauge",
		       "When it began to count, in seconds since 1970.");
	fputs("smc_trace_start_time_seconds ", out);
	metrics_ns(out, s->started);
}

int metrics_print(const struct stats *s, FILE *out)
{
	observed_print(&s->observed, "# ", out);
	metrics_put_handshakes(out, s);
	put_fallbacks(out, s);
	put_declines(out, s);
	put_connections(out, s);
	metrics_put_latencies(out, s);
	metrics_groups(out, s);
	metrics_put_hooks(out, s);
	metrics_put_observed(out, s);
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
