/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line per connection when it ends: who, how long, how much, why, as tcplife(8) does for TCP. */
#ifndef SMCKIT_TRACER_CONNS_H
#define SMCKIT_TRACER_CONNS_H

#include "stats.h"

struct conns {
	FILE *out;
	const struct facts *facts; /* of cgroups and processes */
	bool json;
	bool titled;		       /* the line of titles was written */
	unsigned long long count, max; /* lines; 0: no limit */
};

/**
 * conns_ended() - write the line of a connection; a stats_ended_fn.
 * @ctx: struct conns
 * @c: the connection
 * @now: ns since 1970, when it ended
 *
 * Client and server, mode and reason, duration of the handshake and of the
 * connection, bytes each way, time blocked, how it ended, process, container.
 */
void conns_ended(void *ctx, const struct stats_conn *c, __u64 now);

#endif
