/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items by a hash, for captures whose author wants to see us search: the hash has a secret of this
 * run, and the table grows with its items. The items of a hash come the latest first.
 */
#ifndef SMCKIT_REPLAY_INDEX_H
#define SMCKIT_REPLAY_INDEX_H

#include <linux/types.h>
#include <stddef.h>

#include "arena.h"

struct index_entry {
	struct index_entry *next;
	__u64 hash;
	void *item;
};

struct index {
	struct index_entry **bucket;
	size_t n, cap;
};

/* The hash of bytes, going on from the one of others; 0 to begin. */
__u64 index_hash(__u64 before, const void *bytes, size_t len);

void index_add(struct arena *a, struct index *x, __u64 hash, void *item);

/* The first entry of a hash, or NULL. */
const struct index_entry *index_first(const struct index *x, __u64 hash);

/* The one after it. */
const struct index_entry *index_next(const struct index_entry *e);

#endif
