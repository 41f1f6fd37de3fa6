/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stack smcx.ko: its tracepoints, as the events of net/smc. They are raw
 * ones, and what their arguments point to is found by the offsets that the
 * module says (smc_places.h), since a module built for 6.1 has no BTF. For
 * smc_trace.bpf.c.
 */
#ifndef SMCKIT_TRACER_SMCX_BPF_H
#define SMCKIT_TRACER_SMCX_BPF_H

#include "clc.bpf.h"

const volatile struct trace_places places;

/* The member of obj that smc_places.h has under that name. */
#define PLACE(type, obj, name)                                                                     \
	({                                                                                         \
		type v_ = 0;                                                                       \
		bpf_probe_read_kernel(&v_, sizeof(v_), (const void *)(obj) + places.name);         \
		v_;                                                                                \
	})

/* ---- filling ------------------------------------------------------------------------ */

static __always_inline void fill_smcx_group(struct smcw_event *ev, const void *lgr)
{
	ev->stack = SMCW_STACK_SMCX;
	if (!lgr)
		return;
	ev->mode = SMCW_MODE_SMCD;
	ev->lgr = bpf_htonl(PLACE(__u32, lgr, lgr_id));
}

/* The module gives every socket its cookie when it makes it. */
static __always_inline void fill_smcx(struct smcw_event *ev, struct sock *sk)
{
	struct sock *listener = PLACE(struct sock *, sk, sock_listener);

	ev->netns = bpf_htonl(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
	ev->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (PLACE(__u32, sk, sock_server))
		ev->role = SMCW_ROLE_SERVER;
	fill_ends(ev, PLACE(struct sock *, sk, sock_clcsk));
	ev->conn = bpf_htonl(PLACE(__u32, sk, sock_number));
	fill_smcx_group(ev, PLACE(void *, sk, sock_lgr));
	if (PLACE(__u32, sk, sock_mode) == SMCW_PLACES_MODE_TCP)
		ev->mode = SMCW_MODE_TCP;
	fill_owner(ev, cookie_of(sk), listener ? cookie_of(listener) : 0);
}

/* ---- the socket ----------------------------------------------------------------------- */

static __noinline int smcx_conn_event(struct sock *sk, const void *rx, __u8 kind, __u8 hook)
{
	const void *tx = PLACE(void *, sk, sock_tx);
	struct life l;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.conn));
	fill_smcx(&l.ev, sk);
	l.ev.mode = SMCW_MODE_SMCD; /* perhaps without a link group yet */
	if (hook == SMCW_HOOK_CONN_SEEN)
		l.ev.flags |= SMCW_EV_SEEN;
	if (rx) {
		l.conn.token = bpf_cpu_to_be64(PLACE(__u64, rx, dmb_token));
		l.conn.receive_size = bpf_htonl(PLACE(__u32, rx, dmb_len));
	}
	/* Sent bytes lie in the peer's buffer. */
	if (tx)
		l.conn.peer_size = l.conn.send_size = bpf_htonl(PLACE(__u32, tx, dmb_len));
	l.conn.peer_token = bpf_cpu_to_be64(PLACE(__u64, sk, sock_peer_token));
	l.conn.sent = bpf_cpu_to_be64(PLACE(__u64, sk, sock_tx_bytes));
	l.conn.received = bpf_cpu_to_be64(PLACE(__u64, sk, sock_rx_bytes));
	conn_know(bpf_ntohl(l.ev.conn), &l.ev, bpf_ntohl(l.conn.receive_size),
		  bpf_ntohl(l.conn.peer_size));
	life_put(&l, OF_SOCKET);
	return 0;
}

SEC("?raw_tp/smcx_enter")
int BPF_PROG(smcx_enter, struct sock *sk, __u32 call)
{
	__u64 key = cookie_of(sk);
	struct owner *o;
	void *rx;

	own(key, call == SMCW_CALL_CONNECT ? SMCW_ROLE_CLIENT :
		 call == SMCW_CALL_LISTEN  ? SMCW_ROLE_LISTENER :
					     SMCW_ROLE_SERVER);
	o = bpf_map_lookup_elem(&owners, &key);
	if (o && call == SMCW_CALL_CONNECT)
		o->syn = bpf_ktime_get_ns();
	if (call != SMCW_CALL_ACCEPT)
		return 0;
	rx = PLACE(void *, sk, sock_rx);
	if (rx)
		smcx_conn_event(sk, rx, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_ACCEPT);
	return 0;
}

SEC("?raw_tp/smcx_destruct")
int BPF_PROG(smcx_destruct, struct sock *sk)
{
	__u64 key = cookie_of(sk);

	bpf_map_delete_elem(&owners, &key);
	return 0;
}

