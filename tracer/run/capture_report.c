// SPDX-License-Identifier: GPL-2.0-or-later
/* See capture_private.h: metrics, the screen of top, delays, and what was lost. */
#include "capture_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "stats/metrics.h"
#include "smc_event_text.h"

#define METRICS_EVERY_S 10
static unsigned long long lost_now(const struct reader *r)
{
	unsigned long long lost = 0;
	struct trace_counter c;

	for (unsigned int hook = 1; hook < SMCW_HOOKS_MAX; hook++) {
		c = ring_counter(r->ring, hook);
		lost += c.full + c.unreadable;
	}
	return lost;
}

/* Counting over all hooks and processors is for once a second, or when it is asked for. */
void capture_report_toolbar(struct reader *r)
{
	__u64 time = capture_clock_ns() / 1000000000u;
	char *observed;

	if (r->toolbar.out < 0 ||
	    (time < r->toolbar_at && !r->toolbar.asked && !r->toolbar.refused))
		return;
	r->toolbar_at = time + 1;
	observed = r->toolbar.asked ? observed_text(&r->observed) : NULL;
	toolbar_tell(&r->toolbar, lost_now(r), observed ? observed : "");
	free(observed);
}

#define DELAYS_EVERY_S 1

_Static_assert(TRACE_UNREAD == STATS_UNREAD, "a mode would count what the other does not");

/* Losses are known at once, not only at the end. */
static void capture_report_count_losses(struct reader *r)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) +
			  SMCW_HOOKS_MAX * sizeof(struct smcw_ev_counter)];
	} counters;

	if (!ring_counters_event(r->ring, &counters, sizeof(counters)))
		return;
	filter_correct(&r->filter, &counters.ev);
	stats_event(r->stats, &counters.ev);
}

static int write_metrics_file(struct reader *r)
{
	int fd = request_metrics(&r->keeper);

	capture_report_count_losses(r);
	return fd < 0 ? fd : request_metrics_end(&r->keeper, metrics_write_fd(r->stats, fd));
}

/* A file that cannot be written is reported, but ends nothing. */
void capture_report_metrics(struct reader *r, bool now)
{
	struct timespec t;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->o->metrics || (!now && t.tv_sec < r->metrics_at))
		return;
	r->metrics_at = t.tv_sec + METRICS_EVERY_S;
	err = write_metrics_file(r);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", r->o->metrics, strerror(-err));
}

/* From the upper left corner of a cleared screen; one below the other when it is no terminal. */
void capture_report_top(struct reader *r, bool now)
{
	struct stats_view view = { 0 };
	struct winsize size;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->top || (!now && t.tv_sec < r->top_at))
		return;
	r->top_at = t.tv_sec + 1;
	if (r->o->color)
		fputs("\033[H\033[2J", stdout);
	view.sort = r->o->sort;
	if (r->o->color && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		view.rows = size.ws_row;
		view.columns = size.ws_col;
	}
	stats_print_view(r->stats, &view, stdout);
}

/* With --aggregate: the delays up to now, once a second and at the end, if there are new ones. */
void capture_report_delays(struct reader *r, bool now)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) + sizeof(r->delays_told)];
	} delays;
	__u64 time = capture_clock_ns() / 1000000000u;
	size_t len;

	if (!r->o->hooks.aggregate || (!now && time < r->delays_at))
		return;
	r->delays_at = time + DELAYS_EVERY_S;
	len = ring_delays_event(r->ring, r->delays, &delays, sizeof(delays));
	if (!len || !memcmp(r->delays_told, &delays.ev + 1, len - sizeof(delays.ev)))
		return;
	memcpy(r->delays_told, &delays.ev + 1, len - sizeof(delays.ev));
	capture_take(r, &delays.ev);
}

unsigned long long capture_report_losses(struct reader *r)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) +
			  SMCW_HOOKS_MAX * sizeof(struct smcw_ev_counter)];
	} counters;
	unsigned long long lost = 0, seen = 0, filtered = 0;

	r->stopped = false;
	capture_report_delays(r, true);
	if (ring_counters_event(r->ring, &counters, sizeof(counters)))
		capture_take(r, &counters.ev);
	for (unsigned int hook = 1; hook < SMCW_HOOKS_MAX; hook++) {
		struct trace_counter c = ring_counter(r->ring, hook);

		seen += c.seen;
		filtered += c.filtered;
		lost += c.full + c.unreadable;
		if (c.full + c.unreadable)
			fprintf(stderr,
				"smc-trace: %s: %llu lost (%llu: ring full, %llu: unreadable)\n",
				smcw_value_text(SMCW_LIST_event_hooks, hook),
				(unsigned long long)(c.full + c.unreadable),
				(unsigned long long)c.full, (unsigned long long)c.unreadable);
		if (c.seen != c.filtered + c.sent + c.full + c.unreadable)
			fprintf(stderr, "smc-trace: %s: the counters contradict each other\n",
				smcw_value_text(SMCW_LIST_event_hooks, hook));
	}
	if (!r->mute)
		fflush(stdout);
	if (r->blind_ns)
		fprintf(stderr,
			"smc-trace: without hooks for %.1f s while SMC was there: what happened "
			"then was not seen\n",
			(double)r->blind_ns / 1e9);
	observed_print(&r->observed, "smc-trace: ", stderr);
	fprintf(stderr, "smc-trace: %llu events seen, %llu filtered, %llu lost\n", seen, filtered,
		lost);
	return lost;
}
