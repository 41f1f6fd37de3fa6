/* SPDX-License-Identifier: GPL-2.0 */
/* The handshake of net/smc: the option in the SYN, and CLC messages. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_CLC_BPF_H
#define SMCKIT_TRACER_CLC_BPF_H

#include "again.bpf.h"
#include "owner.bpf.h"

/* ---- the SYN's option --------------------------------------------------------------- */

/* A client that waits for the answer to its SYN. */
struct syn {
	__u64 time;
	__u64 smc; /* cookie of the SMC socket that had fallen back before: no option was sent */
	__u64 cgroup;
	__u32 pid;
	__u8 comm[SMCW_COMM_LEN];
};

/* By the TCP socket's cookie. All leave the state again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct syn);
} syns SEC(".maps");

/* Beside the direction, in one argument: of a function of its own there may be five. */
#define SYN_ANSWER 0x100
#define SYN_PRESENT 0x200
#define SYN_COOKIE 0x400
#define SYN_STACK 16 /* bits before enum smcw_event_stacks */

static __noinline int syn_event(struct sock *sk, __u32 what, const struct syn *s, __u32 error)
{
	struct life l;

	life_begin(&l, SMCW_EV_SYN, SMCW_HOOK_SYN, what & 0xff, sizeof(l.syn));
	l.ev.stack = what >> SYN_STACK;
	fill_ends(&l.ev, sk);
	l.ev.netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	if (s) {
		if (!(what & SYN_ANSWER))
			l.ev.time = bpf_cpu_to_be64(s->time);
		l.ev.role = SMCW_ROLE_CLIENT;
		l.ev.sock = bpf_cpu_to_be64(s->smc);
		l.ev.cgroup = bpf_cpu_to_be64(s->cgroup);
		l.ev.owner = s->pid ? SMCW_OWNER_SOCKET : SMCW_OWNER_UNKNOWN;
		l.ev.pid = bpf_htonl(s->pid);
		__builtin_memcpy(l.ev.comm, s->comm, sizeof(l.ev.comm));
	} else {
		l.ev.role = SMCW_ROLE_SERVER;
	}
	l.syn.present = !!(what & SYN_PRESENT);
	l.syn.answer = !!(what & SYN_ANSWER);
	l.syn.cookie = !!(what & SYN_COOKIE);
	l.syn.error = bpf_htonl(error);
	life_put(&l, OF_SOCKET);
	return 0;
}

/* Its port is not chosen yet: the event is sent when the state is left. */
static __always_inline int syn_sent(const struct sock *csk, __u64 smc)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct syn s = { .time = bpf_ktime_get_ns(), .smc = smc };
	__u64 key = bpf_get_socket_cookie((void *)csk);

	if (!(BPF_CORE_READ(task, flags) & PF_KTHREAD)) {
		s.pid = bpf_get_current_pid_tgid() >> 32;
		s.cgroup = bpf_get_current_cgroup_id();
		bpf_get_current_comm(s.comm, sizeof(s.comm));
	}
	if (bpf_map_update_elem(&syns, &key, &s, BPF_ANY))
		TABLE_FULL(SMCW_HOOK_SYN);
	return 0;
}

static __always_inline int syn_answered(struct sock *sk, int now, bool smc)
{
	__u64 key = cookie_of(sk);
	struct syn *s = key ? bpf_map_lookup_elem(&syns, &key) : 0;
	__u32 error = 0;

	if (!s)
		return 0;
	/* Refused, unreachable, timed out: TCP sets the error before it leaves the state. */
	if (now != TCP_ESTABLISHED)
		error = BPF_CORE_READ(sk, sk_err);
	syn_event(sk, SMCW_DIR_OUT | (s->smc ? 0 : SYN_PRESENT), s, error);
	if (now == TCP_ESTABLISHED && !s->smc)
		syn_event(sk, SMCW_DIR_IN | SYN_ANSWER | (smc ? SYN_PRESENT : 0), s, 0);
	bpf_map_delete_elem(&syns, &key);
	return 0;
}

/* A socket that has fallen back before, which TCP has for its own. */
static __always_inline int plain_syn_sent(const struct sock *csk)
{
	__u64 key = cookie_of(csk);
	struct owner *o = key ? bpf_map_lookup_elem(&owners, &key) : 0;

	return o && o->smc ? syn_sent(csk, o->smc) : 0;
}

static __always_inline int tcp_state(const struct sock *csk, int old, int now)
{
	struct sock *sk = (struct sock *)csk;
	struct tcp_sock *tp = (struct tcp_sock *)csk;
	bool smc;

	if (now != TCP_SYN_SENT && old != TCP_SYN_SENT && old != TCP_SYN_RECV)
		return 0;
	smc = BPF_CORE_READ_BITFIELD_PROBED(tp, syn_smc);
	if (now == TCP_SYN_SENT)
		return smc ? syn_sent(csk, 0) : plain_syn_sent(csk);
	if (old == TCP_SYN_SENT)
		return syn_answered(sk, now, smc);
	if (now == TCP_ESTABLISHED && smc) {
		syn_event(sk, SMCW_DIR_IN | SYN_PRESENT, 0, 0);
		syn_event(sk, SMCW_DIR_OUT | SYN_ANSWER | SYN_PRESENT, 0, 0);
	}
	return 0;
}

