/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CDC of one direction of a connection: the state after a message, and what a message has changed.
 */
#ifndef SMCKIT_DISSECTOR_FLOW_H
#define SMCKIT_DISSECTOR_FLOW_H

#include <epan/packet.h>
#include <stdbool.h>

#include "cursor.h"

struct queue_pair;

/* The bytes that one end has sent, as far as its CDC messages report them. */
struct flow {
	guint32 frame; /* of the last CDC message, 0 before the first */
	guint16 seqno; /* SMC-R */
	struct smcp_cursor prod;
	struct smcp_cursor cons;
	guint64 produced; /* bytes since the handshake, or since the first message that is seen */
	guint64 consumed;
	guint64 pos;	    /* position of the producer cursor in the stream, see stream.h */
	guint64 psn;	    /* number of the last message's packet, see psn.h */
	guint64 closed_psn; /* ... of the first one with a state */
	struct queue_pair *closed_to; /* ... that went there */
	bool relative;		      /* the first bytes are not in the capture */
	guint8 state;		      /* SMCW_CDC_DONE_WRITING and so on */
	guint8 own_state;	      /* enum smcw_sock_states */
	guint32 over_in;    /* frame in which more was produced than there is room for, so far */
	guint32 under_in;   /* frame in which more was consumed than was produced, so far */
	bool gaps;	    /* messages of it are not in the capture */
	guint32 blocked_in; /* frame that says "write blocked" first, 0 if it is not so */
	nstime_t blocked_at;
};

/* The changes from the CDC message before to this one. */
struct cdc_analysis {
	guint64 produced; /* bytes since the message before */
	guint64 consumed;
	guint64 total;	/* bytes that the sender has produced */
	gint64 space;	/* left in the receiver's buffer */
	gint64 unread;	/* bytes that the sender of this has received and not consumed */
	bool has_moved; /* produced, consumed and total are known */
	bool has_space;
	bool has_unread;
	guint8 own_state; /* enum smcw_sock_states, of the sender and of the receiver */
	guint8 peer_state;
	guint32 before;	 /* frame of the message before, of the same sender */
	guint32 blocked; /* frame from which on the peer was blocked; this message ends it */
	nstime_t blocked_for;
};

#endif
