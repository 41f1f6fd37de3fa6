// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks. Each entry point finds out what happened and calls one of a few
 * helpers, which fill a smcw_event in the control ring or a smcw_cdc_record in
 * the CDC ring. Two rings, so that a flood of CDC never pushes out a handshake.
 *
 * Every event is counted when it is seen and again as filtered, sent or lost.
 */
#include "kernel.h"

#include "emit.h"

char LICENSE[] SEC("license") = "GPL";

/* A task that sends or waits for a CLC message. */
struct clc_call {
	__u64 smc;
	__u64 time;
	__u64 iov;
	__u32 len;   /* bytes received */
	__u32 error; /* some of them could not be read */
	__u8 type;
	__u8 message[2 * TRACE_BODY_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u64);
	__type(value, struct clc_call);
} clc_calls SEC(".maps");

/* TCP sockets that have sent a SYN with the option: when. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} syns SEC(".maps");

static const struct clc_call no_call;

/* clang forgets bounds that it could do without; the verifier does not see why. */
#define BOUND(v, mask) asm volatile("%0 &= %1" : "+r"(v) : "i"(mask))

/* ---- owners and states ------------------------------------------------------------- */

static __always_inline void own(struct sock *sk, __u8 kind)
{
	struct owner o = { .state = SMCW_STATE_INIT };
	__u64 key = (__u64)sk;
	struct owner *old;

	if (!key)
		return;
	old = bpf_map_lookup_elem(&owners, &key);
	if (old)
		o = *old;
	o.kind = kind;
	o.pid = bpf_get_current_pid_tgid() >> 32;
	o.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(o.comm, sizeof(o.comm));
	bpf_map_update_elem(&owners, &key, &o, BPF_ANY);
}

static __always_inline bool is_smc(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_SMC || sk->sk_protocol == IPPROTO_SMC;
}

/* Run once: sockets that were there before us belong to the first process that has them open. */
SEC("?iter/task_file")
int own_open_sockets(struct bpf_iter__task_file *ctx)
{
	struct owner o = { .kind = SMCW_OWNER_SOCKET };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *sock;
	struct sock *sk;
	__u64 key;

	if (!task || !file)
		return 0;
	sock = bpf_sock_from_file((void *)file);
	sk = sock ? sock->sk : 0;
	if (!sk || !is_smc(sk))
		return 0;
	key = (__u64)sk;
	o.state = sk->__sk_common.skc_state;
	o.pid = task->tgid;
	o.cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	BPF_CORE_READ_INTO(&o.comm, task, group_leader, comm);
	bpf_map_update_elem(&owners, &key, &o, BPF_NOEXIST);
	return 0;
}

/* Linux sets the state in many places; each hooked call is followed by a look. */
static __noinline int look_at_state(struct smc_sock *smc)
{
	__u64 key = (__u64)smc;
	struct owner fresh = { .state = SMCW_STATE_INIT }, *o;
	struct life *l;
	__u8 now;

	o = bpf_map_lookup_elem(&owners, &key);
	if (!o) {
		bpf_map_update_elem(&owners, &key, &fresh, BPF_NOEXIST);
		o = bpf_map_lookup_elem(&owners, &key);
	}
	now = BPF_CORE_READ(smc, sk.__sk_common.skc_state);
	if (!o || o->state == now)
		return 0;
	l = life_begin(SMCW_EV_STATE, SMCW_HOOK_STATE, SMCW_DIR_NONE, sizeof(l->state));
	if (!l)
		return 0;
	fill_sock(&l->ev, smc);
	l->state.old = o->state;
	l->state.now = now;
	l->state.error = bpf_htonl(BPF_CORE_READ(smc, sk.sk_err));
	o->state = now;
	hand_on(&l->ev, SMCW_HOOK_STATE, 1);
	return 0;
}

SEC("?fentry/smc_connect")
int BPF_PROG(on_connect, struct socket *sock)
{
	own(sock->sk, SMCW_OWNER_SOCKET);
	return 0;
}

SEC("?fexit/smc_connect")
int BPF_PROG(after_connect, struct socket *sock)
{
	look_at_state((struct smc_sock *)sock->sk);
	return 0;
}

SEC("?fexit/__smc_connect")
int BPF_PROG(after_connect_work, struct smc_sock *smc)
{
	look_at_state(smc);
	return 0;
}

SEC("?fexit/smc_listen")
int BPF_PROG(after_listen, struct socket *sock)
{
	own(sock->sk, SMCW_OWNER_SOCKET);
	look_at_state((struct smc_sock *)sock->sk);
	return 0;
}

