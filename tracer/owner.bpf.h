/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a socket of net/smc is, and the states that it goes through. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_OWNER_BPF_H
#define SMCKIT_TRACER_OWNER_BPF_H

#include "emit.h"

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

#endif
