/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a line. */
#ifndef SMCKIT_REPLAY_WORDS_H
#define SMCKIT_REPLAY_WORDS_H

#include "base/arena.h"

#define WORDS_MAX 128

/* Blanks stand between words, except inside of quotation marks; # begins a comment. */
struct words {
	unsigned int n;
	char *text[WORDS_MAX];
	unsigned int column[WORDS_MAX + 1]; /* from 1; [n] is the end of the line */
};

/**
 * words_split() - take a line apart.
 * @a: where the words live
 * @line: its @len bytes
 * @w: filled in
 *
 * Return: NULL, or the text that is expected at column @w->column[@w->n].
 */
const char *words_split(struct arena *a, const char *line, size_t len, struct words *w);

#endif
