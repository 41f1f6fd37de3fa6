/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets and memory that a stack does not give back: a case is played many times, and of nothing
 * may there be one more for each time.
 *
 * Counted are, of the whole host, references to the stack's module (each socket has one), sockets
 * of TCP, objects of the slab allocator, and pages of large objects. So nothing else may run
 * meanwhile.
 */
#ifndef SMCKIT_REPLAY_LEAKS_H
#define SMCKIT_REPLAY_LEAKS_H

#include "state/outcome.h"
#include "state/setup.h"

struct leaks;

/**
 * leaks_open() - open the kernel's counters, while that is still permitted.
 * @out: to be closed by leaks_close()
 *
 * A counter that this host does not have, or not for this user, is left out.
 *
 * Return: 0, or -ENOMEM.
 */
int leaks_open(struct leaks **out);

void leaks_close(struct leaks *l);

/**
 * leaks_case() - play a case as often as it says, and count.
 *
 * Some times come before, so that what is made once is there. A counter that has grown with the
 * times is looked at for a second round, since others use memory, too. The first time that the
 * case does not pass is its outcome; it is skipped where memory cannot be counted.
 */
void leaks_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
		struct outcome *o);

#endif
