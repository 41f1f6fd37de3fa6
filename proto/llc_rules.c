// SPDX-License-Identifier: GPL-2.0-or-later
/* See llc_rules.h. */
#include "llc_rules.h"
#include "smc_event_text.h"
#include "smc_text.h"

/* Was a member captured? */
#define HAS(member) SMCW_HAS(l, msg, member)

/* ---- exchanges ---------------------------------------------------------------------- */

#define EXCHANGE(type, asks, answered, unanswered)                                                 \
	[SMCW_LLC_##type] = { SMCP_##asks, SMCP_##answered, SMCP_##unanswered }

/* A client's ADD_LINK is a wish, which has no answer of its own (LLC-43.1). */
static const struct smcp_exchange exchanges[SMCP_LLC_EXCHANGES] = {
	EXCHANGE(CONFIRM_LINK, SERVER_ASKS, NO_RULE, LLC_09),
	EXCHANGE(ADD_LINK, SERVER_ASKS, NO_RULE, LLC_18_1),
	EXCHANGE(ADD_LINK_CONT, BOTH_ASK, NO_RULE, LLC_20),
	EXCHANGE(DELETE_LINK, BOTH_ASK, NO_RULE, LLC_28_2),
	EXCHANGE(REQ_ADD_LINK, CLIENT_ASKS, NO_RULE, LLC_43),
	EXCHANGE(CONFIRM_RKEY, BOTH_ASK, LLC_31, LLC_33),
	EXCHANGE(TEST_LINK, BOTH_ASK, LLC_39, LLC_40),
	EXCHANGE(CONFIRM_RKEY_CONT, BOTH_ASK, NO_RULE, LLC_35),
	EXCHANGE(DELETE_RKEY, BOTH_ASK, LLC_37, LLC_38_1),
};

const struct smcp_exchange *smcp_llc_exchange(__u8 type)
{
	static const struct smcp_exchange none = { 0, SMCP_NO_RULE, SMCP_NO_RULE };
	__u8 version = type & SMCW_LLC_VERSION;
	const struct smcp_exchange *x = &exchanges[smcp_llc_number(type)];

	return x->asks && (!version || version == SMCW_LLC_V2_TYPE) ? x : &none;
}

int smcp_llc_is_response(const void *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *body = l->n > 1 ? &l->piece[1] : NULL;

	return body && body->part != SMCW_PART_NONE &&
	       ((const __u8 *)msg)[body->off] & SMCW_LLC_RESP;
}

const __u8 *smcp_llc_test_data(const void *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *piece = smcw_layout_find(l, SMCW_PART_test_link);
	const struct smcw_llc_test_link *t;

	if (!piece)
		return NULL;
	t = (const struct smcw_llc_test_link *)((const __u8 *)msg + piece->off);
	return HAS(t->user_data) ? t->user_data : NULL;
}

/* ---- single messages ------------------------------------------------------------------ */

static void check_confirm_link(const struct smcw_llc_confirm_link *c, const void *msg,
			       const struct smcw_layout *l, const __u32 *qpn,
			       const struct smcp_reports *r)
{
	if (!(c->flags & (SMCW_LLC_NO_EYE_REQ | SMCW_LLC_NO_EYE_RESP)))
		smcp_report(r, SMCP_LLC_10,
			    "The sender wants eyecatchers in the RMBE: Linux declines, %s",
			    smcw_reason_text(SMCW_DECL_RMBE_EC));
	if (qpn && HAS(c->qpn) && *qpn != smcw_get24(c->qpn))
		smcp_report(r, SMCP_LLC_14, "Queue pair 0x%06x, where 0x%06x was named before",
			    smcw_get24(c->qpn), *qpn);
	if (HAS(c->max_links) && !c->max_links)
		smcp_report(r, SMCP_LLC_13, "0 links a link group");
}

static void check_add_link(const struct smcw_llc_add_link *a, const void *msg,
			   const struct smcw_layout *l, const struct smcp_reports *r)
{
	int is_v2 = l->piece[0].part == SMCW_PART_llc_v2;
	const char *text = smcw_value_text(
		SMCW_LIST_reject_reasons,
		smcw_get_bits(((const struct smcw_llc_v1 *)msg)->reject, SMCW_LLC_REJ_REASON));

	if (a->flags & SMCW_LLC_REJ)
		smcp_report(r, SMCP_LLC_18, "No further link: the peer rejects it%s%s",
			    is_v2 ? "" : ", ",
			    is_v2 ? "" :
			    text  ? text :
				    "for a reason of its own");
	else if (HAS(a->mtu) &&
		 !smcw_value_text(SMCW_LIST_mtus, smcw_get_bits(a->mtu, SMCW_MTU_LO)))
		smcp_report(r, SMCP_LLC_17, "%u is no MTU of a queue pair",
			    smcw_get_bits(a->mtu, SMCW_MTU_LO));
}

static void check_confirm_rkey(const struct smcw_llc_confirm_rkey *c, const void *msg,
			       const struct smcw_layout *l, const struct smcp_reports *r)
{
	const unsigned int room = sizeof(c->rkey) / sizeof(c->rkey[0]);

	if (c->flags & SMCW_LLC_NEG)
		smcp_report(r, SMCP_LLC_31, "The peer does not take the RMB%s",
			    c->flags & SMCW_LLC_RETRY ? ": its table of rkeys is full" : "");
	else if (!(c->flags & SMCW_LLC_RESP) && HAS(c->rkey[0].link_num) &&
		 c->rkey[0].link_num >= room)
		smcp_report(r, SMCP_LLC_31_4, "%u further rkeys are named, there is room for %u",
			    c->rkey[0].link_num, room - 1);
}

static void check_delete_link(const struct smcw_llc_delete_link *d, const void *msg,
			      const struct smcw_layout *l, const struct smcp_reports *r)
{
	const char *text = smcw_value_text(SMCW_LIST_del_link_reasons, smcw_get32(&d->reason));

	if (d->flags & SMCW_LLC_RESP)
		return;
	if (!HAS(d->reason))
		text = "the capture has cut off why";
	smcp_report(r, SMCP_LLC_29, "%s: %s",
		    d->flags & SMCW_LLC_DEL_ALL ? "The link group ends" : "A link ends",
		    text ? text : "reason unknown");
}

static void check_delete_rkey(const __u8 *flags, enum smcp_rule rule, const struct smcp_reports *r)
{
	if (*flags & SMCW_LLC_NEG)
		smcp_report(r, rule, "The peer does not know all of these rkeys");
}

void smcp_check_llc(const void *msg, const struct smcw_layout *l, const __u32 *qpn,
		    const struct smcp_reports *r)
{
	const struct smcw_piece *piece = l->n > 1 ? &l->piece[1] : NULL;
	const void *body;

	if (!piece)
		return;
	body = (const __u8 *)msg + piece->off;
	switch (piece->part) {
	case SMCW_PART_confirm_link:
		check_confirm_link(body, msg, l, qpn, r);
		break;
	case SMCW_PART_add_link:
		check_add_link(body, msg, l, r);
		break;
	case SMCW_PART_confirm_rkey:
		check_confirm_rkey(body, msg, l, r);
		break;
	case SMCW_PART_delete_rkey:
		check_delete_rkey(body, SMCP_LLC_36, r);
		break;
	case SMCW_PART_delete_rkey_v2:
		check_delete_rkey(body, SMCP_LLC_37, r);
		break;
	case SMCW_PART_delete_link:
		check_delete_link(body, msg, l, r);
		break;
	default:
		break;
	}
}
