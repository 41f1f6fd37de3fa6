/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of a field: as bytes in a message, and as text in a script. Kind
 * and place of a field come from its row in smc_fields.h.
 */
#ifndef SMCKIT_REPLAY_VALUE_H
#define SMCKIT_REPLAY_VALUE_H

#include <stdbool.h>
#include <stdio.h>

#include "smc_fields.h"

#define VALUE_MAX 64

/*
 * As many bytes as the field has, most significant first also for fields of
 * kind HOST; a field inside a byte is shifted down.
 */
struct value {
	__u8 len;
	__u8 bytes[VALUE_MAX];
};

/**
 * value_get() - a field of a message.
 * @f: its row
 * @part: start of the part
 * @big: byte order of fields of kind HOST
 * @v: filled in
 */
void value_get(const struct smcw_field *f, const __u8 *part, bool big, struct value *v);

/* As value_get(), the other way round. Other fields in the same byte stay. */
void value_put(const struct smcw_field *f, __u8 *part, bool big, const struct value *v);

/* A number as a value of a field; bits that it has no room for are lost. */
void value_from_number(const struct smcw_field *f, __u64 number, struct value *v);

/* The number that a value of 8 bytes or less is; the last 8 of a longer one. */
__u64 value_number(const struct value *v);

bool value_equal(const struct value *a, const struct value *b);
bool value_is_zero(const struct value *v);

/**
 * value_parse() - text to value.
 * @f: row of the field
 * @text: a number, a word of the field's value list, an address, a text in
 *        quotation marks, or 0x and two digits a byte
 * @v: filled in
 *
 * Return: 0, or -EINVAL: see value_expected().
 */
int value_parse(const struct smcw_field *f, const char *text, struct value *v);

/* The texts that value_parse() takes for a field: "a number from 0 to 255", say. */
void value_expected(const struct smcw_field *f, FILE *out);

/* Text that value_parse() makes the same value of. */
void value_write(const struct smcw_field *f, const struct value *v, FILE *out);

/**
 * value_word() - a text of a value list as one word: "64 KiB" gives 64_kib.
 * @text: from the list
 * @word: for the word
 * @cap: bytes of @word
 */
void value_word(const char *text, char *word, size_t cap);

/**
 * value_by_word() - a value of a list by its word.
 * @list: enum smcw_list_id
 * @word: as value_word() makes it
 * @value: set to the value
 *
 * Return: 0 or -ENOENT.
 */
int value_by_word(unsigned int list, const char *word, __u32 *value);

#endif
