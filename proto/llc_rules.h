/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLC: what answers what, who asks, for how long an answer is waited for, and rules of single
 * messages (RFC 7609, 4.5 and A.3). No allocation, no operating system.
 */
#ifndef SMCKIT_PROTO_LLC_H
#define SMCKIT_PROTO_LLC_H

#include "rules.h"
#include "smc_codec.h"

#define SMCP_LLC_WAIT_MS 2000 /* for an answer; Linux' SMC_LLC_WAIT_TIME */

/* Bytes that a TEST_LINK carries there and back. */
#define SMCP_TEST_DATA_LEN sizeof(((struct smcw_llc_test_link *)0)->user_data)

/* Exchanges have the number of their messages' type in version 1. */
#define SMCP_LLC_EXCHANGES 16

/* The ends that ask. */
enum { SMCP_CLIENT_ASKS = 1, SMCP_SERVER_ASKS = 2, SMCP_BOTH_ASK = 3 };

struct smcp_exchange {
	__u8 asks;	 /* 0: there is no such exchange */
	__u8 answered;	 /* enum smcp_rule: there has to be an answer; SMCP_NO_RULE */
	__u8 unanswered; /* ... what becomes of a request without one */
};

/* The exchange that a message of a type belongs to, of either version. */
static inline unsigned int smcp_llc_number(__u8 type)
{
	return type & (SMCP_LLC_EXCHANGES - 1);
}

/**
 * smcp_llc_exchange() - the exchange of a message.
 * @type: SMCW_LLC_*, of either version
 *
 * Return: a row whose asks is 0 for messages that have no answer, and for unknown ones.
 */
const struct smcp_exchange *smcp_llc_exchange(__u8 type);

/* Every body begins with the flags, and "response" is the same bit in all. */
int smcp_llc_is_response(const void *msg, const struct smcw_layout *l);

/*
 * Is a server's request the answer to the client's of the same type? It makes a client's
 * DELETE_LINK its own request (LLC-28).
 */
static inline int smcp_llc_asks_back(__u8 type)
{
	return smcp_llc_number(type) == SMCW_LLC_DELETE_LINK;
}

/**
 * smcp_check_llc() - an LLC message by itself.
 * @msg: the message
 * @l: its layout
 * @qpn: the queue pair that its sender has named before; NULL: none
 * @r: where breaches go, and refusals
 */
void smcp_check_llc(const void *msg, const struct smcw_layout *l, const __u32 *qpn,
		    const struct smcp_reports *r);

/**
 * smcp_llc_test_data() - the user data of TEST_LINK.
 *
 * Return: SMCP_TEST_DATA_LEN bytes in @msg, or NULL where it is another message or cut.
 */
const __u8 *smcp_llc_test_data(const void *msg, const struct smcw_layout *l);

#endif
