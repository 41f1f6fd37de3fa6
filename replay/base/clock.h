/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Milliseconds: all limits of the replayer are counted in them. */
#ifndef SMCKIT_REPLAY_CLOCK_H
#define SMCKIT_REPLAY_CLOCK_H

#include <linux/types.h>

/* The monotonic clock. */
__u64 clock_now(void);

/* Until @end, a value of clock_now(); 0 if that is over. */
int clock_left(__u64 end);

/* Let time pass. */
void clock_pause(unsigned int ms);

#endif
