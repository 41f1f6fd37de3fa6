/* SPDX-License-Identifier: GPL-2.0 */
/* The things that net/smc makes: connections, link groups, links, buffers. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_CONN_BPF_H
#define SMCKIT_TRACER_CONN_BPF_H

#include "owner.bpf.h"

/* ---- connections ------------------------------------------------------------------------ */

static __always_inline __u64 position(const union smc_host_cursor *curs, __u64 size)
{
	return BPF_CORE_READ(curs, wrap) * size + BPF_CORE_READ(curs, count);
}

static __always_inline __u64 buffer_token(struct smc_connection *conn, struct smc_buf_desc *rmb)
{
	struct smc_link *link = BPF_CORE_READ(conn, lnk);
	struct ib_mr *mr;
	__u32 idx;

	if (BPF_CORE_READ(conn, lgr, is_smcd))
		return BPF_CORE_READ(rmb, token);
	idx = link ? BPF_CORE_READ(link, link_idx) : 0;
	if (idx > 2)
		return 0;
	bpf_probe_read_kernel(&mr, sizeof(mr), (void *)&rmb->mr + idx * sizeof(mr));
	return mr ? BPF_CORE_READ(mr, rkey) : 0;
}

static __noinline int conn_event(struct smc_connection *conn, __u8 kind, __u8 hook, __u32 error)
{
	struct smc_sock *smc = CONTAINER(conn, smc_sock, conn);
	struct smc_buf_desc *rmb = BPF_CORE_READ(conn, rmb_desc);
	__u32 token = BPF_CORE_READ(conn, alert_token_local);
	struct life l;
	__u32 rmbe, peer;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.conn));
	fill_sock(&l.ev, smc);
	if (hook == SMCW_HOOK_CONN_SEEN)
		l.ev.flags |= SMCW_EV_SEEN;
	peer = BPF_CORE_READ(conn, peer_rmbe_size);
	rmbe = rmb ? BPF_CORE_READ(rmb, len) : 0;
	l.conn.error = bpf_htonl(error);
	l.conn.peer_size = bpf_htonl(peer);
	l.conn.receive_size = bpf_htonl(rmbe);
	l.conn.send_size = bpf_htonl(BPF_CORE_READ(conn, sndbuf_desc, len));
	l.conn.peer_conn = bpf_htonl(BPF_CORE_READ(conn, local_tx_ctrl.token));
	l.conn.peer_token = bpf_cpu_to_be64(BPF_CORE_READ(conn, peer_token));
	if (rmb)
		l.conn.token = bpf_cpu_to_be64(buffer_token(conn, rmb));
	l.conn.sent = bpf_cpu_to_be64(position(&conn->local_tx_ctrl.prod, peer));
	l.conn.received = bpf_cpu_to_be64(position(&conn->local_tx_ctrl.cons, rmbe));
	conn_know(token, &l.ev, rmbe, peer);
	/* It attaches to the peer's buffer. */
	if (kind == SMCW_EV_CONN_READY && l.conn.peer_token && socket_wanted(&l.ev))
		belongs(l.conn.peer_token);
	life_put(&l, OF_SOCKET);
	return 0;
}

static __noinline int group_event(struct smc_link_group *lgr, __u8 kind, __u8 hook, __u64 time)
{
	struct life l;
	__u64 gid = 0;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.lgr));
	l.ev.time = bpf_cpu_to_be64(time);
	fill_group(&l.ev, lgr);
	l.lgr.version = BPF_CORE_READ(lgr, smc_version);
	l.lgr.conns = bpf_htonl(BPF_CORE_READ(lgr, conns_num));
	BPF_CORE_READ_INTO(&l.lgr.eid, lgr, negotiated_eid);
	BPF_CORE_READ_INTO(&l.lgr.hostname, lgr, peer_hostname);
	if (l.ev.mode == SMCW_MODE_SMCD)
		bpf_probe_read_kernel(&gid, sizeof(gid), peer_gid_of(lgr));
	else
		bpf_probe_read_kernel(l.lgr.peer, 8, &lgr->peer_systemid);
	gid = bpf_cpu_to_be64(gid);
	if (gid)
		__builtin_memcpy(l.lgr.peer, &gid, sizeof(gid));
	life_put(&l, OF_GROUP);
	if (kind == SMCW_EV_LGR_DOWN)
		belonging_ends(GROUP_KEY(&l.ev));
	return 0;
}

