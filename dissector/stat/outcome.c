// SPDX-License-Identifier: GPL-2.0-or-later
/* See outcome.h. */
#include <epan/packet.h>

#include "conn/conn.h"
#include "conn/note.h"
#include "outcome.h"
#include "smc_event.h"
#include "smc_event_text.h"
#include "stream/stream.h"
#include "tcp_ends.h"

/* ---- its transport ------------------------------------------------------------------ */

static bool has_cdc(const struct conn *conn)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (conn->flow[0][i].frame || conn->flow[1][i].frame || conn->bytes[i])
			return true;
	return false;
}

/* A SYN-ACK was seen; whether it has the option is another question. */
static bool is_answered(const struct conn *conn)
{
	const struct tcp_ends *ends = tcp_ends_find(conn);

	return conn->tally.syn_ack || (ends && ends->syn_ack);
}

static enum outcome_kind traced_kind(const struct conn *conn)
{
	switch (conn->tally.mode) {
	case SMCW_MODE_SMCR:
		return OUTCOME_SMCR;
	case SMCW_MODE_SMCD:
		return OUTCOME_SMCD;
	case SMCW_MODE_TCP:
		return OUTCOME_TCP;
	default:
		return OUTCOME_UNDECIDED;
	}
}

enum outcome_kind outcome_kind(const struct conn *conn)
{
	if (conn->clc[SMCW_DECLINE] || conn->tally.has_reason)
		return OUTCOME_TCP;
	if (conn->group && (conn->clc[SMCW_CONFIRM] || has_cdc(conn)))
		return conn->group->smcd ? OUTCOME_SMCD : OUTCOME_SMCR;
	if (conn->clc[SMCW_PROPOSAL] || conn->clc[SMCW_ACCEPT] || !conn->syn)
		return traced_kind(conn);
	return is_answered(conn) ? OUTCOME_TCP : OUTCOME_UNDECIDED;
}

const char *outcome_kind_text(enum outcome_kind kind)
{
	static const char *const texts[] = { "undecided", "TCP", "SMC-R", "SMC-D" };

	return texts[kind];
}

static const char *side_text(unsigned side)
{
	return side == CLIENT ? "client" : "server";
}

static char *outcome_declined(const struct conn *conn)
{
	const char *text = smcw_reason_text(conn->tally.reason);

	if (!conn->tally.has_reason)
		return g_strdup_printf("Decline of the %s", side_text(conn->declined_by));
	if (!conn->clc[SMCW_DECLINE] || conn->declined_by >= SIDES)
		return g_strdup_printf("%s (0x%08x)", text, conn->tally.reason);
	return g_strdup_printf("%s (0x%08x), says the %s", text, conn->tally.reason,
			       side_text(conn->declined_by));
}

/* Neither a Decline nor a Confirm. */
static const char *outcome_missing(const struct conn *conn)
{
	if (conn->clc[SMCW_CONFIRM])
		return "the capture has cut Accept and Confirm";
	if (conn->clc[SMCW_ACCEPT])
		return "no Confirm";
	if (conn->clc[SMCW_PROPOSAL])
		return "no Accept";
	if (!conn->has_stream)
		return "no CLC message was traced";
	if (!conn->syn)
		return "the SYN is not in the capture";
	if (!is_answered(conn))
		return "no SYN-ACK";
	return conn->tally.syn_ack ? "no Proposal" : "no SMC option in the SYN-ACK";
}

char *outcome_why(const struct conn *conn)
{
	enum outcome_kind kind = outcome_kind(conn);

	if (kind == OUTCOME_SMCR || kind == OUTCOME_SMCD)
		return NULL;
	if (conn->clc[SMCW_DECLINE] || conn->tally.has_reason)
		return outcome_declined(conn);
	return g_strdup(outcome_missing(conn));
}

/* ---- how it ended ------------------------------------------------------------------------ */

static guint8 state_bits(const struct conn *conn, unsigned side)
{
	return conn->flow[0][side].state | conn->flow[1][side].state;
}

