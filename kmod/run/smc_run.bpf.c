// SPDX-License-Identifier: GPL-2.0
/*
 * Gives the processes of one cgroup SMC sockets where they ask for TCP ones, and reports what
 * became of them. Other processes pay for a comparison and see no difference.
 */
#include "kernel.h"

#include "event.h"
#include "smc_places.h"

char LICENSE[] SEC("license") = "GPL";

__u64 made_smc, lost;

/* One: the command's. */
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

static __always_inline bool ours(void)
{
	return bpf_current_task_under_cgroup(&cgroup, 0) == 1;
}

/* Linux 6.6 and later ask this hook before each socket() which protocol it shall be. */
SEC("?fmod_ret/update_socket_protocol")
int BPF_PROG(change_protocol, int family, int type, int protocol, int ret)
{
	if (family != AF_INET && family != AF_INET6)
		return ret;
	if ((type & SOCK_TYPE_MASK) != SOCK_STREAM || (protocol && protocol != IPPROTO_TCP))
		return ret;
	if (!ours())
		return ret;
	__sync_fetch_and_add(&made_smc, 1);
	return IPPROTO_SMC;
}

static __always_inline struct run_event *begin_event(__u8 kind)
{
	struct run_event *ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);

	if (!ev) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(ev->comm, sizeof(ev->comm));
	return ev;
}

static __always_inline void fill_ends(struct run_event *ev, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	__be32 v4;

	/* A closed socket has lost its other local port. */
	ev->local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	ev->peer_port = bpf_ntohs(BPF_CORE_READ(c, skc_dport));
	if (BPF_CORE_READ(c, skc_family) == AF_INET6) {
		ev->ipv6 = 1;
		BPF_CORE_READ_INTO(&ev->local, c, skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&ev->peer, c, skc_v6_daddr.in6_u.u6_addr8);
		return;
	}
	ev->local[10] = ev->local[11] = ev->peer[10] = ev->peer[11] = 0xff;
	v4 = BPF_CORE_READ(c, skc_rcv_saddr);
	__builtin_memcpy(ev->local + 12, &v4, sizeof(v4));
	v4 = BPF_CORE_READ(c, skc_daddr);
	__builtin_memcpy(ev->peer + 12, &v4, sizeof(v4));
}

static __always_inline __u8 mode_of(struct smc_sock *smc)
{
	struct smc_link_group *lgr;

	if (BPF_CORE_READ(smc, use_fallback))
		return RUN_MODE_TCP;
	lgr = BPF_CORE_READ(smc, conn.lgr);
	if (!lgr)
		return RUN_MODE_UNKNOWN;
	return BPF_CORE_READ(lgr, is_smcd) ? RUN_MODE_SMCD : RUN_MODE_SMCR;
}

/* Whether by close(), exit or a signal: every socket of the command that is closed passes here. */
SEC("?fentry/smc_release")
int BPF_PROG(closes, struct socket *sock)
{
	struct smc_sock *smc = (void *)BPF_CORE_READ(sock, sk);
	struct run_event *ev;
	__u8 state, mode;
	struct sock *clc;

	if (!smc || !ours())
		return 0;
	state = BPF_CORE_READ(smc, sk.__sk_common.skc_state);
	mode = mode_of(smc);
	/* Nor is it a connection when nobody answered. */
	if (state == SMC_STATE_LISTEN || mode == RUN_MODE_UNKNOWN ||
	    (state == SMC_STATE_INIT && mode != RUN_MODE_TCP))
		return 0;
	clc = BPF_CORE_READ(smc, clcsock, sk);
	/* One that was never connected, but had to be TCP for an option that it got. */
	if (mode == RUN_MODE_TCP && clc && !BPF_CORE_READ(clc, __sk_common.skc_dport))
		return 0;
	ev = begin_event(RUN_SMC);
	if (!ev)
		return 0;
	ev->mode = mode;
	ev->server = BPF_CORE_READ(smc, listen_smc) != 0;
	if (mode == RUN_MODE_TCP) {
		ev->reason = BPF_CORE_READ(smc, fallback_rsn);
		ev->peer_diagnosis = BPF_CORE_READ(smc, peer_diagnosis);
	}
	if (clc)
		fill_ends(ev, clc);
	bpf_ringbuf_submit(ev, 0);
	return 0;
}

