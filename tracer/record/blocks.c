// SPDX-License-Identifier: GPL-2.0-or-later
/* See blocks.h. */
#include "blocks.h"

#include <byteswap.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "smc_pcapng.h"

#define BLOCK_MAX (16u << 20)
#define INTERFACES_MAX 65536

enum { OLD_PACKET = 2, SIMPLE_PACKET = 3, EPB_HEAD = 20, IDB_HEAD = 8 };

struct blocks {
	FILE *file;
	int linktype; /* that is looked for */
	bool swapped; /* the section's numbers are in the other byte order */
	bool begun;   /* a section was */
	__u16 *type;  /* of interfaces */
	size_t n, cap;
	__u8 *body;
	size_t room;
	const __u8 *packet; /* in the body; NULL: the block has none that is looked for */
	size_t packet_len;
	struct blocks_result *r;
};

static __u32 blocks_get32(const struct blocks *b, const void *at)
{
	__u32 v;

	memcpy(&v, at, sizeof(v));
	return b->swapped ? bswap_32(v) : v;
}

static __u16 blocks_get16(const struct blocks *b, const void *at)
{
	__u16 v;

	memcpy(&v, at, sizeof(v));
	return b->swapped ? bswap_16(v) : v;
}

static int blocks_broken(struct blocks *b, const char *error)
{
	b->r->error = error;
	return -EBADMSG;
}

static int blocks_cut(struct blocks *b)
{
	b->r->cut = b->begun;
	return blocks_broken(b, "truncated: the file ends within a block");
}

static int add_interface(struct blocks *b, size_t len)
{
	if (len < IDB_HEAD)
		return blocks_broken(b, "a description of an interface is too short");
	if (b->n == INTERFACES_MAX)
		return blocks_broken(b, "too many interfaces");
	if (b->n == b->cap) {
		size_t cap = b->cap ? 2 * b->cap : 16;
		__u16 *more = realloc(b->type, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		b->type = more;
		b->cap = cap;
	}
	b->type[b->n++] = blocks_get16(b, b->body);
	return 0;
}

static int other_packet(struct blocks *b, __u32 interface)
{
	b->r->others++;
	if (interface < b->n)
		b->r->other_type = b->type[interface];
	return 0;
}

/* A packet that is looked for is in b->packet then. */
static int take_packet(struct blocks *b, size_t len)
{
	__u32 interface, caplen;

	if (len < EPB_HEAD)
		return blocks_broken(b, "a packet's block is too short");
	interface = blocks_get32(b, b->body);
	caplen = blocks_get32(b, b->body + 12);
	if (interface >= b->n)
		return blocks_broken(b, "a packet of an interface that is not described");
	if (caplen > len - EPB_HEAD)
		return blocks_broken(b, "a packet is longer than its block");
	if (b->type[interface] != b->linktype)
		return other_packet(b, interface);
	b->packet = b->body + EPB_HEAD;
	b->packet_len = caplen;
	return 0;
}

static int blocks_make_room(struct blocks *b, size_t len)
{
	__u8 *more;

	if (len <= b->room)
		return 0;
	more = realloc(b->body, len);
	if (!more)
		return -ENOMEM;
	b->body = more;
	b->room = len;
	return 0;
}

/* The rest of a section header, from the mark of its byte order on; the length comes after it. */
static int begin_section(struct blocks *b, __u8 head[8], __u32 *length)
{
	__u32 order;

	if (fread(&order, 1, sizeof(order), b->file) != sizeof(order))
		return blocks_cut(b);
	if (order != SMCW_PCAPNG_ORDER && order != bswap_32(SMCW_PCAPNG_ORDER))
		return blocks_broken(b, "no pcapng: the byte order of a section is not marked");
	b->swapped = order != SMCW_PCAPNG_ORDER;
	b->begun = true;
	b->n = 0; /* interfaces are a section's own */
	*length = blocks_get32(b, head + 4);
	if (*length < 28)
		return blocks_broken(b, "a section header is too short");
	*length -= sizeof(order);
	return 0;
}

/* One block: 1 if there was one, 0 at the end of the file. */
static int read_block(struct blocks *b)
{
	__u32 type, length, whole;
	__u8 head[8];
	size_t n = fread(head, 1, sizeof(head), b->file), len;
	int r;

	if (!n)
		return 0;
	if (n < sizeof(head))
		return blocks_cut(b);
	type = blocks_get32(b, head);
	length = blocks_get32(b, head + 4);
	whole = length;
	if (type == SMCW_SHB) {
		r = begin_section(b, head, &length);
		if (r)
			return r;
		whole = blocks_get32(b, head + 4);
	}
	if (length < 12 || length > BLOCK_MAX || length & 3)
		return blocks_broken(b, "a block's length cannot be right");
	len = length - 8; /* with the length at its end */
	r = blocks_make_room(b, len);
	if (r)
		return r;
	if (fread(b->body, 1, len, b->file) != len)
		return blocks_cut(b);
	if (blocks_get32(b, b->body + len - 4) != whole)
		return blocks_broken(b, "a block's two lengths differ");
	len -= 4;
	if (type == SMCW_IDB)
		r = add_interface(b, len);
	else if (type == SMCW_EPB)
		r = take_packet(b, len);
	else if (type == OLD_PACKET || type == SIMPLE_PACKET)
		r = other_packet(b, 0);
	return r ? r : 1;
}

struct blocks *blocks_open(FILE *file, int linktype, struct blocks_result *r)
{
	struct blocks *b = calloc(1, sizeof(*b));

	*r = (struct blocks_result){ .other_type = -1 };
	if (b) {
		b->file = file;
		b->linktype = linktype;
		b->r = r;
	}
	return b;
}

int blocks_next(struct blocks *b, const __u8 **packet, size_t *len)
{
	int rc;

	b->packet = NULL;
	do
		rc = read_block(b);
	while (rc == 1 && !b->packet);
	/* We always write an interface, so that without one the file is cut. */
	if (!rc && !b->n) {
		b->r->error = "truncated: no interface is described";
		b->r->cut = 1;
		rc = -EBADMSG;
	}
	*packet = b->packet;
	*len = b->packet_len;
	return rc;
}

void blocks_free(struct blocks *b)
{
	if (!b)
		return;
	free(b->type);
	free(b->body);
	free(b);
}
