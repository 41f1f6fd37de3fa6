/* SPDX-License-Identifier: GPL-2.0 */
/* LLC and CDC messages of net/smc. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_DATA_BPF_H
#define SMCKIT_TRACER_DATA_BPF_H

#include "conn.bpf.h"

/* ---- LLC ------------------------------------------------------------------------------------ */

static __noinline int llc_event(struct smc_link *link, __u8 hook, const void *from, __u32 len,
				__u64 channel)
{
	const void *head = 0;
	struct smcw_event ev;

	fill_start(&ev, SMCW_EV_LLC, hook, SMCW_HOOK_IS_OUT(hook) ? SMCW_DIR_OUT : SMCW_DIR_IN);
	fill_link(&ev, link);
	ev.channel = bpf_cpu_to_be64(channel);
	/* A longer one goes on in the group's buffer, after room for what is in its own. */
	if (hook == SMCW_HOOK_LLC_RX && len > SMCW_CDC_LEN) {
		head = from;
		from = BPF_CORE_READ(link, lgr, wr_rx_buf_v2);
	}
	message_put(&ev, hook, from, head, len, OF_GROUP);
	return 0;
}

/* ---- CDC ------------------------------------------------------------------------------------ */

/* It is about to end. */
static __noinline int conn_late(struct smc_connection *conn)
{
	struct smcw_event ev = {};

	fill_sock(&ev, CONTAINER(conn, smc_sock, conn));
	return cdc_wanted_late(&ev);
}

/* A connection that was there before us is reported when it is first met. Whether its CDC is
 * wanted. */
static __always_inline bool conn_met(struct smc_connection *conn, __u32 token)
{
	if (BPF_CORE_READ_BITFIELD_PROBED(conn, freed))
		return conn_late(conn);
	conn_event(conn, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_SEEN, 0);
	return cdc_wanted(token);
}

/* conn may be NULL when it is not at hand. */
static __always_inline int cdc_event(struct smc_connection *conn, __u32 token, __u8 hook,
				     __u64 channel, const void *from, __u32 len)
{
	bool on = conn && token && !conn_known(token) ? conn_met(conn, token) : cdc_wanted(token);

	return cdc_put(on, token, hook, channel, from, len);
}

SEC("?fentry/smcd_tx_ism_write")
int BPF_PROG(on_ism_write, struct smc_connection *conn, void *data, unsigned long len, __u32 offset,
	     int signal)
{
	if (!signal)
		return 0;
	return cdc_event(conn, conn->alert_token_local, SMCW_HOOK_CDCD_TX, conn->peer_token, data,
			 sizeof(struct smcw_cdc_smcd));
}

SEC("?fentry/smcd_cdc_rx_tsklet")
int BPF_PROG(on_cdc_tasklet, struct tasklet_struct *t)
{
	struct smc_connection *conn = CONTAINER(t, smc_connection, rx_tsklet);
	void *rmb = (void *)READ_WORD(conn, struct smc_connection, rmb_desc);

	if (!rmb) {
		LOST(SMCW_HOOK_CDCD_RX, unreadable);
		return 0;
	}
	return cdc_event(conn, READ_HALF(conn, struct smc_connection, alert_token_local),
			 SMCW_HOOK_CDCD_RX, READ_WORD(rmb, struct smc_buf_desc, token),
			 (void *)READ_WORD(rmb, struct smc_buf_desc, cpu_addr),
			 sizeof(struct smcw_cdc_smcd));
}

/* The tree of a group's connections is at most twice as deep as the logarithm of their number. */
#define TREE_DEPTH 20

static __noinline struct smc_connection *find_conn(struct ib_wc *wc, __u32 token)
{
	struct smc_link *link = BPF_CORE_READ(wc, qp, qp_context);
	struct rb_node *node = BPF_CORE_READ(link, lgr, conns_all.rb_node);
	int i;

	for (i = 0; node && i < TREE_DEPTH; i++) {
		struct smc_connection *conn = CONTAINER(node, smc_connection, alert_node);
		__u32 other = BPF_CORE_READ(conn, alert_token_local);

		if (other == token)
			return conn;
		node = token < other ? BPF_CORE_READ(node, rb_left) : BPF_CORE_READ(node, rb_right);
	}
	return 0;
}

SEC("?fentry/smc_cdc_rx_handler")
int BPF_PROG(on_cdc_rx, struct ib_wc *wc, void *buf)
{
	struct smc_connection *conn = 0;
	struct smcw_cdc *msg = buf;
	__be32 token = 0;

	bpf_probe_read_kernel(&token, sizeof(token), &msg->alert_token);
	token = bpf_ntohl(token);
	if (!conn_known(token))
		conn = find_conn(wc, token);
	return cdc_event(conn, token, SMCW_HOOK_CDCR_RX, 0, buf, SMCW_CDC_LEN);
}

SEC("?fentry/smc_wr_tx_send")
int BPF_PROG(on_wr_send, struct smc_link *link, void *priv)
{
	struct smc_wr_tx_pend *pend = CONTAINER(priv, smc_wr_tx_pend, priv);
	const void *from =
		(void *)link->wr_tx_bufs + BPF_CORE_READ(pend, idx) * sizeof(struct smc_wr_buf);
	struct smc_connection *conn;
	__u8 type = 0;

	bpf_probe_read_kernel(&type, sizeof(type), from);
	if (type != SMCW_CDC_TYPE) {
		return llc_event(link, SMCW_HOOK_LLC_TX, from, SMCW_CDC_LEN,
				 fold(link->peer_qpn, (void *)&link->peer_gid));
	}
	conn = BPF_CORE_READ((struct smc_cdc_tx_pend *)priv, conn);
	return cdc_event(conn, BPF_CORE_READ(conn, alert_token_local), SMCW_HOOK_CDCR_TX, 0, from,
			 SMCW_CDC_LEN);
}

SEC("?fentry/smc_wr_tx_v2_send")
int BPF_PROG(on_wr_v2_send, struct smc_link *link, void *priv, int len)
{
	return llc_event(link, SMCW_HOOK_LLC_TX_V2, BPF_CORE_READ(link, lgr, wr_tx_buf_v2), len,
			 fold(link->peer_qpn, (void *)&link->peer_gid));
}

SEC("?fentry/smc_llc_rx_handler")
int BPF_PROG(on_llc_rx, struct ib_wc *wc, void *buf)
{
	struct smc_link *link = BPF_CORE_READ(wc, qp, qp_context);
	__u32 len = wc->byte_len;

	return llc_event(link, SMCW_HOOK_LLC_RX, buf, len,
			 fold(BPF_CORE_READ(wc, qp, qp_num), (void *)&link->gid));
}

#endif