SEC("?fexit/smc_conn_create")
int BPF_PROG(after_conn_create, struct smc_sock *smc, struct smc_init_info *ini, int ret)
{
	__u64 time = bpf_ktime_get_ns();

	bpf_get_socket_cookie((void *)smc);
	/* The connection first, which decides whether its group is wanted; the group is older. */
	conn_event(&smc->conn, SMCW_EV_CONN_NEW, SMCW_HOOK_CONN_NEW, ret < 0 ? -ret : ret);
	if (!ret && ini->first_contact_local)
		group_event(BPF_CORE_READ(smc, conn.lgr), SMCW_EV_LGR_UP, SMCW_HOOK_LGR_UP, time);
	return 0;
}

SEC("?fexit/smc_conn_save_peer_info")
int BPF_PROG(after_save_peer_info, struct smc_sock *smc)
{
	conn_event(&smc->conn, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_READY, 0);
	return 0;
}

/* Up to now it was the listening socket's, whose process need not be the one that accepts. */
SEC("?fexit/smc_accept")
int BPF_PROG(after_accept, struct socket *sock, struct socket *new_sock)
{
	struct smc_sock *smc = (struct smc_sock *)new_sock->sk;

	if (!smc)
		return 0;
	began_in(own(bpf_get_socket_cookie(new_sock->sk), SMCW_ROLE_SERVER),
		 BPF_CORE_READ(smc, sk.__sk_common.skc_state));
	if (BPF_CORE_READ(smc, conn.lgr) && BPF_CORE_READ(smc, conn.alert_token_local))
		conn_event(&smc->conn, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_ACCEPT, 0);
	look_at_state(smc);
	return 0;
}

SEC("?fentry/smc_conn_free")
int BPF_PROG(on_conn_free, struct smc_connection *conn)
{
	__u32 token = conn->alert_token_local;

	if (!conn->lgr || !token)
		return 0;
	traffic_ends(token);
	if (aggregate && conn->rmb_desc)
		channel_ends(BPF_CORE_READ(conn, rmb_desc, token));
	conn_event(conn, SMCW_EV_CONN_FREE, SMCW_HOOK_CONN_FREE, 0);
	conn_forget(token);
	return 0;
}

SEC("?fentry/smc_lgr_free")
int BPF_PROG(on_lgr_free, struct smc_link_group *lgr)
{
	group_event(lgr, SMCW_EV_LGR_DOWN, SMCW_HOOK_LGR_DOWN, bpf_ktime_get_ns());
	return 0;
}

/* In the caller's context, also when an option is set that SMC does not have. */
SEC("?fentry/smc_switch_to_fallback")
int BPF_PROG(on_fallback, struct smc_sock *smc, int reason)
{
	__u64 key = bpf_get_socket_cookie((void *)smc);

	if (!smc->listen_smc)
		own_if_nobody(key);
	fallback_event(smc, reason);
	if (smc->clcsock)
		follow_tcp(key, bpf_get_socket_cookie(smc->clcsock->sk));
	return 0;
}

static __always_inline int link_event(struct smc_link *link, __u8 kind, __u8 hook)
{
	struct life l;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.link));
	fill_link(&l.ev, link);
	l.link.qpn = bpf_htonl(BPF_CORE_READ(link, roce_qp, qp_num));
	l.link.peer_qpn = bpf_htonl(BPF_CORE_READ(link, peer_qpn));
	BPF_CORE_READ_INTO(&l.link.gid, link, gid);
	BPF_CORE_READ_INTO(&l.link.peer_gid, link, peer_gid);
	life_put(&l, OF_GROUP);
	return 0;
}

