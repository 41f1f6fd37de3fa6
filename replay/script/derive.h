/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields that follow from the parts of a message: lengths, offsets, counts, fixed values. */
#ifndef SMCKIT_REPLAY_DERIVE_H
#define SMCKIT_REPLAY_DERIVE_H

#include "message.h"

/**
 * derive_part() - the default values of the fields of one part.
 * @m: the message, for its type and its parts
 * @p: the part, one of @m's; SMCW_PART_NONE is left alone
 * @at: the part's bytes in @message, zeroed
 * @message: first byte of the message
 * @total: bytes of the message
 */
void derive_part(const struct message *m, const struct part *p, __u8 *at, const __u8 *message,
		 size_t total);

/* Does the field follow from the parts? */
bool derive_follows(unsigned int field);

#endif
