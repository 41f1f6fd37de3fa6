// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets that ask for SMC, and those that have been answered. See option_own.h.
 *
 * TCP has no bit for it, so a socket's table of operations (icsk_af_ops) says how far it is: it is
 * one of three variants of the table that TCP gave it, which do what TCP's own do and besides look
 * at the packets that they get.
 *
 *	client:    offer ──SYN with the option left──▶ asked ──SYN-ACK with it came──▶ seen
 *	listener:  offer; its children are born as seen, if SYN and SYN-ACK had the option
 *
 * In every other case the socket gets TCP's own table back. There are only as many variants as TCP
 * has tables, so they outlive all sockets; smcx_option_withdraw() has to be called for each before
 * the module can go.
 *
 * A client's table is not enough to know it by: TCP changes that of an IPv6 socket which connects
 * to a mapped address. So those who offer are kept by themselves, too.
 *
 * Locks: a table is changed under the socket's lock, and read without. offers_lock and tables_lock
 * are leaves, BH; syn_locks are taken before TCP's own that make a child, and last else. Nothing
 *here is a processor's own, so it does not matter whether softirqs may be preempted.
 */
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "option.h"
#include "option_own.h"

/* IPv4, IPv6, IPv4 by IPv6; and one to spare. */
#define TABLES 4
/* tcp_sock.save_syn: TCP takes it for 1, and applications can set only less. */
#define SAVE_SYN_OURS 3

enum stage { STAGE_NONE, STAGE_OFFER, STAGE_ASKED, STAGE_SEEN };

struct table {
	const struct inet_connection_sock_af_ops *orig; /* NULL: not in use yet */
	struct inet_connection_sock_af_ops offer, asked, seen;
};

static struct table tables[TABLES];
static DEFINE_SPINLOCK(tables_lock);

struct offer {
	struct hlist_node link;
	struct sock *sk;		     /* with a reference */
	bool (*busy)(const struct sock *sk); /* NULL: never */
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(offers, 8);
static DEFINE_SPINLOCK(offers_lock);

/*
 * For a request, while its saved SYN is looked at: TCP gives that to the child. Else nothing of a
 * request is changed by us, and no bit of it says what was answered: the saved SYN does, each time
 * that a SYN-ACK is sent.
 */
static spinlock_t syn_locks[64];

static spinlock_t *option_syn_lock(const struct request_sock *req)
{
	return &syn_locks[hash_ptr(req, ilog2(ARRAY_SIZE(syn_locks)))];
}

/* --- tables of operations --- */

static struct table *option_table_of(const struct inet_connection_sock_af_ops *ops,
				     enum stage *stage)
{
	struct table *table;

	for (table = tables; table < tables + TABLES; table++) {
		const struct inet_connection_sock_af_ops *orig;

		/* The variants are filled in. Pairs with option_fill_table(). */
		orig = smp_load_acquire(&table->orig);
		if (!orig)
			break;
		if (ops == orig)
			*stage = STAGE_NONE;
		else if (ops == &table->offer)
			*stage = STAGE_OFFER;
		else if (ops == &table->asked)
			*stage = STAGE_ASKED;
		else if (ops == &table->seen)
			*stage = STAGE_SEEN;
		else
			continue;
		return table;
	}
	return NULL;
}

static struct table *option_table_of_sock(const struct sock *sk, enum stage *stage)
{
	return option_table_of(READ_ONCE(inet_csk(sk)->icsk_af_ops), stage);
}

static enum stage option_stage_of(const struct sock *sk)
{
	enum stage stage;

	return option_table_of_sock(sk, &stage) ? stage : STAGE_NONE;
}

/* Under the lock of @sk; a child has its own from TCP. */
static void option_set_stage(struct sock *sk, const struct table *table, enum stage stage)
{
	const struct inet_connection_sock_af_ops *ops = table->orig;

	sock_owned_by_me(sk);
	switch (stage) {
	case STAGE_NONE:
		break;
	case STAGE_OFFER:
		ops = &table->offer;
		break;
	case STAGE_ASKED:
		ops = &table->asked;
		break;
	case STAGE_SEEN:
		ops = &table->seen;
		break;
	}
	WRITE_ONCE(inet_csk(sk)->icsk_af_ops, ops);
}

static void option_look_at_synack(struct sock *sk, const struct sk_buff *skb);
static int option_look_at_syn(struct sock *sk, struct sk_buff *skb);
static struct sock *
option_make_child(const struct sock *sk, struct sk_buff *skb, struct request_sock *req,
		  struct dst_entry *dst, struct request_sock *req_unhash, bool *own_req,
		  void (*opt_child_init)(struct sock *newsk, const struct sock *sk));

/* With tables_lock. */
static void option_fill_table(struct table *table, const struct inet_connection_sock_af_ops *orig)
	__must_hold(&tables_lock)
{
	lockdep_assert_held(&tables_lock);
	table->offer = *orig;
	table->offer.conn_request = option_look_at_syn;
	table->offer.syn_recv_sock = option_make_child;
	table->asked = *orig;
	table->asked.sk_rx_dst_set = option_look_at_synack;
	table->seen = *orig;
	/* From now on it can be found. Pairs with option_table_of(). */
	smp_store_release(&table->orig, orig);
}

/* The table for what @sk has now, made for the first such socket; NULL if all are in use. */
static struct table *option_table_for(const struct sock *sk)
{
	const struct inet_connection_sock_af_ops *ops = READ_ONCE(inet_csk(sk)->icsk_af_ops);
	struct table *table;
	enum stage stage;
	int i;

