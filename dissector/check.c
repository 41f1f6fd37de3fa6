// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See check.h. Each rule is one that a receiver goes by: Linux answers a breach
 * of most with a Decline, and ignores some.
 */
#include <epan/packet.h>
#include <epan/expert.h>
#include <string.h>

#include "check.h"
#include "conn.h"
#include "group.h"
#include "note.h"
#include "smc_event_text.h"
#include "smc_text.h"

#define CONNS_MIN 16 /* of a link group, version 2.1: fewer are refused */
#define LINKS_MAX 2  /* of a link group, that Linux takes */
#define PREFIX_MAX 32

/* Was a member captured? A rule does not apply to bytes that were cut off, nor use them. */
#define HAS(member) SMCW_HAS(l, msg, member)

/* The offers of a Proposal, to check its answers. */
struct offer {
	guint8 version;
	guint8 typev1;
	guint8 typev2;
	guint8 release;
	guint8 eids;
	guint8 chids;
	bool seid;
	struct smcw_eid eid[SMCW_MAX_EID];
	guint16 chid[SMCW_MAX_GID_CHID + 1]; /* the first one is of version 1's area */
};

/* The contents of an Accept, to check the Confirm. */
struct accepted {
	bool smcd;
	bool first_contact;
	guint8 version;
	guint8 release;
	bool has_fce;
};

static int proto_smcx = -1;
static expert_field ei_declined = EI_INIT;
static expert_field ei_sync = EI_INIT;
static expert_field ei_prefix = EI_INIT;
static expert_field ei_eyecatcher = EI_INIT;
static expert_field ei_not_offered = EI_INIT;
static expert_field ei_version = EI_INIT;
static expert_field ei_release = EI_INIT;
static expert_field ei_eid = EI_INIT;
static expert_field ei_chid = EI_INIT;
static expert_field ei_limits = EI_INIT;
static expert_field ei_rmbe_index = EI_INIT;
static expert_field ei_token = EI_INIT;
static expert_field ei_mtu = EI_INIT;
static expert_field ei_qpn = EI_INIT;
static expert_field ei_differs = EI_INIT;
static expert_field ei_rmbe_eyecatcher = EI_INIT;
static expert_field ei_link_qpn = EI_INIT;
static expert_field ei_max_links = EI_INIT;
static expert_field ei_add_link_mtu = EI_INIT;
static expert_field ei_rejected = EI_INIT;
static expert_field ei_negative = EI_INIT;
static expert_field ei_rkeys = EI_INIT;
static expert_field ei_link_deleted = EI_INIT;
static expert_field ei_no_option = EI_INIT;
static expert_field ei_no_proposal = EI_INIT;
static expert_field ei_no_data = EI_INIT;

/* ---- Proposal -------------------------------------------------------------------- */

static guint8 upper_half(unsigned field, const void *part)
{
	return (guint8)smcw_field_get(&smcw_fields[field], part, 1);
}

static void keep_offer(struct conn *conn, const struct smcw_proposal_parts *p)
{
	struct offer *o = wmem_new0(wmem_file_scope(), struct offer);

	*o = (struct offer){ .version = p->version, .typev1 = p->typev1, .typev2 = p->typev2 };
	if (p->v2) {
		o->release = upper_half(SMCW_F_v2_ext_release, p->v2);
		o->seid = p->v2->flags & SMCW_SEID_IND;
	}
	for (; p->eid && o->eids < MIN(p->eid_count, SMCW_MAX_EID); o->eids++)
		o->eid[o->eids] = p->eid[o->eids];
	if (p->smcd)
		o->chid[o->chids++] = smcw_get16(&p->smcd->chid);
	for (unsigned i = 0; p->gid && i < MIN(p->gid_count, SMCW_MAX_GID_CHID); i++)
		o->chid[o->chids++] = smcw_get16(&p->gid[i].chid);
	conn->offer = o;
}

