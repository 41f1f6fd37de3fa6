/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fault of a handshake: the verdict over its two ends, or the one that was seen. */
#ifndef SMCKIT_TRACER_CAUSE_H
#define SMCKIT_TRACER_CAUSE_H

#include "base/facts.h"
#include "handshake.h"
#include "rules.h"

/*
 * C(name, failed, rule, text): failed is 1 where no connection came about, 0 where it is TCP's;
 * rule is the statement that it follows from, NO_RULE where it is no stack's doing or the reason
 * says it. The texts are said of a service.
 */
#define CAUSES(C)                                                                                  \
	C(NONE, 0, NO_RULE, "nothing is wrong")                                                    \
	C(REASON, 0, NO_RULE, "a reason of the kernel's")                                          \
	C(SERVER_PLAIN, 0, OPT_04, "the server does not use SMC")                                  \
	C(CLIENT_PLAIN, 0, OPT_03, "the client did not ask for SMC")                               \
	C(OTHER_SOCKET, 0, OPT_05, "the server's SMC socket has not seen the connection")          \
	C(PEER_PLAIN, 0, OPT_04, "the server did not answer with SMC")                             \
	C(SYN_STRIPPED, 0, NO_RULE, "the client's SMC option did not reach the server")            \
	C(SYN_COOKIES, 0, OPT_08, "SYN cookies, which have no room for the SMC option")            \
	C(HS_LIMITED, 0, OPT_09, "handshakes are limited")                                         \
	C(ANSWER_STRIPPED, 1, NO_RULE, "the server's SMC option did not reach the client")         \
	C(ANSWER_STRIPPED_TCP, 0, NO_RULE, "the server's SMC option did not reach the client")     \
	C(REFUSED, 1, NO_RULE, "the connection was refused")                                       \
	C(UNREACHABLE, 1, NO_RULE, "no TCP connection came about")                                 \
	C(GARBAGE_CLIENT, 1, CLC_02, "the peer confirmed SMC and does not speak it")               \
	C(GARBAGE_SERVER, 1, CLC_24, "the client asked for SMC and does not speak it")             \
	C(ECHO, 1, CLC_10, "our own Proposal came back")                                           \
	C(UNEXPECTED, 1, CLC_10, "a CLC message came that was not expected")                       \
	C(MALFORMED, 1, CLC_01, "a CLC message came that is not well formed")                      \
	C(RESET, 1, CLC_16, "the peer reset or closed the connection in the handshake")            \
	C(SILENT, 1, CLC_18, "the peer offered SMC and then was silent")                           \
	C(SILENT_LOST, 1, CLC_18, "CLC messages do not arrive")                                    \
	C(INTERRUPTED, 1, APP_31, "a signal interrupted the handshake")                            \
	C(NOT_SENT, 1, NO_RULE, "a CLC message could not be sent")                                 \
	C(FAILED, 1, CLC_21, "the handshake failed")                                               \
	C(HANGING, 1, NO_RULE, "the handshake does not go on")

#define CAUSES_ENUM(name, failed, rule, text) CAUSE_##name,
enum cause_id { CAUSES(CAUSES_ENUM) CAUSE_COUNT };
#undef CAUSES_ENUM

struct cause {
	enum cause_id id;
	__u32 reason, diagnosis; /* of CAUSE_REASON: of the end that found it, and of its peer */
	__u32 error;		 /* errno */
	__u8 expected, came;	 /* CLC types */
	bool at_client;		 /* which end found it */
	bool unconnected;	 /* it is no end of a connection, as far as is known */
	__u8 n_bytes, bytes[HANDSHAKE_BYTES];
	__u64 waited; /* ns, of CAUSE_HANGING */
};

/* Judging needs it beside the two ends. */
struct cause_context {
	const struct facts *facts;
	bool server_known; /* an SMC socket of this host listens, or has listened, at the service */
	__u32 server_reason; /* for which that socket is TCP's; 0: it is not */
	bool all_observed;   /* what would show that the handshake went on */
	__u64 now;	     /* ns: when the trace ends; 0: it goes on */
};

/**
 * cause_find() - what was wrong.
 * @h: an end
 * @other: the other one, or NULL if this host has not seen it
 * @c: filled in
 *
 * Return: whether anything was.
 */
bool cause_find(const struct handshake *h, const struct handshake *other,
		const struct cause_context *context, struct cause *c);

/* Is it a connection that did not come about, not one that is TCP's? */
bool cause_is_failure(const struct cause *c);

/* A name for programs. */
const char *cause_name(const struct cause *c);

/* The statement of the suite's catalogue that it follows from; SMCP_NO_RULE: none. */
enum smcp_rule cause_rule(const struct cause *c);

/* The cause in words, with its bytes, errno and codes. Return: a string for free(), or NULL.
 */
char *cause_text(const struct cause *c);

/* Advice about it, by this host's facts. Return: a string for free(), NULL without one. */
char *cause_advice(const struct cause *c, const struct facts *facts);

/* A name for bytes that are no CLC message: "an HTTP response ('HTTP/1.1')". @buf is returned. */
const char *cause_bytes(const __u8 *bytes, size_t n, char *buf, size_t cap);

#endif
