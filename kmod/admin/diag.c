// SPDX-License-Identifier: GPL-2.0
/*
 * SOCK_DIAG of family 43 (AF_SMC): requests and answers are those of
 * <linux/smc_diag.h>.
 *
 * A socket is pinned by a reference and looked at without its locks, but for
 * smcx_conn_info(). The figures of one answer may therefore be of slightly
 * different moments.
 */
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>

#include "compat.h"
#include "cursor_word.h"
#include "diag.h"
#include "net.h"
#include "sock.h"
#include "uapi.h"

/* Room that a dump asks for: about 90 sockets with all their attributes. */
#define DUMP_ALLOC SKB_WITH_OVERHEAD(32768)

static bool diag_wants(const struct smc_diag_req *req, int attr)
{
	return req->diag_ext & 1 << (attr - 1);
}

/* The addresses are TCP's, also for IPPROTO_SMC. */
static void diag_fill_id(struct inet_diag_sockid *id, struct smcx_sock *smc)
{
	const struct sock *clcsk = smc->tcp.sk;

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

static void diag_put_cursor(struct smc_diag_cursor *to, u64 cursor)
{
	to->wrap = smcx_cursor_wrap(cursor);
	to->count = smcx_cursor_count(cursor);
}

/*
 * The peer's DMB is the send buffer: what is written is sent, so the cursors
 * of what is prepared and of what is sent are the same. The "received"
 * consumer cursor is the peer's, which reports our data.
 */
static int diag_put_conninfo(struct sk_buff *skb, u32 token, const struct smcx_conn_info *conn)
{
	struct smc_diag_conninfo info = {
		.token = token,
		.sndbuf_size = conn->peer_len,
		.rmbe_size = conn->len,
		.peer_rmbe_size = conn->peer_len,
		.rx_prod_flags = conn->rx_flags,
		.rx_conn_state_flags = conn->rx_state,
		.tx_prod_flags = conn->tx_flags,
		.tx_conn_state_flags = conn->tx_state,
	};

	diag_put_cursor(&info.rx_prod, conn->rx_prod);
	diag_put_cursor(&info.rx_cons, conn->tx_cons);
	diag_put_cursor(&info.tx_prod, conn->tx_prod);
	diag_put_cursor(&info.tx_cons, conn->rx_cons);
	diag_put_cursor(&info.tx_prep, conn->tx_prod);
	diag_put_cursor(&info.tx_sent, conn->tx_prod);
	diag_put_cursor(&info.tx_fin, conn->tx_cons);
	return nla_put(skb, SMC_DIAG_CONNINFO, sizeof(info), &info);
}

static int diag_put_dmbinfo(struct sk_buff *skb, const struct smcx_conn_info *conn)
{
	struct smcx_diag_dmbinfo info;

	memset(&info, 0, sizeof(info)); /* the gap after linkid, too */
	info.linkid = conn->linkid;
	info.my_gid = get_unaligned_be64(conn->gid);
	info.my_gid_ext = get_unaligned_be64(conn->gid + 8);
	info.peer_gid = get_unaligned_be64(conn->peer_gid);
	info.peer_gid_ext = get_unaligned_be64(conn->peer_gid + 8);
	info.token = conn->token;
	info.peer_token = conn->peer_token;
	return nla_put(skb, SMC_DIAG_DMBINFO, sizeof(info), &info);
}

/* Attributes of connections in SMC-D only. */
static int diag_put_conn(struct sk_buff *skb, struct smcx_sock *smc, const struct smc_diag_req *req)
{
	struct smcx_conn_info conn;
	int err = 0;

	if (smcx_conn_info(smc, &conn))
		return 0;
	if (diag_wants(req, SMC_DIAG_CONNINFO))
		err = diag_put_conninfo(skb, smc->id, &conn);
	if (!err && smcx_mode(smc) == SMCX_MODE_SMCD && diag_wants(req, SMC_DIAG_DMBINFO))
		err = diag_put_dmbinfo(skb, &conn);
	return err;
}

static int diag_put_attrs(struct sk_buff *skb, struct smcx_sock *smc,
			  const struct smc_diag_req *req)
{
	struct smc_diag_fallback fallback = {
		.reason = READ_ONCE(smc->fallback.reason),
		.peer_diagnosis = READ_ONCE(smc->fallback.peer_diagnosis),
	};

	/* After a fallback it is TCP that is shut down. */
	const struct sock *sk = smcx_mode(smc) == SMCX_MODE_TCP ? smc->tcp.sk : &smc->sk;

	return nla_put_u8(skb, SMC_DIAG_SHUTDOWN, READ_ONCE(sk->sk_shutdown))	    ?:
		       nla_put(skb, SMC_DIAG_FALLBACK, sizeof(fallback), &fallback) ?:
		       diag_put_conn(skb, smc, req);
}

/* The application has closed the TCP socket that it was given. */
static bool diag_is_closed(const struct smcx_sock *smc, const struct sock *clcsk)
{
	return !clcsk || (READ_ONCE(smc->fallback.grafted) && sock_flag(clcsk, SOCK_DEAD));
}

static int diag_put_sock(struct sk_buff *skb, struct netlink_callback *cb, struct smcx_sock *smc)
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
	diag_fill_id(&msg->id, smc);
	msg->diag_uid = from_kuid_munged(sk_user_ns(NETLINK_CB(cb->skb).sk), smcx_uid(user_sk));
	msg->diag_inode = sock_i_ino(user_sk);
	if (diag_put_attrs(skb, smc, req)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/* cb->args[0]: id of the last socket that was reported. */
static int diag_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct smcx_sock *smc;
	struct sock *clcsk;
	int err = 0;

	while (!err && (smc = smcx_net_next_sock(net, cb->args[0]))) {
		/* It stays where it is as long as we have it. */
		clcsk = smcx_tcp_get(smc);
		err = diag_is_closed(smc, clcsk) ? 0 : diag_put_sock(skb, cb, smc);
		if (clcsk)
			sock_put(clcsk);
		if (!err)
			cb->args[0] = smc->id;
		sock_put(&smc->sk);
	}
	return skb->len;
}

/* Only family and diag_ext are read. A request that is not a dump is ignored, as net/smc does. */
static int diag_handle(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	struct netlink_dump_control control = { .dump = diag_dump, .min_dump_alloc = DUMP_ALLOC };

	if (nlmsg_len(nlh) < offsetofend(struct smc_diag_req, diag_ext))
		return -EINVAL;
	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || !(nlh->nlmsg_flags & NLM_F_DUMP))
		return 0;
	return netlink_dump_start(sock_net(skb->sk)->diag_nlsk, skb, nlh, &control);
}

