/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of scripts and stacks in reports and on terminals. */
#ifndef SMCKIT_REPLAY_ESCAPE_H
#define SMCKIT_REPLAY_ESCAPE_H

#include "arena.h"

/**
 * escape_copy() - a copy that is UTF-8 which XML takes and no terminal obeys.
 *
 * Other bytes, control characters and characters that are none are \xNN; newlines stay.
 */
char *escape_copy(struct arena *a, const char *text);

/* The same in place, cut to @cap bytes. */
void escape_here(char *text, size_t cap);

#endif
