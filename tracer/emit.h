/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a hook to a ring: count the event, fill it, filter it, hand it on. For
 * the one BPF object that includes it; the maps that all hooks share are here.
 */
#ifndef SMCKIT_TRACER_EMIT_H
#define SMCKIT_TRACER_EMIT_H

#include "kernel.h"

#include "config.h"
#include "smc_wire.h"

const volatile struct trace_filter filter = { .kinds = ~0ull, .snaplen = TRACE_BODY_MAX };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} cdc SEC(".maps");

/* Read by user space where it lies. */
struct trace_counter counters[TRACE_CPUS][SMCW_HOOKS_MAX];

/* Ports and addresses, as they lie in an event. */
#define ENDS_OFF __builtin_offsetof(struct smcw_event, local_port)
#define ENDS_LEN (__builtin_offsetof(struct smcw_event, comm) - ENDS_OFF)

/* Whose socket it is, by address of its smc_sock. */
struct owner {
	__u64 cgroup;
	__u32 pid;
	__u8 kind; /* enum smcw_event_owners */
	__u8 state;
	__u8 comm[SMCW_COMM_LEN];
	__u8 ends[ENDS_LEN]; /* SMC releases its TCP socket before it has ended itself */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct owner);
} owners SEC(".maps");

/* ---- counting ------------------------------------------------------------------- */

static __always_inline struct trace_counter *counter(__u32 cpu, __u32 hook)
{
	return &counters[cpu & (TRACE_CPUS - 1)][hook & (SMCW_HOOKS_MAX - 1)];
}

/* Atomic: a softirq may count the same while a process does. */
#define COUNT(hook, what) __sync_fetch_and_add(&counter(bpf_get_smp_processor_id(), hook)->what, 1)

/* ---- filling -------------------------------------------------------------------- */

static __always_inline void fill_start(struct smcw_event *ev, __u8 kind, __u8 hook, __u8 dir)
{
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->version = SMCW_EVENT_VERSION;
	ev->kind = kind;
	ev->hook = hook;
	ev->flags = dir << 6 | (filter.big ? SMCW_EV_BIG : 0);
	ev->time = bpf_cpu_to_be64(bpf_ktime_get_ns());
	ev->cpu = bpf_htons(bpf_get_smp_processor_id());
}

