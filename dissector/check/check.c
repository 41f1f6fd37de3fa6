// SPDX-License-Identifier: GPL-2.0-or-later
/* See check.h. The rules are those of proto/clc_rules.c and proto/llc_rules.c. */
#include <epan/packet.h>
#include <epan/expert.h>

#include "check.h"
#include "clc_rules.h"
#include "conn/conn.h"
#include "conn/group.h"
#include "llc_rules.h"
#include "conn/note.h"
#include "field/rule.h"
#include "smc_event_text.h"
#include "smc_text.h"

static int proto_smcx = -1;
static expert_field ei_no_data = EI_INIT;

/* Was a member captured? A rule does not apply to bytes that were cut off, nor use them. */
#define HAS(member) SMCW_HAS(l, msg, member)

/* ---- CLC ----------------------------------------------------------------------------- */

static void check_proposal(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcp_reports reports = rule_reports(note);
	struct smcw_proposal_parts p;

	if (smcw_proposal_parse(msg, l, &p))
		return;
	if (!l->missing) { /* else it may have offered more than is seen */
		note->conn->offer = wmem_new(wmem_file_scope(), struct smcp_offer);
		smcp_offer_take(note->conn->offer, &p);
	}
	smcp_check_proposal(msg, l, &p, &reports);
}

static void check_answer(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcp_reports reports = rule_reports(note);
	struct conn *conn = note->conn;
	struct smcw_accept_parts p;

	if (smcw_accept_parse(msg, l, &p) || (!p.smcr && !p.smcd))
		return;
	smcp_check_answer(conn->offer, conn->accepted, msg, l, &p, &reports);
	if (l->type == SMCW_ACCEPT) {
		conn->accepted = wmem_new(wmem_file_scope(), struct smcp_accepted);
		smcp_accepted_take(conn->accepted, &p);
	} else if (p.smcd) {
		note_expert(note, &ei_no_data,
			    "No packet carries the data of this connection: it goes through shared "
			    "memory (smc-trace sees its CDC)");
	}
}

static void check_decline(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcp_reports reports = rule_reports(note);
	struct smcw_decline_parts p;
	const char *advice;
	enum smcp_rule rule;
	guint32 reason;

	if (smcw_decline_parse(msg, l, &p) || !p.decline)
		return;
	if (!HAS(p.decline->diagnosis)) {
		rule_break(
			note, SMCP_CLC_22,
			"This connection is TCP: the %s declines, and the capture has cut off why",
			note->sender == SERVER ? "server" : "client");
		return;
	}
	reason = smcw_get32(&p.decline->diagnosis);
	advice = smcw_reason_advice(reason);
	rule = smcp_rule_of_reason(reason, note->sender == CLIENT);
	rule_note(note, rule == SMCP_NO_RULE ? SMCP_CLC_22 : rule, SMCP_SHOWS_CLC_DECLINED,
		  "This connection is TCP, since the %s says: %s%s%s",
		  note->sender == SERVER ? "server" : "client", smcw_reason_text(reason),
		  advice ? ". To do: " : "", advice ? advice : "");
	smcp_check_decline(msg, l, &p, &reports);
}

void check_clc(struct note *note, const void *msg, const struct smcw_layout *l)
{
	if (note->conn->clc[l->type] != note->frame)
		return; /* sent again, or traced at its receiver too */
	if (l->type == SMCW_PROPOSAL)
		check_proposal(note, msg, l);
	else if (l->type == SMCW_DECLINE)
		check_decline(note, msg, l);
	else
		check_answer(note, msg, l);
}

/* ---- LLC ---------------------------------------------------------------------------------- */

void check_llc(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct queue_pair *qp = &note->link->qp[note->sender];
	const struct smcp_reports reports = rule_reports(note);

	smcp_check_llc(msg, l, qp->known ? &qp->qpn : NULL, &reports);
}

/* ---- no CLC at all ----------------------------------------------------------------------- */

void check_no_clc(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, guint32 syn, guint32 syn_ack)
{
	proto_item *item;

	if (!syn)
		return;
	item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, 0,
					      "Shared Memory Communications: not used");
	proto_item_set_generated(item);
	if (!syn_ack)
		rule_show(pinfo, item, rule_expert(SMCP_SHOWS_CLC_NO_OPTION), SMCP_OPT_04,
			  wmem_strdup_printf(pinfo->pool,
					     "This connection is TCP, since the SYN-ACK has no SMC "
					     "option: %s. To do: %s",
					     smcw_reason_text(SMCW_DECL_PEERNOSMC),
					     smcw_reason_advice(SMCW_DECL_PEERNOSMC)));
	else
		rule_show(pinfo, item, rule_expert(SMCP_SHOWS_CLC_NO_PROPOSAL), SMCP_CLC_24, NULL);
}

/* ---- registration ------------------------------------------------------------------------- */

void check_register(int proto)
{
	static ei_register_info own[] = {
		{ &ei_no_data,
		  { "smcx.smcd.no_data", PI_PROTOCOL, PI_CHAT,
		    "No packet carries the data of SMC-D", EXPFILL } },
	};

	proto_smcx = proto;
	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
