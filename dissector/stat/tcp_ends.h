/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections from SYN to FIN or RST, and their bytes. The plugin sees only segments with
 * payload, and those only as long as no other dissector has claimed the connection. So this is
 * taken from TCP's tap, and only while a list of connections is asked for.
 */
#ifndef SMCKIT_DISSECTOR_TCP_ENDS_H
#define SMCKIT_DISSECTOR_TCP_ENDS_H

#include <glib.h>
#include <stdbool.h>

struct conn;

/* One direction. */
struct tcp_way {
	bool seen;
	bool from_start; /* the SYN was seen */
	bool fin;
	guint32 next;  /* sequence number after all that was seen */
	guint64 bytes; /* of payload, up to there */
};

struct tcp_ends {
	bool syn_ack;
	bool reset;
	struct tcp_way way[2]; /* by TCP's order of its two flows: see tcp_ends_way() */
};

/**
 * tcp_ends_listen() - begin to listen, or begin anew.
 * @changed: called for each segment that changes something, or NULL; @payload: only the bytes have
 */
void tcp_ends_listen(void (*changed)(guint32 stream, bool payload));

/* The TCP connection of @conn, or NULL when nothing is known of it. */
const struct tcp_ends *tcp_ends_find(const struct conn *conn);

/* The direction from @side to the other one. */
const struct tcp_way *tcp_ends_way(const struct tcp_ends *ends, const struct conn *conn,
				   unsigned side);

/* TCP connections of which the SYN was seen. */
guint32 tcp_ends_syns(void);

#endif