SEC("?raw_tp/smcx_sock_state")
int BPF_PROG(smcx_sock_state, struct sock *sk, int old, int now)
{
	struct life l;

	life_begin(&l, SMCW_EV_STATE, SMCW_HOOK_STATE, SMCW_DIR_NONE, sizeof(l.state));
	fill_smcx(&l.ev, sk);
	l.state.old = old;
	l.state.now = now;
	l.state.error = bpf_htonl(BPF_CORE_READ(sk, sk_err));
	life_put(&l, OF_SOCKET);
	return 0;
}

/* ---- the handshake ---------------------------------------------------------------------- */

static __noinline int smcx_syn(struct sock *sk, __u32 what, __u64 time, __u32 error)
{
	struct life l;

	life_begin(&l, SMCW_EV_SYN, SMCW_HOOK_SYN, what & 0xff, sizeof(l.syn));
	if (time)
		l.ev.time = bpf_cpu_to_be64(time);
	fill_smcx(&l.ev, sk);
	l.syn.present = !!(what & SYN_PRESENT);
	l.syn.answer = !!(what & SYN_ANSWER);
	l.syn.error = bpf_htonl(error);
	life_put(&l, OF_SOCKET);
	return 0;
}

static __always_inline __u64 smcx_syn_time(const struct sock *sk)
{
	__u64 key = cookie_of(sk);
	struct owner *o = bpf_map_lookup_elem(&owners, &key);

	return o ? o->syn : 0;
}

SEC("?raw_tp/smcx_syn_option")
int BPF_PROG(smcx_syn_option, struct sock *sk, bool server, bool present)
{
	__u32 option = present ? SYN_PRESENT : 0;

	if (!server) {
		smcx_syn(sk, SMCW_DIR_OUT | SYN_PRESENT, smcx_syn_time(sk), 0);
		smcx_syn(sk, SMCW_DIR_IN | SYN_ANSWER | option, 0, 0);
	} else if (present) {
		smcx_syn(sk, SMCW_DIR_IN | option, 0, 0);
		smcx_syn(sk, SMCW_DIR_OUT | SYN_ANSWER | option, 0, 0);
	}
	return 0;
}

SEC("?raw_tp/smcx_connect_failed")
int BPF_PROG(smcx_connect_failed, struct sock *sk, __u32 error)
{
	return smcx_syn(sk, SMCW_DIR_OUT | SYN_PRESENT, smcx_syn_time(sk), error);
}

/* As for net/smc; a kernel without that has no SMC option of TCP's, which the module brings then.
 */
SEC("?fexit/tcp_get_cookie_sock")
int BPF_PROG(smcx_cookie_sock, struct sock *sk)
{
	struct tcp_sock *listener = (struct tcp_sock *)sk;
	__u64 child = 0;

	if (!bpf_core_field_exists(listener->syn_smc) ||
	    !BPF_CORE_READ_BITFIELD_PROBED(listener, syn_smc))
		return 0;
	bpf_get_func_ret(ctx, &child);
	if (child)
		syn_event((struct sock *)child,
			  SMCW_STACK_SMCX << SYN_STACK | SMCW_DIR_IN | SYN_COOKIE, 0, 0);
	return 0;
}

SEC("?raw_tp/smcx_clc_msg")
int BPF_PROG(smcx_clc_msg, struct sock *sk, __u32 sent, const void *bytes, __u64 len)
{
	__u8 hook = sent ? SMCW_HOOK_CLC_TX : SMCW_HOOK_CLC_RX;
	struct smcw_event ev;

	fill_start(&ev, SMCW_EV_CLC, hook, sent ? SMCW_DIR_OUT : SMCW_DIR_IN);
	fill_smcx(&ev, sk);
	message_put(&ev, hook, bytes, 0, len, OF_SOCKET);
	return 0;
}

SEC("?raw_tp/smcx_clc_failed")
int BPF_PROG(smcx_clc_failed, struct sock *sk, __u32 error, __u32 expected, __u32 got)
{
	struct life l;

	life_begin(&l, SMCW_EV_CLC_FAILED, SMCW_HOOK_CLC_FAILED, SMCW_DIR_NONE,
		   sizeof(l.clc_failed));
	fill_smcx(&l.ev, sk);
	l.clc_failed.error = bpf_htonl(error);
	l.clc_failed.expected = expected;
	l.clc_failed.got = got;
	life_put(&l, OF_SOCKET);
	return 0;
}

static __noinline int smcx_fallback_event(struct sock *sk, struct sock *clcsk, __u32 reason,
					  __u32 diagnosis)
{
	struct life l;

	life_begin(&l, SMCW_EV_FALLBACK, SMCW_HOOK_FALLBACK, SMCW_DIR_NONE, sizeof(l.fallback));
	fill_smcx(&l.ev, sk);
	if (clcsk) { /* a listener's, which has no SMC socket of its own */
		l.ev.role = SMCW_ROLE_SERVER;
		l.ev.state = SMCW_STATE_ACTIVE;
		fill_ends(&l.ev, clcsk);
		l.ev.sock = bpf_cpu_to_be64(cookie_of(clcsk)); /* and not the listener's */
	}
	l.ev.mode = SMCW_MODE_TCP;
	l.fallback.reason = bpf_htonl(reason);
	l.fallback.diagnosis = bpf_htonl(diagnosis);
	life_put(&l, OF_SOCKET);
	return 0;
}

