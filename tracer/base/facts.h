/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts: what smc-trace knows and no hook says, as rows and as events of kind SMCW_EV_FACTS. */
#ifndef SMCKIT_TRACER_FACTS_H
#define SMCKIT_TRACER_FACTS_H

#include <stddef.h>

#include "smc_event.h"

/*
 * Rows. When there are so many the older half of those that come while tracing, of cgroups and
 * processes, gives way; if that is not enough, more are dropped and counted.
 */
#define FACTS_MAX 8192

struct facts {
	struct smcw_ev_fact *row;
	size_t n, cap;
	__u32 *index; /* by a hash of topic and name: number of the first row, from 1 on */
	size_t index_size;
	unsigned long long dropped;
};

/**
 * facts_add() - add a fact.
 * @f: zeroed in the beginning
 * @topic: enum smcw_fact_topics
 * @name: cut at SMCW_FACT_NAME_LEN
 * @format: of the value as in printf(); of a longer one the end is kept, which says more of a path
 *
 * Return: 0, or -ENOMEM.
 */
__attribute__((format(printf, 4, 5))) int facts_add(struct facts *f, __u8 topic, const char *name,
						    const char *format, ...);

/* Adds @row, in the place of one of the same topic and name if there is one. 0, or -ENOMEM. */
int facts_put(struct facts *f, const struct smcw_ev_fact *row);

/* facts_put() for each row of an event of kind SMCW_EV_FACTS; others are passed over. */
int facts_learn(struct facts *f, const struct smcw_event *ev);

/* The row of that topic and name, whose name may be NULL for any; NULL without one. */
const struct smcw_ev_fact *facts_find(const struct facts *f, __u8 topic, const char *name);

/* The value of a row as a string in @buf, which is returned. SMCW_FACT_VALUE_LEN + 1 is enough. */
const char *facts_value(const struct smcw_ev_fact *row, char *buf, size_t cap);
const char *facts_name(const struct smcw_ev_fact *row, char *buf, size_t cap);

typedef void (*facts_fn)(void *ctx, struct smcw_event *ev);

/**
 * facts_events() - the facts as events.
 * @f: the facts
 * @time: ns since 1970
 * @fn: takes each event, whose memory is good until it returns
 */
void facts_events(const struct facts *f, __u64 time, facts_fn fn, void *ctx);

void facts_free(struct facts *f);

#endif
