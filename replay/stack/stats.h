/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of this host's SMC stack, by generic netlink: how many handshakes went well or
 * wrong, and why connections are TCP. The kernel counts for each network namespace.
 */
#ifndef SMCKIT_REPLAY_STATS_H
#define SMCKIT_REPLAY_STATS_H

#include "script/script.h"

#define STATS_REASONS_MAX 40 /* of an end; Linux keeps 36 */

struct stats_end {
	__u64 count[STAT_COUNT];
	unsigned int n_reasons;
	struct {
		__u32 reason;
		__u64 count;
	} reason[STATS_REASONS_MAX];
};

struct stats {
	struct stats_end end[2]; /* by enum end */
};

/**
 * stats_read() - all counters as they are now.
 * @s: filled in
 *
 * Return: 0, -ENOENT when the kernel has none, or another -errno.
 */
int stats_read(struct stats *s);

/* As stats_read(), once nothing changes for a moment: what was before is still going away. */
int stats_settle(struct stats *s);

/* The EID that the suite's own messages name. */
#define STATS_LAB_EID "SMCKIT.LAB"

/* The host's own devices and EIDs, offered to a peer or not, and the name that it gives itself,
 * empty if the stack has none. */
struct stats_host {
	unsigned int ism_devices, eids;
	bool lab_eid;
	char name[SMCW_HOSTNAME_LEN + 1];
};

/* As stats_read(). */
int stats_read_host(struct stats_host *h);

/**
 * stats_since() - the increase of a counter.
 * @want: which one
 */
__u64 stats_since(const struct stats_end *before, const struct stats_end *now,
		  const struct stat_want *want);

#endif
