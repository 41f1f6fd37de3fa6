/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the capture. */
#ifndef SMCKIT_TRACER_CAPTURE_PRIVATE_H
#define SMCKIT_TRACER_CAPTURE_PRIVATE_H

#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "stats/conns.h"
#include "base/facts.h"
#include "filter.h"
#include "hook/hooks.h"
#include "record/match.h"
#include "hook/observe.h"
#include "options.h"
#include "record/output.h"
#include "record/print.h"
#include "requests.h"
#include "hook/ring.h"
#include "stats/stats.h"
#include "base/table.h"
#include "toolbar.h"

#define CAPTURE_LOOK_EVERY_MS 100 /* for the module */

enum letter {
	DETACHED = 'd', /* keeper: nothing more will come */
	RELEASED = 'r', /* keeper: the module is let go */
	GONE = 'g',	/* keeper: the module was unloaded */
	PRESENT = 'p',	/* keeper: it is loaded again, and not attached to yet */
	ATTACHED = 'a', /* keeper: attached again, to net/smc */
	ATTACHED_SMCX = 'x',
	STOP = 's',   /* reader: -c is reached, or it cannot go on */
	UNLOAD = 'u', /* reader: someone wants to unload the module */
	FACT = 'f',   /* keeper: a struct smcw_ev_fact */
};

/* The keeper's knowledge when tracing begins, for the reader. */
struct beginning {
	struct facts facts;
	struct smcw_event **existing; /* connections and link groups */
	size_t n, left_out;	      /* of them, for which there was no room */
	atomic_ullong *progress;      /* shared: grows while the reader gets on */
};

struct reader {
	const struct options *o;
	struct output *output;
	struct match *match;
	struct ring *ring;
	struct stats *stats; /* for --metrics, top and conns */
	time_t metrics_at, top_at;
	bool top;	/* in place of a line an event */
	bool silent;	/* standard output is taken by the file */
	bool only_file; /* CDC goes into a file and nowhere else */
	struct print print;
	unsigned long long events;
	struct client keeper;
	struct beginning *beginning;
	struct observed observed;
	struct filter filter;
	struct conns conns;
	struct table known; /* cgroups and processes that were looked up: a set */
	struct facts found; /* about them, for the next event that is handed on */
	enum smcw_event_stacks stack;
	int error;
	bool stopped;			   /* asked the keeper to */
	bool let_go;			   /* asked the keeper to, and it has not attached again */
	bool mute;			   /* standard output takes nothing, and the end has come */
	__u64 blind_since, blind_ns;	   /* without hooks although SMC was there */
	const struct trace_delays *delays; /* with --aggregate */
	struct smcw_ev_delay delays_told[SMCW_DELAY_COUNT * TRACE_DELAYS];
	__u64 delays_at;
	struct toolbar toolbar;
	__u64 toolbar_at;
};

/* capture_begin.c */
/* Report the classes of events that the hooks let us see. Return: how many they do not, or -errno.
 */
int capture_observe(struct facts *f, const struct options *o, const struct hooks *h);
/* Fills in @b, and says what is missing: EXIT_OK, or the status to end with. */
int capture_begin(struct beginning *b, const struct options *o, const struct hooks *h);

/* capture_keeper.c */
/* SIGINT, SIGTERM and SIGHUP as a file, for capture_keep(). */
int capture_block_signals(void);
/**
 * capture_keep() - be the keeper until tracing ends and the reader is gone.
 * @o: the command line
 * @h: attached
 * @sock: to the reader
 * @signals: from capture_block_signals()
 * @reader: its process
 * @progress: grows while the reader gets on
 *
 * Return: enum exit_status.
 */
int capture_keep(const struct options *o, struct hooks *h, int sock, int signals, pid_t reader,
		 atomic_ullong *progress);

/* capture_reader.c */
/**
 * capture_read() - be the reader until the keeper has detached.
 * @o: the command line
 * @h: attached
 * @sock: to the keeper
 * @keeper: its process
 * @b: from capture_begin()
 *
 * Return: enum exit_status.
 */
int capture_read(const struct options *o, struct hooks *h, int sock, pid_t keeper,
		 struct beginning *b);
/* CLOCK_MONOTONIC, which BPF's times are of. */
__u64 capture_clock_ns(void);
/* An event of this host, from a ring or our own, through ids and filters to where it is wanted. */
void capture_take(struct reader *r, struct smcw_event *ev);

/* capture_report.c: what is said now and then; @now: whether it is due or not */
void capture_report_metrics(struct reader *r, bool now);
void capture_report_top(struct reader *r, bool now);
void capture_report_delays(struct reader *r, bool now);
void capture_report_toolbar(struct reader *r);
/* At the end: stores the counters, says what was lost. Return: the number of events that were. */
unsigned long long capture_report_losses(struct reader *r);

#endif
