/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that came against the one that a script expects, field by field. */
#ifndef SMCKIT_REPLAY_COMPARE_H
#define SMCKIT_REPLAY_COMPARE_H

#include "bind.h"

/**
 * compare_message() - is this the message that was expected?
 * @want: of the script; without parts only the type counts
 * @bytes: what came, one message
 * @len: how many
 * @b: names are looked up here, and bound when they are first met
 * @out: a line for each difference: field, both values, rule, ID of its statement
 *
 * By the field's replay class: fixed and negotiated values have to be equal,
 * derived ones have to follow from the message that came, volatile ones have
 * to be what their name stands for, and reserved bits have to be zero.
 *
 * Return: number of differences.
 */
unsigned int compare_message(const struct message *want, const __u8 *bytes, size_t len,
			     struct bindings *b, FILE *out);

#endif
