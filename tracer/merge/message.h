/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identity of a message across hosts: its bytes, and the way that it goes. Addresses may be
 * others at the other end (NAT), so a way is known by what both ends have alike: see flows.h.
 */
#ifndef SMCKIT_TRACER_MESSAGE_H
#define SMCKIT_TRACER_MESSAGE_H

#include <stdbool.h>

#include "smc_event.h"

enum message_sort {
	MESSAGE_NONE,	/* no message, or one that cannot be known again */
	MESSAGE_INSIDE, /* it does not leave its host: SMC-D */
	MESSAGE_ALONE,	/* its bytes are no other message's: Accept and Confirm, with keys and
			   numbers by chance */
	MESSAGE_WAY,	/* on one way its bytes come once in a long time: CDC, and most of LLC */
	MESSAGE_AGAIN,	/* on one way the same bytes come again and again: Proposal, Decline,
			   TEST_LINK */
};

struct message {
	enum message_sort sort;
	__u64 key;    /* of the bytes */
	__u32 way;    /* of MESSAGE_WAY and MESSAGE_AGAIN: 0 if it is not known */
	bool of_conn; /* the way is a TCP connection, for flows_of() */
	bool rare;    /* it is no CDC message */
};

/* Find what an event says of its message. */
void message_of(const struct smcw_event *ev, struct message *m);

/* The key of bytes and way. @way: as in struct message, or flows_of() of it where it is a
 * connection */
__u64 message_key_on_way(const struct message *m, __u32 way);

/* The two ends of a TCP connection, whichever of them comes first; 0 if they are not known. */
__u32 message_ends(const struct smcw_event *ev);

#endif
