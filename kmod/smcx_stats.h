/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a network namespace: one word each, one copy a CPU, incremented inline. */
#ifndef SMCX_STATS_H
#define SMCX_STATS_H

#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "net.h"

#define SMCX_SIZE_BUCKETS 8 /* 8, 16, 64, 256, 512 KiB ... as SMC_NLA_STATS has them */
#define SMCX_BUF_BUCKETS 9

/* X(name): all of SMC-D. Bytes where the name says so, else events. */
#define SMCX_STATS(X)                                                                              \
	X(clnt_hshake_ok)                                                                          \
	X(srv_hshake_ok)                                                                           \
	X(clnt_hshake_err)                                                                         \
	X(srv_hshake_err)                                                                          \
	X(clnt_v2_ok)                                                                              \
	X(srv_v2_ok)                                                                               \
	X(tx_bytes)                                                                                \
	X(rx_bytes)                                                                                \
	X(tx_calls)                                                                                \
	X(rx_calls)                                                                                \
	X(tx_cork)                                                                                 \
	X(tx_nodelay)                                                                              \
	X(tx_oob)                                                                                  \
	X(tx_sendpage)                                                                             \
	X(rx_splice)                                                                               \
	X(tx_buf_full)                                                                             \
	X(rx_buf_full)                                                                             \
	X(tx_rmt_full)                                                                             \
	X(rx_dmb_alloc)                                                                            \
	X(rx_dmb_bytes)                                                                            \
	X(rx_woke)                                                                                 \
	X(rx_polled)                                                                               \
	X(cdc_sent)

struct smcx_stats {
#define SMCX_X_WORD(name) u64 name;
	SMCX_STATS(SMCX_X_WORD)
#undef SMCX_X_WORD
	u64 tx_size[SMCX_SIZE_BUCKETS];
	u64 rx_size[SMCX_SIZE_BUCKETS];
	u64 rmb_size[SMCX_BUF_BUCKETS];
};

#define smcx_stat_add(net, name, n) this_cpu_add(smcx_net(net)->stats->name, n)
#define smcx_stat_inc(net, name) smcx_stat_add(net, name, 1)

/* Message sizes by bucket: up to 8, 16, 64, 256, 1024 KiB would be the in-tree ones. */
static inline unsigned int smcx_size_bucket(size_t bytes)
{
	unsigned int bits = bytes > 8192 ? fls_long((bytes - 1) >> 13) : 0;

	return bits < SMCX_SIZE_BUCKETS ? bits : SMCX_SIZE_BUCKETS - 1;
}

#define SMCX_FBACK_REASONS 36

/* Why connections of a namespace are TCP. Under its lock. */
struct smcx_fback {
	spinlock_t lock;
	u32 server_count, client_count;
	struct smcx_fback_reason {
		u32 reason; /* enum smcw_decline_reasons */
		u32 count;
	} server[SMCX_FBACK_REASONS], client[SMCX_FBACK_REASONS];
};

int smcx_stats_net_init(struct smcx_net *sn);
void smcx_stats_net_exit(struct smcx_net *sn);

/* A connection falls back. Any context. */
void smcx_stats_fallback(struct net *net, bool server, u32 reason);

#endif
