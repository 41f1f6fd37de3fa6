// SPDX-License-Identifier: GPL-2.0-or-later
/* See clc_rules.h. Linux answers a breach of most of these rules with a Decline, and ignores some.
 */
#include <string.h>

#include "clc_rules.h"
#include "smc_event_text.h"
#include "smc_text.h"

/* Was a member captured? */
#define HAS(member) SMCW_HAS(l, msg, member)

#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* ---- Proposal -------------------------------------------------------------------- */

static __u8 release_of(const struct smcw_v2_ext *v2)
{
	return smcw_get_bits(v2->flags, SMCW_RELEASE_HI);
}

void smcp_offer_take(struct smcp_offer *o, const struct smcw_proposal_parts *p)
{
	*o = (struct smcp_offer){ .version = p->version, .typev1 = p->typev1, .typev2 = p->typev2 };
	if (p->v2) {
		o->release = release_of(p->v2);
		o->seid = !!(p->v2->flags & SMCW_SEID_IND);
	}
	for (; p->eid && o->eids < MIN(p->eid_count, SMCW_MAX_EID); o->eids++)
		o->eid[o->eids] = p->eid[o->eids];
	if (p->smcd)
		o->chid[o->chids++] = smcw_get16(&p->smcd->chid);
	for (unsigned int i = 0; p->gid && i < MIN(p->gid_count, SMCW_MAX_GID_CHID); i++)
		o->chid[o->chids++] = smcw_get16(&p->gid[i].chid);
}

void smcp_check_proposal(const void *msg, const struct smcw_layout *l,
			 const struct smcw_proposal_parts *p, const struct smcp_reports *r)
{
	const struct smcw_v2_ext *v2 = p->v2;

	if (p->prefix && HAS(p->prefix->prefix_len) && p->prefix->prefix_len > SMCP_PREFIX_MAX)
		smcp_report(r, SMCP_PRP_21, "An IPv4 prefix has no %u bits", p->prefix->prefix_len);
	if (v2 && HAS(v2->flags) && p->typev2 != SMCW_TYPE_N && !v2->eid_count &&
	    !(v2->flags & SMCW_SEID_IND))
		smcp_report(
			r, SMCP_SRV_08,
			"Version 2 is offered without any EID: the server has nothing to match");
	if (v2 && HAS(v2->max_links) && release_of(v2) &&
	    smcw_type_includes(p->typev2, SMCW_TYPE_R) &&
	    (v2->max_conns < SMCP_CONNS_MIN || !v2->max_links))
		smcp_report(
			r, v2->max_conns < SMCP_CONNS_MIN ? SMCP_SRV_15 : SMCP_SRV_16,
			"%u connections and %u links a link group: at least %u and 1 are needed",
			v2->max_conns, v2->max_links, SMCP_CONNS_MIN);
}

/* ---- Accept and Confirm --------------------------------------------------------------- */

void smcp_accepted_take(struct smcp_accepted *a, const struct smcw_accept_parts *p)
{
	*a = (struct smcp_accepted){ .smcd = !p->smcr,
				     .first_contact = p->first_contact != 0,
				     .version = p->version,
				     .has_fce = p->fce != NULL };
	if (p->fce)
		a->release = smcw_fce_release(p->fce);
}

static int offers_eid(const struct smcp_offer *o, const __u8 *eid)
{
	if (o->seid)
		return 1; /* it may be the system's */
	for (unsigned int i = 0; i < o->eids; i++)
		if (!memcmp(o->eid[i].eid, eid, SMCW_EID_LEN))
			return 1;
	return 0;
}

static int offers_chid(const struct smcp_offer *o, __u16 chid)
{
	for (unsigned int i = 0; i < o->chids; i++)
		if (o->chid[i] == chid)
			return 1;
	return 0;
}

static void check_against_offer(const struct smcp_offer *o, const struct smcw_accept_parts *p,
				const struct smcp_reports *r)
{
	const __u8 *eid = p->smcr_v2 && p->smcr ? p->smcr_v2->eid :
			  p->smcd_v2 && p->smcd ? p->smcd_v2->eid :
						  NULL;

	if (p->version > MIN(o->version, SMCW_V2))
		smcp_report(r, SMCP_CLC_09, "Version %u answers a Proposal of version %u",
			    p->version, o->version);
	else if (!smcw_type_includes(p->version >= SMCW_V2 ? o->typev2 : o->typev1,
				     p->smcd ? SMCW_TYPE_D : SMCW_TYPE_R))
		smcp_report(r, SMCP_ACC_08, "%s of version %u was not proposed",
			    p->smcd ? "SMC-D" : "SMC-R", p->version);
	if (eid && !offers_eid(o, eid))
		smcp_report(r, SMCP_SRV_09, "The EID is none of those proposed");
	if (p->smcd && p->smcd_v2 && !offers_chid(o, smcw_get16(&p->smcd_v2->chid)))
		smcp_report(r, SMCP_ACC_27, "CHID 0x%04x is none of those proposed",
			    smcw_get16(&p->smcd_v2->chid));
	if (p->fce && smcw_fce_release(p->fce) > o->release)
		smcp_report(r, SMCP_SRV_14, "Release %u answers a Proposal of release %u",
			    smcw_fce_release(p->fce), o->release);
}