SEC("?fentry/smc_listen_out")
int BPF_PROG(on_listen_out, struct smc_sock *smc)
{
	look_at_state(smc);
	return 0;
}

SEC("?fexit/smc_close_active")
int BPF_PROG(after_close_active, struct smc_sock *smc)
{
	look_at_state(smc);
	return 0;
}

SEC("?fexit/smc_shutdown")
int BPF_PROG(after_shutdown, struct socket *sock)
{
	if (sock->sk)
		look_at_state((struct smc_sock *)sock->sk);
	return 0;
}

SEC("?fentry/smc_destruct")
int BPF_PROG(on_destruct, struct sock *sk)
{
	__u64 key = (__u64)sk;

	/* Linux makes one more socket than it accepts: that one is of no interest. */
	if (!bpf_map_lookup_elem(&owners, &key))
		return 0;
	look_at_state((struct smc_sock *)sk);
	bpf_map_delete_elem(&owners, &key);
	return 0;
}

/* ---- the SYN's option --------------------------------------------------------------- */

static __always_inline void syn_event(struct sock *sk, __u8 dir, bool answer, bool present,
				      __u64 time)
{
	struct life *l = life_begin(SMCW_EV_SYN, SMCW_HOOK_SYN, dir, sizeof(l->syn));

	if (!l)
		return;
	if (time)
		l->ev.time = bpf_cpu_to_be64(time);
	fill_ends(&l->ev, sk);
	l->ev.netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	l->syn.present = present;
	l->syn.answer = answer;
	hand_on(&l->ev, SMCW_HOOK_SYN, 1);
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, const struct sock *csk, int old, int now)
{
	struct sock *sk = (struct sock *)csk;
	struct tcp_sock *tp = (struct tcp_sock *)csk;
	__u64 key = (__u64)csk, time, *sent;
	bool smc;

	if (now != TCP_SYN_SENT && old != TCP_SYN_SENT && old != TCP_SYN_RECV)
		return 0;
	smc = BPF_CORE_READ_BITFIELD_PROBED(tp, syn_smc);
	if (now == TCP_SYN_SENT) { /* its port is not chosen yet: tell it later */
		time = bpf_ktime_get_ns();
		if (smc)
			bpf_map_update_elem(&syns, &key, &time, BPF_ANY);
		return 0;
	}
	if (old == TCP_SYN_SENT) {
		sent = bpf_map_lookup_elem(&syns, &key);
		if (!sent)
			return 0;
		time = *sent;
		bpf_map_delete_elem(&syns, &key);
		syn_event(sk, SMCW_DIR_OUT, 0, 1, time);
		if (now == TCP_ESTABLISHED)
			syn_event(sk, SMCW_DIR_IN, 1, smc, 0);
	} else if (now == TCP_ESTABLISHED && smc) {
		syn_event(sk, SMCW_DIR_IN, 0, 1, 0);
		syn_event(sk, SMCW_DIR_OUT, 1, 1, 0);
	}
	return 0;
}

/* ---- CLC ------------------------------------------------------------------------------ */

static __always_inline void clc_failed(struct smc_sock *smc, __u32 error, __u8 expected, __u8 got)
{
	struct life *l = life_begin(SMCW_EV_CLC_FAILED, SMCW_HOOK_CLC_FAILED, SMCW_DIR_NONE,
				    sizeof(l->failed));

	if (!l)
		return;
	fill_sock(&l->ev, smc);
	l->failed.error = bpf_htonl(error);
	l->failed.expected = expected;
	l->failed.got = got;
	hand_on(&l->ev, SMCW_HOOK_CLC_FAILED, 1);
}

static __always_inline int clc_call_begin(struct smc_sock *smc, __u8 type)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct clc_call *call;

	/* The stack is too small for a whole one; the messages' bytes need no clearing. */
	bpf_map_update_elem(&clc_calls, &key, &no_call, BPF_ANY);
	call = bpf_map_lookup_elem(&clc_calls, &key);
	if (!call)
		return 0;
	call->smc = (__u64)smc;
	call->type = type;
	return 0;
}

static __always_inline int clc_call_end(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&clc_calls, &key);
	return 0;
}