/* In the caller's context, unless it is a child's: that one's owner is who accepts it. */
SEC("?raw_tp/smcx_fallback")
int BPF_PROG(smcx_fallback, struct sock *sk, bool server, __u32 reason, __u32 diagnosis)
{
	if (!server)
		own_if_nobody(cookie_of(sk));
	smcx_fallback_event(sk, 0, reason, diagnosis);
	return 0;
}

/* The listener has fallen back: what it accepts is TCP's, and the caller gets it. */
SEC("?raw_tp/smcx_accept_tcp")
int BPF_PROG(smcx_accept_tcp, struct sock *sk, struct sock *clcsk, __u32 reason)
{
	own(cookie_of(sk), SMCW_ROLE_LISTENER);
	smcx_fallback_event(sk, clcsk, reason, 0);
	return 0;
}

/* ---- link groups and buffers ------------------------------------------------------------ */

static __always_inline int smcx_group_event(const void *lgr, __u8 kind, __u8 hook)
{
	struct life l;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.lgr));
	fill_smcx_group(&l.ev, lgr);
	l.lgr.version = PLACE(__u8, lgr, lgr_version);
	l.lgr.conns = bpf_htonl(PLACE(__u32, lgr, lgr_conn_count));
	bpf_probe_read_kernel(l.lgr.peer, sizeof(l.lgr.peer), lgr + places.lgr_peer_gid);
	bpf_probe_read_kernel(l.lgr.eid, sizeof(l.lgr.eid), lgr + places.lgr_eid);
	bpf_probe_read_kernel(l.lgr.hostname, sizeof(l.lgr.hostname),
			      lgr + places.lgr_peer_hostname);
	life_put(&l, OF_GROUP);
	if (kind == SMCW_EV_LGR_DOWN)
		belonging_ends(GROUP_KEY(&l.ev));
	return 0;
}

/* The socket that makes a group decides whether it is wanted: it is the first in its list. */
static __noinline int smcx_group_belongs(const void *lgr)
{
	void *first = PLACE(void *, lgr, lgr_conns);
	struct smcw_event ev = {};

	if (!first)
		return 0;
	fill_smcx(&ev, first - places.sock_lgr_link);
	if (socket_wanted(&ev))
		belongs(GROUP_KEY(&ev));
	return 0;
}

SEC("?raw_tp/smcx_lgr_create")
int BPF_PROG(smcx_lgr_create, const void *lgr)
{
	if (filter.on_socket)
		smcx_group_belongs(lgr);
	return smcx_group_event(lgr, SMCW_EV_LGR_UP, SMCW_HOOK_LGR_UP);
}

SEC("?raw_tp/smcx_lgr_free")
int BPF_PROG(smcx_lgr_free, const void *lgr)
{
	return smcx_group_event(lgr, SMCW_EV_LGR_DOWN, SMCW_HOOK_LGR_DOWN);
}

static __noinline int smcx_buf_event(struct sock *sk, const void *dmb, __u8 kind, __u8 hook)
{
	struct life l;

	life_begin(&l, kind, hook, SMCW_DIR_NONE, sizeof(l.buf));
	fill_smcx(&l.ev, sk);
	l.ev.mode = SMCW_MODE_SMCD;
	l.buf.token = bpf_cpu_to_be64(PLACE(__u64, dmb, dmb_token));
	l.buf.size = bpf_htonl(PLACE(__u32, dmb, dmb_size));
	life_put(&l, OF_SOCKET);
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
	traffic_ends(PLACE(__u32, sk, sock_number));
	channel_ends(PLACE(__u64, dmb, dmb_token));
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

static __noinline int smcx_conn_late(struct sock *sk)
{
	struct smcw_event ev = {};

	fill_smcx(&ev, sk);
	return cdc_wanted_late(&ev);
}

/* As conn_met(); without a buffer it is about to end. */
static __always_inline bool smcx_conn_met(struct sock *sk, __u32 number)
{
	const void *rx = PLACE(void *, sk, sock_rx);

	if (!rx)
		return smcx_conn_late(sk);
	smcx_conn_event(sk, rx, SMCW_EV_CONN_READY, SMCW_HOOK_CONN_SEEN);
	return cdc_wanted(number);
}

SEC("?raw_tp/smcx_cdc_msg")
int BPF_PROG(smcx_cdc_msg, struct sock *sk, __u32 sent, __u64 token, const void *bytes)
{
	__u32 number = PLACE(__u32, sk, sock_number);
	bool on = conn_known(number) ? cdc_wanted(number) : smcx_conn_met(sk, number);

	return cdc_put(on, number, sent ? SMCW_HOOK_CDCD_TX : SMCW_HOOK_CDCD_RX, token, bytes,
		       sizeof(struct smcw_cdc_smcd));
}

#endif
