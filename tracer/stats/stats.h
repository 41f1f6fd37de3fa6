/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of many events: handshakes and how long they took, fallbacks
 * and Declines by reason, bytes, waits and latencies of connections, and what
 * was observed of all that. Time is linear in the number of events, and memory
 * bounded, whatever peers and users of the host do.
 */
#ifndef SMCKIT_TRACER_STATS_H
#define SMCKIT_TRACER_STATS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/queue.h>

#include "cursor.h"
#include "hook/observe.h"
#include "smc_event.h"
#include "base/table.h"

#define STATS_TIMES 65536     /* the latest ones, of which the median is taken */
#define STATS_OPEN_MAX 4096   /* handshakes at a time; the oldest gives way */
#define STATS_CONNS_MAX 10000 /* ended connections that are remembered one by one */
#define STATS_BUCKETS 1024
#define STATS_REASONS_MAX 256 /* rows; what does not fit is counted in one of STATS_OTHER */
#define STATS_UNKNOWN_MAX 32  /* of those rows for numbers that nobody knows */
#define STATS_OTHER 0xffffffffu
#define STATS_GROUPS_MAX 2048 /* with --by; the rest is one more */
#define STATS_IDS 65536	      /* messages whose other half is waited for; a power of two */
#define STATS_UNREAD 8	      /* messages of a connection that are not known to be read */

/* Upper bounds of the histograms in ns: X(ns, "seconds"); --aggregate has the same. */
#define STATS_BOUNDS SMCW_DELAY_BOUNDS
#define STATS_BOUND_COUNT SMCW_BOUND_COUNT

/* How a handshake ended. */
enum stats_end { STATS_SMC, STATS_TCP, STATS_FAILED, STATS_ENDS };

/* From sending to receiving on this host; and from receiving to the news that it was read. */
enum stats_latency { STATS_CLC, STATS_LLC, STATS_CDC, STATS_READ, STATS_LATENCIES };

struct stats_times {
	__u64 n; /* with a known beginning */
	__u64 min, max, sum;
	__u64 bucket[STATS_BOUND_COUNT + 1];
	__u64 *last; /* STATS_TIMES of them */
	bool rough;  /* of some of them only the sum is known, so that the median is about right */
};

/* A row per reason; the diagnosis is 0 in Declines. STATS_OTHER in either: any. */
struct stats_reason {
	__u32 reason;
	__u32 diagnosis;
	__u8 direction; /* of Declines */
	__u64 n;
};

struct stats_reasons {
	struct stats_reason *row;
	size_t n, unknown;
};

/* One way of a connection's data, by the producer cursors on their way there. */
struct stats_way {
	__u64 bytes;
	__u64 cdc;
	__u64 blocked;	     /* ns with the write-blocked flag set */
	__u64 blocked_since; /* 0: it is not set */
	__u32 size;	     /* of the buffer that is written to; 0: not known */
	struct smcp_cursor cursor;
	int known; /* the cursor is */
};

/* A group of connections: those of a process, a service, a cgroup or a peer. */
struct stats_group {
	struct table_node node;
	struct smcw_event who; /* of the first one */
	__u64 conns, open, ended[STATS_ENDS];
	__u64 bytes[2], blocked[2], latency_n, latency_sum;
};

/* The first of it that ended a connection. */
enum stats_close {
	STATS_CLOSE_UNKNOWN,
	STATS_CLOSE_HERE,
	STATS_CLOSE_PEER,
	STATS_ABORT_HERE,
	STATS_ABORT_PEER
};

struct stats_unread {
	__u64 time;
	struct smcp_cursor cursor;
};

struct stats_conn {
	struct table_node by_token, by_ends, by_sock, by_lgr;
	TAILQ_ENTRY(stats_conn) age;
	struct smcw_event who;	 /* the latest header */
	struct stats_way way[2]; /* [0] sent, [1] received */
	struct stats_group *group;
	__u64 start;	 /* ns: of the handshake, or of what was seen first */
	__u64 handshake; /* ns that it took; 0: not known */
	__u64 last;	 /* ns: of the latest event */
	__u64 latency_n, latency_sum;
	struct stats_unread unread[STATS_UNREAD];
	unsigned int n_unread;
	__u32 reason, diagnosis; /* of one that is TCP's, for stats_ended_fn alone */
	__u32 error;		 /* errno of one that failed, the same */
	enum stats_end how;
	enum stats_close close;
	bool seen;	     /* was there before the trace */
	bool ready, closed;  /* knows its peer; its socket is closed */
	int freed;	     /* it has ended; .inferred: nobody has seen how */
	bool inferred, late; /* in stats.late */
};

TAILQ_HEAD(stats_conns, stats_conn);

/* A handshake that has begun. */
struct stats_open {
	struct table_node by_ends, by_sock;
	TAILQ_ENTRY(stats_open) age;
	struct smcw_event first;
	__u64 last;
	bool proposal; /* was seen */
};