static const char *end_of_tcp(const struct conn *conn, const char *closed)
{
	const struct tcp_ends *ends = tcp_ends_find(conn);
	bool client, server;

	if (!ends)
		return "unknown";
	client = tcp_ends_way(ends, conn, CLIENT)->fin;
	server = tcp_ends_way(ends, conn, SERVER)->fin;
	if (client && server)
		return closed;
	if (ends->reset)
		return "reset";
	if (client || server)
		return client ? "half-closed by the client" : "half-closed by the server";
	return "open";
}

/* Without a handshake it is not known which end of a group is the client's. */
static char *by_side(const struct conn *conn, const char *what, unsigned side)
{
	if (conn->by_cdc)
		return g_strdup(what);
	return g_strdup_printf("%s by the %s", what, side_text(side));
}

char *outcome_end(const struct conn *conn)
{
	enum outcome_kind kind = outcome_kind(conn);
	guint8 of_client = state_bits(conn, CLIENT), of_server = state_bits(conn, SERVER);
	const guint8 done = SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED;

	if (kind == OUTCOME_TCP || kind == OUTCOME_UNDECIDED)
		return g_strdup(conn->tally.freed ? "closed" : end_of_tcp(conn, "closed"));
	if (conn->tally.aborted_by < SIDES)
		return by_side(conn, "aborted", conn->tally.aborted_by);
	if (of_client & of_server & SMCW_CDC_CLOSED || conn->tally.freed)
		return g_strdup("closed");
	if (conn->group && conn->group->tally.end_in)
		return g_strdup("its link group ended");
	if (of_client & done || of_server & done)
		return by_side(conn, "half-closed", of_client & done ? CLIENT : SERVER);
	return g_strdup(end_of_tcp(conn, "its TCP closed"));
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static struct amount sent_by_tcp(const struct conn *conn, unsigned side)
{
	const struct tcp_ends *ends = tcp_ends_find(conn);
	const struct tcp_way *way;
	struct amount a = { 0 };
	guint32 clc = conn->tally.clc_bytes[side];

	if (!ends)
		return a;
	way = tcp_ends_way(ends, conn, side);
	a.known = way->seen;
	a.at_least = !way->from_start;
	a.bytes = way->bytes > clc ? way->bytes - clc : 0;
	return a;
}

static struct amount sent_by_smc(const struct conn *conn, unsigned side)
{
	const struct end *end = conn->end;
	const struct stream *s = conn->bytes[side];
	struct amount a = { .lost = conn->tally.lost[side] };
	bool own = false;

	for (unsigned view = 0; view < 2; view++) {
		a.known = a.known || conn->flow[view][side].frame || conn->flow[view][!side].frame;
		own = own || conn->flow[view][side].frame;
		a.bytes = MAX(a.bytes, conn->flow[view][side].produced);
		a.bytes = MAX(a.bytes, conn->flow[view][!side].consumed);
	}
	if (s && !own) {
		a.known = true;
		a.bytes = MAX(a.bytes, s->next);
	}
	a.at_least = !own || !end[CLIENT].known || !end[SERVER].known;
	if (conn->tally.freed) {
		a.known = true;
		a.at_least = false;
		a.bytes = MAX(a.bytes, conn->tally.freed_sent[side]);
	}
	return a;
}

struct amount outcome_sent(const struct conn *conn, unsigned side)
{
	enum outcome_kind kind = outcome_kind(conn);

	return kind == OUTCOME_SMCR || kind == OUTCOME_SMCD ? sent_by_smc(conn, side) :
							      sent_by_tcp(conn, side);
}

char *outcome_amount_text(const struct amount *a)
{
	if (!a->known)
		return g_strdup("?");
	if (a->lost)
		return g_strdup_printf("%" PRIu64 "%s (%" PRIu64 " lost)", a->bytes,
				       a->at_least ? "+" : "", a->lost);
	return g_strdup_printf("%" PRIu64 "%s", a->bytes, a->at_least ? "+" : "");
}
