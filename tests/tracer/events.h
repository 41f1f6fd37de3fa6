/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Well-formed trace events of every kind, as smc-trace stores them: each
 * message of samples.h, then each body of smc_event.h.
 */
#ifndef SMCKIT_TESTS_EVENTS_H
#define SMCKIT_TESTS_EVENTS_H

#include <stddef.h>

#include "samples.h"
#include "smc_event.h"

#define EVENT_MAX (sizeof(struct smcw_event) + SAMPLE_MAX)
#define EVENT_LINE_MAX 256

/* Room for any of them. */
union event {
	struct smcw_event ev;
	__u8 bytes[EVENT_MAX];
};

/* How many there are. */
size_t events_n(void);

/**
 * event_make() - an event.
 * @n: number, below events_n()
 * @e: for it; time, direction, lost and addresses depend on @n
 *
 * Return: bytes of the event.
 */
size_t event_make(size_t n, union event *e);

/**
 * event_message() - the event of a message of one's own.
 * @kind: SMCW_EV_CLC, SMCW_EV_LLC or SMCW_EV_CDC
 * @dir: enum smcw_event_dirs
 * @msg: its bytes
 * @len: how many, at most SAMPLE_MAX
 * @e: for it: between 192.0.2.1 port 40000 (sender) and 192.0.2.2 port 443, channel 7
 *
 * Return: bytes of the event.
 */
size_t event_message(unsigned int kind, unsigned int dir, const void *msg, size_t len,
		     union event *e);

/**
 * event_line() - a line about an event.
 * @buf: EVENT_LINE_MAX bytes
 *
 * Return: @buf
 */
const char *event_line(const struct smcw_event *ev, char *buf);

#endif
