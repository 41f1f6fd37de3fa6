// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink SMC_GEN_NETLINK: the statistics of a network namespace. All
 * of SMC-R's are there for readers who ask for them, and are 0; so are those
 * that make no sense here: a DMB is not reused, the send buffer is the peer's
 * DMB, and what splice() and sendfile() move comes as calls of recvmsg() and
 * sendmsg().
 */
#include <linux/slab.h>
#include <net/genetlink.h>

#include "compat.h"
#include "netlink.h"
#include "smcx_stats.h"
#include "uapi.h"

/* An attribute, and where in struct smcx_stats its words begin. */
struct counter {
	int attr;
	size_t offset;
};

#define NO_WORD SIZE_MAX
#define NEVER(attr)                                                                                \
	{                                                                                          \
		SMC_NLA_STATS_##attr, NO_WORD                                                      \
	}
#define COUNTER(attr, member)                                                                      \
	{                                                                                          \
		SMC_NLA_STATS_##attr, offsetof(struct smcx_stats, member)                          \
	}

static const struct counter tx_rmb[] = {
	NEVER(RMB_REUSE_CNT),
	COUNTER(RMB_SIZE_SM_PEER_CNT, tx_rmt_small),
	COUNTER(RMB_SIZE_SM_CNT, tx_rmt_small),
	COUNTER(RMB_FULL_PEER_CNT, tx_rmt_full),
	NEVER(RMB_FULL_CNT),
	NEVER(RMB_ALLOC_CNT),
	NEVER(RMB_DGRADE_CNT),
};

static const struct counter rx_rmb[] = {
	NEVER(RMB_REUSE_CNT),
	NEVER(RMB_SIZE_SM_PEER_CNT),
	COUNTER(RMB_SIZE_SM_CNT, rx_small),
	NEVER(RMB_FULL_PEER_CNT),
	COUNTER(RMB_FULL_CNT, rx_buf_full),
	COUNTER(RMB_ALLOC_CNT, rx_dmb_alloc),
	COUNTER(RMB_DGRADE_CNT, rx_dmb_dgrade),
};

static const struct counter handshakes_and_bytes[] = {
	NEVER(T_CLNT_V1_SUCC),	       COUNTER(T_CLNT_V2_SUCC, clnt_hshake_ok),
	NEVER(T_SRV_V1_SUCC),	       COUNTER(T_SRV_V2_SUCC, srv_hshake_ok),
	COUNTER(T_RX_BYTES, rx_bytes), COUNTER(T_TX_BYTES, tx_bytes),
};

static const struct counter calls[] = {
	COUNTER(T_RX_CNT, rx_calls),	 COUNTER(T_TX_CNT, tx_calls),	  NEVER(T_SENDPAGE_CNT),
	COUNTER(T_CORK_CNT, tx_cork),	 COUNTER(T_NDLY_CNT, tx_nodelay), NEVER(T_SPLICE_CNT),
	COUNTER(T_URG_DATA_CNT, urgent),
};

/* Arrays of SMCX_SIZE_BUCKETS words. */
static const struct counter sizes[] = {
	COUNTER(T_TXPLOAD_SIZE, tx_size),
	COUNTER(T_RXPLOAD_SIZE, rx_size),
	NEVER(T_TX_RMB_SIZE),
	COUNTER(T_RX_RMB_SIZE, rmb_size),
};

static u64 netlink_word(const struct smcx_stats *stats, size_t offset, unsigned int index)
{
	if (offset == NO_WORD)
		return 0;
	return ((const u64 *)((const u8 *)stats + offset))[index];
}

/* Each of the attributes has padding number 0. */
static int netlink_put_counters(struct sk_buff *skb, const struct smcx_stats *stats,
				const struct counter *counters, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (nla_put_u64_64bit(skb, counters[i].attr,
				      netlink_word(stats, counters[i].offset, 0), 0))
			return -EMSGSIZE;
	return 0;
}

#define PUT_COUNTERS(skb, stats, counters)                                                         \
	netlink_put_counters(skb, stats, counters, ARRAY_SIZE(counters))

