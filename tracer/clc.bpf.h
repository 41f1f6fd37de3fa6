/* SPDX-License-Identifier: GPL-2.0 */
/* The handshake of net/smc: the option in the SYN, and CLC messages. For smc_trace.bpf.c. */
#ifndef SMCKIT_TRACER_CLC_BPF_H
#define SMCKIT_TRACER_CLC_BPF_H

#include "emit.h"

/* ---- the SYN's option --------------------------------------------------------------- */

/* TCP sockets that have sent a SYN with the option: when. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} syns SEC(".maps");

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

static const struct clc_call no_call;

/* clang forgets bounds that it could do without; the verifier does not see why. */
#define BOUND(v, mask) asm volatile("%0 &= %1" : "+r"(v) : "i"(mask))

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

#endif
