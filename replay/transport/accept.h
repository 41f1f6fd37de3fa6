/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Accept or Confirm of an end: by it a case has a connection of SMC-R or SMC-D. */
#ifndef SMCKIT_REPLAY_ACCEPT_H
#define SMCKIT_REPLAY_ACCEPT_H

#include "script/script.h"

/* The first such message of an end, or NULL; of SMC-D the step that has it. @test: of
 * accept_of_smcr() it may be NULL. */
const struct message *accept_of_smcr(const struct test_case *test, enum end end);
const struct step *accept_of_smcd(const struct test_case *test, enum end end);

/* Does a case have a connection of SMC-D? */
bool accept_is_smcd(const struct test_case *test);

#endif
