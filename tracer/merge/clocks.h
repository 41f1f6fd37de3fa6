/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks of several hosts, known by messages that one sent and another received. See
 * docs/merging-traces.md for the method, and for what its result is worth.
 *
 * Times are in ns; the common clock is that of host 0.
 */
#ifndef SMCKIT_TRACER_CLOCKS_H
#define SMCKIT_TRACER_CLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/* Two clocks gain or lose less against each other: for each of them the kernel's limit for NTP. */
#define CLOCKS_DRIFT_PPM 1000

/* Times beyond are no times of a trace, and are not corrected. */
#define CLOCKS_TIME_MAX (1ll << 61)

/* May @t, ns since 1970, be the time of an event? Any 64 bits may be in a file. */
bool clocks_is_time(__s64 t);

struct clocks;

/* The trouble with a host, if clocks_solve() does not return 0. */
struct clocks_trouble {
	unsigned int host;
	__s64 time; /* by its own clock: where the messages contradict each other */
	__u64 to;   /* messages that it received from hosts with a known clock */
	__u64 from; /* and that it sent to such hosts */
};

/**
 * clocks_new() - clocks of which nothing is known.
 * @hosts: how many
 * @drift_ppm: by how much two of them differ in speed at most
 *
 * Return: for clocks_free(), or NULL without memory.
 */
struct clocks *clocks_new(unsigned int hosts, unsigned int drift_ppm);
void clocks_free(struct clocks *c);

/**
 * clocks_add() - a message was sent before it was received.
 * @sent: by the clock of host @from
 * @received: by the clock of host @to
 *
 * Return: 0; -E2BIG: there are too many, it is not taken; -ERANGE: one of the times is none;
 * -ENOMEM.
 */
int clocks_add(struct clocks *c, unsigned int from, __s64 sent, unsigned int to, __s64 received);

/**
 * clocks_solve() - what all messages together say.
 * @t: filled in if the result is not 0
 *
 * May be called again after more messages were added.
 *
 * Return: 0; -ENODATA: no message joins @t->host to the others; -EDOM: messages join it in one
 * direction only; -ESTALE: messages contradict each other, so that a clock was set or runs too
 * fast; -ENOMEM.
 */
int clocks_solve(struct clocks *c, struct clocks_trouble *t);

/**
 * clocks_common() - a time by the common clock.
 * @own: by the clock of @host
 * @within: gets by how much the result is wrong at most, rounded up; may be NULL
 *
 * It grows with @own, and each message that was added is received when or after it was sent.
 */
__s64 clocks_common(const struct clocks *c, unsigned int host, __s64 own, __u64 *within);

/**
 * clocks_news() - would a message say more than is known?
 *
 * Return: 1 if it would, 0 if it follows from the others, -1 if it contradicts them.
 */
int clocks_news(const struct clocks *c, unsigned int from, __s64 sent, unsigned int to,
		__s64 received);

#endif
