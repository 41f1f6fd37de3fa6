// SPDX-License-Identifier: GPL-2.0-or-later
/* See missing.h. */
#include <epan/packet.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <stdarg.h>
#include <string.h>

#include "conn/clc_place.h"
#include "clc_rules.h"
#include "conn/conn.h"
#include "conn/group.h"
#include "llc_rules.h"
#include "missing.h"
#include "conn/note.h"
#include "field/rule.h"
#include "conn/segment.h"
#include "smc_text.h"

#define CLC_WAIT_S (SMCP_CLC_WAIT_MS / 1000.0)
#define LLC_WAIT_S (SMCP_LLC_WAIT_MS / 1000.0)

/* Bytes quoted from an answer that is text. */
#define QUOTE_MAX 36

#define TLS_ALERT 21
#define TLS_MAJOR 3
#define TLS_HEADER 5

/* Key of data kept with a frame; note.c counts its own from 1 on. */
#define KEY_FINDING 0x6d697373

/* Wireshark shows some 200 characters of an expert info, so these are short. */
#define CURE "To do: stop the echo (server or a device between), or keep SMC off this peer"
#define CURE_IF                                                                                    \
	"To do: see whether the peer only echoes TCP option 254, and stop that or keep SMC off it"

struct expectation {
	guint32 proposal; /* frame */
	guint32 end;	  /* sequence number after the Proposal */
	guint32 next;	  /* ... of the peer's first byte, which is that of the answer */
	guint32 len;
	const guint8 *bytes; /* of the Proposal */
	nstime_t at;
	bool waits; /* for an answer */
	bool heard; /* the peer's side of the connection is in the capture */
	bool acked; /* TCP has acknowledged the Proposal */
};

/* An expert info on a frame that has no message of ours. */
struct finding {
	enum smcp_rule rule;
	const char *text;
};

static int proto_smcx = -1;
static expert_field ei_clocks = EI_INIT;
static expert_field ei_no_link = EI_INIT;

static guint32 waiting;	 /* Proposals */
static guint32 findings; /* in this file */
static bool has_rdma;	 /* a SEND or WRITE of anybody was seen */
static nstime_t latest;	 /* time of the last packet of TCP or RDMA */

/* ---- keeping ------------------------------------------------------------------------ */

static struct expectation *expectation_of(struct conn *conn)
{
	if (!conn->expectation)
		conn->expectation = wmem_new0(wmem_file_scope(), struct expectation);
	return conn->expectation;
}

static void stop_waiting(struct conn *conn)
{
	if (!conn->expectation || !conn->expectation->waits)
		return;
	conn->expectation->waits = false;
	waiting--;
}

static void missing_found(packet_info *pinfo, struct conn *conn, enum smcp_rule rule,
			  const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The connection has its answer, such as it is: one frame is enough to say so. */
static void missing_found(packet_info *pinfo, struct conn *conn, enum smcp_rule rule,
			  const char *format, ...)
{
	struct finding *f = wmem_new(wmem_file_scope(), struct finding);
	va_list args;

	va_start(args, format);
	*f = (struct finding){ rule, wmem_strdup_vprintf(wmem_file_scope(), format, args) };
	va_end(args);
	p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_FINDING, f);
	findings++;
	stop_waiting(conn);
}

/* Did the SYN-ACK have the option, without which nobody proposes anything? */
static bool has_option(const packet_info *pinfo, const struct segment *s)
{
	conversation_t *conv = find_conversation(pinfo->num, &pinfo->src, &pinfo->dst,
						 CONVERSATION_TCP, s->from, s->to, 0);
	const struct conv_data *data = conv ? conversation_get_proto_data(conv, proto_smcx) : NULL;

	return data && data->syn_ack;
}

/* ---- answers that are no CLC -------------------------------------------------------------- */

static bool is_tls_alert(const guint8 *b, guint32 len)
{
	return len >= TLS_HEADER && b[0] == TLS_ALERT && b[1] == TLS_MAJOR;
}

/* The first line of an answer, if it is text. */
static guint32 text_len(const guint8 *b, guint32 len)
{
	guint32 n = 0;

	while (n < len && n < QUOTE_MAX && g_ascii_isprint(b[n]))
		n++;
	return n == len || n == QUOTE_MAX || b[n] == '\r' || b[n] == '\n' ? n : 0;
}

