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

/* Takes a packet of the link type that is looked for. 0, or what reading shall end with. */
typedef int (*blocks_fn)(void *ctx, const __u8 *packet, size_t len);

struct blocks_result {
	__u64 others;	   /* packets of other link types so far */
	int other_type;	   /* the link type of one of them */
	const char *error; /* NULL: the file is whole */
	int cut; /* error is that the file ends within a block, or before its interfaces */
};

/**
 * blocks_read() - read a file of pcapng blocks to its end.
 * @file: at its beginning
 * @linktype: that is looked for
 * @fn: called for each packet of it
 * @r: filled in from the start
 *
 * Return: 0, or what @fn returned; -EBADMSG with @r->error set, or -ENOMEM.
 */
int blocks_read(FILE *file, int linktype, blocks_fn fn, void *ctx, struct blocks_result *r);

#endif
