/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of a pcapng file whose interfaces may have different link types: events beside what
 * tcpdump has recorded, as mergecap puts them together. libpcap refuses such files.
 */
#ifndef SMCKIT_TRACER_BLOCKS_H
#define SMCKIT_TRACER_BLOCKS_H

#include <stddef.h>
#include <stdio.h>

#include <linux/types.h>

struct blocks_result {
	__u64 others;	   /* packets of other link types so far */
	int other_type;	   /* the link type of one of them */
	const char *error; /* NULL: the file is whole */
	int cut; /* error is that the file ends within a block, or before its interfaces */
};

struct blocks;

/**
 * blocks_open() - begin to read a file of pcapng blocks.
 * @file: at its beginning; stays the caller's
 * @linktype: that is looked for
 * @r: filled in from the start, for as long as the file is read
 *
 * Return: for blocks_free(), or NULL without memory.
 */
struct blocks *blocks_open(FILE *file, int linktype, struct blocks_result *r);
void blocks_free(struct blocks *b);

/**
 * blocks_next() - the next packet of that link type.
 * @packet: its bytes, until the next call
 * @len: how many
 *
 * Return: 1; 0 at the end of the file; -EBADMSG with the result's error set, or -ENOMEM.
 */
int blocks_next(struct blocks *b, const __u8 **packet, size_t *len);

#endif
