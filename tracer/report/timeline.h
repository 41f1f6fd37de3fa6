/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection as SVG: its two ends are lines down which time runs, a message is an arrow between.
 */
#ifndef SMCKIT_TRACER_TIMELINE_H
#define SMCKIT_TRACER_TIMELINE_H

#include <stdio.h>

#include "detail/detail.h"

/**
 * timeline_put() - the pictures of a connection, one after the other.
 * @out: the page
 * @d: the connection
 * @number: of it, for ids within the page
 *
 * Each picture has one scale, so that the slope of an arrow is the time that the message took. A
 * new one begins after a pause, and where events were not kept. An arrow ends in the middle when
 * the other end has not seen the message.
 */
void timeline_put(FILE *out, const struct detail *d, unsigned int number);

#endif
