/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events on a terminal, one line each. */
#ifndef SMCKIT_TRACER_PRINT_H
#define SMCKIT_TRACER_PRINT_H

#include <stdio.h>

#include "smc_event.h"

struct print {
	FILE *out;
	int hex;   /* a message's bytes in a line of their own */
	int color; /* wanted: the caller looks whether it is a terminal */
};

/**
 * print_event() - write the line of an event.
 * @p: where and how
 * @ev: an event that smcw_event_check() is content with, time since 1970
 *
 *	HH:MM:SS.uuuuuu  comm/pid  local:port > peer:port  [link group/connection]  text
 *
 * The time is local. The arrow shows the way of the message, '-' stands where
 * there is none.
 *
 * Return: 0, or -EIO when it could not be written.
 */
int print_event(struct print *p, const struct smcw_event *ev);

#endif
