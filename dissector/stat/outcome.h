/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcome of a connection, as far as the capture shows it when it has been read. */
#ifndef SMCKIT_DISSECTOR_OUTCOME_H
#define SMCKIT_DISSECTOR_OUTCOME_H

#include <glib.h>
#include <stdbool.h>

struct conn;

/* The transport of a connection's bytes. */
enum outcome_kind { OUTCOME_UNDECIDED, OUTCOME_TCP, OUTCOME_SMCR, OUTCOME_SMCD };

/* Bytes of the application that a side has sent. */
struct amount {
	guint64 bytes;
	guint64 lost;  /* of these, that are not in the capture */
	bool known;    /* else the capture does not show it */
	bool at_least; /* it may be more: not all of it is in the capture */
};

enum outcome_kind outcome_kind(const struct conn *conn);

/* "SMC-R" and so on. */
const char *outcome_kind_text(enum outcome_kind kind);

/* Why it is TCP, or undecided, for g_free(); NULL for SMC. */
char *outcome_why(const struct conn *conn);

/* How it ended, for g_free(). */
char *outcome_end(const struct conn *conn);

/**
 * outcome_sent() - the bytes that a side has sent.
 * @side: CLIENT or SERVER
 *
 * By the cursors where there are any, else by the bytes that were seen. For TCP they are those
 * after CLC.
 */
struct amount outcome_sent(const struct conn *conn, unsigned side);

/* The amount as text, for g_free(): "100", "100+" when it is at least that, "100 (5 lost)". */
char *outcome_amount_text(const struct amount *a);

#endif
