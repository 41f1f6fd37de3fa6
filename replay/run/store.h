/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that keeps the right to make files in one folder, for one that has given it up. It
 * takes names and bytes and looks at neither peers nor scripts.
 */
#ifndef SMCKIT_REPLAY_STORE_H
#define SMCKIT_REPLAY_STORE_H

#include <stddef.h>

struct store;

/**
 * store_open() - begin, before privileges are dropped.
 * @folder: made if it is missing, for its owner alone
 *
 * Return: 0 or -errno.
 */
int store_open(struct store **s, const char *folder);

/**
 * store_put() - a file in a folder of its own, both for the owner alone; replaced if it is there.
 * @sub: the folder's name; characters of shells and paths are replaced by -
 * @name: of the file, likewise
 *
 * Return: 0 or -errno.
 */
int store_put(struct store *s, const char *sub, const char *name, const void *bytes, size_t len);

void store_close(struct store *s);

#endif