/* The answer that came, for people who know the protocol, but not this trace. */
static const char *answer_text(packet_info *pinfo, const struct segment *s)
{
	guint32 quote = text_len(s->payload, s->captured);

	if (is_tls_alert(s->payload, s->captured))
		return s->captured == TLS_HEADER + 2 ?
			       wmem_strdup_printf(pinfo->pool, "a TLS alert (%u)",
						  s->payload[TLS_HEADER + 1]) :
			       "a TLS alert";
	if (quote)
		return wmem_strdup_printf(pinfo->pool, "\"%.*s\"", (int)quote, s->payload);
	return wmem_strdup_printf(pinfo->pool, "%u bytes", s->len);
}

static double missing_since(const packet_info *pinfo, const struct expectation *e)
{
	nstime_t delta;

	nstime_delta(&delta, &pinfo->abs_ts, &e->at);
	return nstime_to_sec(&delta);
}

static void peer_sends(packet_info *pinfo, struct conn *conn, const struct segment *s)
{
	struct expectation *e = conn->expectation;

	e->heard = true;
	if (s->flags & TH_ACK && (gint32)(s->ack - e->end) >= 0)
		e->acked = true;
	if ((gint32)(s->seq - e->next) > 0) /* bytes before these are not in the capture */
		stop_waiting(conn);
	if (s->seq != e->next)
		return;
	if (s->captured && smcw_clc_frame(s->payload, s->captured) < 0)
		missing_found(
			pinfo, conn, SMCP_CLC_02,
			"The Proposal of frame %u is answered with %s, no CLC: the peer knows no "
			"SMC%s. " CURE,
			e->proposal, answer_text(pinfo, s),
			has_option(pinfo, s) ? ", but echoes option 254" : "");
	else if (s->len) /* it may be CLC; the capture can lack it */
		stop_waiting(conn);
	else if (s->flags & (TH_RST | TH_FIN))
		missing_found(pinfo, conn, SMCP_CLC_18,
			      "The peer %s %.3f s after the Proposal of frame %u, without an "
			      "answer. " CURE_IF,
			      s->flags & TH_RST ? "resets" : "closes", missing_since(pinfo, e),
			      e->proposal);
}

static void client_sends(packet_info *pinfo, struct conn *conn, const struct segment *s)
{
	struct expectation *e = conn->expectation;

	if (!(s->flags & TH_ACK))
		return;
	if ((gint32)(s->ack - e->next) > 0)
		stop_waiting(conn);
	if (s->ack != e->next)
		return;
	/* It acknowledges not a byte of the peer's: so none has come, captured or not. */
	if (s->flags & (TH_RST | TH_FIN))
		missing_found(
			pinfo, conn, SMCP_CLC_18,
			"The client %s %.3f s after its Proposal of frame %u, without a byte of "
			"answer%s. " CURE_IF,
			s->flags & TH_RST ? "resets" : "closes", missing_since(pinfo, e),
			e->proposal, e->acked ? ", though TCP acknowledges it" : "");
}

static unsigned side_of(const packet_info *pinfo, const struct conn *conn, const struct segment *s)
{
	const struct end *client = &conn->end[CLIENT];

	return s->from == client->port && addresses_equal(&pinfo->src, &client->addr) ? CLIENT :
											SERVER;
}

/* ---- segments of TCP ------------------------------------------------------------------------ */

void missing_segment(packet_info *pinfo, const struct segment *s)
{
	struct conn *conn;

	latest = pinfo->abs_ts;
	if (!waiting)
		return;
	conn = conn_find(&pinfo->src, s->from, &pinfo->dst, s->to);
	if (!conn || !conn->expectation || !conn->expectation->waits)
		return;
	if (side_of(pinfo, conn, s) == CLIENT)
		client_sends(pinfo, conn, s);
	else
		peer_sends(pinfo, conn, s);
}

void missing_rdma(const packet_info *pinfo)
{
	if (pinfo->fd->visited)
		return;
	has_rdma = true;
	latest = pinfo->abs_ts;
}

/* ---- Proposals and their answers ------------------------------------------------------------ */

