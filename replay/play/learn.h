/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The offers of the stack under test, found before the first case. */
#ifndef SMCKIT_REPLAY_LEARN_H
#define SMCKIT_REPLAY_LEARN_H

#include "state/setup.h"

/**
 * learn_offers() - find the offers of the stack.
 * @s: have[], stack are filled in
 *
 * A connect() of the application shows them: by its Proposal, or by the lack of it.
 *
 * Return: 0 or -errno.
 */
int learn_offers(struct setup *s);

#endif
