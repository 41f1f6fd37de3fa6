// SPDX-License-Identifier: GPL-2.0
/*
 * SOCK_DIAG of family 43 (AF_SMC): requests and answers are those of
 * <linux/smc_diag.h>.
 *
 * A socket is looked at without any of its locks: it is pinned by a reference,
 * and what hangs on its connection (link group, DMBs) goes by RCU after its
 * pointer was cleared. The figures of one answer may therefore be of slightly
 * different moments.
 */
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>

#include "diag.h"
#include "smcx.h"
#include "uapi.h"

/* Room that a dump asks for: about 90 sockets with all their attributes. */
#define DUMP_ALLOC SKB_WITH_OVERHEAD(32768)

static bool wants(const struct smc_diag_req *req, int attr)
{
	return req->diag_ext & 1 << (attr - 1);
}

/* The addresses are TCP's, also for IPPROTO_SMC. */
static void fill_id(struct inet_diag_sockid *id, struct smcx_sock *smc)
{
	const struct sock *clcsk = smc->clcsk;

	sock_diag_save_cookie(&smc->sk, id->idiag_cookie);
	id->idiag_sport = htons(clcsk->sk_num);
	id->idiag_dport = clcsk->sk_dport;
	id->idiag_if = READ_ONCE(clcsk->sk_bound_dev_if);
#if IS_ENABLED(CONFIG_IPV6)
	if (clcsk->sk_family == AF_INET6) {
		memcpy(id->idiag_src, &clcsk->sk_v6_rcv_saddr, sizeof(id->idiag_src));
		memcpy(id->idiag_dst, &clcsk->sk_v6_daddr, sizeof(id->idiag_dst));
		return;
	}
#endif
	id->idiag_src[0] = clcsk->sk_rcv_saddr;
	id->idiag_dst[0] = clcsk->sk_daddr;
}

/* While neither is decided, the answer is SMC-R: the value 0. */
static u8 diag_mode(const struct smcx_sock *smc)
{
	switch (smcx_mode(smc)) {
	case SMCX_MODE_TCP:
		return SMC_DIAG_MODE_FALLBACK_TCP;
	case SMCX_MODE_SMCD:
		return SMC_DIAG_MODE_SMCD;
	default:
		return SMC_DIAG_MODE_SMCR;
	}
}

static void put_cursor(struct smc_diag_cursor *to, u64 cursor)
{
	to->wrap = smcx_cursor_wrap(cursor);
	to->count = smcx_cursor_count(cursor);
}

/*
 * The peer's DMB is the send buffer: what is written is sent, so the cursors
 * of what is prepared and of what is sent are the same.
 */
static int put_conninfo(struct sk_buff *skb, const struct smcx_sock *smc, const struct smcx_dmb *rx,
			const struct smcx_dmb *tx)
{
	const struct smcx_conn *conn = &smc->conn;
	struct smc_diag_conninfo info = {
		.token = smc->id,
		.sndbuf_size = tx ? tx->len : 0,
		.rmbe_size = rx->len,
		.peer_rmbe_size = tx ? tx->len : 0,
		.rx_prod_flags = READ_ONCE(conn->rx_flags),
		.rx_conn_state_flags = READ_ONCE(conn->rx_state),
		.tx_prod_flags = READ_ONCE(conn->tx_flags),
		.tx_conn_state_flags = READ_ONCE(conn->tx_state),
	};
	u64 prod = READ_ONCE(conn->prod);

	put_cursor(&info.rx_prod, READ_ONCE(rx->prod));
	put_cursor(&info.tx_cons, READ_ONCE(conn->cons));
	put_cursor(&info.tx_prod, prod);
	put_cursor(&info.tx_prep, prod);
	put_cursor(&info.tx_sent, prod);
	if (tx) {
		put_cursor(&info.rx_cons, READ_ONCE(tx->cons));
		put_cursor(&info.tx_fin, READ_ONCE(tx->cons));
	}
	return nla_put(skb, SMC_DIAG_CONNINFO, sizeof(info), &info);
}