static void check_proposal(struct note *note, const void *msg, const struct smcw_layout *l)
{
	struct smcw_proposal_parts p;

	if (smcw_proposal_parse(msg, l, &p))
		return;
	if (!l->missing) /* else it may have offered more than is seen */
		keep_offer(note->conn, &p);
	if (p.prefix && HAS(p.prefix->prefix_len) && p.prefix->prefix_len > PREFIX_MAX)
		note_expert(note, &ei_prefix, "An IPv4 prefix has no %u bits",
			    p.prefix->prefix_len);
	if (p.v2 && HAS(p.v2->flags) && p.typev2 != SMCW_TYPE_N && !p.v2->eid_count &&
	    !(p.v2->flags & SMCW_SEID_IND))
		note_expert(
			note, &ei_eid,
			"Version 2 is offered without any EID: the server has nothing to match");
	if (p.v2 && HAS(p.v2->max_links) && upper_half(SMCW_F_v2_ext_release, p.v2) &&
	    smcw_type_includes(p.typev2, SMCW_TYPE_R) &&
	    (p.v2->max_conns < CONNS_MIN || !p.v2->max_links))
		note_expert(
			note, &ei_limits,
			"%u connections and %u links a link group: at least %u and 1 are needed",
			p.v2->max_conns, p.v2->max_links, CONNS_MIN);
}

/* ---- Accept and Confirm --------------------------------------------------------------- */

static bool offers_eid(const struct offer *o, const guint8 *eid)
{
	if (o->seid)
		return true; /* it may be the system's */
	for (unsigned i = 0; i < o->eids; i++)
		if (!memcmp(o->eid[i].eid, eid, SMCW_EID_LEN))
			return true;
	return false;
}

static bool offers_chid(const struct offer *o, guint16 chid)
{
	for (unsigned i = 0; i < o->chids; i++)
		if (o->chid[i] == chid)
			return true;
	return false;
}

static void check_against_offer(struct note *note, const struct offer *o,
				const struct smcw_accept_parts *p)
{
	const guint8 *eid = p->smcr_v2 && p->smcr ? p->smcr_v2->eid :
			    p->smcd_v2 && p->smcd ? p->smcd_v2->eid :
						    NULL;

	if (p->version > MIN(o->version, SMCW_V2))
		note_expert(note, &ei_version, "Version %u answers a Proposal of version %u",
			    p->version, o->version);
	else if (!smcw_type_includes(p->version >= SMCW_V2 ? o->typev2 : o->typev1,
				     p->smcd ? SMCW_TYPE_D : SMCW_TYPE_R))
		note_expert(note, &ei_not_offered, "%s of version %u was not proposed",
			    p->smcd ? "SMC-D" : "SMC-R", p->version);
	if (eid && !offers_eid(o, eid))
		note_expert(note, &ei_eid, "The EID is none of those proposed");
	if (p->smcd && p->smcd_v2 && !offers_chid(o, smcw_get16(&p->smcd_v2->chid)))
		note_expert(note, &ei_chid, "CHID 0x%04x is none of those proposed",
			    smcw_get16(&p->smcd_v2->chid));
	if (p->fce && (p->fce->os_release & SMCW_RELEASE_LO) > o->release)
		note_expert(note, &ei_release, "Release %u answers a Proposal of release %u",
			    p->fce->os_release & SMCW_RELEASE_LO, o->release);
}

static void check_against_accept(struct note *note, const struct accepted *a,
				 const struct smcw_accept_parts *p)
{
	if (a->smcd != !p->smcr)
		note_expert(note, &ei_differs, "%s is confirmed, %s was accepted",
			    p->smcr ? "SMC-R" : "SMC-D", a->smcd ? "SMC-D" : "SMC-R");
	if (a->version != p->version)
		note_expert(note, &ei_version, "Version %u is confirmed, %u was accepted",
			    p->version, a->version);
	if (a->first_contact != (p->first_contact != 0))
		note_expert(note, &ei_differs, "The Accept %s first contact, the Confirm does%s",
			    a->first_contact ? "says" : "does not say",
			    a->first_contact ? " not" : "");
	if (a->has_fce && p->fce && (p->fce->os_release & SMCW_RELEASE_LO) != a->release)
		note_expert(note, &ei_release, "Release %u is confirmed, %u was accepted",
			    p->fce->os_release & SMCW_RELEASE_LO, a->release);
}

