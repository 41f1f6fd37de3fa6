/* SPDX-License-Identifier: GPL-2.0 */
/* The owner of a socket of net/smc, and the states that it goes through. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_OWNER_BPF_H
#define SMCKIT_TRACER_OWNER_BPF_H

#include "emit.h"

#define PF_KTHREAD 0x00200000

static const struct owner new_owner; /* the stack is small */

/* The entry of the socket with that cookie, which is made if there is none; NULL if it cannot be.
 */
static __always_inline struct owner *owner_of(__u64 key)
{
	struct owner *o;

	if (!key)
		return 0;
	o = bpf_map_lookup_elem(&owners, &key);
	if (o)
		return o;
	bpf_map_update_elem(&owners, &key, &new_owner, BPF_NOEXIST);
	o = bpf_map_lookup_elem(&owners, &key);
	if (!o)
		TABLE_FULL(SMCW_HOOK_OWNER_TABLE);
	return o;
}

/* The calling process uses the socket. Its entry, or NULL. */
static __always_inline struct owner *own(__u64 key, __u8 role)
{
	struct owner *o = owner_of(key);

	if (!o)
		return 0;
	o->kind = SMCW_OWNER_SOCKET;
	o->role = role;
	o->pid = bpf_get_current_pid_tgid() >> 32;
	o->cgroup = current_cgroup();
	bpf_get_current_comm(o->comm, sizeof(o->comm));
	return o;
}

/*
 * A socket that is met for the first time: new, so that its life began in that state, or it was
 * there before us. Those that a process has open are met when tracing begins.
 */
static __always_inline void began_in(struct owner *o, __u8 state)
{
	if (o && !o->state)
		o->state = state;
}

/* In process context: the caller, unless it is a worker or the owner is known already. */
static __always_inline void own_if_nobody(__u64 key)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct owner *o = key ? bpf_map_lookup_elem(&owners, &key) : 0;

	if ((o && o->kind) || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return;
	own(key, o ? o->role : SMCW_ROLE_UNKNOWN);
}

static __always_inline bool is_smc(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_SMC || sk->sk_protocol == IPPROTO_SMC;
}

static __always_inline struct kernfs_node *folder_above(struct kernfs_node *folder)
{
	struct kernfs_node___rcu *new = (void *)folder;

	if (bpf_core_field_exists(new->__parent))
		return BPF_CORE_READ(new, __parent);
	return BPF_CORE_READ(folder, parent);
}

/* The id of the task's cgroup, which is also found out about. */
static __always_inline __u64 task_cgroup(struct task_struct *task)
{
	struct kernfs_node *own = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), *folder = own;
	int level;

#pragma clang loop unroll(disable)
	for (level = 0; filter.cgroup && folder && level < CGROUP_LEVELS; level++) {
		if (BPF_CORE_READ(folder, id) == filter.cgroup)
			break;
		folder = folder_above(folder);
	}
	if (filter.cgroup && folder)
		cgroup_is_inside(BPF_CORE_READ(own, id));
	return BPF_CORE_READ(own, id);
}

/* Run once: sockets that were there before us belong to the first process that has them open. */
SEC("?iter/task_file")
int own_open_sockets(struct bpf_iter__task_file *ctx)
{
	struct owner o = { .kind = SMCW_OWNER_SOCKET }, *old;
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
	key = bpf_get_socket_cookie(sk);
	o.state = sk->__sk_common.skc_state;
	o.pid = task->tgid;
	o.cgroup = task_cgroup(task);
	BPF_CORE_READ_INTO(&o.comm, task, group_leader, comm);
	old = bpf_map_lookup_elem(&owners, &key);
	if ((!old || !old->kind) && bpf_map_update_elem(&owners, &key, &o, BPF_ANY))
		TABLE_FULL(SMCW_HOOK_OWNER_TABLE);
	return 0;
}

/* Linux sets the state in many places; each hooked call is followed by a look. */
static __noinline int look_at_state(struct smc_sock *smc)
{
	struct owner *o = owner_of(cookie_of(&smc->sk));
	struct life l;
	__u8 now;

	now = BPF_CORE_READ(smc, sk.__sk_common.skc_state);
	if (!o || o->state == now)
		return 0;
	life_begin(&l, SMCW_EV_STATE, SMCW_HOOK_STATE, SMCW_DIR_NONE, sizeof(l.state));
	fill_sock(&l.ev, smc);
	l.state.old = o->state;
	l.state.now = now;
	l.state.error = bpf_htonl(BPF_CORE_READ(smc, sk.sk_err));
	o->state = now;
	life_put(&l, OF_SOCKET);
	return 0;
}