/* Ports and addresses as a dump shows them; without any, the cookie is enough. */
static bool diag_is_wanted(struct smcx_sock *smc, const struct inet_diag_sockid *wanted)
{
	static const struct inet_diag_sockid none;
	const size_t size = offsetof(struct inet_diag_sockid, idiag_if);
	struct sock *clcsk = smcx_tcp_get(smc);
	struct inet_diag_sockid id = {};

	if (!clcsk)
		return false;
	diag_fill_id(&id, smc);
	sock_put(clcsk);
	if (memcmp(wanted, &none, size) ? memcmp(wanted, &id, size) :
					  wanted->idiag_cookie[0] == INET_DIAG_NOCOOKIE)
		return false;
	return !sock_diag_check_cookie(&smc->sk, wanted->idiag_cookie);
}

/* SOCK_DESTROY: as ss -K. */
static int diag_destroy(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	const struct smc_diag_req *req = nlmsg_data(nlh);
	struct smcx_sock *smc;
	int err = -ENOENT;
	u32 id = 0;

	if (nlmsg_len(nlh) < sizeof(*req))
		return -EINVAL;
	while (err == -ENOENT && (smc = smcx_net_next_sock(sock_net(skb->sk), id))) {
		id = smc->id;
		if (diag_is_wanted(smc, &req->id))
			err = sock_diag_destroy(&smc->sk, ECONNABORTED);
		sock_put(&smc->sk);
	}
	return err;
}

/* TCP's end is ours, whatever state we are in: its callbacks see to that. */
int smcx_diag_destroy(struct sock *sk, int err)
{
	struct sock *clcsk = smcx_tcp_get(smcx_sk(sk));

	if (!clcsk)
		return -ENOENT;
	err = clcsk->sk_prot->diag_destroy ? clcsk->sk_prot->diag_destroy(clcsk, err) : -EOPNOTSUPP;
	sock_put(clcsk);
	return err;
}

static const struct sock_diag_handler handler = {
	.owner = THIS_MODULE,
	.family = AF_SMC,
	.dump = diag_handle,
	.destroy = diag_destroy,
};

int __init smcx_diag_init(void)
{
	return sock_diag_register(&handler);
}

void smcx_diag_exit(void)
{
	sock_diag_unregister(&handler);
}
