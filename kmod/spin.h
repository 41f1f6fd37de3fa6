/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a reader spins for bytes before it sleeps: as long as has paid lately. No lock, no
 * clock and no memory: rx.c calls it under rx_lock, and a test in user space.
 */
#ifndef SMCX_SPIN_H
#define SMCX_SPIN_H

#include <linux/types.h>

#define SMCX_SPIN_FIRST 4000 /* ns, after as many waits in a row that it would have shortened: */
#define SMCX_SPIN_AFTER 4

/* One reading end's. All zero: it has not waited yet, and does not spin. */
struct smcx_spin {
	__u32 ns;   /* how long to spin at the next wait */
	__u32 near; /* while that is 0: waits in a row that ended within the limit */
};

/* How long to spin now, in ns, not beyond @max; 0: not at all. */
static inline __u32 smcx_spin_ns(const struct smcx_spin *spin, __u32 max)
{
	return spin->ns < max ? spin->ns : max;
}

/**
 * smcx_spin_learn() - a wait is over.
 * @spin: the reader's
 * @waited: ns from its beginning until bytes were there, not until the reader ran again
 * @max: the limit, in ns; 0: nobody is to spin
 *
 * A wait that could have been spent spinning makes the next one spin, or twice as long; one beyond
 * the limit ends that at once, so that a reader which waits long pays for one spin at most.
 */
void smcx_spin_learn(struct smcx_spin *spin, __u64 waited, __u32 max);

#endif