static void check_against_accept(const struct smcp_accepted *a, const struct smcw_accept_parts *p,
				 const struct smcp_reports *r)
{
	if (a->smcd != !p->smcr)
		smcp_report(r, SMCP_ACC_31, "%s is confirmed, %s was accepted",
			    p->smcr ? "SMC-R" : "SMC-D", a->smcd ? "SMC-D" : "SMC-R");
	if (a->version != p->version)
		smcp_report(r, SMCP_CLC_09, "Version %u is confirmed, %u was accepted", p->version,
			    a->version);
	if (a->first_contact != (p->first_contact != 0))
		smcp_report(r, SMCP_ACC_31, "The Accept %s first contact, the Confirm does%s",
			    a->first_contact ? "says" : "does not say",
			    a->first_contact ? " not" : "");
	if (a->has_fce && p->fce && smcw_fce_release(p->fce) != a->release)
		smcp_report(r, SMCP_ACC_15, "Release %u is confirmed, %u was accepted",
			    smcw_fce_release(p->fce), a->release);
}

static void check_limits(const struct smcw_accept_parts *p, const struct smcp_reports *r)
{
	const struct smcw_fce_v2x *x = p->fce_v2x;

	if (!x || !p->fce || !smcw_fce_release(p->fce))
		return;
	if (x->max_conns < SMCP_CONNS_MIN || !x->max_links || x->max_links > SMCP_LINKS_MAX)
		smcp_report(r, SMCP_ACC_14,
			    "%u connections and %u links a link group: at least %u, and 1 or 2",
			    x->max_conns, x->max_links, SMCP_CONNS_MIN);
}

static void check_smcr(const void *msg, const struct smcw_layout *l,
		       const struct smcw_accept_smcr *s, const struct smcp_reports *r)
{
	__u8 mtu = smcw_get_bits(s->size_mtu, SMCW_MTU_LO);

	if (HAS(s->rmbe_idx) && !s->rmbe_idx)
		smcp_report(
			r, SMCP_ACC_20,
			"RMBE index 0: they count from 1, and a receiver would write elsewhere");
	if (HAS(s->alert_token) && !smcw_get32(&s->alert_token))
		smcp_report(r, SMCP_ACC_29, "Alert token 0 names no connection");
	if (HAS(s->size_mtu) && !smcw_value_text(SMCW_LIST_mtus, mtu))
		smcp_report(r, SMCP_ACC_18, "%u is no MTU of a queue pair", mtu);
	if (HAS(s->qpn) && !smcw_get24(s->qpn))
		smcp_report(r, SMCP_ACC_32, "Queue pair 0 is InfiniBand's own");
}

/* Linux takes either eyecatcher for either kind; the specification does not. */
static void check_eyecatcher(const void *msg, int smcd, const struct smcp_reports *r)
{
	__u32 eye = smcw_get32(((const struct smcw_clc_hdr *)msg)->eyecatcher);

	if (eye == (smcd ? SMCW_EYE_SMCR : SMCW_EYE_SMCD))
		smcp_report(r, SMCP_CLC_05, "The eyecatcher of %s begins a message of %s",
			    smcd ? "SMC-R" : "SMC-D", smcd ? "SMC-D" : "SMC-R");
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

void smcp_check_answer(const struct smcp_offer *o, const struct smcp_accepted *a, const void *msg,
		       const struct smcw_layout *l, struct smcw_accept_parts *p,
		       const struct smcp_reports *r)
{
	leave_out_cut(p, msg, l);
	check_eyecatcher(msg, p->smcd != NULL, r);
	if (o)
		check_against_offer(o, p, r);
	if (a && l->type == SMCW_CONFIRM)
		check_against_accept(a, p, r);
	if (!p->smcr)
		return;
	check_smcr(msg, l, p->smcr, r);
	check_limits(p, r);
}

/* ---- Decline --------------------------------------------------------------------------- */

void smcp_check_decline(const void *msg, const struct smcw_layout *l,
			const struct smcw_decline_parts *p, const struct smcp_reports *r)
{
	if (HAS(p->decline->diagnosis) && p->out_of_sync &&
	    smcw_get32(&p->decline->diagnosis) != SMCW_DECL_SYNCERR)
		smcp_report(r, SMCP_DCL_04, "Out of sync is said with another reason than \"%s\"",
			    smcw_reason_text(SMCW_DECL_SYNCERR));
}
