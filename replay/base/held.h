/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are opened by name while that is still permitted, and read when it is not any more:
 * scripts with what they import, and captures.
 */
#ifndef SMCKIT_REPLAY_HELD_H
#define SMCKIT_REPLAY_HELD_H

#include <stddef.h>

/**
 * held_add() - open a file, and those that it imports if it is a script.
 *
 * A file that cannot be opened is no error here: its reader will say so. A pipe, which cannot be
 * read at any place, is taken in.
 */
void held_add(const char *path);

/**
 * held_read() - the bytes of a file.
 * @text: set to them, to be freed
 *
 * Return: 0, -ENOENT when it is not held, or another -errno.
 */
int held_read(const char *path, char **text, size_t *len);

/* The path of a file that @from names: relative to its folder. To be freed; NULL without memory. */
char *held_beside(const char *from, const char *name);

void held_close(void);

#endif