SEC("?fentry/smc_llc_link_active")
int BPF_PROG(on_link_active, struct smc_link *link)
{
	return link_event(link, SMCW_EV_LINK_UP, SMCW_HOOK_LINK_UP);
}

SEC("?fentry/smcr_link_clear")
int BPF_PROG(on_link_clear, struct smc_link *link)
{
	if (!link->lgr)
		return 0;
	return link_event(link, SMCW_EV_LINK_DOWN, SMCW_HOOK_LINK_DOWN);
}

/* ---- buffers ------------------------------------------------------------------------------ */

static __always_inline int buf_event(struct smc_link_group *lgr, __u8 kind, __u8 hook, __u64 token,
				     __u32 size, int ret)
{
	struct life l;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.buf));
	if (lgr)
		fill_group(&l.ev, lgr);
	else
		l.ev.mode = SMCW_HOOK_IS_SMCD(hook) ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	l.buf.token = bpf_cpu_to_be64(token);
	l.buf.size = bpf_htonl(size);
	l.buf.error = bpf_htonl(ret < 0 ? -ret : ret);
	/* A buffer whose registration was wanted stays wanted for the rest of its life. */
	if (lgr && belonging_wanted(GROUP_KEY(&l.ev)))
		belongs(l.buf.token);
	life_put(&l, OF_BUFFER);
	if (kind == SMCW_EV_BUF_UNREGISTER || kind == SMCW_EV_BUF_DETACH)
		belonging_ends(l.buf.token);
	return 0;
}

SEC("?fexit/smc_ism_register_dmb")
int BPF_PROG(after_register_dmb, struct smc_link_group *lgr, int len, struct smc_buf_desc *dmb,
	     int ret)
{
	return buf_event(lgr, SMCW_EV_BUF_REGISTER, SMCW_HOOK_DMB_REGISTER,
			 BPF_CORE_READ(dmb, token), len, ret);
}

SEC("?fentry/smc_ism_unregister_dmb")
int BPF_PROG(on_unregister_dmb, void *dev, struct smc_buf_desc *dmb)
{
	return buf_event(0, SMCW_EV_BUF_UNREGISTER, SMCW_HOOK_DMB_UNREGISTER,
			 BPF_CORE_READ(dmb, token), BPF_CORE_READ(dmb, len), 0);
}

SEC("?fexit/smc_ism_attach_dmb")
int BPF_PROG(after_attach_dmb, void *dev, __u64 token, struct smc_buf_desc *dmb, int ret)
{
	return buf_event(0, SMCW_EV_BUF_ATTACH, SMCW_HOOK_DMB_ATTACH, token, dmb->len, ret);
}

SEC("?fexit/smc_ism_detach_dmb")
int BPF_PROG(after_detach_dmb, void *dev, __u64 token, int ret)
{
	return buf_event(0, SMCW_EV_BUF_DETACH, SMCW_HOOK_DMB_DETACH, token, 0, ret);
}

SEC("?fexit/smcr_link_reg_buf")
int BPF_PROG(after_reg_buf, struct smc_link *link, struct smc_buf_desc *buf, int ret)
{
	struct ib_mr *mr = 0;
	__u32 idx = link->link_idx;

	if (idx > 2)
		return 0;
	bpf_probe_read_kernel(&mr, sizeof(mr), (void *)&buf->mr + idx * sizeof(mr));
	return buf_event(link->lgr, SMCW_EV_BUF_REGISTER, SMCW_HOOK_RMB_REGISTER,
			 mr ? BPF_CORE_READ(mr, rkey) : 0, buf->len, ret);
}

SEC("?fentry/smc_ib_put_memory_region")
int BPF_PROG(on_put_memory_region, struct ib_mr *mr)
{
	return buf_event(0, SMCW_EV_BUF_UNREGISTER, SMCW_HOOK_RMB_UNREGISTER, mr->rkey, 0, 0);
}

#endif
