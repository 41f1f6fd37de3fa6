/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stack smcx.ko: its tracepoints, as the events of net/smc. They are raw
 * ones, and what their arguments point to is found by the offsets that the
 * module tells (smc_places.h), since a module built for 6.1 has no BTF. For
 * smc_trace.bpf.c.
 */
#ifndef SMCKIT_TRACER_SMCX_BPF_H
#define SMCKIT_TRACER_SMCX_BPF_H

#include "owner.bpf.h"

const volatile struct trace_places places;

/* The member of obj that smc_places.h has under that name. */
#define PLACE(type, obj, name)                                                                     \
	({                                                                                         \
		type v_ = 0;                                                                       \
		bpf_probe_read_kernel(&v_, sizeof(v_), (const void *)(obj) + places.name);         \
		v_;                                                                                \
	})

/* When a client's SYN was sent, by address of its sock. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} smcx_syns SEC(".maps");

/* ---- filling ------------------------------------------------------------------------ */

static __always_inline void fill_smcx_group(struct smcw_event *ev, const void *lgr)
{
	ev->stack = SMCW_STACK_SMCX;
	if (!lgr)
		return;
	ev->mode = SMCW_MODE_SMCD;
	ev->lgr = bpf_htonl(PLACE(__u32, lgr, lgr_id));
}

static __always_inline void fill_smcx(struct smcw_event *ev, struct sock *sk)
{
	void *listener = PLACE(void *, sk, sock_listener);

	ev->sock = bpf_cpu_to_be64(BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	ev->netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	ev->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (ev->state == SMCW_STATE_LISTEN)
		ev->role = SMCW_ROLE_LISTENER;
	else
		ev->role = PLACE(__u32, sk, sock_server) ? SMCW_ROLE_SERVER : SMCW_ROLE_CLIENT;
	fill_ends(ev, PLACE(struct sock *, sk, sock_clcsk));
	ev->conn = bpf_htonl(PLACE(__u32, sk, sock_number));
	fill_smcx_group(ev, PLACE(void *, sk, sock_lgr));
	if (PLACE(__u32, sk, sock_mode) == SMCW_PLACES_MODE_TCP)
		ev->mode = SMCW_MODE_TCP;
	fill_owner(ev, (__u64)sk, (__u64)listener);
}

/* ---- the socket ----------------------------------------------------------------------- */

/* A sock's memory may have been another one's, of another process. */
static __always_inline void disown(struct sock *sk)
{
	__u64 key = (__u64)sk;

	bpf_map_delete_elem(&owners, &key);
}

static __noinline int smcx_conn_event(struct sock *sk, const void *rx, __u8 kind, __u8 hook)
{
	const void *tx = PLACE(void *, sk, sock_tx);
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->conn));

	if (!l)
		return 0;
	fill_smcx(&l->ev, sk);
	l->ev.mode = SMCW_MODE_SMCD; /* perhaps without a link group yet */
	if (hook == SMCW_HOOK_CONN_SEEN)
		l->ev.flags |= SMCW_EV_SEEN;
	if (rx) {
		l->conn.token = bpf_cpu_to_be64(PLACE(__u64, rx, dmb_token));
		l->conn.receive_size = bpf_htonl(PLACE(__u32, rx, dmb_len));
	}
	/* What is sent lies in the peer's buffer. */
	if (tx)
		l->conn.peer_size = l->conn.send_size = bpf_htonl(PLACE(__u32, tx, dmb_len));
	l->conn.peer_token = bpf_cpu_to_be64(PLACE(__u64, sk, sock_peer_token));
	l->conn.sent = bpf_cpu_to_be64(PLACE(__u64, sk, sock_tx_bytes));
	l->conn.received = bpf_cpu_to_be64(PLACE(__u64, sk, sock_rx_bytes));
	conn_know(bpf_ntohl(l->ev.conn), &l->ev);
	hand_on(&l->ev, hook, 1);
	return 0;
}

SEC("?raw_tp/smcx_enter")
int BPF_PROG(smcx_enter, struct sock *sk, __u32 call)
{
	__u64 key = (__u64)sk, now = bpf_ktime_get_ns();
	void *rx;

	if (call != SMCW_CALL_ACCEPT)
		disown(sk);
	own(sk, SMCW_OWNER_SOCKET);
	if (call == SMCW_CALL_CONNECT)
		bpf_map_update_elem(&smcx_syns, &key, &now, BPF_ANY);
	if (call != SMCW_CALL_ACCEPT)
		return 0;
	rx = PLACE(void *, sk, sock_rx);
	if (rx)
		smcx_conn_event(sk, rx, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_ACCEPT);
	return 0;
}

