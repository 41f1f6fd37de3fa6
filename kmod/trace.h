/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, system "smcx". Each reports the namespace's cookie and the
 * socket's id; message events carry the bytes as they are on the wire.
 * Nothing is dereferenced that the caller does not hold.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM smcx

#if !defined(SMCX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SMCX_TRACE_H

#include <linux/tracepoint.h>

#include "cursor_word.h"
#include "lgr.h"
#include "smc_places.h"
#include "sock.h"

struct smcx_dmb;

#ifndef SMCX_TRACE_DIR
#define SMCX_TRACE_DIR
enum smcx_trace_dir { SMCX_TRACE_RX, SMCX_TRACE_TX };
#endif

/* Lists, not calls. */
/* clang-format off */
#define SMCX_TP_SOCK                                                                               \
	__field(u64, net_cookie)                                                                   \
	__field(u32, sock)

#define SMCX_TP_SOCK_ASSIGN(sk)                                                                    \
	__entry->net_cookie = (sk) ? sock_net(sk)->net_cookie : 0;                                 \
	__entry->sock = (sk) ? smcx_sk(sk)->id : 0

#define SMCX_TP_SOCK_FMT "net=%llu sock=%u "
#define SMCX_TP_SOCK_ARGS (unsigned long long)__entry->net_cookie, __entry->sock

TRACE_EVENT(smcx_clc_msg,
	TP_PROTO(const struct sock *sk, enum smcx_trace_dir dir, const void *msg, size_t len),
	TP_ARGS(sk, dir, msg, len),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u8, dir)
		__field(u32, len)
		__dynamic_array(u8, bytes, len)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->dir = dir;
		__entry->len = len;
		memcpy(__get_dynamic_array(bytes), msg, len);
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s len=%u %s", SMCX_TP_SOCK_ARGS,
		  __entry->dir == SMCX_TRACE_TX ? "tx" : "rx", __entry->len,
		  __print_hex(__get_dynamic_array(bytes), __entry->len))
);

/* The CDC header as it stands at the head of the receiver's DMB, from now on. */
TRACE_EVENT(smcx_cdc_msg,
	TP_PROTO(const struct sock *sk, enum smcx_trace_dir dir, u64 token,
		 const struct smcw_cdc_smcd *cdc),
	TP_ARGS(sk, dir, token, cdc),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u8, dir)
		__field(u64, token)
		__array(u8, bytes, sizeof(struct smcw_cdc_smcd))
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->dir = dir;
		__entry->token = token;
		memcpy(__entry->bytes, cdc, sizeof(*cdc));
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s token=%016llx %s", SMCX_TP_SOCK_ARGS,
		  __entry->dir == SMCX_TRACE_TX ? "tx" : "rx",
		  (unsigned long long)__entry->token,
		  __print_hex(__entry->bytes, sizeof(struct smcw_cdc_smcd)))
);

/*
 * A handshake has failed. @error: errno; @expected, @got: enum smcw_clc_types, of the message that
 * was waited for, and of the one that came or had begun to, 0 without one
 */
TRACE_EVENT(smcx_clc_failed,
	TP_PROTO(const struct sock *sk, u32 error, u32 expected, u32 got),
	TP_ARGS(sk, error, expected, got),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, error)
		__field(u32, expected)
		__field(u32, got)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->error = error;
		__entry->expected = expected;
		__entry->got = got;
	),
	TP_printk(SMCX_TP_SOCK_FMT "error=%u expected=%u got=%u", SMCX_TP_SOCK_ARGS,
		  __entry->error, __entry->expected, __entry->got)
);

TRACE_EVENT(smcx_syn_option,
	TP_PROTO(const struct sock *sk, bool server, bool seen),
	TP_ARGS(sk, server, seen),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(bool, server)
		__field(bool, seen)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->server = server;
		__entry->seen = seen;
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s option %s", SMCX_TP_SOCK_ARGS,
		  __entry->server ? "server" : "client", __entry->seen ? "seen" : "absent")
);

DECLARE_EVENT_CLASS(smcx_dmb,
	TP_PROTO(const struct sock *sk, const struct smcx_dmb *dmb),
	TP_ARGS(sk, dmb),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u64, token)
		__field(u32, size)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->token = dmb->token;
		__entry->size = dmb->ring.size;
	),
	TP_printk(SMCX_TP_SOCK_FMT "token=%016llx size=%u", SMCX_TP_SOCK_ARGS,
		  (unsigned long long)__entry->token, __entry->size)
);

