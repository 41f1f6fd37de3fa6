/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known deviations of a stack: cases that fail and are known to. A line each:
 * pattern of the case's name as in the report, then why, with a reference.
 */
#ifndef SMCKIT_REPLAY_KNOWN_H
#define SMCKIT_REPLAY_KNOWN_H

#include "arena.h"

struct known_line;

struct known {
	struct arena arena;
	struct known_line *first;
};

/* Return: 0, -errno, or -EINVAL for a line without a reason, with its number in @line. */
int known_read(struct known *k, const char *path, unsigned int *line);

/* Why a case may fail; NULL when it may not. @name: "clc/decline-trailer as client" */
const char *known_reason(const struct known *k, const char *name);

void known_free(struct known *k);

#endif
