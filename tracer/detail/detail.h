/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the chosen connections, at both of their ends as far as both were seen. */
#ifndef SMCKIT_TRACER_DETAIL_H
#define SMCKIT_TRACER_DETAIL_H

#include "choice.h"
#include "pairs.h"

#define DETAILS_MAX (CHOICE_COUNT * CHOICE_EACH)
#define DETAIL_HEAD 80 /* events of a connection from its beginning on */
#define DETAIL_TAIL 32 /* and up to its end */
#define DETAIL_TEXT 120

/* The client's end is 0, the server's 1. */
struct detail_event {
	__u64 time[2]; /* ns since 1970; 0: not seen there */
	__be64 id;
	__u8 kind;
	__u8 from;    /* the end that it happened at, or that sent it */
	bool message; /* goes to the other end */
	char text[DETAIL_TEXT];
};

struct detail {
	struct stats_conn conn; /* of the end that was chosen */
	__u64 until;
	unsigned int why;  /* a bit for each enum choice_why */
	unsigned int side; /* of .conn */
	struct smcw_event end[2];
	bool known[2];
	struct detail_event event[DETAIL_HEAD + DETAIL_TAIL]; /* the tail is a ring */
	__u64 n;	    /* events of it; those between head and tail are not kept */
	unsigned long seen; /* the latest event of the trace that it has taken */
};

struct details;

/* The connections of a choice. NULL without memory. */
struct details *details_new(const struct choice *choice);
void details_free(struct details *d);

/* Look at an event. 0, or -ENOMEM. */
int details_event(struct details *d, const struct smcw_event *ev);

/* All of them, in the order of the reasons. */
size_t details_n(const struct details *d);
const struct detail *details_at(const struct details *d, size_t i);

/* The events that were kept, by time: pointers to DETAIL_HEAD + DETAIL_TAIL at most. How many. */
size_t detail_sorted(const struct detail *d, const struct detail_event **sorted);

/* The time of an event: of the end where it was seen first. */
__u64 detail_time(const struct detail_event *e);

#endif
