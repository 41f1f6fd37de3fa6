/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stack whose peer breaks the rules has to stand: its answers are messages that it may send at
 * all, connect() returns, the kernel log is silent, and the next connection is as good as ever.
 */
#ifndef SMCKIT_REPLAY_SURVIVE_H
#define SMCKIT_REPLAY_SURVIVE_H

#include "stack/stats.h"
#include "state/outcome.h"
#include "state/setup.h"

/**
 * survive_counted() - has a server come to an end with its client?
 * @before: its counts before the client came
 * @ms: how long it may take
 */
bool survive_counted(const struct stats_end *before, unsigned int ms);

/**
 * survive_case() - as case_play(), of a stack that may answer what it likes.
 *
 * A connection without SMC and one that is declined come after it, and have to be as ever.
 */
void survive_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
		  struct outcome *o);

#endif
