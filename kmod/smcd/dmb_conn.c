// SPDX-License-Identifier: GPL-2.0
/* The DMBs of an SMC-D connection: made, attached, given back. See dmb.h. */
#include "dmb.h"
#include "lgr.h"
#include "mem.h"
#include "net.h"
#include "smcx_stats.h"

/**
 * smcx_dmb_buffer() - make the DMB of a connection.
 * @smc: lock_sock() held
 * @memcg: who pays, see smcx_dmb_register()
 *
 * Without memory for the size that is wanted a smaller one will do, and so it does under pressure.
 *
 * Return: 0, -ENOMEM or -ENOSPC.
 */
int smcx_dmb_buffer(struct smcx_sock *smc, struct mem_cgroup *memcg)
{
	u32 wanted = smcx_conn_wanted(&smc->sk);
	u32 size = smcx_mem_pressure() ? SMCW_BUF_BYTES(0) : wanted;
	struct smcx_dmb *dmb;

	smcx_assert_locked(smc);
	if (smc->conn.rx)
		return 0;
	smcx_conn_number(&smc->conn);
	do {
		dmb = smcx_dmb_register(&smc->conn, size, memcg);
		size /= 2;
	} while (dmb == ERR_PTR(-ENOMEM) && size >= SMCW_BUF_BYTES(0));
	if (IS_ERR(dmb))
		return PTR_ERR(dmb);
	smc->conn.rx = &dmb->ring;
	smc->conn.token = dmb->token;
	smcx_stat_dmb_new(smc, dmb->ring.size);
	if (dmb->ring.size < wanted)
		smcx_stat_inc(smc, rx_dmb_dgrade);
	return 0;
}

/**
 * smcx_dmb_use() - make the peer's DMB our send buffer.
 * @smc: lock_sock() held, conn.peer_token and peer_size set
 *
 * Return: 0, or -errno of smcx_dmb_attach(); -EINVAL, too, if its size is not what the peer said.
 */
int smcx_dmb_use(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	struct smcx_dmb *dmb;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	dmb = conn->offered;
	conn->offered = NULL;
	spin_unlock_bh(&conn->cdc_lock);
	if (!dmb)
		dmb = smcx_dmb_attach(conn, conn->peer_token);
	if (IS_ERR(dmb))
		return PTR_ERR(dmb);
	if (dmb->ring.size != conn->peer_size || dmb->token != conn->peer_token) {
		smcx_dmb_detach(dmb);
		return -EINVAL;
	}
	WRITE_ONCE(conn->tx, &dmb->ring);
	smcx_conn_begins(smc);
	return 0;
}

/**
 * smcx_dmb_claim() - report to the client that both ends are attached.
 * @dmb: the client's, which the server is attached to
 * @own: the server's, which the client must be attached to: whoever sent the Confirm may have named
 *	the DMB of somebody else, who would never hear of us; NULL for a program, which plays either
 *
 * Any context. From now on the client may send. A program that plays a client
 * knows better than to wait.
 *
 * Return: false if it has given up, or is not our client: nobody is at the other end.
 */
bool smcx_dmb_claim(struct smcx_dmb *dmb, const struct smcx_dmb *own)
{
	struct smcx_conn *client;
	bool ok = false;

	if (dmb->foreign)
		return rcu_access_pointer(dmb->player);
	rcu_read_lock();
	client = rcu_dereference(dmb->owner);
	if (client && refcount_inc_not_zero(&smcx_conn_sock(client)->sk.sk_refcnt)) {
		spin_lock_bh(&client->cdc_lock);
		/* The client's next attempt has another DMB. */
		ok = client->rx == &dmb->ring && client->peer_attached == SMCX_ATTACH_OPEN &&
		     (!own ||
		      (!smcx_conn_sock(client)->server && READ_ONCE(client->tx) == &own->ring));
		if (ok) {
			/* We are attached, and all that is ours is set. Pairs with smcd_settle().
			 */
			smp_store_release(&client->peer_attached, SMCX_ATTACH_DONE);
		}
		spin_unlock_bh(&client->cdc_lock);
		if (ok)
			smcx_hs_kick(smcx_conn_sock(client));
		sock_put(&smcx_conn_sock(client)->sk);
	}
	rcu_read_unlock();
	return ok;
}

/* Under rcu_read_lock(), which keeps @server. */
static bool dmb_join(struct smcx_conn *client, struct smcx_conn *server)
{
	struct smcx_dmb *dmb = smcx_dmb_attach(server, client->token);
	bool ok;

	if (IS_ERR(dmb))
		return false;
	spin_lock_bh(&server->cdc_lock);
	ok = server->rx == client->tx && server->peer_attached == SMCX_ATTACH_OPEN;
	if (ok) {
		server->offered = dmb;
		WRITE_ONCE(server->peer_attached, SMCX_ATTACH_DONE);
	}
	spin_unlock_bh(&server->cdc_lock);
	if (!ok)
		smcx_dmb_detach(dmb);
	return ok;
}

