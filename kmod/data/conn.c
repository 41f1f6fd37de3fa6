// SPDX-License-Identifier: GPL-2.0
/* A connection, whatever its path. See conn.h. */
#include "cdc.h"
#include "lgr.h"
#include "net.h"
#include "path.h"
#include "ring.h"
#include "trace.h"

static atomic_t last_number;

void smcx_conn_init(struct smcx_conn *conn)
{
	mutex_init(&conn->tx_lock);
	mutex_init(&conn->rx_lock);
	spin_lock_init(&conn->cdc_lock);
	INIT_LIST_HEAD(&conn->lgr_link);
}

/**
 * smcx_conn_anew() - forget what the server of an attempt that failed may have said.
 * @smc: lock_sock() held, without buffers
 */
void smcx_conn_anew(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	conn->tx_state = 0;
	conn->rx_flags = 0;
	WRITE_ONCE(conn->rx_state, 0);
	conn->reset_told = 0;
	conn->tx_lost = 0;
	WRITE_ONCE(conn->urg_state, SMCX_URG_NONE);
	WRITE_ONCE(conn->urg_over, 0);
	spin_unlock_bh(&conn->cdc_lock);
	WRITE_ONCE(smc->sk.sk_shutdown, 0);
}

/* Its name for tracers. */
void smcx_conn_number(struct smcx_conn *conn)
{
	do
		conn->number = atomic_inc_return(&last_number);
	while (!conn->number);
}

/* The receive buffer's half of SO_RCVBUF, as the next size that the wire can name: bytes. */
u32 smcx_conn_wanted(const struct sock *sk)
{
	u32 bytes = READ_ONCE(sk->sk_rcvbuf) / 2, n = 0;

	/* Whoever makes a namespace may set everything in it. */
	if (sock_net(sk)->user_ns != &init_user_ns)
		bytes = min_t(u32, bytes, READ_ONCE(smcx_net(&init_net)->sysctl.rmem));
	while (n < SMCW_BUF_1M && SMCW_BUF_BYTES(n) < bytes)
		n++;
	return SMCW_BUF_BYTES(n);
}

/**
 * smcx_conn_free() - give back all that a connection has.
 * @smc: lock_sock() held, and nobody in sendmsg() or recvmsg()
 */
void smcx_conn_free(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	if (!conn->path)
		return;
	conn->path->free(smc);
	smcx_lgr_leave(conn);
	smcx_path_put(conn->path);
	conn->path = NULL;
}

/* For tracers: both rings are there; likewise, they go. lock_sock() held. */
void smcx_conn_begins(struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	trace_smcx_conn_create(&smc->sk, conn->lgr ? conn->lgr->id : 0, conn->token,
			       conn->peer_token);
}

void smcx_conn_ends(struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	trace_smcx_conn_free(&smc->sk, conn->lgr ? conn->lgr->id : 0, conn->token,
			     conn->peer_token);
}

int smcx_conn_info(struct smcx_sock *smc, struct smcx_conn_info *info)
{
	struct smcx_conn *conn = &smc->conn;
	int err = -ENOTCONN;

	memset(info, 0, sizeof(*info));
	if (!smcx_has_path(smc))
		return err;
	spin_lock_bh(&conn->cdc_lock);
	if (conn->rx && conn->tx && conn->lgr) {
		info->linkid = conn->lgr->id;
		memcpy(info->gid, conn->lgr->gid, SMCW_GID_LEN);
		memcpy(info->peer_gid, conn->lgr->peer_gid, SMCW_GID_LEN);
		info->token = conn->token;
		info->peer_token = conn->peer_token;
		info->len = conn->rx->len;
		info->peer_len = conn->tx->len;
		info->rx_prod = READ_ONCE(conn->rx->prod);
		info->rx_cons = READ_ONCE(conn->rx->cons);
		info->tx_prod = READ_ONCE(conn->tx->prod);
		info->tx_cons = READ_ONCE(conn->tx->cons);
		info->tx_flags = conn->tx_flags;
		info->tx_state = conn->tx_state;
		info->rx_flags = conn->rx_flags;
		info->rx_state = conn->rx_state;
		info->unread = smcx_cdc_unread(conn);
		info->unsent = smcx_cdc_unconsumed(conn);
		err = 0;
	}
	spin_unlock_bh(&conn->cdc_lock);
	return err;
}
