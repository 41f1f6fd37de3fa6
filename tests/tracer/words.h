/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events with an owner and addresses, and what is printed as a string. */
#ifndef SMCKIT_TESTS_WORDS_H
#define SMCKIT_TESTS_WORDS_H

#include <stdio.h>
#include <stdlib.h>

#include "event_sample.h"

#define SECOND 1000000000ull
#define NOON 1700049600ull /* 2023-11-15 12:00:00 UTC */

/* An event of "nginx", 10.0.0.1:80 to 10.0.0.2:4000, at @ns after noon. */
static inline void word_event(struct event_sample *s, __u8 kind, __u8 flags, __u64 ns,
			      const char *hex)
{
	event_sample(s, kind, flags, hex);
	smcw_put64(&s->ev.time, NOON * SECOND + ns);
	smcw_put64(&s->ev.sock, 77);
	smcw_put32(&s->ev.pid, 123);
	smcw_put16(&s->ev.local_port, 80);
	smcw_put16(&s->ev.peer_port, 4000);
	s->ev.role = SMCW_ROLE_SERVER;
	sample_bytes("00*10 ffff 0a000001", s->ev.local);
	sample_bytes("00*10 ffff 0a000002", s->ev.peer);
	memcpy(s->ev.comm, "nginx", 5);
}

/* Collect what is written to .out until word_end(). */
struct words {
	FILE *out;
	char *text;
	size_t len;
};

static inline FILE *word_begin(struct words *w)
{
	w->text = NULL;
	w->out = open_memstream(&w->text, &w->len);
	return w->out;
}

static inline const char *word_end(struct words *w)
{
	fclose(w->out);
	return w->text;
}

#endif