static __always_inline __u8 mode_of_smcx(__u32 mode)
{
	switch (mode) {
	case SMCW_PLACES_MODE_SMCD:
		return RUN_MODE_SMCD;
	case SMCW_PLACES_MODE_SMCR:
		return RUN_MODE_SMCR;
	case SMCW_PLACES_MODE_TCP:
		return RUN_MODE_TCP;
	default:
		return RUN_MODE_UNKNOWN;
	}
}

/*
 * The module smcx reports all by itself: of what is closed, and of a server's connection that has
 * fallen back, which has TCP's own socket from accept() on. A raw tracepoint, since smcx may have
 * been built without BTF.
 */
SEC("?raw_tp/smcx_leave")
int BPF_PROG(closes_smcx, struct sock *smc, struct sock *clc, __u32 mode, __u32 server,
	     __u32 reason, __u32 peer_diagnosis)
{
	struct run_event *ev;

	if (mode == SMCW_PLACES_MODE_NONE || !ours() || !BPF_CORE_READ(clc, __sk_common.skc_dport))
		return 0;
	ev = begin_event(RUN_SMC);
	if (!ev)
		return 0;
	ev->mode = mode_of_smcx(mode);
	ev->server = server != 0;
	if (mode == SMCW_PLACES_MODE_TCP) {
		ev->reason = reason;
		ev->peer_diagnosis = peer_diagnosis;
	}
	fill_ends(ev, clc);
	bpf_ringbuf_submit(ev, 0);
	return 0;
}

/* ... and of what an SMC listener accepts that fell back before it listened. */
SEC("?raw_tp/smcx_accept_tcp")
int BPF_PROG(accepts_tcp, struct sock *smc, struct sock *sk, __u32 reason)
{
	struct run_event *ev;

	if (!ours())
		return 0;
	ev = begin_event(RUN_SMC);
	if (!ev)
		return 0;
	ev->mode = RUN_MODE_TCP;
	ev->server = 1;
	ev->reason = reason;
	fill_ends(ev, sk);
	bpf_ringbuf_submit(ev, 0);
	return 0;
}

/* Is its file another socket's? */
static __always_inline bool borrows(const struct socket *sock, const struct file *file)
{
	const void *own =
		(const char *)sock + bpf_core_field_offset(struct socket_alloc, vfs_inode);

	return BPF_CORE_READ(file, f_inode) != own;
}

/*
 * A TCP socket below an SMC one has no file when it connects or listens; or, after a fallback, that
 * of the SMC one. The peer of such a one is reported when it is closed.
 */
SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(plain_tcp, struct sock *sk, int before, int after)
{
	struct socket *sock;
	struct run_event *ev;
	struct file *file;
	bool below;

	if ((after != TCP_SYN_SENT && after != TCP_LISTEN) || !ours())
		return 0;
	sock = BPF_CORE_READ(sk, sk_socket);
	file = BPF_CORE_READ(sock, file);
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP || !file)
		return 0;
	below = borrows(sock, file);
	if (below && after != TCP_LISTEN)
		return 0;
	ev = begin_event(after != TCP_LISTEN ? RUN_TCP :
			 below		     ? RUN_FALLEN_LISTEN :
					       RUN_TCP_LISTEN);
	if (!ev)
		return 0;
	ev->mode = RUN_MODE_TCP;
	ev->server = after == TCP_LISTEN;
	fill_ends(ev, sk);
	bpf_ringbuf_submit(ev, 0);
	return 0;
}
