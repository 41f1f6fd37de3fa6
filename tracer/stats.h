/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What many events amount to: handshakes and how long they took, fallbacks
 * and Declines by reason, bytes and waits of connections, and whether events
 * were lost on the way.
 */
#ifndef SMCKIT_TRACER_STATS_H
#define SMCKIT_TRACER_STATS_H

#include <stdio.h>

#include "observe.h"
#include "smc_event.h"

#define STATS_TIMES 65536     /* the latest ones, of which the median is taken */
#define STATS_OPEN_MAX 4096   /* handshakes at a time; the oldest gives way */
#define STATS_CONNS_MAX 10000 /* freed connections that are remembered one by one */
#define STATS_BUCKETS 1024

/* Upper bounds of the histogram in ns: X(ns, "seconds"). */
#define STATS_BOUNDS(X)                                                                            \
	X(100000ull, "0.0001")                                                                     \
	X(250000ull, "0.00025")                                                                    \
	X(500000ull, "0.0005")                                                                     \
	X(1000000ull, "0.001")                                                                     \
	X(2500000ull, "0.0025")                                                                    \
	X(5000000ull, "0.005")                                                                     \
	X(10000000ull, "0.01")                                                                     \
	X(25000000ull, "0.025")                                                                    \
	X(50000000ull, "0.05")                                                                     \
	X(100000000ull, "0.1")                                                                     \
	X(250000000ull, "0.25")                                                                    \
	X(500000000ull, "0.5")                                                                     \
	X(1000000000ull, "1.0")                                                                    \
	X(2500000000ull, "2.5")                                                                    \
	X(5000000000ull, "5.0")                                                                    \
	X(10000000000ull, "10.0")

enum {
#define STATS_X_COUNT(ns, text) STATS_BOUND_##ns,
	STATS_BOUNDS(STATS_X_COUNT)
#undef STATS_X_COUNT
		STATS_BOUND_COUNT
};

/* How a handshake ended. */
enum stats_end { STATS_SMC, STATS_TCP, STATS_ENDS };

struct stats_times {
	__u64 n; /* with a known beginning */
	__u64 min, max, sum;
	__u64 bucket[STATS_BOUND_COUNT + 1];
	__u64 *last; /* STATS_TIMES of them */
};

/* A row per reason; the diagnosis is 0 in Declines. */
struct stats_reason {
	__u32 reason;
	__u32 diagnosis;
	__u8 direction; /* of Declines */
	__u64 n;
};

struct stats_reasons {
	struct stats_reason *row;
	size_t n;
};

/* One way of a connection's data, by the producer cursors on their way there. */
struct stats_way {
	__u64 bytes;
	__u64 cdc;
	__u64 blocked;	     /* ns with the write-blocked flag set */
	__u64 blocked_since; /* 0: it is not set */
	__u32 size;	     /* of the buffer that is written to; 0: not known */
	__u32 wrap, count;   /* the cursor */
	int known;	     /* the cursor is */
};

struct stats_conn {
	struct stats_conn *next; /* in its bucket */
	struct smcw_event who;	 /* the latest header */
	struct stats_way way[2]; /* [0] sent, [1] received */
	int freed;
};

struct stats {
	__u64 ended[STATS_ENDS];
	struct stats_times times[STATS_ENDS];
	__u64 unfinished; /* handshakes that gave way, see STATS_OPEN_MAX */
	struct smcw_event *open;
	size_t n_open;

	struct stats_reasons fallbacks, declines;

	struct stats_conn *conn[STATS_BUCKETS];
	__u64 conns, freed; /* seen so far */
	__u64 forgotten;    /* freed, not in .conn any more */
	struct stats_way total[2];

	struct smcw_ev_counter counter[SMCW_HOOKS_MAX]; /* as it came; .hook 0: none came */
	__u64 events[SMCW_HOOKS_MAX];			/* that came */
	struct observed observed;
};

/**
 * stats_new() - statistics without an event.
 *
 * Return: for stats_free(), or NULL without memory.
 */
struct stats *stats_new(void);
void stats_free(struct stats *s);

/**
 * stats_event() - count an event.
 * @s: statistics
 * @ev: an event that smcw_event_check() is content with, in the order of time
 *
 * Return: 0, or -ENOMEM; the event may have been counted in part then.
 */
int stats_event(struct stats *s, const struct smcw_event *ev);

/**
 * stats_counter_missing() - seen events of which a hook's counter does not tell.
 * @c: the counter
 *
 * Return: seen - (filtered + sent + full + unreadable); anything but 0 is a bug
 * or a counter that was read while the hook ran.
 */
long long stats_counter_missing(const struct smcw_ev_counter *c);

/**
 * stats_print() - all of it, for people.
 * @s: statistics
 * @out: where
 *
 * Return: 0, or -EIO when it could not be written.
 */
int stats_print(const struct stats *s, FILE *out);

#endif