SEC("?raw_tp/smcx_sock_state")
int BPF_PROG(smcx_sock_state, struct sock *sk, int old, int now)
{
	struct life *l =
		life_begin(SMCW_EV_STATE, SMCW_HOOK_STATE, SMCW_DIR_NONE, sizeof(l->state));

	if (!l)
		return 0;
	fill_smcx(&l->ev, sk);
	l->state.old = old;
	l->state.now = now;
	l->state.error = bpf_htonl(BPF_CORE_READ(sk, sk_err));
	hand_on(&l->ev, SMCW_HOOK_STATE, 1);
	return 0;
}

/* ---- the handshake ---------------------------------------------------------------------- */

static __always_inline void smcx_syn(struct sock *sk, __u8 dir, bool answer, bool present,
				     __u64 time)
{
	struct life *l = life_begin(SMCW_EV_SYN, SMCW_HOOK_SYN, dir, sizeof(l->syn));

	if (!l)
		return;
	if (time)
		l->ev.time = bpf_cpu_to_be64(time);
	l->ev.stack = SMCW_STACK_SMCX;
	fill_ends(&l->ev, PLACE(struct sock *, sk, sock_clcsk));
	l->ev.netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	l->syn.present = present;
	l->syn.answer = answer;
	hand_on(&l->ev, SMCW_HOOK_SYN, 1);
}

SEC("?raw_tp/smcx_syn_option")
int BPF_PROG(smcx_syn_option, struct sock *sk, bool server, bool present)
{
	__u64 key = (__u64)sk, *sent;

	if (server) {
		disown(sk);
		if (present) {
			smcx_syn(sk, SMCW_DIR_IN, 0, 1, 0);
			smcx_syn(sk, SMCW_DIR_OUT, 1, 1, 0);
		}
		return 0;
	}
	sent = bpf_map_lookup_elem(&smcx_syns, &key);
	smcx_syn(sk, SMCW_DIR_OUT, 0, 1, sent ? *sent : 0);
	smcx_syn(sk, SMCW_DIR_IN, 1, present, 0);
	bpf_map_delete_elem(&smcx_syns, &key);
	return 0;
}

SEC("?raw_tp/smcx_clc_msg")
int BPF_PROG(smcx_clc_msg, struct sock *sk, __u32 sent, const void *bytes, __u64 len)
{
	__u8 hook = sent ? SMCW_HOOK_CLC_TX : SMCW_HOOK_CLC_RX;
	struct message *m = message_begin(SMCW_EV_CLC, hook, sent ? SMCW_DIR_OUT : SMCW_DIR_IN);

	if (!m)
		return 0;
	fill_smcx(&m->ev, sk);
	message_end(m, hook, bytes, 0, len, 1);
	return 0;
}

SEC("?raw_tp/smcx_clc_failed")
int BPF_PROG(smcx_clc_failed, struct sock *sk, __u32 error, __u32 expected, __u32 got)
{
	struct life *l = life_begin(SMCW_EV_CLC_FAILED, SMCW_HOOK_CLC_FAILED, SMCW_DIR_NONE,
				    sizeof(l->failed));

	if (!l)
		return 0;
	fill_smcx(&l->ev, sk);
	l->failed.error = bpf_htonl(error);
	l->failed.expected = expected;
	l->failed.got = got;
	hand_on(&l->ev, SMCW_HOOK_CLC_FAILED, 1);
	return 0;
}

SEC("?raw_tp/smcx_fallback")
int BPF_PROG(smcx_fallback, struct sock *sk, bool server, __u32 reason, __u32 diagnosis)
{
	struct life *l = life_begin(SMCW_EV_FALLBACK, SMCW_HOOK_FALLBACK, SMCW_DIR_NONE,
				    sizeof(l->fallback));

	if (!l)
		return 0;
	fill_smcx(&l->ev, sk);
	l->ev.mode = SMCW_MODE_TCP;
	l->fallback.reason = bpf_htonl(reason);
	l->fallback.diagnosis = bpf_htonl(diagnosis);
	hand_on(&l->ev, SMCW_HOOK_FALLBACK, 1);
	return 0;
}

/* ---- link groups and buffers ------------------------------------------------------------ */

