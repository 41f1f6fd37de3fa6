/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message as a script has it: parts in the order of their bytes, and of each
 * part the fields that do not have their default values. The defaults are
 * eyecatchers, types and fixed lengths by the protocol, offsets, counts and
 * lengths by the parts that are there, and zero.
 */
#ifndef SMCKIT_REPLAY_MESSAGE_H
#define SMCKIT_REPLAY_MESSAGE_H

#include "base/arena.h"
#include "smc_codec.h"
#include "value.h"

#define MESSAGE_MAX 0xffff

enum message_layer {
	LAYER_CLC, /* on the TCP connection */
	LAYER_LLC, /* RDMA SEND: LLC, and CDC of SMC-R */
	LAYER_DMB, /* CDC of SMC-D */
};

/* A place in a script; for messages to its author. */
struct place {
	unsigned int line, column; /* from 1 */
};

enum term_kind {
	TERM_SET,   /* .value, or one of it and .also */
	TERM_NAME,  /* the value of the name */
	TERM_ADD,   /* .add more than it would be */
	TERM_ANY,   /* in a message that is expected: not compared */
	TERM_NOT_0, /* in a message that is expected: anything but zero; in another one 1 */
};

/* A script's statement about one field. */
struct term {
	struct term *next;
	__u16 field; /* enum smcw_field_id */
	__u8 kind;   /* enum term_kind */
	struct value value;
	struct term *also; /* further values that will do */
	const char *name;  /* without the $ */
	long add;
	struct place place;
};

struct part {
	struct part *next;
	__u8 id;	    /* enum smcw_part_id; SMCW_PART_NONE for .bytes */
	unsigned int count; /* so many of them, one after the other, all with the same terms */
	struct term *terms;
	const __u8 *bytes; /* that no part describes */
	size_t len;
	struct place place;
};

struct message {
	__u8 layer; /* enum message_layer */
	__u8 type;  /* as the header has it */
	bool big;   /* fields of kind HOST are big-endian */
	struct part *parts;
};

/* The bytes of a message, with the place of each part of it. */
struct image {
	__u8 bytes[MESSAGE_MAX + 1];
	size_t len;
};

/**
 * name_fn - the value of a name.
 * @ctx: the caller's
 * @term: of kind TERM_NAME
 * @v: set to the value, of as many bytes as the field has
 *
 * Return: 0, or -ENOENT when it has none yet.
 */
typedef int (*name_fn)(void *ctx, const struct term *term, struct value *v);

/**
 * message_build() - the bytes of a message.
 * @m: the message
 * @names: gives the values of names
 * @ctx: for @names
 * @image: for the bytes
 * @missing: set to the term whose name has no value
 *
 * Return: 0, -ENOSPC when it is longer than MESSAGE_MAX, or -ENOENT.
 */
int message_build(const struct message *m, name_fn names, void *ctx, struct image *image,
		  const struct term **missing);

/**
 * message_layout() - layout of bytes of a layer.
 * @layer: enum message_layer
 * @big: byte order, for LAYER_DMB only
 *
 * Return: as smcw_clc_layout()
 */
int message_layout(enum message_layer layer, bool big, const void *bytes, size_t len,
		   struct smcw_layout *l);

/**
 * message_parse() - bytes to message; message_build() makes the same bytes of it.
 * @a: where the message lives
 * @layer: how to read the bytes
 * @big: byte order, for LAYER_DMB only
 * @bytes: of one message
 * @len: how many, 1 to MESSAGE_MAX
 *
 * Return: the message, never NULL. Bytes of no part are kept as such.
 */
struct message *message_parse(struct arena *a, enum message_layer layer, bool big,
			      const void *bytes, size_t len);

/* The first part of a kind, the first term of a field, or NULL. */
const struct part *message_part(const struct message *m, unsigned int id);
const struct term *message_term(const struct message *m, unsigned int field);

/* The number that a field has in so many words; 0 if it is a name or anything. */
__u64 message_number(const struct message *m, unsigned int field);

/* Has a message of this layer a type in its header? */
bool message_has_type(enum message_layer layer);

/* The value list of a layer's types. */
unsigned int message_types(enum message_layer layer);

/**
 * message_text() - a message in one line, as wire/ has it.
 * @line: SMCW_LINE_MAX bytes
 */
void message_text(enum message_layer layer, bool big, const void *bytes, size_t len, char *line);

#endif