#define CLC_SEND(name, type)                                                                       \
	SEC("?fentry/smc_clc_send_" #name)                                                         \
	int BPF_PROG(on_send_##name, struct smc_sock *smc)                                         \
	{                                                                                          \
		return clc_call_begin(smc, type);                                                  \
	}                                                                                          \
	SEC("?fexit/smc_clc_send_" #name)                                                          \
	int BPF_PROG(after_send_##name, struct smc_sock *smc)                                      \
	{                                                                                          \
		return clc_call_end();                                                             \
	}

CLC_SEND(proposal, SMCW_PROPOSAL)
CLC_SEND(accept, SMCW_ACCEPT)
CLC_SEND(confirm, SMCW_CONFIRM)
CLC_SEND(decline, SMCW_DECLINE)

SEC("?fentry/kernel_sendmsg")
int BPF_PROG(on_sendmsg)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct clc_call *call = bpf_map_lookup_elem(&clc_calls, &key);

	if (call)
		call->time = bpf_ktime_get_ns();
	return 0;
}

/*
 * The pieces of the message, one behind the other. How many there are is told
 * by the bytes: for Accept and Confirm Linux passes the number 1 whatever it is.
 */
static __always_inline void gather(struct clc_call *call, const struct kvec *vec, __u32 size)
{
	__u32 off = 0, i;

	for (i = 0; i < 16 && off < size; i++) {
		struct kvec v;
		__u32 len, at = off;

		if (bpf_probe_read_kernel(&v, sizeof(v), vec + i))
			call->error = 1;
		len = v.iov_len;
		if (off + len > TRACE_BODY_MAX - 1)
			break;
		BOUND(at, TRACE_BODY_MAX - 1);
		BOUND(len, TRACE_BODY_MAX - 1);
		if (len && bpf_probe_read_kernel(call->message + at, len, v.iov_base))
			call->error = 1;
		off += len;
	}
	/* Never seen, and it must not pass as zeroes. */
	if (off < size)
		call->error = 1;
}

SEC("?fexit/kernel_sendmsg")
int BPF_PROG(after_sendmsg, struct socket *sock, struct msghdr *msg, struct kvec *vec,
	     unsigned long n, unsigned long size, int ret)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct clc_call *call = bpf_map_lookup_elem(&clc_calls, &key);
	struct message *m;

	if (!call || !call->smc)
		return 0;
	if (ret <= 0) {
		clc_failed((struct smc_sock *)call->smc, -ret, call->type, 0);
		return 0;
	}
	m = message_begin(SMCW_EV_CLC, SMCW_HOOK_CLC_TX, SMCW_DIR_OUT);
	if (!m)
		return 0;
	m->ev.time = bpf_cpu_to_be64(call->time);
	fill_sock(&m->ev, (struct smc_sock *)call->smc);
	gather(call, vec, size);
	if (call->error) {
		COUNT(SMCW_HOOK_CLC_TX, unreadable);
		bpf_ringbuf_discard(m, 0);
		return 0;
	}
	message_end(m, SMCW_HOOK_CLC_TX, call->message, 0, ret, 1);
	return 0;
}

SEC("?fentry/smc_clc_wait_msg")
int BPF_PROG(on_wait_msg, struct smc_sock *smc, void *buf, int len, __u8 expected)
{
	return clc_call_begin(smc, expected);
}

/* What CLC takes out of the TCP stream; messages longer than its buffer in several calls. */
SEC("?fentry/tcp_recvmsg")
int BPF_PROG(on_recvmsg, struct sock *sk, struct msghdr *msg, unsigned long len, int flags)
{
	__u64 key;
	struct clc_call *call;
	const struct kvec *vec;

	if (msg->msg_iter.iter_type != bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	key = bpf_get_current_pid_tgid();
	call = bpf_map_lookup_elem(&clc_calls, &key);
	if (!call)
		return 0;
	vec = msg->msg_iter.kvec;
	call->iov = flags & MSG_PEEK ? 0 : (__u64)BPF_CORE_READ(vec, iov_base);
	return 0;
}

SEC("?fexit/tcp_recvmsg")
int BPF_PROG(after_recvmsg, struct sock *sk, struct msghdr *msg)
{
	__u64 key, ret = 0;
	struct clc_call *call;
	__u32 at, len;

	if (msg->msg_iter.iter_type != bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	key = bpf_get_current_pid_tgid();
	call = bpf_map_lookup_elem(&clc_calls, &key);
	if (!call || !call->iov)
		return 0;
	bpf_get_func_ret(ctx, &ret);
	if ((int)ret <= 0)
		return 0;
	call->time = bpf_ktime_get_ns();
	at = call->len;
	len = ret;
	call->len += len;
	if (at >= TRACE_BODY_MAX)
		return 0;
	if (len > TRACE_BODY_MAX - 1)
		len = TRACE_BODY_MAX - 1;
	BOUND(at, TRACE_BODY_MAX - 1);
	BOUND(len, TRACE_BODY_MAX - 1);
	if (bpf_probe_read_kernel(call->message + at, len, (void *)call->iov))
		call->error = 1;
	return 0;
}

SEC("?fexit/smc_clc_wait_msg")
int BPF_PROG(after_wait_msg, struct smc_sock *smc, void *buf, int buflen, __u8 expected,
	     unsigned long timeout, int ret)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct clc_call *call = bpf_map_lookup_elem(&clc_calls, &key);
	struct message *m;
	__u8 got = 0;

	if (!call)
		return 0;
	if (call->len) {
		got = call->message[offsetof(struct smcw_clc_hdr, type)];
		m = message_begin(SMCW_EV_CLC, SMCW_HOOK_CLC_RX, SMCW_DIR_IN);
		if (m && call->error) {
			COUNT(SMCW_HOOK_CLC_RX, unreadable);
			bpf_ringbuf_discard(m, 0);
		} else if (m) {
			m->ev.time = bpf_cpu_to_be64(call->time);
			fill_sock(&m->ev, smc);
			message_end(m, SMCW_HOOK_CLC_RX, call->message, 0, call->len, 1);
		}
	}
	if (ret < 0)
		clc_failed(smc, -ret, expected, got);
	bpf_map_delete_elem(&clc_calls, &key);
	return 0;
}

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
	struct life *l;
	__u32 rmbe, peer;

	l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->conn));
	if (!l)
		return 0;
	fill_sock(&l->ev, smc);
	if (hook == SMCW_HOOK_CONN_SEEN)
		l->ev.flags |= SMCW_EV_SEEN;
	peer = BPF_CORE_READ(conn, peer_rmbe_size);
	rmbe = rmb ? BPF_CORE_READ(rmb, len) : 0;
	l->conn.error = bpf_htonl(error);
	l->conn.peer_size = bpf_htonl(peer);
	l->conn.receive_size = bpf_htonl(rmbe);
	l->conn.send_size = bpf_htonl(BPF_CORE_READ(conn, sndbuf_desc, len));
	l->conn.peer_conn = bpf_htonl(BPF_CORE_READ(conn, local_tx_ctrl.token));
	l->conn.peer_token = bpf_cpu_to_be64(BPF_CORE_READ(conn, peer_token));
	if (rmb)
		l->conn.token = bpf_cpu_to_be64(buffer_token(conn, rmb));
	l->conn.sent = bpf_cpu_to_be64(position(&conn->local_tx_ctrl.prod, peer));
	l->conn.received = bpf_cpu_to_be64(position(&conn->local_tx_ctrl.cons, rmbe));
	conns[token & (TRACE_CONNS - 1)] = token | (socket_wanted(&l->ev) ? CONN_WANTED : 0);
	hand_on(&l->ev, hook, 1);
	return 0;
}

