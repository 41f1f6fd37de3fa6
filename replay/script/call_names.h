/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that scripts have for options, requests, events and kinds of sockets, and their
 * numbers. */
#ifndef SMCKIT_REPLAY_CALL_NAMES_H
#define SMCKIT_REPLAY_CALL_NAMES_H

#include "script.h"

struct call_name {
	const char *name;
	int level;	/* of an option; of a kind of socket the family */
	int number;	/* of an option, a request or an event; of a kind of socket the protocol */
	bool is_linger; /* its value is the time of a struct linger, or none of -1 */
};

/* All end with a name of NULL. */
extern const struct call_name call_options[], call_requests[], call_ways[], call_events[];
extern const struct call_name sock_kinds[], sock_flags[], sock_signals[];

/* The names of a call's first word, NULL: it has none. */
const struct call_name *call_names(const struct call *c);

/* Is it one of events? */
bool call_has_events(const struct call *c);

/*
 * By enum call_kind and by enum sock_kind; both lists of words end with a NULL. The letters of the
 * arguments are explained with SCRIPT_SOCKS.
 */
extern const char *const call_words[], *const sock_words[], *const sock_arguments[];

#endif
