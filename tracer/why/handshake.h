/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handshakes, end by end: what this host has seen of one end of a TCP connection that SMC was
 * wanted for, put together from all kinds of events.
 */
#ifndef SMCKIT_TRACER_HANDSHAKE_H
#define SMCKIT_TRACER_HANDSHAKE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "smc_event.h"
#include "base/table.h"

#define HANDSHAKE_BYTES 16   /* that are kept of what came in place of CLC */
#define HANDSHAKES_MAX 65536 /* ends at a time; the oldest one is concluded for a new one */

/* The things that happened: bits. */
enum handshake_bits {
	HS_SYN_SENT = 1 << 0, /* with the option, as all of these */
	HS_SYN_GOT = 1 << 1,
	HS_ANSWER_SENT = 1 << 2,
	HS_ANSWER_GOT = 1 << 3,
	HS_ANSWER_PLAIN = 1 << 4, /* a SYN-ACK without the option came */
	HS_READY = 1 << 5,
	HS_FALLBACK = 1 << 6,
	HS_FAILED = 1 << 7,
	HS_SYN_FAILED = 1 << 8, /* no TCP connection came about */
	HS_GARBAGE = 1 << 9,	/* bytes that are no CLC message came */
	HS_MALFORMED = 1 << 10, /* a CLC message came that is not well formed */
	HS_CLOSED = 1 << 11,	/* the socket was closed, or had an error */
	HS_LISTENS = 1 << 12,	/* it is no connection's, and .who has the address it listens at */
	HS_COOKIE = 1 << 13,	/* the server has made the connection of a SYN cookie */
};

/* The steps of one that succeeds, in their order, whichever end takes them. */
enum handshake_step {
	HS_STEP_SYN,
	HS_STEP_PROPOSAL,
	HS_STEP_ACCEPT,
	HS_STEP_CONFIRM,
	HS_STEP_ACTIVE, /* the socket may be used */
	HS_STEPS
};

struct handshake {
	struct table_node by_ends, by_sock;
	TAILQ_ENTRY(handshake) age;
	struct smcw_event who; /* of the event that knows most */
	unsigned int bits;
	__u64 first, last;    /* ns */
	__u64 step[HS_STEPS]; /* ns: the first time; 0: not seen */
	__u8 sent, got;	      /* a bit for each type of CLC message */
	__u32 reason, diagnosis;
	__u32 error;	     /* errno of what failed */
	__u8 expected, came; /* types, of what failed */
	__u8 n_bytes, bytes[HANDSHAKE_BYTES];
	bool joined; /* was concluded with its other end */
};

TAILQ_HEAD(handshake_list, handshake);

/* Is called with an end, and its other end or NULL, when no more of it is waited for. */
typedef int (*handshake_fn)(void *ctx, const struct handshake *h, const struct handshake *other);

struct handshakes {
	struct table ends, socks;
	struct handshake_list age; /* oldest first */
	size_t n;
	__u64 now; /* time of the latest event */
	handshake_fn fn;
	void *ctx;
};

void handshakes_init(struct handshakes *all, handshake_fn fn, void *ctx);
void handshakes_free(struct handshakes *all);

/**
 * handshakes_event() - look at an event.
 * @ev: an event that smcw_event_check() is content with, in the order of time
 *
 * Return: 0, -ENOMEM, or what the function gave.
 */
int handshakes_event(struct handshakes *all, const struct smcw_event *ev);

/* The handshake that the socket of an event is in, or was given up by; NULL without one. */
const struct handshake *handshakes_of(const struct handshakes *all, const struct smcw_event *ev);

/* Calls @fn for each end that is not concluded, and changes nothing. As handshakes_event(). */
int handshakes_each(const struct handshakes *all, handshake_fn fn, void *ctx);

/* CLC messages by type, in sent and got. */
static inline bool handshake_has(__u8 mask, unsigned int type)
{
	return mask & 1u << (type & 7);
}

/* Nothing more is to be expected: it has ended, one way or the other. */
static inline bool handshake_over(const struct handshake *h)
{
	return h->bits & (HS_READY | HS_FALLBACK | HS_FAILED | HS_SYN_FAILED | HS_CLOSED);
}

/* Is it the server's end? By the role, or by the direction of the SYN. */
bool handshake_is_server(const struct handshake *h);

#endif