static void expect_answer(packet_info *pinfo, struct conn *conn, const struct segment *s,
			  const void *msg, const struct smcw_layout *l)
{
	struct expectation *e = conn->expectation;
	conversation_t *conv = find_conversation_pinfo(pinfo, 0);

	if (!(s->flags & TH_ACK) || conn->clc[SMCW_ACCEPT] || conn->clc[SMCW_DECLINE])
		return;
	e->proposal = pinfo->num;
	e->at = pinfo->abs_ts;
	e->end = s->seq + s->len;
	e->next = s->ack;
	e->len = l->len;
	e->bytes = wmem_memdup(wmem_file_scope(), msg, l->len);
	e->heard = conv && conn_conv_data(conv)->syn_ack;
	e->waits = true;
	waiting++;
}

static void check_echo(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct expectation *e = note->conn->expectation;

	if (!e->bytes)
		return;
	if (!l->missing && e->len == l->len && !memcmp(e->bytes, msg, l->len))
		rule_note(
			note, SMCP_CLC_10, SMCP_SHOWS_CLC_ECHOED,
			"The peer sends the Proposal of frame %u back: it echoes what it gets and "
			"knows no SMC. " CURE,
			e->proposal);
	else
		rule_note(
			note, SMCP_CLC_10, SMCP_SHOWS_CLC_ECHOED,
			"The peer answers the Proposal of frame %u with another one: an Accept or "
			"a Decline has to come. " CURE_IF,
			e->proposal);
	stop_waiting(note->conn);
}

/* An answer before its request: it is from another file, or from another port. */
static void check_clocks(packet_info *pinfo, struct note *note, unsigned type)
{
	const struct conn *conn = note->conn;
	unsigned later = clc_place_answered_by(pinfo, conn, type);
	nstime_t delta;

	if (!later || conn->clc_note[later]->sender == note->sender)
		return;
	nstime_delta(&delta, &pinfo->abs_ts, &conn->at[later]);
	note_expert(
		note, &ei_clocks,
		"The %s of frame %u answers this %s and stands %.6f s before it: are the clocks "
		"of merged files apart? To do: shift one file (editcap -t)",
		smcw_value_text(SMCW_LIST_clc_types, later), conn->clc[later],
		smcw_value_text(SMCW_LIST_clc_types, type), nstime_to_sec(&delta));
}

/* A Decline says that CONFIRM_LINK or its response has not come: what does the capture say? */
static void check_confirm_link(struct note *note, const void *msg, const struct smcw_layout *l)
{
	/* A client waits for the request, a server for the answer. */
	const enum smcp_rule rule = note->sender == SERVER ? SMCP_LLC_09 : SMCP_LLC_08;
	const struct link *link = note->conn->link;
	struct smcw_decline_parts p;

	if (l->missing || smcw_decline_parse(msg, l, &p) ||
	    smcw_get32(&p.decline->diagnosis) != SMCW_DECL_TIMEOUT_CL || !link)
		return;
	if (!link->seen && !has_rdma)
		rule_note(
			note, rule, SMCP_SHOWS_LLC_NO_CONFIRM_LINK,
			"No RDMA message at all is in the capture before this Decline: capture at "
			"the RDMA device, too, to see whether CONFIRM_LINK was sent");
	else if (!link->has_num)
		rule_note(note, rule, SMCP_SHOWS_LLC_NO_CONFIRM_LINK,
			  "No packet before this Decline has a CONFIRM_LINK of the link, though %s",
			  link->seen ? "the link has others" : "there are others of RDMA");
	else if (!link->up_in)
		rule_note(note, rule, SMCP_SHOWS_LLC_NO_CONFIRM_LINK,
			  "CONFIRM_LINK is in the capture, but no response to it before this "
			  "Decline");
	else
		rule_note(
			note, rule, SMCP_SHOWS_LLC_NO_CONFIRM_LINK,
			"CONFIRM_LINK and its response (frame %u) are in the capture: one came too "
			"late, or was lost after the place of the capture",
			link->up_in);
}

