/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes of events that a trace has observed, and those that it has not. An event that
 * did not come says something only where it would have been observed, so every output has one
 * line with both:
 *
 *	observed: CLC sent, ... / not observed: CDC (not asked for: --kinds), ...
 */
#ifndef SMCKIT_TRACER_OBSERVE_H
#define SMCKIT_TRACER_OBSERVE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/facts.h"
#include "hooks.h"

/* The classes of events, as they stand in facts and in the line. */
#define OBSERVE_SYN "SYN option"
#define OBSERVE_CLC_SENT "CLC sent"
#define OBSERVE_CLC_RECEIVED "CLC received"
#define OBSERVE_LLC "LLC"
#define OBSERVE_CDC "CDC"
#define OBSERVE_CONNS "connections"
#define OBSERVE_GROUPS "link groups"
#define OBSERVE_LINKS "links"
#define OBSERVE_BUFFERS "buffers"
#define OBSERVE_STATES "socket states"
#define OBSERVE_FALLBACKS "fallbacks"
#define OBSERVE_OWNERS "owners of older sockets"
#define OBSERVE_OLDER "older connections" /* by the snapshot */
#define OBSERVE_UNLOADING "unloading of the module"

/**
 * observe_hooks() - what the hooks of a kernel let us see.
 * @f: gets a fact for each class of events
 * @hook: all hooks, with what became of attaching them
 * @n: how many
 * @filter: what was asked for
 * @module: NULL, or the name of the module that has no BTF
 *
 * Return: how many classes that were asked for are not observed, or only in part; -ENOMEM.
 */
int observe_hooks(struct facts *f, const struct hook_state *hook, size_t n,
		  const struct trace_filter *filter, const char *module);

/*
 * A trace as far as it is known, as its events come by. By SMCW_EV_HOST_OF(): a merged trace is of
 * several hosts, and observes what all of them observe.
 */
struct observed {
	struct facts classes; /* topics OBSERVED, NOT_OBSERVED and NOT_ASKED alone, of all hosts */
	struct facts of_host[SMCW_HOSTS_MAX];	    /* the same of each, where there are several */
	__u64 lost[SMCW_HOSTS_MAX][SMCW_HOOKS_MAX]; /* by the latest counters */
	__u64 announced[SMCW_HOSTS_MAX]
		       [SMCW_HOOKS_MAX];   /* by what events say was lost before them */
	__u64 blind;			   /* ns for which the module was let go */
	__u64 blind_since[SMCW_HOSTS_MAX]; /* ns since 1970; 0: it is held */
};

/* Look at an event. 0, or -ENOMEM. */
int observed_event(struct observed *o, const struct smcw_event *ev);
void observed_free(struct observed *o);

/* Events that were lost, over all hooks; and of one of them. */
__u64 observed_lost(const struct observed *o);
__u64 observed_lost_of(const struct observed *o, unsigned int hook);

/* The module of a host was let go, and nothing says that it is held again. */
bool observed_is_blind(const struct observed *o);

/* Nothing was lost, missing or unseen, of all that was asked for, by what the trace says. */
bool observed_all(const struct observed *o);

/* Was a class of events observed, all of it? 1, 0, or -1 when the trace does not say. */
int observed_class(const struct observed *o, const char *class);

/**
 * observed_text() - the line, without its end.
 *
 * Return: a string for free(), or NULL without memory.
 */
char *observed_text(const struct observed *o);

/* The line with its end, after @before. */
void observed_print(const struct observed *o, const char *before, FILE *out);

#endif