/* A socket is in one change of its state at a time. The verifier has no numbers of addresses. */
static __always_inline __u64 tcp_change(const unsigned long long *ctx, __u32 old, __u32 now)
{
	__u64 socket = 0;

	bpf_probe_read_kernel(&socket, sizeof(socket), ctx);
	return socket + old * 16 + now;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, const struct sock *csk, int old, int now)
{
	first_runs(tcp_change(ctx, old, now));
	return tcp_state(csk, old, now);
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state_again, const struct sock *csk, int old, int now)
{
	if (!first_was_missed(TRACE_PAIR_TCP_STATE, tcp_change(ctx, old, now)))
		return 0;
	return tcp_state(csk, old, now);
}

/* A SYN cookie has no room for the option, whatever the SYN had. */
SEC("?fexit/tcp_get_cookie_sock")
int BPF_PROG(after_cookie_sock, struct sock *sk)
{
	struct tcp_sock *listener = (struct tcp_sock *)sk;
	__u64 child = 0;

	if (!BPF_CORE_READ_BITFIELD_PROBED(listener, syn_smc))
		return 0;
	bpf_get_func_ret(ctx, &child);
	if (child)
		syn_event((struct sock *)child, SMCW_DIR_IN | SYN_COOKIE, 0, 0);
	return 0;
}

/* ---- CLC ------------------------------------------------------------------------------ */

/* A task that sends or waits for a CLC message; as many as there may be tasks. */
struct clc_call {
	__u64 smc;
	__u64 time;
	__u64 iov;
	__u32 len;   /* bytes received */
	__u32 error; /* some of them could not be read */
	__u8 type;
	__u8 peeking; /* the receive call that is under way only looks */
	__u8 peeked;  /* bytes that are still in the stream */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct clc_call);
} clc_calls SEC(".maps");

/* The bytes of a message, from its first one until it is complete: not while a task waits. */
struct clc_bytes {
	__u8 message[2 * TRACE_BODY_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct clc_bytes);
} clc_bytes SEC(".maps");

static const struct clc_bytes no_bytes;

/* The stack is too small for a whole one. */
static __always_inline struct clc_bytes *clc_bytes_begin(__u64 key)
{
	bpf_map_update_elem(&clc_bytes, &key, &no_bytes, BPF_ANY);
	return bpf_map_lookup_elem(&clc_bytes, &key);
}

/* clang forgets bounds that it could do without; the verifier does not see why. */
#define BOUND(v, mask) asm volatile("%0 &= %1" : "+r"(v) : "i"(mask))

static __noinline int clc_failed(struct smc_sock *smc, __u32 error, __u8 expected, __u8 got)
{
	struct life l;

	life_begin(&l, SMCW_EV_CLC_FAILED, SMCW_HOOK_CLC_FAILED, SMCW_DIR_NONE,
		   sizeof(l.clc_failed));
	fill_sock(&l.ev, smc);
	l.clc_failed.error = bpf_htonl(error);
	l.clc_failed.expected = expected;
	l.clc_failed.got = got;
	life_put(&l, OF_SOCKET);
	return 0;
}