/* A listener that has fallen back passes it on to what it accepts: once for each socket. */
static __noinline int fallback_event(struct smc_sock *smc, int reason)
{
	struct owner *o = owner_of(cookie_of(&smc->sk));
	struct life l;

	life_begin(&l, SMCW_EV_FALLBACK, SMCW_HOOK_FALLBACK, SMCW_DIR_NONE, sizeof(l.fallback));
	fill_sock(&l.ev, smc);
	l.ev.mode = SMCW_MODE_TCP;
	l.fallback.reason = bpf_htonl(reason);
	l.fallback.diagnosis = bpf_htonl(BPF_CORE_READ(smc, peer_diagnosis));
	if (o) {
		o->fell_back = 1;
		o->reason = reason;
	}
	life_put(&l, OF_SOCKET);
	return 0;
}

static __always_inline void look_at_fallback(struct smc_sock *smc)
{
	__u64 key = cookie_of(&smc->sk);
	struct owner *o = bpf_map_lookup_elem(&owners, &key);

	if (BPF_CORE_READ(smc, use_fallback) && !(o && o->fell_back))
		fallback_event(smc, BPF_CORE_READ(smc, fallback_rsn));
}

/*
 * From a fallback on the application has TCP's own socket, and net/smc sees no accept() of it. So
 * that socket gets an entry of its own.
 */
static __always_inline void follow_tcp(__u64 key, __u64 tcp)
{
	struct owner *o = key ? bpf_map_lookup_elem(&owners, &key) : 0;

	if (!o || !tcp)
		return;
	o->tcp = tcp;
	o->smc = key;
	if (bpf_map_update_elem(&owners, &tcp, o, BPF_ANY))
		TABLE_FULL(SMCW_HOOK_OWNER_TABLE);
}

static __noinline int accepted_tcp(struct sock *sk, struct owner *listener)
{
	struct life l;

	life_begin(&l, SMCW_EV_FALLBACK, SMCW_HOOK_FALLBACK, SMCW_DIR_NONE, sizeof(l.fallback));
	fill_ends(&l.ev, sk);
	l.ev.netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	l.ev.sock = bpf_cpu_to_be64(cookie_of(sk));
	l.ev.mode = SMCW_MODE_TCP;
	l.ev.role = SMCW_ROLE_SERVER;
	l.ev.state = SMCW_STATE_ACTIVE;
	l.ev.owner = SMCW_OWNER_CURRENT;
	l.ev.pid = bpf_htonl(bpf_get_current_pid_tgid() >> 32);
	l.ev.cgroup = bpf_cpu_to_be64(current_cgroup());
	bpf_get_current_comm(l.ev.comm, sizeof(l.ev.comm));
	if (listener)
		l.fallback.reason = bpf_htonl(listener->reason);
	life_put(&l, OF_SOCKET);
	return 0;
}

/* Most listeners have no cookie, and none of the others is known. */
SEC("?fexit/inet_csk_accept")
int BPF_PROG(after_tcp_accept, struct sock *sk)
{
	__u64 key = cookie_of(sk), accepted = 0;
	struct owner *o = key ? bpf_map_lookup_elem(&owners, &key) : 0;

	if (!o || !o->fell_back)
		return 0;
	bpf_get_func_ret(ctx, &accepted);
	if (accepted)
		accepted_tcp((struct sock *)accepted, o);
	return 0;
}

SEC("?fentry/smc_connect")
int BPF_PROG(on_connect, struct socket *sock)
{
	if (sock->sk)
		began_in(own(bpf_get_socket_cookie(sock->sk), SMCW_ROLE_CLIENT), SMCW_STATE_INIT);
	return 0;
}

SEC("?fexit/smc_connect")
int BPF_PROG(after_connect, struct socket *sock)
{
	if (sock->sk)
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
	if (!sock->sk)
		return 0;
	began_in(own(bpf_get_socket_cookie(sock->sk), SMCW_ROLE_LISTENER), SMCW_STATE_INIT);
	look_at_state((struct smc_sock *)sock->sk);
	return 0;
}

SEC("?fentry/smc_listen_out")
int BPF_PROG(on_listen_out, struct smc_sock *smc)
{
	began_in(owner_of(bpf_get_socket_cookie((void *)smc)), SMCW_STATE_INIT);
	look_at_fallback(smc);
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
	__u64 key = cookie_of(sk), tcp;
	struct owner *o;

	/* Linux makes one more socket than it accepts: that one is of no interest. */
	o = key ? bpf_map_lookup_elem(&owners, &key) : 0;
	if (!o)
		return 0;
	look_at_state((struct smc_sock *)sk);
	if (o->tcp) {
		tcp = o->tcp;
		bpf_map_delete_elem(&owners, &tcp);
	}
	bpf_map_delete_elem(&owners, &key);
	return 0;
}

#endif