static void check_smcr(struct note *note, const struct smcw_accept_parts *p, const void *msg,
		       const struct smcw_layout *l)
{
	const struct smcw_accept_smcr *r = p->smcr;
	guint8 mtu = r->size_mtu & SMCW_MTU_LO;

	if (HAS(r->rmbe_idx) && !r->rmbe_idx)
		note_expert(
			note, &ei_rmbe_index,
			"RMBE index 0: they count from 1, and a receiver would write elsewhere");
	if (HAS(r->alert_token) && !smcw_get32(&r->alert_token))
		note_expert(note, &ei_token, "Alert token 0 names no connection");
	if (HAS(r->size_mtu) && !smcw_value_text(SMCW_LIST_mtus, mtu))
		note_expert(note, &ei_mtu, "%u is no MTU of a queue pair", mtu);
	if (HAS(r->qpn) && !smcw_get24(r->qpn))
		note_expert(note, &ei_qpn, "Queue pair 0 is InfiniBand's own");
	if (p->fce_v2x && p->fce && p->fce->os_release & SMCW_RELEASE_LO &&
	    (p->fce_v2x->max_conns < CONNS_MIN || !p->fce_v2x->max_links ||
	     p->fce_v2x->max_links > LINKS_MAX))
		note_expert(note, &ei_limits,
			    "%u connections and %u links a link group: at least %u, and 1 or 2",
			    p->fce_v2x->max_conns, p->fce_v2x->max_links, CONNS_MIN);
}

static void check_smcd(struct note *note, const struct smcw_accept_parts *p)
{
	if (p->type == SMCW_CONFIRM)
		note_expert(note, &ei_no_data,
			    "No packet carries the data of this connection: it goes through shared "
			    "memory (smc-trace sees its CDC)");
}

/* Linux takes either eyecatcher for either kind; the specification does not. */
static void check_eyecatcher(struct note *note, const void *msg, bool smcd)
{
	guint32 eye = smcw_get32(((const struct smcw_clc_hdr *)msg)->eyecatcher);

	if (eye == (smcd ? SMCW_EYE_SMCR : SMCW_EYE_SMCD))
		note_expert(note, &ei_eyecatcher, "The eyecatcher of %s begins a message of %s",
			    smcd ? "SMC-R" : "SMC-D", smcd ? "SMC-D" : "SMC-R");
}

static void keep_accept(struct conn *conn, const struct smcw_accept_parts *p)
{
	struct accepted *a = wmem_new0(wmem_file_scope(), struct accepted);

	*a = (struct accepted){ .smcd = !p->smcr,
				.first_contact = p->first_contact,
				.version = p->version,
				.has_fce = p->fce != NULL };
	if (p->fce)
		a->release = p->fce->os_release & SMCW_RELEASE_LO;
	conn->accepted = a;
}

/* Leave out the further parts that were not captured whole. */
static void leave_out_cut(struct smcw_accept_parts *p, const void *msg, const struct smcw_layout *l)
{
	if (p->smcr_v2 && !HAS(*p->smcr_v2))
		p->smcr_v2 = NULL;
	if (p->smcd_v2 && !HAS(*p->smcd_v2))
		p->smcd_v2 = NULL;
	if (p->fce && !HAS(*p->fce))
		p->fce = NULL;
	if (p->fce_v2x && !HAS(*p->fce_v2x))
		p->fce_v2x = NULL;
}

static void check_answer(struct note *note, const void *msg, const struct smcw_layout *l)
{
	struct conn *conn = note->conn;
	struct smcw_accept_parts p;

	if (smcw_accept_parse(msg, l, &p) || (!p.smcr && !p.smcd))
		return;
	leave_out_cut(&p, msg, l);
	check_eyecatcher(note, msg, p.smcd != NULL);
	if (conn->offer)
		check_against_offer(note, conn->offer, &p);
	if (l->type == SMCW_ACCEPT)
		keep_accept(conn, &p);
	else if (conn->accepted)
		check_against_accept(note, conn->accepted, &p);
	if (p.smcr)
		check_smcr(note, &p, msg, l);
	else
		check_smcd(note, &p);
}

/* ---- Decline --------------------------------------------------------------------------- */

