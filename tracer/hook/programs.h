/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs of the BPF object, and the classes of events that they let us see. A program without
 * a row, and a row without a program, do not compile (hooks.c).
 */
#ifndef SMCKIT_TRACER_PROGRAMS_H
#define SMCKIT_TRACER_PROGRAMS_H

/*
 * C(class, kind): a class of events, whose name is OBSERVE_<class> of observe.h. --kinds asks for
 * it with that kind; EV_NONE: it has none of its own.
 */
#define TRACE_CLASSES(C)                                                                           \
	C(SYN, EV_SYN)                                                                             \
	C(CLC_SENT, EV_CLC)                                                                        \
	C(CLC_RECEIVED, EV_CLC)                                                                    \
	C(FALLBACKS, EV_FALLBACK)                                                                  \
	C(STATES, EV_STATE)                                                                        \
	C(CONNS, EV_CONN_NEW)                                                                      \
	C(GROUPS, EV_LGR_UP)                                                                       \
	C(LINKS, EV_LINK_UP)                                                                       \
	C(BUFFERS, EV_BUF_REGISTER)                                                                \
	C(LLC, EV_LLC)                                                                             \
	C(CDC, EV_CDC)                                                                             \
	C(OWNERS, EV_NONE)                                                                         \
	C(UNLOADING, EV_NONE)

enum trace_class {
#define CLASS_ID(class, kind) CLASS_##class,
	TRACE_CLASSES(CLASS_ID)
#undef CLASS_ID
		CLASSES
};

/* A bit a class. */
enum trace_sees {
	SEES_NONE = 0,
#define CLASS_BIT(class, kind) SEES_##class = 1 << CLASS_##class,
	TRACE_CLASSES(CLASS_BIT)
#undef CLASS_BIT
};

/*
 * P(program, stack, when, sees, need): in the order in which they are attached.
 *
 * stack  the one that it hooks: SMC, SMCX or BOTH
 * when   ALWAYS, or AGGREGATE, with that option alone
 * sees   classes of events. A program that sees CDC alone runs for every send, and is left out
 *        where CDC is not asked for. One that sees none is named by itself when it is missing.
 * need   NEEDED, or OPTIONAL: a kernel without the function has nothing to be seen there
 */
