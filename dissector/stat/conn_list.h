/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of connections: -z smcx,conns, and a window. */
#ifndef SMCKIT_DISSECTOR_CONN_LIST_H
#define SMCKIT_DISSECTOR_CONN_LIST_H

#include <glib.h>

struct conn;

void conn_list_register(void);

/**
 * conn_list_end() - an end of a connection as text, for g_free().
 * @side: of the connection
 *
 * Without a handshake it is the address of the RDMA packets, with a question mark: it is not known
 * which end is the client's.
 */
char *conn_list_end(const struct conn *conn, unsigned side);

#endif
