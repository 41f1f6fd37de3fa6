/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places where a tracer finds members of objects that the arguments of smcx.ko's
 * tracepoints point to. The module may have no BTF, so it reports the offsets of
 * these members by itself, in /sys/module/smcx/parameters/places: a line "NAME
 * OFFSET" each, the offset in bytes and decimal. A tracer takes the lines that it
 * knows and does without the module if one is missing.
 *
 * Numbers are in host order; the names begin with the object's: sock, the sk of
 * the tracepoints; lgr, a link group; dmb, a buffer.
 */
#ifndef SMCKIT_SMC_PLACES_H
#define SMCKIT_SMC_PLACES_H

/* P(name, bytes) */
#define SMCW_PLACES(P)                                                                             \
	P(sock_clcsk, sizeof(void *))	 /* the TCP sock */                                        \
	P(sock_listener, sizeof(void *)) /* the listener's sock, until accept() */                 \
	P(sock_mode, 4)			 /* SMCW_PLACES_MODE_* */                                  \
	P(sock_server, 4)		 /* not 0: accepted */                                     \
	P(sock_lgr, sizeof(void *))                                                                \
	P(sock_rx, sizeof(void *)) /* the own buffer, or NULL */                                   \
	P(sock_tx, sizeof(void *)) /* the peer's that we are attached to, or NULL */               \
	P(sock_number, 4)	   /* of the connection, on this machine; 0 before it has one */   \
	P(sock_peer_token, 8)                                                                      \
	P(sock_tx_bytes, 8)		     /* sent, ever */                                      \
	P(sock_rx_bytes, 8)		     /* received, ever */                                  \
	P(sock_lgr_link, 2 * sizeof(void *)) /* where it hangs in the list lgr_conns */            \
	P(lgr_id, 4)                                                                               \
	P(lgr_version, 1)                                                                          \
	P(lgr_conn_count, 4)                                                                       \
	P(lgr_conns, 2 * sizeof(void *)) /* of the one that makes it when it is made */            \
	P(lgr_peer_gid, 16)		 /* as on the wire, and what follows */                    \
	P(lgr_eid, 32)                                                                             \
	P(lgr_peer_hostname, 33)                                                                   \
	P(dmb_token, 8)                                                                            \
	P(dmb_size, 4) /* bytes, CDC header included */                                            \
	P(dmb_len, 4)  /* bytes for data */

/* sock_mode, and the mode of the tracepoint smcx_leave: the carrier of a connection. NONE: it is
 * not decided. */
enum smcw_places_modes {
	SMCW_PLACES_MODE_NONE,
	SMCW_PLACES_MODE_SMCD,
	SMCW_PLACES_MODE_TCP,
	SMCW_PLACES_MODE_SMCR,
};

/*
 * The call by which a process uses a socket from now on, in the tracepoint smcx_enter. TAKE:
 * accept() takes the last step of the handshake itself, before the connection is there.
 */
enum smcw_places_calls { SMCW_CALL_CONNECT, SMCW_CALL_LISTEN, SMCW_CALL_ACCEPT, SMCW_CALL_TAKE };

#endif
