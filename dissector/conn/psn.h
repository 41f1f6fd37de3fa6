/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet sequence numbers (PSN) that a queue pair was sent. A PSN has 24
 * bits (InfiniBand Architecture, volume 1, 9.7.2); here it becomes a number
 * that goes on. Retransmissions and copies of a packet have a number that was
 * there before, however long ago that was.
 */
#ifndef SMCKIT_DISSECTOR_PSN_H
#define SMCKIT_DISSECTOR_PSN_H

#include <epan/packet.h>
#include <stdbool.h>

#define PSN_MASK 0xffffffu

/* Captures put packets in another order: so many before the first one may come after it. */
#define PSN_SLACK 64

/* Is a packet new, by its number? PSN_LATE: it is, but packets after it came before it. */
enum psn_age { PSN_NEW, PSN_LATE, PSN_AGAIN };

struct psn_window {
	bool begun;
	guint32 mtu;	     /* bytes that a packet carries at the most; 0: not known */
	guint64 next;	     /* after the highest number */
	guint64 first;	     /* lowest number of this life of the queue pair */
	guint64 opened;	     /* numbers before it count as not settled */
	wmem_map_t *blocks;  /* psn.c's: which numbers came */
	guint64 block_of;    /* number of @block */
	struct block *block; /* the last one that was used */
};

/**
 * psn_note() - note the number of a packet.
 * @psn: as the packet has it
 * @at: set to the number that goes on
 *
 * A number far before the highest begins a new life of the queue pair.
 */
enum psn_age psn_note(struct psn_window *w, guint32 psn, guint64 *at);

/* Is @psn so far from what came that the queue pair is likely to be another one? */
bool psn_is_far(const struct psn_window *w, guint32 psn);

/*
 * Is it a number of this life of the queue pair, not after the highest: that of a copy, or of a
 * packet that comes late?
 */
bool psn_is_past(const struct psn_window *w, guint32 psn);

/* It is known what the packet @at was for: psn_open() counts it no more. */
void psn_settle(struct psn_window *w, guint64 at);

/* Forget the purpose of the packets that came so far. */
void psn_open_all(struct psn_window *w);

/**
 * psn_open() - how many packets between two may have carried anything.
 * @after: a packet
 * @before: a later one
 * @enough: stop when there are so many
 *
 * Return: numbers between the two that did not come, or are not settled.
 */
guint64 psn_open(struct psn_window *w, guint64 after, guint64 before, guint64 enough);

/* Did all packets between two come? */
bool psn_is_whole(struct psn_window *w, guint64 after, guint64 before);

#endif
