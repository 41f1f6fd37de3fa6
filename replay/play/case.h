/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case is played: one end is ours, the other is the stack under test. */
#ifndef SMCKIT_REPLAY_CASE_H
#define SMCKIT_REPLAY_CASE_H

#include "state/outcome.h"
#include "state/setup.h"

/**
 * case_play() - play one end of a case.
 * @path: of the script, for messages
 * @role: the end that is ours
 * @o: filled in
 */
void case_play(struct setup *s, const char *path, const struct test_case *test, enum end role,
	       struct outcome *o);

#endif
