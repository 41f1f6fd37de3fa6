/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few hosts that are made up, with clocks, messages on their way, and traces of them; and the
 * truth about it all. Everything follows from the seed.
 */
#ifndef SMCKIT_TESTS_HOSTS_H
#define SMCKIT_TESTS_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define HOSTS_MAX 15
#define HOSTS_START 1700000000000000000ll /* true time when it begins */

struct hosts_chance {
	__u64 state;
};

__u64 hosts_random(struct hosts_chance *c);
__u64 hosts_below(struct hosts_chance *c, __u64 n);
/* Seldom long, mostly short: exponential. */
__s64 hosts_jitter(struct hosts_chance *c, __s64 mean);

/* A clock whose speed changes every second, within bounds, but which is never set. */
#define HOSTS_CLOCK_SECONDS 256
struct hosts_clock {
	__s64 at[HOSTS_CLOCK_SECONDS + 1]; /* what it shows at each true second */
};

/* @drift_ppm: of the mean; @wander_ppm: how far a second's speed may be from it */
void hosts_clock_init(struct hosts_clock *c, struct hosts_chance *chance, __s64 offset,
		      int drift_ppm, int wander_ppm);

/* Its time at a true time. */
__s64 hosts_clock_at(const struct hosts_clock *c, __s64 time);

/* The hosts that are to be made up. */
struct hosts_plan {
	__u64 seed;
	unsigned int hosts;    /* each has connections to the first; with mesh to all */
	unsigned int conns;    /* of each pair */
	unsigned int messages; /* CDC messages of each connection */
	unsigned int seconds;
	unsigned int lost_percent; /* of the events, at random */
	__s64 offset;		   /* of the second host; others are somewhere */
	int drift_ppm;		   /* of the second host */
	int wander_ppm;
	bool mesh, nat, smcd,
		deaf;	/* deaf: no host but the first has seen anything that it received */
	bool stepped;	/* the second host's clock is set, in the middle */
	bool aggregate; /* no CDC messages */
	bool still;	/* no connection: each host has traffic of its own */
};

/*
 * Write the trace of each host to DIRECTORY/1.pcapng and so on. In each event the member cgroup is
 * the time that the first host's clock showed, and comm begins with a number of 8 bytes that the
 * two ends of a message have alike, so that a test knows the truth. True if it could be written.
 */
bool hosts_write(const struct hosts_plan *p, const char *directory);

#endif
