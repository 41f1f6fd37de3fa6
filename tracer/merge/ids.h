/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One id for the sending and the receiving of a message, whichever hosts have seen them: events
 * come in the order of the common clock, so that the two halves are near each other.
 */
#ifndef SMCKIT_TRACER_IDS_H
#define SMCKIT_TRACER_IDS_H

#include "clocks.h"
#include "flows.h"

/* Halves that wait for the other one at the same time; then the oldest gives up. The fuzzer has
 * fewer. */
#ifndef IDS_WAITING
#define IDS_WAITING 65536
#endif

/* Halves of a message that comes again and again belong together within so many ns: one may be lost
 * here, and the next one there. */
#define IDS_AGAIN_NS 250000000ll

struct ids;

/* A message that one host sent and another received, by their own clocks. */
struct ids_pair {
	unsigned int from, to;
	__s64 sent, received;
};

/* @strict: a message that would be received before it was sent is none. Else it is one as far as
 * clocks allow it. */
struct ids *ids_new(const struct clocks *clocks, const struct flows *flows, bool strict);
void ids_free(struct ids *ids);

/**
 * ids_event() - give an event the id of its message.
 * @host: that has seen it
 * @ev: with the time of the host's own clock, and the id that its file has; the id is set, 0
 * without a message
 * @p: filled in if the event ends a pair
 *
 * Return: true if it is the second half of a message between two hosts.
 */
bool ids_event(struct ids *ids, unsigned int host, struct smcw_event *ev, struct ids_pair *p);

#endif