static __always_inline void group_event(struct smc_link_group *lgr, __u8 kind, __u8 hook)
{
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->lgr));
	__u64 gid = 0;

	if (!l)
		return;
	fill_group(&l->ev, lgr);
	l->lgr.version = BPF_CORE_READ(lgr, smc_version);
	l->lgr.conns = bpf_htonl(BPF_CORE_READ(lgr, conns_num));
	BPF_CORE_READ_INTO(&l->lgr.eid, lgr, negotiated_eid);
	BPF_CORE_READ_INTO(&l->lgr.hostname, lgr, peer_hostname);
	if (l->ev.mode == SMCW_MODE_SMCD)
		bpf_probe_read_kernel(&gid, sizeof(gid), peer_gid_of(lgr));
	else
		bpf_probe_read_kernel(l->lgr.peer, 8, &lgr->peer_systemid);
	gid = bpf_cpu_to_be64(gid);
	if (gid)
		__builtin_memcpy(l->lgr.peer, &gid, sizeof(gid));
	hand_on(&l->ev, hook, 0);
}

SEC("?fexit/smc_conn_create")
int BPF_PROG(after_conn_create, struct smc_sock *smc, struct smc_init_info *ini, int ret)
{
	if (!ret && ini->first_contact_local)
		group_event(BPF_CORE_READ(smc, conn.lgr), SMCW_EV_LGR_UP, SMCW_HOOK_LGR_UP);
	conn_event(&smc->conn, SMCW_EV_CONN_NEW, SMCW_HOOK_CONN_NEW, ret < 0 ? -ret : ret);
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
	own(new_sock->sk, SMCW_OWNER_SOCKET);
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
	conn_event(conn, SMCW_EV_CONN_FREE, SMCW_HOOK_CONN_FREE, 0);
	conns[token & (TRACE_CONNS - 1)] = 0;
	return 0;
}