static __always_inline int smcx_group_event(const void *lgr, __u8 kind, __u8 hook)
{
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->lgr));

	if (!l)
		return 0;
	fill_smcx_group(&l->ev, lgr);
	l->lgr.version = PLACE(__u8, lgr, lgr_version);
	l->lgr.conns = bpf_htonl(PLACE(__u32, lgr, lgr_conn_count));
	bpf_probe_read_kernel(l->lgr.peer, sizeof(l->lgr.peer), lgr + places.lgr_peer_gid);
	bpf_probe_read_kernel(l->lgr.eid, sizeof(l->lgr.eid), lgr + places.lgr_eid);
	bpf_probe_read_kernel(l->lgr.hostname, sizeof(l->lgr.hostname),
			      lgr + places.lgr_peer_hostname);
	hand_on(&l->ev, hook, 0);
	return 0;
}

SEC("?raw_tp/smcx_lgr_create")
int BPF_PROG(smcx_lgr_create, const void *lgr)
{
	return smcx_group_event(lgr, SMCW_EV_LGR_UP, SMCW_HOOK_LGR_UP);
}

SEC("?raw_tp/smcx_lgr_free")
int BPF_PROG(smcx_lgr_free, const void *lgr)
{
	return smcx_group_event(lgr, SMCW_EV_LGR_DOWN, SMCW_HOOK_LGR_DOWN);
}

static __noinline int smcx_buf_event(struct sock *sk, const void *dmb, __u8 kind, __u8 hook)
{
	struct life *l = life_begin(kind, hook, SMCW_DIR_NONE, sizeof(l->buf));

	if (!l)
		return 0;
	fill_smcx_group(&l->ev, PLACE(void *, sk, sock_lgr));
	l->ev.mode = SMCW_MODE_SMCD;
	l->buf.token = bpf_cpu_to_be64(PLACE(__u64, dmb, dmb_token));
	l->buf.size = bpf_htonl(PLACE(__u32, dmb, dmb_size));
	hand_on(&l->ev, hook, 0);
	return 0;
}

/* A connection begins and ends with its own buffer. */
SEC("?raw_tp/smcx_dmb_register")
int BPF_PROG(smcx_dmb_register, struct sock *sk, const void *dmb)
{
	smcx_buf_event(sk, dmb, SMCW_EV_BUF_REGISTER, SMCW_HOOK_DMB_REGISTER);
	smcx_conn_event(sk, dmb, SMCW_EV_CONN_NEW, SMCW_HOOK_CONN_NEW);
	return 0;
}

SEC("?raw_tp/smcx_dmb_unregister")
int BPF_PROG(smcx_dmb_unregister, struct sock *sk, const void *dmb)
{
	smcx_conn_event(sk, dmb, SMCW_EV_CONN_FREE, SMCW_HOOK_CONN_FREE);
	conn_forget(PLACE(__u32, sk, sock_number));
	smcx_buf_event(sk, dmb, SMCW_EV_BUF_UNREGISTER, SMCW_HOOK_DMB_UNREGISTER);
	return 0;
}

SEC("?raw_tp/smcx_dmb_attach")
int BPF_PROG(smcx_dmb_attach, struct sock *sk, const void *dmb)
{
	return smcx_buf_event(sk, dmb, SMCW_EV_BUF_ATTACH, SMCW_HOOK_DMB_ATTACH);
}

SEC("?raw_tp/smcx_dmb_detach")
int BPF_PROG(smcx_dmb_detach, struct sock *sk, const void *dmb)
{
	return smcx_buf_event(sk, dmb, SMCW_EV_BUF_DETACH, SMCW_HOOK_DMB_DETACH);
}

/* ---- connections and CDC ---------------------------------------------------------------- */

/* When it has attached to its peer's buffer. */
SEC("?raw_tp/smcx_conn_create")
int BPF_PROG(smcx_conn_create, struct sock *sk)
{
	smcx_conn_event(sk, PLACE(void *, sk, sock_rx), SMCW_EV_CONN_READY, SMCW_HOOK_CONN_READY);
	return 0;
}

SEC("?raw_tp/smcx_cdc_msg")
int BPF_PROG(smcx_cdc_msg, struct sock *sk, __u32 sent, __u64 token, const void *bytes)
{
	__u32 number = PLACE(__u32, sk, sock_number);
	const void *rx;

	if (!conn_known(number)) {
		rx = PLACE(void *, sk, sock_rx);
		/* Without one it has ended; who is late with a message does not bring it back. */
		if (rx)
			smcx_conn_event(sk, rx, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_SEEN);
	}
	return cdc_put(number, sent ? SMCW_HOOK_CDCD_TX : SMCW_HOOK_CDCD_RX, token, bytes,
		       sizeof(struct smcw_cdc_smcd));
}

#endif