	table = option_table_of(ops, &stage);
	if (table)
		return table;
	spin_lock_bh(&tables_lock);
	table = option_table_of(ops, &stage);
	for (i = 0; !table && i < TABLES; i++) {
		if (tables[i].orig)
			continue;
		table = &tables[i];
		option_fill_table(table, ops);
	}
	spin_unlock_bh(&tables_lock);
	WARN_ON_ONCE(!table);
	return table;
}

/* --- those who offer --- */

/* With offers_lock, or rcu_read_lock(). */
static struct offer *option_find_offer(const struct sock *sk)
{
	struct offer *offer;

	hash_for_each_possible_rcu(offers, offer, link, (unsigned long)sk,
				   lockdep_is_held(&offers_lock))
		if (offer->sk == sk)
			return offer;
	return NULL;
}

static bool option_offers_smc(const struct sock *sk)
{
	bool found;

	rcu_read_lock();
	found = option_find_offer(sk);
	rcu_read_unlock();
	return found;
}

static bool option_add_offer(struct sock *sk)
{
	struct offer *offer = kmalloc(sizeof(*offer), GFP_KERNEL);
	bool added = false;

	if (!offer)
		return false;
	if (smcx_option_hook_get(sock_net(sk))) {
		kfree(offer);
		return false;
	}
	offer->sk = sk;
	offer->busy = NULL;
	spin_lock_bh(&offers_lock);
	if (!option_find_offer(sk)) {
		sock_hold(sk);
		hash_add_rcu(offers, &offer->link, (unsigned long)sk);
		added = true;
	}
	spin_unlock_bh(&offers_lock);
	if (!added) {
		smcx_option_hook_put(sock_net(sk));
		kfree(offer);
	}
	return true;
}

static void option_remove_offer(struct sock *sk)
{
	struct offer *offer;

	spin_lock_bh(&offers_lock);
	offer = option_find_offer(sk);
	if (offer)
		hash_del_rcu(&offer->link);
	spin_unlock_bh(&offers_lock);
	if (!offer)
		return;
	smcx_option_hook_put(sock_net(sk));
	sock_put(sk);
	kfree_rcu(offer, rcu);
}

/* --- client --- */

int smcx_option_ask(struct sock *sk, struct sk_buff *skb)
{
	struct table *table;
	int err;

	if (!tcp_hdr(skb)->syn || tcp_hdr(skb)->ack || !option_offers_smc(sk))
		return 0;
	table = option_table_for(sk);
	if (!table)
		return 0;
	err = smcx_option_put(skb);
	if (err == -ENOMEM)
		return err;
	option_set_stage(sk, table, err ? STAGE_OFFER : STAGE_ASKED);
	return 0;
}

/*
 * sk_rx_dst_set() of a socket that has asked: TCP calls it first for the SYN-ACK, under the
 * socket's lock. If two ends connect to each other at once, the first call comes later, and it is
 * TCP.
 */
static void option_look_at_synack(struct sock *sk, const struct sk_buff *skb)
{
	enum stage stage;
	struct table *table = option_table_of_sock(sk, &stage);
	bool seen = tcp_hdr(skb)->syn && tcp_hdr(skb)->ack && smcx_option_in_packet(skb);

	sock_owned_by_me(sk);
	option_set_stage(sk, table, seen ? STAGE_SEEN : STAGE_NONE);
	table->orig->sk_rx_dst_set(sk, skb);
}

/* --- server --- */

static bool option_is_busy(const struct sock *listener)
{
	bool (*busy)(const struct sock *sk) = NULL;
	struct offer *offer;

	rcu_read_lock();
	offer = option_find_offer(listener);
	if (offer)
		busy = READ_ONCE(offer->busy);
	if (busy && !busy(listener))
		busy = NULL;
	rcu_read_unlock();
	return busy;
}

/*
 * conn_request() of a listener, whose lock is not held: the table may change meanwhile, but not
 * what it was made of. An option that is not to be answered is taken out, so that the SYN which TCP
 * saves says what the answer is. Where TCP gives connections to another listener, who knows whether
 * that one speaks SMC.
 */
static int option_look_at_syn(struct sock *sk, struct sk_buff *skb)
{
	enum stage stage;
	struct table *table = option_table_of_sock(sk, &stage);

	if (smcx_option_in_packet(skb) &&
	    (READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_migrate_req) || option_is_busy(sk)) &&
	    smcx_option_remove_from_packet(skb))
		return 0; /* no memory: the peer sends it again */
	return table->orig->conn_request(sk, skb);
}

