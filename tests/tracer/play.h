/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that are played by a script, whose words are what their ends do, for why.c. */
#ifndef SMCKIT_TESTS_PLAY_H
#define SMCKIT_TESTS_PLAY_H

#include <stdbool.h>

#include "event_sample.h"
#include "why/why.h"

struct play {
	struct why *why;
	__u64 now, sock;
	unsigned int connection;
	bool server, remote, unbound;
};

/**
 * play() - give the events of a script to p->why.
 * @p: who, zeroed in the beginning; it says where the next word begins
 * @script: a word an event of one end, which "C:" and "S:" choose. They are:
 *
 *   syn, syn!N         SYN with the option sent (received by a server); N: errno
 *   syn-               SYN of the SMC socket without the option
 *   ans, plain         SYN-ACK with it received (sent), and one without
 *   cookie             the server makes the connection of a SYN cookie
 *   >P, <A             CLC sent and received: Proposal, Accept, Confirm
 *   >D=R, <D=R         Decline with that diagnosis
 *   <x=HEX, <m=HEX     bytes that are no CLC, and bytes of a CLC message
 *   bad=N/E/G          CLC failed: errno, type that was expected, type that came
 *   fb=R/D             fallback: reason, diagnosis
 *   ready, closed=N    connection ready; socket closed, with an errno
 *   listen             the end's socket listens
 *   lfb=R, lfb=R@      it falls back, before it has an address, and after
 *   +N                 N seconds pass
 *   next               the client's next connection
 *   unbound, bound     from here on the end has no addresses, and has them again
 */
void play(struct play *p, const char *script);

/* An event of the end that is chosen: @hex is its message. */
void play_event(struct play *p, __u8 kind, __u8 flags, const char *hex);

/* Facts: "sysctl NAME VALUE; ueid NAME; ...", as events. */
void play_facts(struct why *w, const char *facts);

#endif
