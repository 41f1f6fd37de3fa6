// SPDX-License-Identifier: GPL-2.0
/* The offsets that smc_places.h promises to tracers, as a parameter that is only read. */
#include <linux/moduleparam.h>

#include "dev.h"
#include "lgr.h"
#include "smc_places.h"
#include "sock.h"

#define AT(name, struct_, member)                                                                  \
	OFF_##name = offsetof(struct struct_, member),                                             \
	SIZE_##name = sizeof_field(struct struct_, member)

enum {
	AT(sock_clcsk, smcx_sock, tcp.sk),
	AT(sock_listener, smcx_sock, queued.listener),
	AT(sock_mode, smcx_sock, mode),
	AT(sock_server, smcx_sock, server),
	AT(sock_lgr, smcx_sock, conn.lgr),
	AT(sock_rx, smcx_sock, conn.rx),
	AT(sock_tx, smcx_sock, conn.tx),
	AT(sock_number, smcx_sock, conn.number),
	AT(sock_peer_token, smcx_sock, conn.peer_token),
	AT(sock_tx_bytes, smcx_sock, conn.tx_bytes),
	AT(sock_rx_bytes, smcx_sock, conn.rx_bytes),
	AT(sock_lgr_link, smcx_sock, conn.lgr_link),
	AT(lgr_id, smcx_lgr, id),
	AT(lgr_version, smcx_lgr, version),
	AT(lgr_conn_count, smcx_lgr, conn_count),
	AT(lgr_conns, smcx_lgr, conns),
	AT(lgr_peer_gid, smcx_lgr, peer_gid),
	AT(lgr_eid, smcx_lgr, eid),
	AT(lgr_peer_hostname, smcx_lgr, peer_hostname),
	AT(dmb_token, smcx_dmb, token),
	AT(dmb_size, smcx_dmb, ring.size),
	AT(dmb_len, smcx_dmb, ring.len),
};

#define PLACES_ASSERT(name, bytes) static_assert(SIZE_##name == (bytes));
SMCW_PLACES(PLACES_ASSERT)
#undef PLACES_ASSERT
/* Tracers find a DMB where a connection has its ring. */
static_assert(!offsetof(struct smcx_dmb, ring));

/* Two enums of the same numbers, which a compiler would not compare. */
#define PLACES_MODE(name) static_assert((int)SMCX_MODE_##name == (int)SMCW_PLACES_MODE_##name)
PLACES_MODE(NONE);
PLACES_MODE(SMCD);
PLACES_MODE(TCP);
PLACES_MODE(SMCR);
#undef PLACES_MODE

static int places_get(char *buf, const struct kernel_param *param)
{
	int n = 0;

#define PLACES_LINE(name, bytes) n += scnprintf(buf + n, PAGE_SIZE - n, #name " %u\n", OFF_##name);
	SMCW_PLACES(PLACES_LINE)
#undef PLACES_LINE
	return n;
}

static int places_set(const char *text, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops places_ops = { .set = places_set, .get = places_get };

module_param_cb(places, &places_ops, NULL, 0444);
MODULE_PARM_DESC(places, "for tracers, to be read: where they find what tracepoints point to");
