/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters of the command line on whole events: those of a file, and of a live trace what the
 * kernel does not decide.
 *
 * Events of a link group, a link, a buffer or an LLC message are of no socket. With a filter on
 * sockets they pass if a connection that passes is in their link group; those that come just
 * before the first such connection are kept for it.
 */
#ifndef SMCKIT_TRACER_FILTER_H
#define SMCKIT_TRACER_FILTER_H

#include <stdbool.h>

#include "base/config.h"
#include "base/facts.h"
#include "base/table.h"

#define FILTER_KEPT 256 /* events of link groups that no connection is known of yet */

struct filter {
	struct trace_filter rule;
	__u64 cgroup;	      /* with all below it; 0: any */
	struct facts cgroups; /* their paths, as far as they are known */
	struct table groups;  /* link groups of connections that pass */
	struct table buffers; /* tokens of buffers of those groups */
	struct smcw_event *kept[FILTER_KEPT];
	unsigned int first, n_kept;
	unsigned long long dropped[SMCW_HOOKS_MAX];
	bool by_kernel;	   /* what hooks have seen obeys the rule already, though not the cgroup */
	__u64 shown_kinds; /* of Wireshark's toolbar, beside the rule: it changes */
	__u16 shown_port;
};

/* Takes an event that passes. A result of a file reader that is not 0 ends reading. */
typedef int (*filter_fn)(void *ctx, struct smcw_event *ev);

/* @rule with its cgroup 0; @cgroup is that of the command line. */
void filter_init(struct filter *f, const struct trace_filter *rule, __u64 cgroup);
void filter_free(struct filter *f);

/**
 * filter_event() - hand an event on if it passes.
 * @f: the filter, which learns from every event
 * @ev: an event that smcw_event_check() is content with
 * @fn: called for each event that passes now: none, this one, or this one after some kept ones
 *
 * Return: what @fn gave, or -ENOMEM.
 */
int filter_event(struct filter *f, struct smcw_event *ev, filter_fn fn, void *ctx);

/* The counters of an event of kind COUNTERS, with what was dropped here among the filtered. */
void filter_correct(const struct filter *f, struct smcw_event *counters);

#endif