/* False if there is no room. */
static __always_inline bool clc_call_begin(struct smc_sock *smc, __u8 type)
{
	struct clc_call call = { .smc = (__u64)smc, .type = type };
	__u64 key = bpf_get_current_pid_tgid();

	bpf_get_socket_cookie((void *)smc);
	return !bpf_map_update_elem(&clc_calls, &key, &call, BPF_ANY);
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
		if (!clc_call_begin(smc, type))                                                    \
			TABLE_FULL(SMCW_HOOK_CLC_TX);                                              \
		return 0;                                                                          \
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
 * The pieces of the message, one after the other. How many there are is known
 * by the bytes: for Accept and Confirm Linux passes the number 1 whatever it is.
 */
static __always_inline bool gather(struct clc_bytes *to, const struct kvec *vec, __u32 size)
{
	__u32 off = 0, i;

	for (i = 0; i < 16 && off < size; i++) {
		struct kvec v;
		__u32 len, at = off;

		if (bpf_probe_read_kernel(&v, sizeof(v), vec + i))
			return 0;
		len = v.iov_len;
		if (off + len > TRACE_BODY_MAX - 1)
			break;
		BOUND(at, TRACE_BODY_MAX - 1);
		BOUND(len, TRACE_BODY_MAX - 1);
		if (len && bpf_probe_read_kernel(to->message + at, len, v.iov_base))
			return 0;
		off += len;
	}
	/* Never seen, and it must not pass as zeroes. */
	return off >= size;
}

static __noinline int clc_event(struct smc_sock *smc, __u8 hook, __u64 time, const void *bytes,
				__u32 len)
{
	struct smcw_event ev;

	fill_start(&ev, SMCW_EV_CLC, hook, SMCW_HOOK_IS_OUT(hook) ? SMCW_DIR_OUT : SMCW_DIR_IN);
	ev.time = bpf_cpu_to_be64(time);
	fill_sock(&ev, smc);
	message_put(&ev, hook, bytes, 0, len, OF_SOCKET);
	return 0;
}

SEC("?fexit/kernel_sendmsg")
int BPF_PROG(after_sendmsg, struct socket *sock, struct msghdr *msg, struct kvec *vec,
	     unsigned long n, unsigned long size, int ret)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct clc_call *call = bpf_map_lookup_elem(&clc_calls, &key);
	struct clc_bytes *bytes;

	if (!call || !call->smc)
		return 0;
	if (ret <= 0) {
		clc_failed((struct smc_sock *)call->smc, -ret, call->type, 0);
		return 0;
	}
	bytes = clc_bytes_begin(key);
	if (!bytes) {
		TABLE_FULL(SMCW_HOOK_CLC_TX);
		return 0;
	}
	if (gather(bytes, vec, size)) {
		clc_event((struct smc_sock *)call->smc, SMCW_HOOK_CLC_TX, call->time,
			  bytes->message, ret);
	} else {
		LOST(SMCW_HOOK_CLC_TX, unreadable);
	}
	bpf_map_delete_elem(&clc_bytes, &key);
	return 0;
}

SEC("?fentry/smc_clc_wait_msg")
int BPF_PROG(on_wait_msg, struct smc_sock *smc, void *buf, int len, __u8 expected)
{
	/* Without room the message is looked for in buf when the call is over. */
	clc_call_begin(smc, expected);
	return 0;
}

/* CLC takes its bytes out of the TCP stream; messages longer than its buffer in several calls. */
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
	call->iov = (__u64)BPF_CORE_READ(vec, iov_base);
	call->peeking = !!(flags & MSG_PEEK);
	call->peeked = 0;
	return 0;
}

SEC("?fexit/tcp_recvmsg")
int BPF_PROG(after_recvmsg, struct sock *sk, struct msghdr *msg)
{
	__u64 key, ret = 0;
	struct clc_bytes *bytes;
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
	len = ret;
	if (call->peeking) { /* comes once more, unless it is no CLC */
		call->peeked = len;
		return 0;
	}
	at = call->len;
	call->len += len;
	bytes = at ? bpf_map_lookup_elem(&clc_bytes, &key) : clc_bytes_begin(key);
	if (!bytes || at >= TRACE_BODY_MAX)
		return 0;
	if (len > TRACE_BODY_MAX - 1)
		len = TRACE_BODY_MAX - 1;
	BOUND(at, TRACE_BODY_MAX - 1);
	BOUND(len, TRACE_BODY_MAX - 1);
	if (bpf_probe_read_kernel(bytes->message + at, len, (void *)call->iov))
		call->error = 1;
	return 0;
}

/* The bytes that the call has taken or, if they are no CLC, has seen. False: they lie in buf. */
static __always_inline bool clc_received(struct smc_sock *smc, struct clc_call *call, __u64 key)
{
	struct clc_bytes *bytes = call->len ? bpf_map_lookup_elem(&clc_bytes, &key) : 0;

	if (!bytes)
		return 0;
	if (call->error) {
		LOST(SMCW_HOOK_CLC_RX, unreadable);
	} else {
		clc_event(smc, SMCW_HOOK_CLC_RX, call->time, bytes->message, call->len);
	}
	bpf_map_delete_elem(&clc_bytes, &key);
	return 1;
}

SEC("?fexit/smc_clc_wait_msg")
int BPF_PROG(after_wait_msg, struct smc_sock *smc, void *buf, int buflen, __u8 expected,
	     unsigned long timeout, int ret)
{
	__u64 key = bpf_get_current_pid_tgid(), time = bpf_ktime_get_ns();
	struct clc_call *call = bpf_map_lookup_elem(&clc_calls, &key);
	struct smcw_clc_hdr hdr = {};
	__u32 there = 0;

	/* It may have been under way when tracing began. */
	if (!ret || (call && (call->len || call->peeked)))
		bpf_probe_read_kernel(&hdr, sizeof(hdr), buf);
	if (!call || !clc_received(smc, call, key)) {
		if (call && call->time)
			time = call->time;
		if (!ret)
			there = bpf_ntohs(hdr.length);
		else if (call)
			there = call->len ? call->len : call->peeked;
		if (there)
			clc_event(smc, SMCW_HOOK_CLC_RX, time, buf,
				  there > (__u32)buflen ? (__u32)buflen : there);
	}
	if (ret < 0)
		clc_failed(smc, -ret, expected, hdr.type);
	bpf_map_delete_elem(&clc_calls, &key);
	return 0;
}

#endif
