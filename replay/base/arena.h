/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that lives as long as a script: many small pieces, freed all at once.
 * Out of memory ends the program, since no script can be that large.
 */
#ifndef SMCKIT_REPLAY_ARENA_H
#define SMCKIT_REPLAY_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

/* Zeroed memory, aligned for anything. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of @len bytes with a NUL after them. */
char *arena_copy(struct arena *a, const void *from, size_t len);

/* A text as printf() makes it. */
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *a, const char *format, ...);

/* Frees all of it; the arena is empty then and may be used again. */
void arena_free(struct arena *a);

#endif
