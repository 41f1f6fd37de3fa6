/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as JSON: one object a line, with the keys of wire/smc_fields.h.
 *
 * The header's fields stand flat in the object, "time" as RFC 3339 with
 * nanoseconds and "text" as in smc_event_text.h beside them. The body is
 * "message": an object with a member a part, which is a list for parts that
 * can come more than once. Beside a number that a value list names stands
 * KEY_text; fields of kind HEX are strings, "0x…"; reserved ones are left out.
 * A message that is not well formed has "faults", and bytes that belong to no
 * part are "bytes".
 */
#ifndef SMCKIT_TRACER_JSON_H
#define SMCKIT_TRACER_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "smc_event.h"

/**
 * json_event() - an event as a JSON object.
 * @ev: an event that smcw_event_check() is content with, time since 1970
 *
 * Return: the object, which the caller owns; NULL without memory.
 */
json_t *json_event(const struct smcw_event *ev);

/**
 * json_print_event() - write an event as a line of JSON.
 * @out: where
 * @ev: as for json_event()
 *
 * Return: 0, -ENOMEM, or -EIO when it could not be written.
 */
int json_print_event(FILE *out, const struct smcw_event *ev);

#endif