/* The options of a saved SYN, and their length; 0 without any. */
static u8 *option_saved_options(struct saved_syn *syn, u32 *len)
{
	const u32 fixed = sizeof(struct tcphdr);

	*len = syn && syn->tcp_hdrlen > fixed ? syn->tcp_hdrlen - fixed : 0;
	return *len ? syn->data + syn->mac_hdrlen + syn->network_hdrlen + fixed : NULL;
}

static bool option_saved_syn_has_option(struct saved_syn *syn)
{
	u32 len;
	const u8 *options = option_saved_options(syn, &len);

	return smcx_option_in(options, len);
}

/* Without a saved SYN the child could not know, so the answer is none. */
static bool option_is_asked(struct request_sock *req)
{
	bool asked;

	spin_lock_bh(option_syn_lock(req));
	asked = option_saved_syn_has_option(req->saved_syn);
	spin_unlock_bh(option_syn_lock(req));
	return asked;
}

static void option_forget(struct request_sock *req)
{
	u8 *options;
	u32 len;

	spin_lock_bh(option_syn_lock(req));
	options = option_saved_options(req->saved_syn, &len);
	smcx_option_remove(options, len);
	spin_unlock_bh(option_syn_lock(req));
}

int smcx_option_answer(struct request_sock *req, struct sk_buff *skb)
{
	int err;

	if (!req->rsk_listener || option_stage_of(req->rsk_listener) != STAGE_OFFER ||
	    !option_is_asked(req))
		return 0;
	err = smcx_option_put(skb);
	if (err && err != -ENOMEM) {
		option_forget(req);
		err = 0;
	}
	return err;
}

/*
 * The saved SYN is there for neither cookies nor fast open, so their children are TCP. It is of no
 * use any more, unless the application has asked for it.
 */
static void option_settle_child(struct sock *child, bool own_req)
{
	struct table *table = option_table_for(child);
	struct tcp_sock *tp = tcp_sk(child);
	bool seen = own_req && option_saved_syn_has_option(tp->saved_syn);

	if (table)
		option_set_stage(child, table, seen ? STAGE_SEEN : STAGE_NONE);
	if (tp->save_syn == SAVE_SYN_OURS) {
		tp->save_syn = 0;
		tcp_saved_syn_free(tp);
	}
}

/* syn_recv_sock() of a listener: the child comes back locked, and has the listener's table. */
static struct sock *
option_make_child(const struct sock *sk, struct sk_buff *skb, struct request_sock *req,
		  struct dst_entry *dst, struct request_sock *req_unhash, bool *own_req,
		  void (*opt_child_init)(struct sock *newsk, const struct sock *sk))
{
	enum stage stage;
	struct table *table = option_table_of_sock(sk, &stage);
	struct sock *child;

	/* Within, the child gets the saved SYN. BH is off. */
	spin_lock(option_syn_lock(req));
	child = table->orig->syn_recv_sock(sk, skb, req, dst, req_unhash, own_req, opt_child_init);
	spin_unlock(option_syn_lock(req));
	if (child)
		option_settle_child(child, *own_req);
	return child;
}

/* --- what option.h offers --- */

void smcx_option_offer(struct sock *clcsk)
{
	struct table *table;

	lock_sock(clcsk);
	table = option_table_for(clcsk);
	if (table && option_add_offer(clcsk)) {
		option_set_stage(clcsk, table, STAGE_OFFER);
		if (!tcp_sk(clcsk)->save_syn)
			tcp_sk(clcsk)->save_syn = SAVE_SYN_OURS;
	}
	release_sock(clcsk);
}

void smcx_option_limit(struct sock *clcsk, bool (*busy)(const struct sock *clcsk))
{
	struct offer *offer;

	spin_lock_bh(&offers_lock);
	offer = option_find_offer(clcsk);
	if (offer)
		WRITE_ONCE(offer->busy, busy);
	spin_unlock_bh(&offers_lock);
}

void smcx_option_withdraw(struct sock *clcsk)
{
	struct table *table;
	enum stage stage;

	option_remove_offer(clcsk);
	lock_sock(clcsk);
	table = option_table_of_sock(clcsk, &stage);
	if (table)
		option_set_stage(clcsk, table, STAGE_NONE);
	if (tcp_sk(clcsk)->save_syn == SAVE_SYN_OURS)
		tcp_sk(clcsk)->save_syn = 0;
	release_sock(clcsk);
}

bool smcx_option_seen(const struct sock *clcsk, bool server)
{
	return option_stage_of(clcsk) == STAGE_SEEN;
}

int smcx_option_init(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(syn_locks); i++)
		spin_lock_init(&syn_locks[i]);
	return smcx_option_hook_init();
}

/* No socket has a table of ours any more, but a processor may still be in one of its functions. */
void smcx_option_exit(void)
{
	smcx_option_hook_exit();
	synchronize_rcu();
	WARN_ON_ONCE(!hash_empty(offers));
}
