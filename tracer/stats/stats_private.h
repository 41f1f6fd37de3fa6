/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the statistics. */
#ifndef SMCKIT_TRACER_STATS_PRIVATE_H
#define SMCKIT_TRACER_STATS_PRIVATE_H

#include "stats.h"

/* stats.c */
/* @n of them, one or more, of which only the sum and the extremes are known; all are of a class. */
int stats_count_times(struct stats_times *t, __u64 n, __u64 sum, __u64 min, __u64 max);
int stats_end_handshake(struct stats *s, const struct smcw_event *ev, enum stats_end how,
			__u64 *start, __u64 *took);

/* stats_conn.c */
int stats_conn_cdc(struct stats *s, const struct smcw_event *ev);
int stats_conn_event(struct stats *s, const struct smcw_event *ev);
/* With --aggregate, in place of CDC. */
int stats_conn_traffic(struct stats *s, const struct smcw_event *ev);
void stats_conn_state(struct stats *s, const struct smcw_event *ev);
void stats_conn_lgr_down(struct stats *s, const struct smcw_event *ev);
void stats_conn_all_gone(struct stats *s);
void stats_conn_latency(struct stats *s, const struct smcw_event *ev, __u64 ns);
void stats_conn_free_all(struct stats *s);
/* One that never was SMC's: TCP's, or failed. */
void stats_conn_not_smc(struct stats *s, const struct smcw_event *ev, enum stats_end how,
			__u64 start, __u64 took, __u32 reason, __u32 diagnosis);

/* stats_group.c */
struct stats_group *stats_group_of(struct stats *s, const struct smcw_event *ev);
void stats_group_free_all(struct stats *s);

/* stats_latency.c */
int stats_latency_delays(struct stats *s, const struct smcw_event *ev);
int stats_latency_event(struct stats *s, const struct smcw_event *ev);

#endif