#define TRACE_PROGRAMS(P)                                                                          \
	P(report_traffic, BOTH, AGGREGATE, SEES_NONE, NEEDED)                                      \
	P(own_open_sockets, BOTH, ALWAYS, SEES_OWNERS, NEEDED)                                     \
	P(after_tcp_accept, SMC, ALWAYS, SEES_FALLBACKS, NEEDED)                                   \
	P(on_connect, SMC, ALWAYS, SEES_STATES, NEEDED)                                            \
	P(after_connect, SMC, ALWAYS, SEES_STATES, NEEDED)                                         \
	P(after_connect_work, SMC, ALWAYS, SEES_STATES, NEEDED)                                    \
	P(after_listen, SMC, ALWAYS, SEES_STATES, NEEDED)                                          \
	P(on_listen_out, SMC, ALWAYS, SEES_STATES, NEEDED)                                         \
	P(after_close_active, SMC, ALWAYS, SEES_STATES, NEEDED)                                    \
	P(after_shutdown, SMC, ALWAYS, SEES_STATES, NEEDED)                                        \
	P(on_destruct, SMC, ALWAYS, SEES_STATES, NEEDED)                                           \
	P(on_tcp_state, SMC, ALWAYS, SEES_SYN, NEEDED)                                             \
	P(on_tcp_state_again, SMC, ALWAYS, SEES_SYN, NEEDED)                                       \
	P(after_cookie_sock, SMC, ALWAYS, SEES_SYN, OPTIONAL)                                      \
	P(smcx_cookie_sock, SMCX, ALWAYS, SEES_SYN, OPTIONAL)                                      \
	P(on_send_proposal, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                    \
	P(after_send_proposal, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                 \
	P(on_send_accept, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                      \
	P(after_send_accept, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                   \
	P(on_send_confirm, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                     \
	P(after_send_confirm, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                  \
	P(on_send_decline, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                     \
	P(after_send_decline, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                  \
	P(on_sendmsg, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                          \
	P(after_sendmsg, SMC, ALWAYS, SEES_CLC_SENT, NEEDED)                                       \
	P(on_wait_msg, SMC, ALWAYS, SEES_CLC_RECEIVED, NEEDED)                                     \
	P(on_recvmsg, SMC, ALWAYS, SEES_CLC_RECEIVED, NEEDED)                                      \
	P(after_recvmsg, SMC, ALWAYS, SEES_CLC_RECEIVED, NEEDED)                                   \
	P(after_wait_msg, SMC, ALWAYS, SEES_CLC_RECEIVED, NEEDED)                                  \
	P(after_conn_create, SMC, ALWAYS, SEES_CONNS, NEEDED)                                      \
	P(after_save_peer_info, SMC, ALWAYS, SEES_CONNS, NEEDED)                                   \
	P(after_accept, SMC, ALWAYS, SEES_CONNS, NEEDED)                                           \
	P(on_conn_free, SMC, ALWAYS, SEES_CONNS, NEEDED)                                           \
	P(on_lgr_free, SMC, ALWAYS, SEES_GROUPS, NEEDED)                                           \
	P(on_fallback, SMC, ALWAYS, SEES_FALLBACKS, NEEDED)                                        \
	P(on_link_active, SMC, ALWAYS, SEES_LINKS, NEEDED)                                         \
	P(on_link_clear, SMC, ALWAYS, SEES_LINKS, NEEDED)                                          \
	P(after_register_dmb, SMC, ALWAYS, SEES_BUFFERS, NEEDED)                                   \
	P(on_unregister_dmb, SMC, ALWAYS, SEES_BUFFERS, NEEDED)                                    \
	P(after_attach_dmb, SMC, ALWAYS, SEES_BUFFERS, OPTIONAL)                                   \
	P(after_detach_dmb, SMC, ALWAYS, SEES_BUFFERS, OPTIONAL)                                   \
	P(after_reg_buf, SMC, ALWAYS, SEES_BUFFERS, NEEDED)                                        \
	P(on_put_memory_region, SMC, ALWAYS, SEES_BUFFERS, NEEDED)                                 \
	P(on_ism_write, SMC, ALWAYS, SEES_CDC, NEEDED)                                             \
	P(on_cdc_tasklet, SMC, ALWAYS, SEES_CDC, NEEDED)                                           \
	P(on_cdc_rx, SMC, ALWAYS, SEES_CDC, NEEDED)                                                \
	P(on_wr_send, SMC, ALWAYS, SEES_LLC, NEEDED)                                               \
	P(on_wr_v2_send, SMC, ALWAYS, SEES_LLC, OPTIONAL)                                          \
	P(on_llc_rx, SMC, ALWAYS, SEES_LLC, NEEDED)                                                \
	P(smcx_enter, SMCX, ALWAYS, SEES_STATES, NEEDED)                                           \
	P(smcx_destruct, SMCX, ALWAYS, SEES_STATES, NEEDED)                                        \
	P(smcx_sock_state, SMCX, ALWAYS, SEES_STATES, NEEDED)                                      \
	P(smcx_syn_option, SMCX, ALWAYS, SEES_SYN, NEEDED)                                         \
	P(smcx_connect_failed, SMCX, ALWAYS, SEES_SYN, NEEDED)                                     \
	P(smcx_clc_msg, SMCX, ALWAYS, SEES_CLC_SENT | SEES_CLC_RECEIVED, NEEDED)                   \
	P(smcx_clc_failed, SMCX, ALWAYS, SEES_CLC_RECEIVED, NEEDED)                                \
	P(smcx_fallback, SMCX, ALWAYS, SEES_FALLBACKS, NEEDED)                                     \
	P(smcx_accept_tcp, SMCX, ALWAYS, SEES_FALLBACKS, NEEDED)                                   \
	P(smcx_lgr_create, SMCX, ALWAYS, SEES_GROUPS, NEEDED)                                      \
	P(smcx_lgr_free, SMCX, ALWAYS, SEES_GROUPS, NEEDED)                                        \
	P(smcx_dmb_register, SMCX, ALWAYS, SEES_BUFFERS | SEES_CONNS, NEEDED)                      \
	P(smcx_dmb_unregister, SMCX, ALWAYS, SEES_BUFFERS | SEES_CONNS, NEEDED)                    \
	P(smcx_dmb_attach, SMCX, ALWAYS, SEES_BUFFERS, NEEDED)                                     \
	P(smcx_dmb_detach, SMCX, ALWAYS, SEES_BUFFERS, NEEDED)                                     \
	P(smcx_conn_create, SMCX, ALWAYS, SEES_CONNS, NEEDED)                                      \
	P(smcx_cdc_msg, SMCX, ALWAYS, SEES_CDC, NEEDED)                                            \
	P(on_show_refcnt, BOTH, ALWAYS, SEES_UNLOADING, NEEDED)

#endif
