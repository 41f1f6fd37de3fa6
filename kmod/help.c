// SPDX-License-Identifier: GPL-2.0
/*
 * Steps that one end takes for the other. Both ends of a connection are in
 * this kernel, so that a client that waits in connect() may as well accept
 * its own TCP connection for the listener and take the server's steps itself:
 * no work item, and no switch of tasks but that of the one in accept().
 *
 * Who does so holds none of its own locks meanwhile. What it accepts need not
 * be its own connection: there is one accept for each TCP connection, by a
 * client or by the work item, so that none is left over.
 */
#include <linux/percpu.h>

#include "smcx.h"

/* The client that is within TCP's connect() on this processor. */
static DEFINE_PER_CPU(struct smcx_sock *, connecting);

/**
 * smcx_help_connect() - TCP's connect(), so that smcx_help_listener() knows whose it is.
 * @client: lock_sock() held
 * @addr: where to
 * @len: of @addr, bytes
 *
 * Does not wait. Return: what TCP says.
 */
int smcx_help_connect(struct smcx_sock *client, SMCX_SOCKADDR *addr, int len)
{
	struct smcx_sock **slot = raw_cpu_ptr(&connecting);
	int err;

	client->hs_task = current;
	WRITE_ONCE(*slot, client);
	err = READ_ONCE(client->clcsock->ops)->connect(client->clcsock, addr, len, O_NONBLOCK);
	/* Another client may have taken the place, when this one was preempted. */
	cmpxchg(slot, client, NULL);
	return err;
}

static bool same_payer(const struct smcx_sock *client, const struct smcx_sock *listener)
{
#ifdef CONFIG_MEMCG
	/* TCP has the one who accepts pay for the connection. */
	return client->sk.sk_memcg == listener->sk.sk_memcg;
#else
	return true;
#endif
}

/**
 * smcx_help_listener() - a TCP connection waits to be accepted.
 * @listener: referenced
 *
 * In softirq. On the loopback interface this is within the client's own call.
 *
 * Return: true if the client will do it.
 */
bool smcx_help_listener(struct smcx_sock *listener)
{
	struct smcx_sock *client = READ_ONCE(*this_cpu_ptr(&connecting));

	/* Of the task that is interrupted here: so it does not go away meanwhile, nor does it look.
	 */
	if (!client || client->hs_task != current || client->hs_listener ||
	    !same_payer(client, listener))
		return false;
	sock_hold(&listener->sk);
	client->hs_listener = listener;
	return true;
}

/**
 * smcx_help_server() - the server's next step is ours to take.
 * @client: lock_sock() held, attached to the server's DMB
 *
 * The work item need not be woken by the Confirm that is about to be sent.
 */
void smcx_help_server(struct smcx_sock *client)
{
	struct smcx_conn *owner;
	struct smcx_sock *server;

	rcu_read_lock();
	owner = rcu_dereference(client->conn.tx->owner);
	server = owner ? smcx_conn_sock(owner) : NULL;
	/* Of an attempt that was taken back the promise may still be to be kept. */
	if (server && !client->hs_partner && refcount_inc_not_zero(&server->sk.sk_refcnt)) {
		atomic_inc(&server->hs_helpers);
		client->hs_partner = server;
	}
	rcu_read_unlock();
}

/**
 * smcx_help() - do what was promised.
 * @client: whose step has been taken; not locked
 */
void smcx_help(struct smcx_sock *client)
{
	struct smcx_sock *listener = xchg(&client->hs_listener, NULL);
	struct smcx_sock *server = xchg(&client->hs_partner, NULL);

	if (listener) {
		smcx_listen_take(listener);
		sock_put(&listener->sk);
	}
	if (server) {
		lock_sock(&server->sk);
		atomic_dec(&server->hs_helpers);
		smcx_hs_step(server);
		release_sock(&server->sk);
		sock_put(&server->sk);
	}
}
