/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CLC messages against those before them: an Accept answers a Proposal, a Confirm an Accept
 * (RFC 7609, A.2). No allocation, no operating system.
 */
#ifndef SMCKIT_PROTO_CLC_H
#define SMCKIT_PROTO_CLC_H

#include "rules.h"
#include "smc_codec.h"

#define SMCP_CLC_WAIT_MS 6000 /* for a message; Linux' CLC_WAIT_TIME */
#define SMCP_CONNS_MIN 16     /* of a link group, version 2.1: fewer are refused */
#define SMCP_LINKS_MAX 2      /* of a link group, that Linux takes */
#define SMCP_PREFIX_MAX 32    /* bits of an IPv4 prefix */

/* The offers of a Proposal, to check its answers. */
struct smcp_offer {
	__u8 version;
	__u8 typev1;
	__u8 typev2;
	__u8 release;
	__u8 eids;
	__u8 chids;
	__u8 seid; /* the system EID is offered */
	struct smcw_eid eid[SMCW_MAX_EID];
	__u16 chid[SMCW_MAX_GID_CHID + 1]; /* the first one is of version 1's area */
};

/* The contents of an Accept, to check the Confirm. */
struct smcp_accepted {
	__u8 smcd;
	__u8 first_contact;
	__u8 version;
	__u8 release;
	__u8 has_fce;
};

/* The type of the message that has to come before one of a type; 0: none, or any. */
static inline unsigned int smcp_clc_before(unsigned int type)
{
	return type == SMCW_ACCEPT ? SMCW_PROPOSAL : type == SMCW_CONFIRM ? SMCW_ACCEPT : 0;
}

/* Keep what a Proposal offers. It may offer more than is seen of a message that is cut. */
void smcp_offer_take(struct smcp_offer *o, const struct smcw_proposal_parts *p);

/* Keep what an Accept says. */
void smcp_accepted_take(struct smcp_accepted *a, const struct smcw_accept_parts *p);

/**
 * smcp_check_proposal() - a Proposal by itself.
 * @msg: the message
 * @l: its layout
 * @p: its parts
 * @r: where breaches go
 *
 * Here and below a rule does not apply to bytes that a capture has cut off.
 */
void smcp_check_proposal(const void *msg, const struct smcw_layout *l,
			 const struct smcw_proposal_parts *p, const struct smcp_reports *r);

/**
 * smcp_check_answer() - an Accept or Confirm, by itself and against the messages before it.
 * @o: of the Proposal; NULL: not known
 * @a: of the Accept; NULL: not known, or this is one
 * @msg: the message
 * @l: its layout
 * @p: its parts; those that are not whole are left out
 * @r: where breaches go
 */
void smcp_check_answer(const struct smcp_offer *o, const struct smcp_accepted *a, const void *msg,
		       const struct smcw_layout *l, struct smcw_accept_parts *p,
		       const struct smcp_reports *r);

/* A Decline by itself. */
void smcp_check_decline(const void *msg, const struct smcw_layout *l,
			const struct smcw_decline_parts *p, const struct smcp_reports *r);

#endif