/**
 * smcx_dmb_join() - be connected before the server has read our Confirm.
 * @client: lock_sock() held, attached to the server's DMB, its Confirm not sent yet
 *
 * The server is a socket of this kernel, and waits for the Confirm: it is attached to our DMB here
 * and now, so that we may even close before it reads on. It may abort what we have sent by then,
 * but not decline. None of its locks that sleep are taken.
 *
 * Return: false if it is a program's DMB, or the server is not there any more.
 */
bool smcx_dmb_join(struct smcx_sock *client)
{
	struct smcx_conn *server;
	bool ok = false;

	smcx_assert_locked(client);
	rcu_read_lock();
	server = rcu_dereference(smcx_dmb_of(client->conn.tx)->owner);
	if (server && smcx_conn_sock(server)->server)
		ok = dmb_join(&client->conn, server);
	/* However long the Confirm is under way. */
	if (ok)
		smcx_listen_line_up(smcx_conn_sock(server));
	rcu_read_unlock();
	return ok;
}

/**
 * smcx_dmb_processor() - for SO_INCOMING_CPU: which one has taken the handshake in.
 * @client: lock_sock() held, attached to the server's DMB; the server does not know of it yet, so
 *	nothing has been sent
 * @cpu: where the client has called connect()
 *
 * TCP's packets between two sockets of one machine are taken in by the processor that sends them,
 * so its server is left with that one. Here some were sent by a worker, wherever that ran.
 */
void smcx_dmb_processor(struct smcx_sock *client, int cpu)
{
	struct smcx_conn *server;

	smcx_assert_locked(client);
	WRITE_ONCE(client->sk.sk_incoming_cpu, cpu);
	rcu_read_lock();
	server = rcu_dereference(smcx_dmb_of(client->conn.tx)->owner);
	if (server)
		WRITE_ONCE(smcx_conn_sock(server)->sk.sk_incoming_cpu, cpu);
	rcu_read_unlock();
}

/**
 * smcx_dmb_line_up() - before a client goes on with TCP: it is its server's turn.
 * @client: lock_sock() held; of no effect unless the server has said which DMB is its own
 *
 * However long the Decline is under way.
 */
void smcx_dmb_line_up(struct smcx_sock *client)
{
	struct smcx_conn *server;

	smcx_assert_locked(client);
	rcu_read_lock();
	server = smcx_dmb_owner(client->conn.peer_token);
	if (server && smcx_conn_sock(server)->server)
		smcx_listen_line_up(smcx_conn_sock(server));
	rcu_read_unlock();
}

/**
 * smcx_dmb_give_up() - end what the other end may be about to complete.
 * @smc: lock_sock() held; a client that is attached to the server's DMB, or a server in
 *	SMCX_HS_WAIT_CONFIRM
 *
 * Return: true if the other end was first: it takes us for connected.
 */
bool smcx_dmb_give_up(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	bool done;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	done = conn->peer_attached == SMCX_ATTACH_DONE;
	if (!done)
		conn->peer_attached = SMCX_ATTACH_OVER;
	spin_unlock_bh(&conn->cdc_lock);
	return done;
}

/**
 * smcx_dmb_leave() - let go of a connection that is aborted, but not of its buffers.
 * @smc: lock_sock() held, in SMC-D mode
 *
 * The peer does not find us any more, and those who are in its buffers or ours see the end.
 */
void smcx_dmb_leave(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	RCU_INIT_POINTER(smcx_dmb_of(conn->rx)->owner, NULL);
	RCU_INIT_POINTER(smcx_dmb_of(conn->tx)->peer, NULL);
	WRITE_ONCE(conn->rx_state, conn->rx_state | SMCW_CDC_ABORT);
	spin_unlock_bh(&conn->cdc_lock);
}

/**
 * smcx_dmb_free() - give back the DMBs of a connection.
 * @smc: lock_sock() held, and nobody in sendmsg() or recvmsg()
 */
void smcx_dmb_free(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	struct smcx_dmb *offered;
	struct smcx_ring *rx, *tx;

	smcx_assert_locked(smc);
	spin_lock_bh(&conn->cdc_lock);
	rx = conn->rx;
	tx = conn->tx;
	offered = conn->offered;
	conn->rx = NULL;
	conn->tx = NULL;
	conn->offered = NULL;
	/* A client that has failed may try again. */
	conn->peer_attached = SMCX_ATTACH_OPEN;
	spin_unlock_bh(&conn->cdc_lock);
	if (tx) {
		smcx_conn_ends(smc);
		smcx_dmb_detach(smcx_dmb_of(tx));
	}
	if (offered)
		smcx_dmb_detach(offered);
	if (rx) {
		smcx_stat_dmb_gone(smc, rx->size);
		smcx_dmb_unregister(smcx_dmb_of(rx));
	}
}
