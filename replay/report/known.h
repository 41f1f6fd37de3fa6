/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known deviations of a stack: cases that fail and are known to, each in its way. A line each:
 * pattern of the case's name as in the report, what its report says (* for anything), and why,
 * with a reference.
 */
#ifndef SMCKIT_REPLAY_KNOWN_H
#define SMCKIT_REPLAY_KNOWN_H

#include <stdbool.h>

#include "base/arena.h"

struct known_line;

struct known {
	struct arena arena;
	struct known_line *first;
};

/* Return: 0, -errno, or -EINVAL for a line without all three, with its number in @line. */
int known_read(struct known *k, const char *path, unsigned int *line);

/* Why a case may fail; NULL when it may not. @name: "clc/decline-trailer as client" */
const char *known_reason(const struct known *k, const char *name);

/**
 * known_same() - has a case failed in the way that is known, and in no other?
 * @name: as for known_reason()
 * @text: the outcome's
 *
 * Every difference of the text has to be in the list.
 */
bool known_same(const struct known *k, const char *name, const char *text);

void known_free(struct known *k);

#endif
