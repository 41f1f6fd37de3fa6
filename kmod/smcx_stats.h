/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a network namespace, SMC-D's and SMC-R's: one word each, one copy a CPU. */
#ifndef SMCX_STATS_H
#define SMCX_STATS_H

#include <linux/bitops.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "net.h"
#include "path.h"

/* Up to 8, 16, 32, 64, 128, 256, 512, 1024 KiB, and more: as SMC_NLA_STATS_PLOAD_... */
#define SMCX_SIZE_BUCKETS 9

/* X(name): bytes where the name says so, else events. */
#define SMCX_STATS(X)                                                                              \
	X(clnt_hshake_ok)                                                                          \
	X(srv_hshake_ok)                                                                           \
	X(clnt_hshake_err)                                                                         \
	X(srv_hshake_err)                                                                          \
	X(tx_bytes)                                                                                \
	X(rx_bytes)                                                                                \
	X(tx_calls)                                                                                \
	X(rx_calls)                                                                                \
	X(tx_cork)                                                                                 \
	X(tx_nodelay)                                                                              \
	X(urgent)                                                                                  \
	X(rx_buf_full)                                                                             \
	X(tx_rmt_full)                                                                             \
	X(tx_rmt_small)                                                                            \
	X(rx_small)                                                                                \
	X(rx_dmb_alloc)                                                                            \
	X(rx_dmb_dgrade)                                                                           \
	X(rx_dmb_bytes)                                                                            \
	X(rx_woke)                                                                                 \
	X(rx_polled)                                                                               \
	X(rx_spun)                                                                                 \
	X(cdc_sent)

struct smcx_stats {
#define SMCX_X_WORD(name) u64 name;
	SMCX_STATS(SMCX_X_WORD)
#undef SMCX_X_WORD
	u64 tx_size[SMCX_SIZE_BUCKETS];	 /* sizes asked for */
	u64 rx_size[SMCX_SIZE_BUCKETS];	 /* sizes got */
	u64 rmb_size[SMCX_SIZE_BUCKETS]; /* DMBs by size */
};

/* A counter is SMC-D's or SMC-R's; before there is a path, SMC-D's. */
enum smcx_tech { SMCX_TECH_D, SMCX_TECH_R, SMCX_TECHS };

static inline enum smcx_tech smcx_tech(const struct smcx_sock *smc)
{
	const struct smcx_path *path = smc->conn.path;

	return path && path->mode == SMCX_MODE_SMCR ? SMCX_TECH_R : SMCX_TECH_D;
}

static inline struct net *smcx_stat_net(const struct smcx_sock *smc)
{
	return sock_net(&smc->sk);
}

#define smcx_stat_add(smc, name, n)                                                                \
	this_cpu_add(smcx_net(smcx_stat_net(smc))->stats[smcx_tech(smc)].name, n)
#define smcx_stat_inc(smc, name) smcx_stat_add(smc, name, 1)

static inline unsigned int smcx_size_bucket(u64 bytes)
{
	unsigned int bits = bytes ? fls64((bytes - 1) >> 13) : 0;

	return min_t(unsigned int, bits, SMCX_SIZE_BUCKETS - 1);
}

/* A call of sendmsg() for @len bytes; @done: bytes taken, or -errno. */
static inline void smcx_stat_tx(const struct smcx_sock *smc, size_t len, ssize_t done)
{
	smcx_stat_inc(smc, tx_calls);
	if (done <= 0)
		return;
	smcx_stat_inc(smc, tx_size[smcx_size_bucket(len)]);
	smcx_stat_add(smc, tx_bytes, done);
}

/* A call of recvmsg(); @done: bytes given, or -errno. */
static inline void smcx_stat_rx(const struct smcx_sock *smc, ssize_t done)
{
	smcx_stat_inc(smc, rx_calls);
	if (done <= 0)
		return;
	smcx_stat_inc(smc, rx_size[smcx_size_bucket(done)]);
	smcx_stat_add(smc, rx_bytes, done);
}

/* A DMB of @size bytes, the CDC header included, was made for a connection ... */
static inline void smcx_stat_dmb_new(const struct smcx_sock *smc, u32 size)
{
	smcx_stat_inc(smc, rx_dmb_alloc);
	smcx_stat_inc(smc, rmb_size[smcx_size_bucket(size)]);
	smcx_stat_add(smc, rx_dmb_bytes, size);
}

/* ... and has gone: rx_dmb_bytes is what is in use. */
static inline void smcx_stat_dmb_gone(const struct smcx_sock *smc, u32 size)
{
	smcx_stat_add(smc, rx_dmb_bytes, -(u64)size);
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

/**
 * smcx_stats_sum() - the counters of a namespace, of all processors.
 * @sn: the namespace
 * @tech: whose
 * @sum: filled in
 */
void smcx_stats_sum(const struct smcx_net *sn, enum smcx_tech tech, struct smcx_stats *sum);

int smcx_stats_net_init(struct smcx_net *sn);
void smcx_stats_net_exit(struct smcx_net *sn);

/* A connection falls back. Any context. */
void smcx_stats_fallback(struct net *net, bool server, u32 reason);

#endif