static int netlink_put_rmb(struct sk_buff *skb, const struct smcx_stats *stats, int nest,
			   const struct counter *counters, size_t count)
{
	struct nlattr *attrs = nla_nest_start(skb, nest);

	if (!attrs || netlink_put_counters(skb, stats, counters, count))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_put_sizes(struct sk_buff *skb, const struct smcx_stats *stats,
			     const struct counter *of)
{
	struct nlattr *attrs = nla_nest_start(skb, of->attr);
	unsigned int i;

	if (!attrs)
		return -EMSGSIZE;
	for (i = 0; i < SMCX_SIZE_BUCKETS; i++)
		if (nla_put_u64_64bit(skb, SMC_NLA_STATS_PLOAD_8K + i,
				      netlink_word(stats, of->offset, i), SMC_NLA_STATS_PLOAD_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_put_tech(struct sk_buff *skb, int nest, const struct smcx_stats *stats)
{
	struct nlattr *attrs = nla_nest_start(skb, nest);
	size_t i;

	static_assert(SMC_NLA_STATS_PLOAD_MAX == SMCX_SIZE_BUCKETS);
	if (!attrs ||
	    netlink_put_rmb(skb, stats, SMC_NLA_STATS_T_TX_RMB_STATS, tx_rmb, ARRAY_SIZE(tx_rmb)) ||
	    netlink_put_rmb(skb, stats, SMC_NLA_STATS_T_RX_RMB_STATS, rx_rmb, ARRAY_SIZE(rx_rmb)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (netlink_put_sizes(skb, stats, &sizes[i]))
			return -EMSGSIZE;
	if (PUT_COUNTERS(skb, stats, handshakes_and_bytes) ||
	    smcx_nla_put_uint(skb, SMCX_NLA_STATS_T_RX_RMB_USAGE, stats->rx_dmb_bytes) ||
	    smcx_nla_put_uint(skb, SMCX_NLA_STATS_T_TX_RMB_USAGE, 0) ||
	    PUT_COUNTERS(skb, stats, calls))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_fill_stats(struct sk_buff *skb, void *what)
{
	const struct smcx_stats *d = &((const struct smcx_stats *)what)[SMCX_TECH_D];
	const struct smcx_stats *r = &((const struct smcx_stats *)what)[SMCX_TECH_R];

	return netlink_put_tech(skb, SMC_NLA_STATS_SMCD_TECH, d) ||
	       netlink_put_tech(skb, SMC_NLA_STATS_SMCR_TECH, r) ||
	       nla_put_u64_64bit(skb, SMC_NLA_STATS_CLNT_HS_ERR_CNT,
				 d->clnt_hshake_err + r->clnt_hshake_err, SMC_NLA_STATS_PAD) ||
	       nla_put_u64_64bit(skb, SMC_NLA_STATS_SRV_HS_ERR_CNT,
				 d->srv_hshake_err + r->srv_hshake_err, SMC_NLA_STATS_PAD);
}

/* cb->args[0]: the one message was sent. */
int smcx_netlink_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct smcx_stats *sum;
	int tech;

	if (cb->args[0])
		return skb->len;
	sum = kmalloc_array(SMCX_TECHS, sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	for (tech = 0; tech < SMCX_TECHS; tech++)
		smcx_stats_sum(smcx_net(sock_net(skb->sk)), tech, &sum[tech]);
	if (!smcx_netlink_put(skb, cb, SMC_NETLINK_GET_STATS, SMC_GEN_STATS, netlink_fill_stats,
			      sum))
		cb->args[0] = 1;
	kfree(sum);
	return skb->len;
}

/* The parts of a message of GET_FBACK_STATS. */
struct fback_entry {
	const struct smcx_fback *fback;
	const struct smcx_fback_reason *reason;
	bool server;
	bool totals; /* in the first message only */
};

static int netlink_fill_fback(struct sk_buff *skb, void *what)
{
	const struct fback_entry *entry = what;

	if (nla_put_u8(skb, SMC_NLA_FBACK_STATS_TYPE, entry->server))
		return -EMSGSIZE;
	if (entry->totals &&
	    (nla_put_u64_64bit(skb, SMC_NLA_FBACK_STATS_SRV_CNT, entry->fback->server_count,
			       SMC_NLA_FBACK_STATS_PAD) ||
	     nla_put_u64_64bit(skb, SMC_NLA_FBACK_STATS_CLNT_CNT, entry->fback->client_count,
			       SMC_NLA_FBACK_STATS_PAD)))
		return -EMSGSIZE;
	return nla_put_u32(skb, SMC_NLA_FBACK_STATS_RSN_CODE, entry->reason->reason) ||
	       nla_put_u16(skb, SMC_NLA_FBACK_STATS_RSN_CNT,
			   min_t(u32, entry->reason->count, U16_MAX));
}

/* Servers' and clients' reasons in turn. cb->args[0]: how many places are done; [1]: messages. */
int smcx_netlink_fback(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct smcx_fback *fback = smcx_net(sock_net(skb->sk))->fback;
	struct fback_entry entry = { .fback = fback };

	spin_lock_bh(&fback->lock);
	for (; cb->args[0] < 2 * SMCX_FBACK_REASONS; cb->args[0]++) {
		entry.server = !(cb->args[0] & 1);
		entry.reason = &(entry.server ? fback->server : fback->client)[cb->args[0] / 2];
		entry.totals = !cb->args[1];
		if (!entry.reason->count)
			continue;
		if (smcx_netlink_put(skb, cb, SMC_NETLINK_GET_FBACK_STATS, SMC_GEN_FBACK_STATS,
				     netlink_fill_fback, &entry))
			break;
		cb->args[1]++;
	}
	spin_unlock_bh(&fback->lock);
	return skb->len;
}