SEC("?fentry/smc_lgr_free")
int BPF_PROG(on_lgr_free, struct smc_link_group *lgr)
{
	group_event(lgr, SMCW_EV_LGR_DOWN, SMCW_HOOK_LGR_DOWN);
	return 0;
}

SEC("?fentry/smc_switch_to_fallback")
int BPF_PROG(on_fallback, struct smc_sock *smc, int reason)
{
	struct life *l = life_begin(SMCW_EV_FALLBACK, SMCW_HOOK_FALLBACK, SMCW_DIR_NONE,
				    sizeof(l->fallback));

	if (!l)
		return 0;
	fill_sock(&l->ev, smc);
	l->ev.mode = SMCW_MODE_TCP;
	l->fallback.reason = bpf_htonl(reason);
	l->fallback.diagnosis = bpf_htonl(BPF_CORE_READ(smc, peer_diagnosis));
	hand_on(&l->ev, SMCW_HOOK_FALLBACK, 1);
	return 0;
}

static __always_inline int link_event(struct smc_link *link, __u8 kind, __u8 hook)
{
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->link));

	if (!l)
		return 0;
	fill_link(&l->ev, link);
	l->link.qpn = bpf_htonl(BPF_CORE_READ(link, roce_qp, qp_num));
	l->link.peer_qpn = bpf_htonl(BPF_CORE_READ(link, peer_qpn));
	BPF_CORE_READ_INTO(&l->link.gid, link, gid);
	BPF_CORE_READ_INTO(&l->link.peer_gid, link, peer_gid);
	hand_on(&l->ev, hook, 0);
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
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->buf));

	if (!l)
		return 0;
	if (lgr)
		fill_group(&l->ev, lgr);
	else
		l->ev.mode = hook < SMCW_HOOK_RMB_REGISTER ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	l->buf.token = bpf_cpu_to_be64(token);
	l->buf.size = bpf_htonl(size);
	l->buf.error = bpf_htonl(ret < 0 ? -ret : ret);
	hand_on(&l->ev, hook, 0);
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

/* ---- LLC ------------------------------------------------------------------------------------ */

static __always_inline int llc_event(struct smc_link *link, __u8 hook, __u8 dir, const void *from,
				     const void *head, __u32 len, __u64 channel)
{
	struct message *m = message_begin(SMCW_EV_LLC, hook, dir);

	if (!m)
		return 0;
	fill_link(&m->ev, link);
	m->ev.channel = bpf_cpu_to_be64(channel);
	message_end(m, hook, from, head, len, 0);
	return 0;
}

/* ---- CDC: as little as can be, it runs for every send ------------------------------------- */

/* Of the connection, if it is at hand: one that was there before us is told when it is first met.
 */
static __always_inline bool cdc_wanted(struct smc_connection *conn, __u32 token)
{
	__u64 *known = &conns[token & (TRACE_CONNS - 1)];

	if (conn && (__u32)*known != token && token)
		conn_event(conn, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_SEEN, 0);
	return filter.kinds & 1u << SMCW_EV_CDC &&
	       (!filter.on_socket || *known == ((__u64)token | CONN_WANTED));
}

static __always_inline int cdc_event(struct smc_connection *conn, __u32 token, __u8 hook,
				     __u64 channel, const void *from, __u32 len)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct trace_counter *c = counter(cpu, hook);
	struct smcw_cdc_record *r;

	__sync_fetch_and_add(&c->seen, 1);
	if (!cdc_wanted(conn, token)) {
		__sync_fetch_and_add(&c->filtered, 1);
		return 0;
	}
	r = bpf_ringbuf_reserve(&cdc, sizeof(*r), 0);
	if (!r) {
		__sync_fetch_and_add(&c->full, 1);
		return 0;
	}
	r->time = bpf_ktime_get_ns();
	r->channel = channel;
	r->conn = token;
	r->hook = hook;
	r->length = len;
	r->cpu = cpu;
	if (bpf_probe_read_kernel(r->message, len, from)) {
		__sync_fetch_and_add(&c->unreadable, 1);
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return 0;
	}
	__sync_fetch_and_add(&c->sent, 1);
	/* The reader looks by itself: waking it for each would cost more than all the rest. */
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
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
	struct smc_buf_desc *rmb = BPF_CORE_READ(conn, rmb_desc);

	if (!rmb) {
		COUNT(SMCW_HOOK_CDCD_RX, seen);
		COUNT(SMCW_HOOK_CDCD_RX, unreadable);
		return 0;
	}
	return cdc_event(conn, BPF_CORE_READ(conn, alert_token_local), SMCW_HOOK_CDCD_RX,
			 BPF_CORE_READ(rmb, token), BPF_CORE_READ(rmb, cpu_addr),
			 sizeof(struct smcw_cdc_smcd));
}

