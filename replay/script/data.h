/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as a script writes them: "text", 0x and two digits a byte, or one of
 * the two repeated: "abc"*1000.
 */
#ifndef SMCKIT_REPLAY_DATA_H
#define SMCKIT_REPLAY_DATA_H

#include <linux/types.h>
#include <stdio.h>

#define DATA_MAX (1 << 20)

/**
 * data_hex() - digits to bytes.
 * @text: two digits for each of @n bytes, and nothing after them
 * @bytes: for the bytes
 *
 * Return: 0 or -EINVAL.
 */
int data_hex(const char *text, __u8 *bytes, size_t n);

/**
 * data_parse() - text to bytes.
 * @text: as above
 * @bytes: for the bytes; NULL to only count them
 * @cap: bytes of @bytes
 *
 * Return: how many bytes, -EINVAL, or -ENOSPC when they are more than @cap
 * (DATA_MAX without @bytes).
 */
long data_parse(const char *text, __u8 *bytes, size_t cap);

/* In quotation marks; unprintable bytes as \xNN. */
void data_write_text(const __u8 *bytes, size_t len, FILE *out);

/* The shortest of the forms that people can read. */
void data_write(const __u8 *bytes, size_t len, FILE *out);

#endif
