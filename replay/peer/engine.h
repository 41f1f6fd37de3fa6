/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of an SMC-R peer that do not depend on the script. */
#ifndef SMCKIT_REPLAY_ENGINE_H
#define SMCKIT_REPLAY_ENGINE_H

#include "link.h"

/* Is the message a response? @bytes: SMCW_LLC_LEN at least */
bool engine_is_response(const __u8 *bytes);

/* Does a step wait for such a message? */
bool engine_fits(const struct step *s, enum end stack, __u8 type, bool response);

/**
 * engine_answer() - the answer to a request.
 * @l: the link by which it came
 * @bytes: the request, @len of them
 * @answer: QP_MESSAGE_MAX bytes
 *
 * A request that the stack's end may not make, or that is malformed, gets none: the script does not
 * have it, so the case fails.
 *
 * TEST_LINK and rkeys are confirmed, CONFIRM_LINK is answered with the link's
 * own values, a further link is refused, and DELETE_LINK is obeyed.
 *
 * Return: bytes of the answer, 0 when there is none to be given, or -ENOENT
 * when it is no such request.
 */
int engine_answer(const struct link *l, const __u8 *bytes, size_t len, __u8 *answer);

#endif
