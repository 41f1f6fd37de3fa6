/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a connection, as far as the capture tells when it has been read. */
#ifndef SMCKIT_DISSECTOR_OUTCOME_H
#define SMCKIT_DISSECTOR_OUTCOME_H

#include <glib.h>
#include <stdbool.h>

struct conn;

/* What a connection's bytes go by. */
enum outcome_kind { OUTCOME_UNDECIDED, OUTCOME_TCP, OUTCOME_SMCR, OUTCOME_SMCD };

/* Bytes of the application that a side has sent. */
struct amount {
	guint64 bytes;
	guint64 lost;  /* of these, that are not in the capture */
	bool known;    /* else the capture does not tell */
	bool at_least; /* it may be more: the capture does not have all that tells it */
};

enum outcome_kind outcome_kind(const struct conn *conn);

/* "SMC-R" and so on. */
const char *outcome_kind_text(enum outcome_kind kind);

/* Why it is TCP, or undecided, for g_free(); NULL for SMC. */
char *outcome_why(const struct conn *conn);

/* How it ended, for g_free(). */
char *outcome_end(const struct conn *conn);

/**
 * outcome_sent() - what a side has sent.
 * @side: CLIENT or SERVER
 *
 * By the cursors where there are any, else by what was seen of it. Of TCP they are those behind
 * CLC.
 */
struct amount outcome_sent(const struct conn *conn, unsigned side);

/* The amount as text, for g_free(): "100", "100+" when it is at least that, "100 (5 lost)". */
char *outcome_amount_text(const struct amount *a);

#endif
