/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hook that both processes and softirqs come to. The kernel does not call a program while it runs
 * on the same processor: what a softirq does that has interrupted it would be lost, and the slower
 * the machine the more of it. So a second program follows the first one, and does what that could
 * not. Only what both of them miss is lost. For smc_trace.bpf.c.
 */
#ifndef SMCKIT_TRACER_AGAIN_BPF_H
#define SMCKIT_TRACER_AGAIN_BPF_H

#include "emit.h"

#define DONE_SETS 1024 /* powers of two */
#define DONE_WAYS 4
TRACE_IS_MASK(DONE_SETS);
TRACE_IS_MASK(DONE_WAYS);

/* Calls that the first ones have handled and the second ones have not looked at. */
static volatile __u64 done[DONE_SETS][DONE_WAYS];

/* By enum trace_pairs, how often the second one has done it. Read by user space where it lies. */
__u64 again[TRACE_PAIRS];

static __always_inline volatile __u64 *done_set(__u64 key)
{
	return done[(key ^ key >> 10 ^ key >> 20) & (DONE_SETS - 1)];
}

/* The first one runs, for what key says and nothing else at this time. */
static __always_inline void first_runs(__u64 key)
{
	done_set(key)[bpf_get_smp_processor_id() & (DONE_WAYS - 1)] = key;
}

/* In the second one: it has to do it. */
static __always_inline bool first_was_missed(enum trace_pairs pair, __u64 key)
{
	volatile __u64 *set = done_set(key);
	int i;

#pragma clang loop unroll(full)
	for (i = 0; i < DONE_WAYS; i++) {
		if (set[i] == key) {
			set[i] = 0;
			return 0;
		}
	}
	__sync_fetch_and_add(&again[pair], 1);
	return 1;
}

#endif
