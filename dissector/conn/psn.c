// SPDX-License-Identifier: GPL-2.0-or-later
/* See psn.h. Two bits a number, in blocks that are made when a number of theirs comes. */
#include <epan/packet.h>

#include "psn.h"

#define BLOCK_BITS 10
#define BLOCK_NUMBERS (1u << BLOCK_BITS)
#define WORD_BITS 64u

/*
 * A copy can come late: merged files, two ports of a switch. Further back than
 * this a number is another queue pair's, of 16 million that it may start with.
 */
#define NEAR (1 << 20)

/* The numbers of a later life of the queue pair are above those of the one before. */
#define LIFE (1u << 25)

struct block {
	guint64 came[BLOCK_NUMBERS / WORD_BITS];
	guint64 settled[BLOCK_NUMBERS / WORD_BITS];
};

static struct block *block_find(struct psn_window *w, guint64 at)
{
	gint64 key = (gint64)(at >> BLOCK_BITS);

	if (w->block && w->block_of == (guint64)key)
		return w->block;
	w->block = wmem_map_lookup(w->blocks, &key);
	w->block_of = (guint64)key;
	return w->block;
}

static struct block *block_get(struct psn_window *w, guint64 at)
{
	struct block *b = block_find(w, at);
	gint64 *key;

	if (b)
		return b;
	b = wmem_new0(wmem_file_scope(), struct block);
	key = wmem_new(wmem_file_scope(), gint64);
	*key = (gint64)(at >> BLOCK_BITS);
	wmem_map_insert(w->blocks, key, b);
	w->block = b;
	return b;
}

static unsigned word_of(guint64 at)
{
	return (unsigned)(at % BLOCK_NUMBERS) / WORD_BITS;
}

static guint64 bit_of(guint64 at)
{
	return G_GUINT64_CONSTANT(1) << at % WORD_BITS;
}

/* ---- numbers ----------------------------------------------------------------------- */

/* From the next number to @psn, by the shorter way. */
static gint32 psn_distance(const struct psn_window *w, guint32 psn)
{
	guint32 ahead = (guint32)(psn - w->next) & PSN_MASK;

	return ahead <= PSN_MASK / 2 ? (gint32)ahead : (gint32)ahead - (gint32)PSN_MASK - 1;
}

static void psn_begin(struct psn_window *w, guint32 psn)
{
	if (!w->blocks)
		w->blocks = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
	w->begun = true;
	w->next = ((w->next | (LIFE - 1)) & ~(guint64)PSN_MASK) + LIFE + psn;
	w->first = w->next;
}

bool psn_is_far(const struct psn_window *w, guint32 psn)
{
	gint32 d = w->begun ? psn_distance(w, psn) : 0;

	return d < -NEAR || d > NEAR;
}

bool psn_is_past(const struct psn_window *w, guint32 psn)
{
	gint32 ahead = w->begun ? psn_distance(w, psn) : 0;

	return ahead < 0 && ahead >= -NEAR && w->next - (guint64)-ahead + PSN_SLACK >= w->first;
}

enum psn_age psn_note(struct psn_window *w, guint32 psn, guint64 *at)
{
	gint32 ahead;
	struct block *b;

	if (!w->begun || (ahead = psn_distance(w, psn)) < -NEAR) {
		psn_begin(w, psn);
		ahead = 0;
	}
	*at = w->next + (guint64)(gint64)ahead;
	b = block_get(w, *at);
	if (b->came[word_of(*at)] & bit_of(*at))
		return PSN_AGAIN;
	b->came[word_of(*at)] |= bit_of(*at);
	w->first = MIN(w->first, *at);
	if (ahead < 0)
		return PSN_LATE;
	w->next = *at + 1;
	return PSN_NEW;
}

void psn_settle(struct psn_window *w, guint64 at)
{
	block_get(w, at)->settled[word_of(at)] |= bit_of(at);
}

void psn_open_all(struct psn_window *w)
{
	w->opened = w->next;
}

/* Bits of a word from @from on, up to @to of them. */
static guint64 bits_between(guint64 from, guint64 to)
{
	guint64 mask = ~G_GUINT64_CONSTANT(0) << from % WORD_BITS;

	if (to / WORD_BITS == from / WORD_BITS)
		mask &= (G_GUINT64_CONSTANT(1) << to % WORD_BITS) - 1;
	return mask;
}

/* Numbers between two whose bit is not set in @member of their blocks, up to some more than
 * @enough. */
static guint64 count_clear(struct psn_window *w, size_t member, guint64 after, guint64 before,
			   guint64 enough)
{
	guint64 clear = 0;

	for (guint64 at = after + 1; at < before && clear < enough;) {
		const struct block *b = block_find(w, at);
		guint64 step = b ? WORD_BITS : BLOCK_NUMBERS;
		guint64 end = MIN((at | (step - 1)) + 1, before);
		const guint64 *bits =
			b ? (const guint64 *)(const void *)((const guint8 *)b + member) : NULL;

		clear += b ? (guint64)__builtin_popcountll(~bits[word_of(at)] &
							   bits_between(at, end)) :
			     end - at;
		at = end;
	}
	return clear;
}

guint64 psn_open(struct psn_window *w, guint64 after, guint64 before, guint64 enough)
{
	guint64 open = 0, upto = MIN(w->opened, before);

	if (upto > after + 1) {
		open = upto - after - 1;
		after = upto - 1;
	}
	return open + count_clear(w, offsetof(struct block, settled), after, before, enough);
}

bool psn_is_whole(struct psn_window *w, guint64 after, guint64 before)
{
	return !count_clear(w, offsetof(struct block, came), after, before, 1);
}
