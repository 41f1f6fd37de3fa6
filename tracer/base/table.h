/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of nodes that lie inside other structs. It grows with their number, so that a
 * search does not become slower, and hashes with all bits of the key, so that nobody who chooses
 * keys can have them meet by a simple rule.
 */
#ifndef SMCKIT_TRACER_TABLE_H
#define SMCKIT_TRACER_TABLE_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

struct table_node {
	struct table_node *next, **at; /* what points to it: to be removed without a search */
	__u64 hash;
};

/* Zeroed in the beginning. */
struct table {
	struct table_node **bucket;
	size_t size; /* buckets, a power of two */
	size_t n;
};

/* The struct that a node lies in. */
#define table_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

/* The finalizer of splitmix64: every bit of the input changes every bit of the output. */
static inline __u64 table_mix(__u64 h)
{
	h ^= h >> 30;
	h *= 0xbf58476d1ce4e5b9ULL;
	h ^= h >> 27;
	h *= 0x94d049bb133111ebULL;
	return h ^ h >> 31;
}

static inline __u64 table_hash(__u64 h, const void *data, size_t len)
{
	const __u8 *at = data;
	__u64 word;

	h = table_mix(h ^ len);
	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = table_mix(h + 0x9e3779b97f4a7c15ULL + word);
	}
	word = 0;
	memcpy(&word, at, len);
	return table_mix(h + word);
}

/* The first node that may have that hash, and the next one; NULL after the last. */
static inline struct table_node *table_first(const struct table *t, __u64 hash)
{
	struct table_node *n = t->size ? t->bucket[hash & (t->size - 1)] : NULL;

	while (n && n->hash != hash)
		n = n->next;
	return n;
}

static inline struct table_node *table_next(struct table_node *n)
{
	__u64 hash = n->hash;

	do
		n = n->next;
	while (n && n->hash != hash);
	return n;
}

static inline void table_push(struct table_node **bucket, struct table_node *n)
{
	n->next = *bucket;
	n->at = bucket;
	if (n->next)
		n->next->at = &n->next;
	*bucket = n;
}

/* Twice as many buckets. A table without memory for that stays as it is, which is only slower. */
static inline int table_grow(struct table *t)
{
	size_t size = t->size ? 2 * t->size : 64;
	struct table_node **bucket = calloc(size, sizeof(*bucket)), *n, *next;

	if (!bucket)
		return t->size ? 0 : -ENOMEM;
	for (size_t i = 0; i < t->size; i++)
		for (n = t->bucket[i]; n; n = next) {
			next = n->next;
			table_push(&bucket[n->hash & (size - 1)], n);
		}
	free(t->bucket);
	t->bucket = bucket;
	t->size = size;
	return 0;
}

/* 0, or -ENOMEM. */
static inline int table_add(struct table *t, struct table_node *n, __u64 hash)
{
	int r = t->n >= t->size ? table_grow(t) : 0;

	if (r)
		return r;
	n->hash = hash;
	table_push(&t->bucket[hash & (t->size - 1)], n);
	t->n++;
	return 0;
}

/* Nothing is done with one that is in no table, as there was no memory for it. */
static inline void table_remove(struct table *t, struct table_node *n)
{
	if (!n->at)
		return;
	*n->at = n->next;
	if (n->next)
		n->next->at = n->at;
	n->at = NULL;
	t->n--;
}

static inline void table_free(struct table *t)
{
	free(t->bucket);
	*t = (struct table){ 0 };
}

#endif
