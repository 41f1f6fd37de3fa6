/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of the page, and what they are made of. */
#ifndef SMCKIT_TRACER_PAGE_H
#define SMCKIT_TRACER_PAGE_H

#include "detail/choice.h"
#include "detail/detail.h"
#include "phases.h"
#include "report.h"
#include "series.h"
#include "why/why.h"

struct report {
	struct stats *stats;
	struct why *why;
	struct handshakes handshakes;
	struct phases phases;
	struct series bytes, blocked;
	struct choice choice;
	struct top table; /* those with most bytes, after what failed or stayed on TCP */
	struct details *details;
	__u64 events, first, last; /* ns: times of the first and the latest event */
	int failed;		   /* -ENOMEM while a connection ended */
};

/* X(name, heading): the sections in their order; each is a function page_<name>(). */
#define PAGE_SECTIONS(X)                                                                           \
	X(summary, "Summary")                                                                      \
	X(causes, "Fallbacks and failures")                                                        \
	X(handshakes, "Handshakes")                                                                \
	X(latency, "Latency")                                                                      \
	X(traffic, "Data over time")                                                               \
	X(details, "Connections in detail")                                                        \
	X(connections, "Connections")                                                              \
	X(observed, "What was observed")

/* Write a section's content, which follows its heading. 0, or -ENOMEM. */
#define PAGE_DECLARE(name, heading) int page_##name(const struct report *r, FILE *out);
PAGE_SECTIONS(PAGE_DECLARE)
#undef PAGE_DECLARE

/* The begin of a table: its caption, and its columns, of which those in [brackets] are numbers. */
void page_table(FILE *out, const char *caption, const char *const *column, size_t n);

/* A row of times: name, number, shortest, median, longest. */
void page_times(FILE *out, const char *name, const struct stats_times *t);

/* "SMC-R", "TCP", "failed" */
const char *page_mode(const struct stats_conn *c);

/* Why it is TCP's, or failed: text, or nothing. */
void page_reason(FILE *out, const struct stats_conn *c);

/* The style sheet, page.css. */
extern const char page_style[];

#endif