TAILQ_HEAD(stats_opens, stats_open);

/* The key by which connections are put together. */
enum stats_by { STATS_BY_NONE, STATS_BY_PROCESS, STATS_BY_SERVICE, STATS_BY_CGROUP, STATS_BY_PEER };

/* Is called with a connection when it has ended, or is TCP's from now on, or has failed. */
typedef void (*stats_ended_fn)(void *ctx, const struct stats_conn *c, __u64 now);

struct stats_id;

/* A class of times, added up in the kernel. */
struct stats_delay {
	__u64 n, sum;
};

struct stats {
	__u64 ended[STATS_ENDS];
	struct stats_times times[STATS_ENDS];
	__u64 unfinished;	  /* handshakes of which nobody has seen the end */
	struct stats_opens opens; /* oldest first */
	struct table open_ends, open_socks;
	size_t n_open;

	struct stats_reasons fallbacks, declines;

	struct table tokens, ends, socks, lgrs; /* of connections that have not ended */
	struct table late;			/* of those that have, unseen, by token */
	struct stats_conns age;			/* all that have ended, the first to end first */
	__u64 conns, freed;			/* seen so far */
	__u64 inferred;				/* of the freed: nobody has seen how */
	__u64 forgotten;			/* freed, not remembered any more */
	__u64 doubt; /* ns: until then ends of connections were lost; 0: none */
	struct stats_way total[2];

	struct stats_times latency[STATS_LATENCIES];
	struct stats_id *ids; /* STATS_IDS of them */
	/* The same of --aggregate, by what and class, as the latest event has them. */
	struct stats_delay delays[SMCW_HOSTS_MAX][SMCW_DELAY_COUNT][STATS_BOUND_COUNT + 1];

	enum stats_by by;
	struct table groups;
	struct stats_group other;

	struct facts facts[SMCW_HOSTS_MAX]; /* of each host, and of its cgroups and processes */
	struct smcw_ev_counter counter[SMCW_HOOKS_MAX]; /* of all hosts; .hook 0: none came */
	struct smcw_ev_counter latest[SMCW_HOSTS_MAX][SMCW_HOOKS_MAX]; /* as it came from each */
	struct smcw_ev_clock
		clock[SMCW_HOSTS_MAX];	    /* of a merged trace, the latest; .rate 0: none came */
	__u64 clock_within[SMCW_HOSTS_MAX]; /* ns: the largest of each */
	__u64 events[SMCW_HOOKS_MAX];	    /* that came */
	struct observed observed;
	__u64 now;     /* ns: of the latest event */
	__u64 started; /* ns since 1970: when stats_new() was called */

	stats_ended_fn ended_fn; /* NULL: nobody wants to know */
	void *ended_ctx;
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

/* Connections that are open for all that is known, and those of which that is in doubt. */
void stats_open_conns(const struct stats *s, __u64 *open, __u64 *doubtful);

/**
 * stats_counter_missing() - seen events of which a hook's counter says nothing.
 * @c: the counter
 *
 * Return: seen - (filtered + sent + full + unreadable); anything but 0 is a bug
 * or a counter that was read while the hook ran.
 */
long long stats_counter_missing(const struct smcw_ev_counter *c);

/* Is the trace one of several hosts? */
bool stats_is_merged(const struct stats *s);

/* The time by which a latency between two hosts of a merged trace is wrong at most, ns: that of
 * both clocks. */
__u64 stats_latency_within(const struct stats *s);

/* The key by which connections are sorted. */
enum stats_sort { STATS_SORT_BYTES, STATS_SORT_CONNS, STATS_SORT_LATENCY, STATS_SORT_BLOCKED };

/* How much is printed of it. */
struct stats_view {
	enum stats_sort sort;
	unsigned int rows, columns; /* of the terminal; 0: no limit */
};

/**
 * stats_print() - all of it, for people.
 * @s: statistics
 * @out: where
 *
 * Return: 0, or -EIO when it could not be written.
 */
int stats_print(const struct stats *s, FILE *out);

/* The same in an order; only @view's sort counts. */
int stats_print_sorted(const struct stats *s, const struct stats_view *view, FILE *out);

/* The same, without the hooks, in an order and as far as it fits. */
int stats_print_view(const struct stats *s, const struct stats_view *view, FILE *out);

/* All of it as one JSON object. Return: 0, -ENOMEM or -EIO. */
int stats_print_json(const struct stats *s, FILE *out);

/* The name of a group, as s->by has it. @buf, which is returned. */
const char *stats_group_name(const struct stats *s, const struct stats_group *g, char *buf,
			     size_t cap);

/* Add a time in ns. 0, or -ENOMEM. */
int stats_count_time(struct stats_times *t, __u64 ns);

/* The median of the latest times, ns. */
__u64 stats_median(const struct stats_times *t);

#endif