static __always_inline void fill_ends(struct smcw_event *ev, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	__u32 v4;

	if (!sk)
		return;
	ev->local_port = bpf_htons(BPF_CORE_READ(c, skc_num));
	ev->peer_port = BPF_CORE_READ(c, skc_dport);
	if (BPF_CORE_READ(c, skc_family) == AF_INET6) {
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

static __always_inline void fill_group(struct smcw_event *ev, struct smc_link_group *lgr)
{
	if (!lgr)
		return;
	ev->mode = BPF_CORE_READ(lgr, is_smcd) ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	/* Linux shows the number as its own byte order makes it of these bytes. */
	bpf_probe_read_kernel(&ev->lgr, sizeof(ev->lgr), &lgr->id);
	ev->lgr = bpf_htonl(ev->lgr);
}

static __always_inline __u64 fold(__u32 qpn, const __u8 *gid)
{
	__u64 low;

	bpf_probe_read_kernel(&low, sizeof(low), gid + 8);
	return low ^ (__u64)qpn << 40;
}

static __always_inline void fill_link(struct smcw_event *ev, struct smc_link *link)
{
	if (!link)
		return;
	fill_group(ev, BPF_CORE_READ(link, lgr));
	ev->mode = SMCW_MODE_SMCR;
	ev->link = BPF_CORE_READ(link, link_id);
	BPF_CORE_READ_INTO(&ev->link_uid, link, link_uid);
	bpf_probe_read_kernel_str(ev->device, sizeof(ev->device), &link->ibname);
}

/*
 * What is known of the owner of the socket at key, and of its ends when it has no TCP socket any
 * more; of that at listener before it is accepted.
 */
static __always_inline void fill_owner(struct smcw_event *ev, __u64 key, __u64 listener)
{
	struct owner *o = bpf_map_lookup_elem(&owners, &key);
	__u8 kind;

	if (o && ev->local_port)
		__builtin_memcpy(o->ends, (__u8 *)ev + ENDS_OFF, ENDS_LEN);
	else if (o)
		__builtin_memcpy((__u8 *)ev + ENDS_OFF, o->ends, ENDS_LEN);
	if (!o || !o->kind) {
		o = listener ? bpf_map_lookup_elem(&owners, &listener) : 0;
		if (!o)
			return;
		kind = SMCW_OWNER_LISTENER;
	} else {
		kind = o->kind;
	}
	ev->owner = kind;
	ev->pid = bpf_htonl(o->pid);
	ev->cgroup = bpf_cpu_to_be64(o->cgroup);
	__builtin_memcpy(ev->comm, o->comm, sizeof(ev->comm));
}

static __always_inline void fill_sock(struct smcw_event *ev, struct smc_sock *smc)
{
	struct smc_link *link = BPF_CORE_READ(smc, conn.lnk);
	__u64 listener = (__u64)BPF_CORE_READ(smc, listen_smc);

	ev->sock = bpf_cpu_to_be64(BPF_CORE_READ(smc, sk.__sk_common.skc_cookie.counter));
	ev->netns = bpf_htonl(BPF_CORE_READ(smc, sk.__sk_common.skc_net.net, ns.inum));
	ev->state = BPF_CORE_READ(smc, sk.__sk_common.skc_state);
	if (ev->state == SMCW_STATE_LISTEN)
		ev->role = SMCW_ROLE_LISTENER;
	else
		ev->role = listener ? SMCW_ROLE_SERVER : SMCW_ROLE_CLIENT;
	fill_ends(ev, BPF_CORE_READ(smc, clcsock, sk));
	ev->conn = bpf_htonl(BPF_CORE_READ(smc, conn.alert_token_local));
	fill_group(ev, BPF_CORE_READ(smc, conn.lgr));
	if (ev->mode == SMCW_MODE_SMCR)
		fill_link(ev, link);
	if (BPF_CORE_READ(smc, use_fallback))
		ev->mode = SMCW_MODE_TCP;
	fill_owner(ev, (__u64)smc, listener);
}

/* ---- handing on ------------------------------------------------------------------ */

static __always_inline bool same_address(const __u8 *a)
{
	int i;

	for (i = 0; i < 16; i++)
		if (a[i] != filter.addr[i])
			return 0;
	return 1;
}

static __always_inline bool socket_wanted(const struct smcw_event *ev)
{
	if (!filter.on_socket)
		return 1;
	if (filter.pid && ev->pid != bpf_htonl(filter.pid))
		return 0;
	if (filter.netns && ev->netns != bpf_htonl(filter.netns))
		return 0;
	if (filter.cgroup && ev->cgroup != bpf_cpu_to_be64(filter.cgroup))
		return 0;
	if (filter.port && ev->local_port != bpf_htons(filter.port) &&
	    ev->peer_port != bpf_htons(filter.port))
		return 0;
	return !filter.has_addr || same_address(ev->local) || same_address(ev->peer);
}

/* Events of no socket pass the filters on sockets: they would vanish otherwise. */
static __always_inline bool wanted(const struct smcw_event *ev, bool of_socket)
{
	return filter.kinds & SMCW_KIND_BIT(ev->kind) && (!of_socket || socket_wanted(ev));
}

static __always_inline void hand_on(struct smcw_event *ev, __u8 hook, bool of_socket)
{
	if (!wanted(ev, of_socket)) {
		COUNT(hook, filtered);
		bpf_ringbuf_discard(ev, 0);
		return;
	}
	COUNT(hook, sent);
	bpf_ringbuf_submit(ev, 0);
}

struct life {
	struct smcw_event ev;
	union {
		struct smcw_ev_syn syn;
		struct smcw_ev_lgr lgr;
		struct smcw_ev_link link;
		struct smcw_ev_conn conn;
		struct smcw_ev_buf buf;
		struct smcw_ev_state state;
		struct smcw_ev_fallback fallback;
		struct smcw_ev_clc_failed failed;
		struct smcw_ev_module module;
	};
};

/* Room for an event without a message, filled as far as kind and hook go. */
static __always_inline struct life *life_begin(__u8 kind, __u8 hook, __u8 dir, __u16 len)
{
	struct life *l;

	COUNT(hook, seen);
	l = bpf_ringbuf_reserve(&control, sizeof(*l), 0);
	if (!l) {
		COUNT(hook, full);
		return 0;
	}
	__builtin_memset(l, 0, sizeof(*l));
	fill_start(&l->ev, kind, hook, dir);
	l->ev.length = l->ev.original = bpf_htons(len);
	return l;
}

struct message {
	struct smcw_event ev;
	__u8 bytes[TRACE_BODY_MAX];
};

static __always_inline struct message *message_begin(__u8 kind, __u8 hook, __u8 dir)
{
	struct message *m;

	COUNT(hook, seen);
	m = bpf_ringbuf_reserve(&control, sizeof(*m), 0);
	if (!m) {
		COUNT(hook, full);
		return 0;
	}
	fill_start(&m->ev, kind, hook, dir);
	return m;
}

/* Take len bytes at from, but the first SMCW_CDC_LEN at head if it is given; too many are cut. */
static __always_inline void message_end(struct message *m, __u8 hook, const void *from,
					const void *head, __u32 len, bool of_socket)
{
	__u32 kept = len;

	if (kept > filter.snaplen)
		kept = filter.snaplen;
	if (kept > TRACE_BODY_MAX)
		kept = TRACE_BODY_MAX;
	if (kept < len)
		COUNT(hook, truncated);
	m->ev.original = bpf_htons(len);
	m->ev.length = bpf_htons(kept);
	if (!wanted(&m->ev, of_socket)) {
		COUNT(hook, filtered);
		bpf_ringbuf_discard(m, 0);
		return;
	}
	if (bpf_probe_read_kernel(m->bytes, kept, from) ||
	    (head && bpf_probe_read_kernel(m->bytes, SMCW_CDC_LEN, head))) {
		COUNT(hook, unreadable);
		bpf_ringbuf_discard(m, 0);
		return;
	}
	COUNT(hook, sent);
	bpf_ringbuf_submit(m, 0);
}

/* ---- CDC: as little as can be, it runs for every send ------------------------------- */

/* By alert token: the token and, in the upper half, whether its CDC is wanted. */
static __u64 conns[TRACE_CONNS];
#define CONN_WANTED (1ull << 32)

static __always_inline __u64 *conn_slot(__u32 token)
{
	return &conns[token & (TRACE_CONNS - 1)];
}

static __always_inline bool conn_known(__u32 token)
{
	return (__u32)*conn_slot(token) == token;
}

static __always_inline void conn_know(__u32 token, const struct smcw_event *ev)
{
	*conn_slot(token) = token | (socket_wanted(ev) ? CONN_WANTED : 0);
}

static __always_inline void conn_forget(__u32 token)
{
	*conn_slot(token) = 0;
}

static __always_inline bool cdc_wanted(__u32 token)
{
	return filter.kinds & SMCW_KIND_BIT(SMCW_EV_CDC) &&
	       (!filter.on_socket || *conn_slot(token) == ((__u64)token | CONN_WANTED));
}

static __always_inline int cdc_put(__u32 token, __u8 hook, __u64 channel, const void *from,
				   __u32 len)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct trace_counter *c = counter(cpu, hook);
	struct smcw_cdc_record *r;

	__sync_fetch_and_add(&c->seen, 1);
	if (!cdc_wanted(token)) {
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

#endif
