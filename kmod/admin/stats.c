// SPDX-License-Identifier: GPL-2.0
/* The counters of a network namespace. See smcx_stats.h. */
#include "smcx_stats.h"

int smcx_stats_net_init(struct smcx_net *sn)
{
	sn->fback = kzalloc(sizeof(*sn->fback), GFP_KERNEL);
	if (!sn->fback)
		return -ENOMEM;
	sn->stats = __alloc_percpu(SMCX_TECHS * sizeof(*sn->stats), __alignof__(*sn->stats));
	if (!sn->stats) {
		kfree(sn->fback);
		return -ENOMEM;
	}
	spin_lock_init(&sn->fback->lock);
	return 0;
}

void smcx_stats_net_exit(struct smcx_net *sn)
{
	free_percpu(sn->stats);
	kfree(sn->fback);
}

void smcx_stats_sum(const struct smcx_net *sn, enum smcx_tech tech, struct smcx_stats *sum)
{
	const size_t words = sizeof(*sum) / sizeof(u64);
	const u64 *from;
	size_t i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		from = (const u64 *)per_cpu_ptr(&sn->stats[tech], cpu);
		for (i = 0; i < words; i++)
			((u64 *)sum)[i] += READ_ONCE(from[i]);
	}
	/* A buffer that goes on another processor than it came on may be counted by half. */
	if ((s64)sum->rx_dmb_bytes < 0)
		sum->rx_dmb_bytes = 0;
}

/* Its lock is held, and @table is its. Reasons beyond the table's size are in the totals only. */
static void stats_count_reason(struct smcx_fback *fback, struct smcx_fback_reason *table,
			       u32 reason) __must_hold(&fback->lock)
{
	int i;

	lockdep_assert_held(&fback->lock);
	for (i = 0; i < SMCX_FBACK_REASONS; i++) {
		if (!table[i].count)
			table[i].reason = reason;
		if (table[i].reason == reason) {
			table[i].count++;
			return;
		}
	}
}

void smcx_stats_fallback(struct net *net, bool server, u32 reason)
{
	struct smcx_fback *fback = smcx_net(net)->fback;

	spin_lock_bh(&fback->lock);
	if (server) {
		fback->server_count++;
		stats_count_reason(fback, fback->server, reason);
	} else {
		fback->client_count++;
		stats_count_reason(fback, fback->client, reason);
	}
	spin_unlock_bh(&fback->lock);
}