SEC("?fentry/smc_cdc_rx_handler")
int BPF_PROG(on_cdc_rx, struct ib_wc *wc, void *buf)
{
	struct smcw_cdc *msg = buf;
	__be32 token = 0;

	bpf_probe_read_kernel(&token, sizeof(token), &msg->alert_token);
	return cdc_event(0, bpf_ntohl(token), SMCW_HOOK_CDCR_RX, 0, buf, SMCW_CDC_LEN);
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
		return llc_event(link, SMCW_HOOK_LLC_TX, SMCW_DIR_OUT, from, 0, SMCW_CDC_LEN,
				 fold(link->peer_qpn, (void *)&link->peer_gid));
	}
	conn = BPF_CORE_READ((struct smc_cdc_tx_pend *)priv, conn);
	return cdc_event(conn, BPF_CORE_READ(conn, alert_token_local), SMCW_HOOK_CDCR_TX, 0, from,
			 SMCW_CDC_LEN);
}

SEC("?fentry/smc_wr_tx_v2_send")
int BPF_PROG(on_wr_v2_send, struct smc_link *link, void *priv, int len)
{
	return llc_event(link, SMCW_HOOK_LLC_TX_V2, SMCW_DIR_OUT,
			 BPF_CORE_READ(link, lgr, wr_tx_buf_v2), 0, len,
			 fold(link->peer_qpn, (void *)&link->peer_gid));
}

SEC("?fentry/smc_llc_rx_handler")
int BPF_PROG(on_llc_rx, struct ib_wc *wc, void *buf)
{
	struct smc_link *link = BPF_CORE_READ(wc, qp, qp_context);
	__u32 len = wc->byte_len;

	/* A longer one goes on in the group's buffer, behind room for what is in buf. */
	if (len > SMCW_CDC_LEN)
		return llc_event(link, SMCW_HOOK_LLC_RX, SMCW_DIR_IN,
				 BPF_CORE_READ(link, lgr, wr_rx_buf_v2), buf, len,
				 fold(BPF_CORE_READ(wc, qp, qp_num), (void *)&link->gid));
	return llc_event(link, SMCW_HOOK_LLC_RX, SMCW_DIR_IN, buf, 0, len,
			 fold(BPF_CORE_READ(wc, qp, qp_num), (void *)&link->gid));
}

/* ---- the module ------------------------------------------------------------------------------ */

static __always_inline bool same_word(const __u8 *a, const char *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a[i] != (__u8)b[i])
			return 0;
	return 1;
}

static __always_inline bool is_unloader(const __u8 *comm)
{
	return same_word(comm, "rmmod", sizeof("rmmod")) ||
	       same_word(comm, "modprobe", sizeof("modprobe"));
}

/* kmod's tools read the use count and give up before any system call, so look there. */
SEC("?fentry/show_refcnt")
int BPF_PROG(on_show_refcnt, void *attribute, struct module_kobject *mk)
{
	__u8 comm[SMCW_COMM_LEN];
	struct life *l;

	bpf_get_current_comm(comm, sizeof(comm));
	if (!is_unloader(comm))
		return 0;
	l = life_begin(SMCW_EV_MODULE, SMCW_HOOK_MODULE, SMCW_DIR_NONE, sizeof(l->module));
	if (!l)
		return 0;
	l->ev.owner = SMCW_OWNER_CURRENT;
	l->ev.pid = bpf_htonl(bpf_get_current_pid_tgid() >> 32);
	__builtin_memcpy(l->ev.comm, comm, sizeof(comm));
	bpf_probe_read_kernel_str(l->module.name, sizeof(l->module.name), (void *)&mk->mod->name);
	l->module.what = SMCW_MODULE_UNLOAD;
	hand_on(&l->ev, SMCW_HOOK_MODULE, 0);
	return 0;
}
