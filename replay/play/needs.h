/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conditions of a case are looked at before it is played. */
#ifndef SMCKIT_REPLAY_NEEDS_H
#define SMCKIT_REPLAY_NEEDS_H

#include "state/outcome.h"
#include "state/setup.h"

/* Does the host have it all? If not the outcome is a skip that names what is missing. */
bool needs_met(const struct setup *s, const struct test_case *test, enum end role,
	       struct outcome *o);

#endif
