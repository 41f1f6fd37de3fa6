/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack's actions in a case, as lines "STEP.WHAT=VALUE": those of two stacks, or of two runs
 * of one, can be compared. Volatile values are left out, since they differ anyway.
 */
#ifndef SMCKIT_REPLAY_SEEN_H
#define SMCKIT_REPLAY_SEEN_H

#include "script/message.h"

/**
 * seen_message() - a message that came.
 * @step: number of the step in its case, from 1
 * @layer: of the message
 * @bytes: of it, @len of them
 */
void seen_message(FILE *out, unsigned int step, enum message_layer layer, bool big,
		  const __u8 *bytes, size_t len);

/* Anything else, as a value without newlines. */
__attribute__((format(printf, 4, 5))) void seen_other(FILE *out, unsigned int step,
						      const char *what, const char *format, ...);

#endif
