/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections that are shown in detail, and why these. */
#ifndef SMCKIT_TRACER_CHOICE_H
#define SMCKIT_TRACER_CHOICE_H

#include "top.h"

#define CHOICE_EACH 4 /* connections of each reason */

/* X(name, words): the reasons, "chosen since it ..." */
#define CHOICES(X)                                                                                 \
	X(FAILED, "failed, the first of its error")                                                \
	X(TCP, "stayed on TCP, the first of its reason")                                           \
	X(BLOCKED, "was blocked for longest")                                                      \
	X(HANDSHAKE, "had the longest handshake")                                                  \
	X(LATENCY, "had the slowest messages")                                                     \
	X(BYTES, "moved most bytes")

#define CHOICE_ENUM(name, words) CHOICE_##name,
enum choice_why { CHOICES(CHOICE_ENUM) CHOICE_COUNT };
#undef CHOICE_ENUM

/* To be zeroed in the beginning. */
struct choice {
	struct top of[CHOICE_COUNT];
	__u64 seen; /* ends of connections */
};

/* One that ended, or is open when the trace ends. 0, or -ENOMEM. */
int choice_add(struct choice *all, const struct stats_conn *c, __u64 until);
void choice_free(struct choice *all);

/* "was blocked for longest" */
const char *choice_words(unsigned int why);

/* Are they the two ends of one connection, by addresses and time? */
bool choice_same(const struct stats_conn *a, const struct stats_conn *b);

#endif