void missing_clc(packet_info *pinfo, struct note *note, const void *msg,
		 const struct smcw_layout *l)
{
	const struct segment *s = segment_now(pinfo);
	struct conn *conn = note->conn;
	bool first = conn->clc[l->type] == pinfo->num;

	if (!s)
		return; /* traced: what did not come is an event of its own */
	expectation_of(conn);
	if (first) {
		clc_place_keep(conn, l->type, s);
		check_clocks(pinfo, note, l->type);
	}
	if (l->type != SMCW_PROPOSAL)
		stop_waiting(conn);
	else if (first)
		expect_answer(pinfo, conn, s, msg, l);
	else if (note->sender == SERVER)
		check_echo(note, msg, l);
	if (first && l->type == SMCW_DECLINE)
		check_confirm_link(note, msg, l);
}

/* ---- showing ------------------------------------------------------------------------------- */

bool missing_has_segment(packet_info *pinfo)
{
	return findings && p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_FINDING);
}

void missing_show_segment(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb)
{
	const struct finding *f =
		p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_FINDING);
	const char *proto = pinfo->current_proto; /* IP's: the expert would be its */
	proto_item *item = NULL;

	pinfo->current_proto = "SMCX";
	if (tree) {
		item = proto_tree_add_protocol_format(
			tree, proto_smcx, tvb, 0, 0,
			"Shared Memory Communications: something is missing");
		proto_item_set_generated(item);
	}
	rule_show(pinfo, item, rule_expert((enum smcp_finding)smcp_rules[f->rule].finding), f->rule,
		  f->text);
	pinfo->current_proto = proto;
}

/* Seconds of capture after a message. */
static double missing_rest(const struct note *note)
{
	nstime_t delta;

	nstime_delta(&delta, &latest, &note->at);
	return nstime_to_sec(&delta);
}

static void show_proposal(proto_item *item, packet_info *pinfo, const struct note *note)
{
	const struct expectation *e = note->conn->expectation;

	if (!e || e->proposal != pinfo->num || !e->waits || !e->heard ||
	    missing_rest(note) < CLC_WAIT_S)
		return;
	rule_show(pinfo, item, rule_expert(SMCP_SHOWS_CLC_NO_ANSWER), SMCP_CLC_18,
		  wmem_strdup_printf(pinfo->pool,
				     "No answer to this Proposal is in the capture, which goes on "
				     "for %.1f s%s. " CURE_IF,
				     missing_rest(note),
				     e->acked ? ", though TCP acknowledges it" : ""));
}

static void show_confirm(proto_item *item, packet_info *pinfo, const struct note *note)
{
	const struct conn *conn = note->conn;

	if (!conn->group || conn->group->smcd || conn->group->first != conn || !conn->link ||
	    conn->link->seen || conn->clc[SMCW_DECLINE] || missing_rest(note) < LLC_WAIT_S)
		return;
	if (has_rdma)
		expert_add_info_format(pinfo, item, &ei_no_link,
				       "No packet of the link agreed upon is in the capture, which "
				       "goes on for %.1f s with other RDMA messages. To do: %s",
				       missing_rest(note),
				       smcw_reason_advice(SMCW_DECL_TIMEOUT_CL));
	else
		expert_add_info_format(
			pinfo, item, &ei_no_link,
			"No packet of the link agreed upon is in the capture, which "
			"goes on for %.1f s without any RDMA message. To do: capture "
			"at the RDMA device, too",
			missing_rest(note));
}

void missing_show(proto_item *item, packet_info *pinfo, const struct note *note)
{
	if (!pinfo->fd->visited || !note->conn || note->traced)
		return;
	if (note == note->conn->clc_note[SMCW_PROPOSAL])
		show_proposal(item, pinfo, note);
	else if (note == note->conn->clc_note[SMCW_CONFIRM])
		show_confirm(item, pinfo, note);
}

/* ---- registration -----------------------------------------------------------------------------
 */

static void missing_forget_all(void)
{
	waiting = 0;
	findings = 0;
	has_rdma = false;
	nstime_set_zero(&latest);
}

void missing_register(int proto)
{
	static ei_register_info own[] = {
		{ &ei_clocks,
		  { "smcx.clc.clocks", PI_SEQUENCE, PI_WARN,
		    "The answer to this message stands before it", EXPFILL } },
		{ &ei_no_link,
		  { "smcx.unknown.link", PI_ASSUMPTION, PI_NOTE,
		    "The link that was agreed upon is in no packet", EXPFILL } },
	};

	proto_smcx = proto;
	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
	register_init_routine(missing_forget_all);
}