static void check_decline(struct note *note, const void *msg, const struct smcw_layout *l)
{
	struct smcw_decline_parts p;
	const char *advice;
	guint32 reason;

	if (smcw_decline_parse(msg, l, &p) || !p.decline)
		return;
	if (!HAS(p.decline->diagnosis)) {
		note_expert(
			note, &ei_declined,
			"This connection is TCP: the %s declines, and the capture has cut off why",
			note->sender == SERVER ? "server" : "client");
		return;
	}
	reason = smcw_get32(&p.decline->diagnosis);
	advice = smcw_reason_advice(reason);
	note_expert(note, &ei_declined, "This connection is TCP, since the %s says: %s%s%s",
		    note->sender == SERVER ? "server" : "client", smcw_reason_text(reason),
		    advice ? ". To do: " : "", advice ? advice : "");
	if (p.out_of_sync && reason != SMCW_DECL_SYNCERR)
		note_expert(note, &ei_sync, "Out of sync is said with another reason than \"%s\"",
			    smcw_reason_text(SMCW_DECL_SYNCERR));
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

static void check_confirm_link(struct note *note, const struct smcw_llc_confirm_link *c,
			       const void *msg, const struct smcw_layout *l)
{
	const struct queue_pair *qp = &note->link->qp[note->sender];

	if (!(c->flags & (SMCW_LLC_NO_EYE_REQ | SMCW_LLC_NO_EYE_RESP)))
		note_expert(note, &ei_rmbe_eyecatcher,
			    "The sender wants eyecatchers in the RMBE: Linux declines, %s",
			    smcw_reason_text(SMCW_DECL_RMBE_EC));
	if (qp->known && HAS(c->qpn) && qp->qpn != smcw_get24(c->qpn))
		note_expert(note, &ei_link_qpn, "Queue pair 0x%06x, where 0x%06x was named before",
			    smcw_get24(c->qpn), qp->qpn);
	if (HAS(c->max_links) && !c->max_links)
		note_expert(note, &ei_max_links, "0 links a link group");
}

static void check_add_link(struct note *note, const struct smcw_llc_add_link *a, bool is_v2,
			   guint8 reason, const void *msg, const struct smcw_layout *l)
{
	const char *text = smcw_value_text(SMCW_LIST_reject_reasons, reason);

	if (a->flags & SMCW_LLC_REJ)
		note_expert(note, &ei_rejected, "No further link: the peer rejects it%s%s",
			    is_v2 ? "" : ", ",
			    is_v2 ? "" :
			    text  ? text :
				    "for a reason of its own");
	else if (HAS(a->mtu) && !smcw_value_text(SMCW_LIST_mtus, a->mtu & SMCW_MTU_LO))
		note_expert(note, &ei_add_link_mtu, "%u is no MTU of a queue pair",
			    a->mtu & SMCW_MTU_LO);
}

static void check_rkeys(struct note *note, const struct smcw_llc_confirm_rkey *c, const void *msg,
			const struct smcw_layout *l)
{
	if (c->flags & SMCW_LLC_NEG)
		note_expert(note, &ei_negative, "The peer does not take the RMB%s",
			    c->flags & SMCW_LLC_RETRY ? ": its table of rkeys is full" : "");
	else if (!(c->flags & SMCW_LLC_RESP) && HAS(c->rkey[0].link_num) &&
		 c->rkey[0].link_num >= array_length(c->rkey))
		note_expert(note, &ei_rkeys, "%u further rkeys are named, there is room for %u",
			    c->rkey[0].link_num, (unsigned)array_length(c->rkey) - 1);
}

static void check_delete_link(struct note *note, const struct smcw_llc_delete_link *d,
			      const void *msg, const struct smcw_layout *l)
{
	const char *text = smcw_value_text(SMCW_LIST_del_link_reasons, smcw_get32(&d->reason));

	if (!HAS(d->reason))
		text = "the capture has cut off why";
	if (!(d->flags & SMCW_LLC_RESP))
		note_expert(note, &ei_link_deleted, "%s: %s",
			    d->flags & SMCW_LLC_DEL_ALL ? "The link group ends" : "A link ends",
			    text ? text : "reason unknown");
}

void check_llc(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *piece = l->n > 1 ? &l->piece[1] : NULL;
	const struct smcw_llc_v1 *v1 = (const struct smcw_llc_v1 *)msg;
	const void *body;

	if (!piece)
		return;
	body = (const guint8 *)msg + piece->off;
	switch (piece->part) {
	case SMCW_PART_confirm_link:
		check_confirm_link(note, body, msg, l);
		break;
	case SMCW_PART_add_link:
		check_add_link(note, body, l->piece[0].part == SMCW_PART_llc_v2,
			       v1->reject & SMCW_LLC_REJ_REASON, msg, l);
		break;
	case SMCW_PART_confirm_rkey:
		check_rkeys(note, body, msg, l);
		break;
	case SMCW_PART_delete_rkey:
	case SMCW_PART_delete_rkey_v2:
		if (*(const guint8 *)body & SMCW_LLC_NEG)
			note_expert(note, &ei_negative,
				    "The peer does not know all of these rkeys");
		break;
	case SMCW_PART_delete_link:
		check_delete_link(note, body, msg, l);
		break;
	default:
		break;
	}
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
		expert_add_info_format(
			pinfo, item, &ei_no_option,
			"This connection is TCP, since the SYN-ACK has no SMC option: "
			"%s. To do: %s",
			smcw_reason_text(SMCW_DECL_PEERNOSMC),
			smcw_reason_advice(SMCW_DECL_PEERNOSMC));
	else
		expert_add_info(pinfo, item, &ei_no_proposal);
}

/* ---- registration ------------------------------------------------------------------------- */

#define RULE(ei, name, severity, text)                                                             \
	{                                                                                          \
		&(ei),                                                                             \
		{                                                                                  \
			"smcx." name, PI_PROTOCOL, severity, text, EXPFILL                         \
		}                                                                                  \
	}

void check_register(int proto)
{
	static ei_register_info own[] = {
		RULE(ei_declined, "clc.declined", PI_NOTE, "The connection is TCP"),
		RULE(ei_no_option, "clc.no_option", PI_NOTE, "The SYN-ACK has no SMC option"),
		RULE(ei_no_proposal, "clc.no_proposal", PI_NOTE,
		     "This connection is TCP: both ends have the SMC option, but bytes came that "
		     "are "
		     "no CLC"),
		RULE(ei_no_data, "smcd.no_data", PI_CHAT, "No packet carries the data of SMC-D"),
		RULE(ei_sync, "clc.sync", PI_WARN, "Out of sync with a reason that is another"),
		RULE(ei_prefix, "clc.prefix", PI_WARN, "The prefix is too long"),
		RULE(ei_eyecatcher, "clc.eyecatcher", PI_WARN,
		     "The eyecatcher is not that of the kind"),
		RULE(ei_not_offered, "clc.not_offered", PI_WARN, "That was not proposed"),
		RULE(ei_version, "clc.version", PI_WARN, "The versions do not go together"),
		RULE(ei_release, "clc.release", PI_WARN, "The releases do not go together"),
		RULE(ei_eid, "clc.eid", PI_NOTE, "The EID does not match"),
		RULE(ei_chid, "clc.chid", PI_WARN, "The CHID was not proposed"),
		RULE(ei_limits, "clc.limits", PI_NOTE,
		     "The limits of the link group are out of range"),
		RULE(ei_rmbe_index, "clc.rmbe_index", PI_WARN, "There is no such RMBE"),
		RULE(ei_token, "clc.token", PI_WARN, "The alert token is 0"),
		RULE(ei_mtu, "clc.mtu", PI_WARN, "No such MTU"),
		RULE(ei_qpn, "clc.qpn", PI_WARN, "No such queue pair"),
		RULE(ei_differs, "clc.differs", PI_WARN, "The Confirm is not of what was accepted"),
		RULE(ei_rmbe_eyecatcher, "llc.rmbe_eyecatcher", PI_NOTE,
		     "Eyecatchers in the RMBE are wanted"),
		RULE(ei_link_qpn, "llc.qpn", PI_WARN, "Another queue pair was named before"),
		RULE(ei_max_links, "llc.max_links", PI_WARN, "0 links a link group"),
		RULE(ei_add_link_mtu, "llc.mtu", PI_WARN, "No such MTU"),
		RULE(ei_rejected, "llc.rejected", PI_NOTE, "The link is rejected"),
		RULE(ei_negative, "llc.negative", PI_NOTE, "A negative response"),
		RULE(ei_rkeys, "llc.rkeys", PI_WARN, "More rkeys than there is room for"),
		RULE(ei_link_deleted, "llc.deleted", PI_NOTE, "A link ends"),
	};

	proto_smcx = proto;
	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