static int put_dmbinfo(struct sk_buff *skb, const struct smcx_conn *conn,
		       const struct smcx_lgr *lgr, const struct smcx_dmb *rx)
{
	struct smcx_diag_dmbinfo info;

	memset(&info, 0, sizeof(info)); /* the gap behind linkid, too */
	info.linkid = lgr->id;
	info.my_gid = get_unaligned_be64(lgr->gid);
	info.my_gid_ext = get_unaligned_be64(lgr->gid + 8);
	info.peer_gid = get_unaligned_be64(lgr->peer_gid);
	info.peer_gid_ext = get_unaligned_be64(lgr->peer_gid + 8);
	info.token = rx->token;
	info.peer_token = READ_ONCE(conn->peer_token);
	return nla_put(skb, SMC_DIAG_DMBINFO, sizeof(info), &info);
}

/* What only connections in SMC-D have. */
static int put_conn(struct sk_buff *skb, const struct smcx_sock *smc,
		    const struct smc_diag_req *req)
{
	const struct smcx_conn *conn = &smc->conn;
	const struct smcx_dmb *rx, *tx;
	const struct smcx_lgr *lgr;
	int err = 0;

	if (smcx_mode(smc) != SMCX_MODE_SMCD)
		return 0;
	rcu_read_lock();
	lgr = READ_ONCE(conn->lgr);
	rx = READ_ONCE(conn->rx);
	tx = READ_ONCE(conn->tx);
	if (rx && wants(req, SMC_DIAG_CONNINFO))
		err = put_conninfo(skb, smc, rx, tx);
	if (!err && lgr && rx && wants(req, SMC_DIAG_DMBINFO))
		err = put_dmbinfo(skb, conn, lgr, rx);
	rcu_read_unlock();
	return err;
}

static int put_attrs(struct sk_buff *skb, struct smcx_sock *smc, const struct smc_diag_req *req)
{
	struct smc_diag_fallback fallback = {
		.reason = READ_ONCE(smc->fallback_reason),
		.peer_diagnosis = READ_ONCE(smc->peer_diagnosis),
	};

	return nla_put_u8(skb, SMC_DIAG_SHUTDOWN, READ_ONCE(smcx_user_sk(smc)->sk_shutdown)) ?:
		       nla_put(skb, SMC_DIAG_FALLBACK, sizeof(fallback), &fallback)	     ?:
		       put_conn(skb, smc, req);
}

static int put_sock(struct sk_buff *skb, struct netlink_callback *cb, struct smcx_sock *smc)
{
	const struct smc_diag_req *req = nlmsg_data(cb->nlh);
	struct sock *user_sk = smcx_user_sk(smc);
	struct smc_diag_msg *msg;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, cb->nlh->nlmsg_type,
			sizeof(*msg), NLM_F_MULTI);
	if (!nlh)
		return -EMSGSIZE;
	msg = nlmsg_data(nlh);
	memset(msg, 0, sizeof(*msg));
	msg->diag_family = smc->sk.sk_family;
	msg->diag_state = smcx_state(smc);
	msg->diag_mode = diag_mode(smc);
	fill_id(&msg->id, smc);
	msg->diag_uid = from_kuid_munged(sk_user_ns(NETLINK_CB(cb->skb).sk), smcx_uid(user_sk));
	msg->diag_inode = sock_i_ino(user_sk);
	if (put_attrs(skb, smc, req)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/* cb->args[0]: id of the last socket that is told. */
static int dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct smcx_sock *smc;
	int err = 0;

	while (!err && (smc = smcx_net_next_sock(net, cb->args[0]))) {
		err = put_sock(skb, cb, smc);
		if (!err)
			cb->args[0] = smc->id;
		sock_put(&smc->sk);
	}
	return skb->len;
}

/* Of a request, family and diag_ext count. What is no dump is no error, and gets no answer. */
static int handle(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	struct netlink_dump_control control = { .dump = dump, .min_dump_alloc = DUMP_ALLOC };

	if (nlmsg_len(nlh) < offsetofend(struct smc_diag_req, diag_ext))
		return -EINVAL;
	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || !(nlh->nlmsg_flags & NLM_F_DUMP))
		return 0;
	return netlink_dump_start(sock_net(skb->sk)->diag_nlsk, skb, nlh, &control);
}

static const struct sock_diag_handler handler = {
	.owner = THIS_MODULE,
	.family = AF_SMC,
	.dump = handle,
};

int __init smcx_diag_init(void)
{
	return sock_diag_register(&handler);
}

void smcx_diag_exit(void)
{
	sock_diag_unregister(&handler);
}