#define SMCX_TP_DMB(name)                                                                          \
	DEFINE_EVENT(smcx_dmb, name, TP_PROTO(const struct sock *sk, const struct smcx_dmb *dmb), \
		     TP_ARGS(sk, dmb))
SMCX_TP_DMB(smcx_dmb_register);
SMCX_TP_DMB(smcx_dmb_attach);
SMCX_TP_DMB(smcx_dmb_detach);
SMCX_TP_DMB(smcx_dmb_unregister);

DECLARE_EVENT_CLASS(smcx_lgr,
	TP_PROTO(const struct smcx_lgr *lgr),
	TP_ARGS(lgr),
	TP_STRUCT__entry(
		__field(u64, net_cookie)
		__field(u32, lgr)
		__field(u8, server)
		__array(u8, peer_gid, SMCW_GID_LEN)
	),
	TP_fast_assign(
		__entry->net_cookie = lgr->net_cookie;
		__entry->lgr = lgr->id;
		__entry->server = lgr->role == SMCX_SERVER;
		memcpy(__entry->peer_gid, lgr->peer_gid, SMCW_GID_LEN);
	),
	TP_printk("net=%llu lgr=%u %s peer=%pUb", (unsigned long long)__entry->net_cookie,
		  __entry->lgr, __entry->server ? "server" : "client", __entry->peer_gid)
);
DEFINE_EVENT(smcx_lgr, smcx_lgr_create, TP_PROTO(const struct smcx_lgr *lgr), TP_ARGS(lgr));
DEFINE_EVENT(smcx_lgr, smcx_lgr_free, TP_PROTO(const struct smcx_lgr *lgr), TP_ARGS(lgr));

DECLARE_EVENT_CLASS(smcx_conn,
	TP_PROTO(const struct sock *sk, u32 lgr, u64 token, u64 peer_token),
	TP_ARGS(sk, lgr, token, peer_token),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, lgr)
		__field(u64, token)
		__field(u64, peer_token)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->lgr = lgr;
		__entry->token = token;
		__entry->peer_token = peer_token;
	),
	TP_printk(SMCX_TP_SOCK_FMT "lgr=%u token=%016llx peer=%016llx", SMCX_TP_SOCK_ARGS,
		  __entry->lgr, (unsigned long long)__entry->token,
		  (unsigned long long)__entry->peer_token)
);
#define SMCX_TP_CONN(name)                                                                         \
	DEFINE_EVENT(smcx_conn, name,                                                              \
		     TP_PROTO(const struct sock *sk, u32 lgr, u64 token, u64 peer_token),          \
		     TP_ARGS(sk, lgr, token, peer_token))
SMCX_TP_CONN(smcx_conn_create);
SMCX_TP_CONN(smcx_conn_free);

/* @cause: a string constant */
TRACE_EVENT(smcx_sock_state,
	TP_PROTO(const struct sock *sk, int from, int to, const char *cause),
	TP_ARGS(sk, from, to, cause),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(int, from)
		__field(int, to)
		__array(char, cause, 24)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->from = from;
		__entry->to = to;
		strscpy(__entry->cause, cause, sizeof(__entry->cause));
	),
	TP_printk(SMCX_TP_SOCK_FMT "%d -> %d: %s", SMCX_TP_SOCK_ARGS, __entry->from, __entry->to,
		  __entry->cause)
);

TRACE_EVENT(smcx_fallback,
	TP_PROTO(const struct sock *sk, bool server, u32 reason, u32 peer_diagnosis, u32 stage),
	TP_ARGS(sk, server, reason, peer_diagnosis, stage),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(bool, server)
		__field(u32, reason)
		__field(u32, peer_diagnosis)
		__field(u32, stage)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->server = server;
		__entry->reason = reason;
		__entry->peer_diagnosis = peer_diagnosis;
		__entry->stage = stage;
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s reason=%08x peer=%08x stage=%u", SMCX_TP_SOCK_ARGS,
		  __entry->server ? "server" : "client", __entry->reason,
		  __entry->peer_diagnosis, __entry->stage)
);

