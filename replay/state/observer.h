/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that can be seen and done of the stack's application: it is one of this host, or elsewhere,
 * of which nothing is known but what it sends.
 */
#ifndef SMCKIT_REPLAY_OBSERVER_H
#define SMCKIT_REPLAY_OBSERVER_H

#include "play.h"

/* Functions return 0, one of result.h or -errno unless they say otherwise; of an application
 * elsewhere they do nothing. */
struct observer {
	bool here;		/* the application is one of this host */
	unsigned int accept_ms; /* how long a client of the stack may take to connect */
	enum verdict unchecked; /* of a case in which nothing was checked ... */
	const char *unseen;	/* ... and a reason for that, after the sentence that says so */

	/* Before the case: the stack's counts, where it takes them. */
	int (*begin)(struct play *p);

	/* The server's application listens, @at gets the port; the client's connects to @at. */
	int (*listen)(struct play *p, union address *at);
	int (*connect)(struct play *p, const union address *at);

	/* Our end's address as a server. */
	const union address *(*ours)(const struct setup *s);

	/* Is what a step expects seen from here? Return: whether it is. */
	bool (*sees)(const struct step *s);

	/* The application has its connection. */
	int (*ready)(struct play *p);

	/* A step that is about the application alone: see script_is_of_app(). */
	int (*step)(struct play *p, const struct step *s);

	/* It sends by TCP, and gets what was sent by TCP. */
	int (*says)(struct play *p, const struct step *s);
	int (*gets)(struct play *p, const struct step *s);

	/* It does what the stack's CDC message at or after @s takes: it reads, shuts down or
	 * closes. */
	int (*before_cdc)(struct play *p, const struct step *s);

	/* It sends by SMC. The stack's CDC messages are taken when it has to wait for room. */
	int (*send)(struct play *p, const struct step *s);

	/* Bytes that it has read of the connection; elsewhere as many as the script says, @wanted.
	 */
	__u64 (*has_read)(const struct play *p, __u64 wanted);

	/* Has the stack counted what became of its client by now? Waits for it. Return: whether it
	 * has. */
	bool (*counted)(struct play *p);
};

#endif
