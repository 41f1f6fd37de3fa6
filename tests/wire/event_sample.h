/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trace event of any kind, for the tests of smc_event.c and smc_event_text.c. */
#ifndef SMCKIT_TESTS_EVENT_SAMPLE_H
#define SMCKIT_TESTS_EVENT_SAMPLE_H

#include <string.h>

#include "samples.h"

struct event_sample {
	struct smcw_event ev;
	__u8 body[SAMPLE_MAX];
} __attribute__((aligned(8)));

/* As in smcw_event.flags. */
#define EVENT_IN SMCW_EV_FLAGS_OF(SMCW_DIR_IN)
#define EVENT_OUT SMCW_EV_FLAGS_OF(SMCW_DIR_OUT)

/**
 * event_sample() - an event as a host would write it.
 * @s: written
 * @kind: enum smcw_event_kinds
 * @flags: SMCW_EV_*
 * @hex: the body, see sample_bytes()
 *
 * Return: bytes of header and body.
 */
static inline size_t event_sample(struct event_sample *s, __u8 kind, __u8 flags, const char *hex)
{
	size_t len;

	memset(s, 0, sizeof(*s));
	len = sample_bytes(hex, s->body);
	s->ev.version = SMCW_EVENT_VERSION;
	s->ev.kind = kind;
	s->ev.flags = flags;
	smcw_put16(&s->ev.length, (__u16)len);
	smcw_put16(&s->ev.original, (__u16)len);
	smcw_put32(&s->ev.conn, 5);
	smcw_put32(&s->ev.lgr, 0x100);
	s->ev.link = 1;
	return sizeof(s->ev) + len;
}

#endif