/* The calling process uses the socket from now on. @call: enum smcw_places_calls */
TRACE_EVENT(smcx_enter,
	TP_PROTO(const struct sock *sk, u32 call),
	TP_ARGS(sk, call),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, call)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->call = call;
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s", SMCX_TP_SOCK_ARGS,
		  __entry->call == SMCW_CALL_CONNECT ? "connect" :
		  __entry->call == SMCW_CALL_LISTEN  ? "listen" :
		  __entry->call == SMCW_CALL_TAKE    ? "take" :
						       "accept")
);

/*
 * The application has no more of a connection: it has closed it, or, as a
 * server that has fallen back, gets TCP's own socket. The arguments are all
 * that a raw tracepoint's program needs, for there may be no BTF of ours.
 */
TRACE_EVENT(smcx_leave,
	TP_PROTO(const struct sock *sk, const struct sock *clcsk, u32 mode, u32 server, u32 reason,
		 u32 peer_diagnosis),
	TP_ARGS(sk, clcsk, mode, server, reason, peer_diagnosis),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, mode)
		__field(u32, server)
		__field(u32, reason)
		__field(u32, peer_diagnosis)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->mode = mode;
		__entry->server = server;
		__entry->reason = reason;
		__entry->peer_diagnosis = peer_diagnosis;
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s mode=%u reason=%08x peer=%08x", SMCX_TP_SOCK_ARGS,
		  __entry->server ? "server" : "client", __entry->mode, __entry->reason,
		  __entry->peer_diagnosis)
);

/* The sock is freed: no event of it follows. */
TRACE_EVENT(smcx_destruct,
	TP_PROTO(const struct sock *sk),
	TP_ARGS(sk),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
	),
	TP_printk(SMCX_TP_SOCK_FMT, SMCX_TP_SOCK_ARGS)
);

/* No TCP connection came of connect(). */
TRACE_EVENT(smcx_connect_failed,
	TP_PROTO(const struct sock *sk, u32 error),
	TP_ARGS(sk, error),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, error)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->error = error;
	),
	TP_printk(SMCX_TP_SOCK_FMT "error=%u", SMCX_TP_SOCK_ARGS, __entry->error)
);

/* A listener that has fallen back accepts TCP's own socket. @sk: the listener; @clcsk: the other */
TRACE_EVENT(smcx_accept_tcp,
	TP_PROTO(const struct sock *sk, const struct sock *clcsk, u32 reason),
	TP_ARGS(sk, clcsk, reason),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(u32, reason)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->reason = reason;
	),
	TP_printk(SMCX_TP_SOCK_FMT "reason=%08x", SMCX_TP_SOCK_ARGS, __entry->reason)
);

/* @note: tx: the receiver was asleep and woken; rx: data was waited for by polling */
DECLARE_EVENT_CLASS(smcx_data,
	TP_PROTO(const struct sock *sk, size_t len, u64 prod, u64 cons, bool note),
	TP_ARGS(sk, len, prod, cons, note),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(size_t, len)
		__field(u64, prod)
		__field(u64, cons)
		__field(bool, note)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->len = len;
		__entry->prod = prod;
		__entry->cons = cons;
		__entry->note = note;
	),
	TP_printk(SMCX_TP_SOCK_FMT "len=%zu prod=%u.%u cons=%u.%u note=%d", SMCX_TP_SOCK_ARGS,
		  __entry->len, smcx_cursor_wrap(__entry->prod), smcx_cursor_count(__entry->prod),
		  smcx_cursor_wrap(__entry->cons), smcx_cursor_count(__entry->cons),
		  __entry->note)
);
#define SMCX_TP_DATA(name)                                                                         \
	DEFINE_EVENT(smcx_data, name,                                                              \
		     TP_PROTO(const struct sock *sk, size_t len, u64 prod, u64 cons, bool note),   \
		     TP_ARGS(sk, len, prod, cons, note))
SMCX_TP_DATA(smcx_tx);
SMCX_TP_DATA(smcx_rx);

TRACE_EVENT(smcx_fault_hit,
	TP_PROTO(const struct sock *sk, int fault, const char *name),
	TP_ARGS(sk, fault, name),
	TP_STRUCT__entry(
		SMCX_TP_SOCK
		__field(int, fault)
		__array(char, name, 24)
	),
	TP_fast_assign(
		SMCX_TP_SOCK_ASSIGN(sk);
		__entry->fault = fault;
		strscpy(__entry->name, name, sizeof(__entry->name));
	),
	TP_printk(SMCX_TP_SOCK_FMT "%s", SMCX_TP_SOCK_ARGS, __entry->name)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
