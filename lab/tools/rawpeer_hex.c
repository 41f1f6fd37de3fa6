// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-rawpeer: bytes as hexadecimal text, in and out. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rawpeer.h"

enum { FILE_MAX = 1 << 20 };

/**
 * bytes_free - release what hex_parse() allocated
 * @bytes: may be empty
 */
void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place: two digits become a byte, which never overtakes the text. */
static int hex_decode(const struct bytes *text, size_t *len)
{
	size_t i, digits = 0;

	for (i = 0; i < text->len; i++) {
		char c = (char)text->data[i];
		int digit = hex_digit(c);

		if (isspace((unsigned char)c) || c == ':')
			continue;
		if (digit < 0)
			return -EINVAL;
		if (digits % 2)
			text->data[digits / 2] = (uint8_t)(text->data[digits / 2] << 4 | digit);
		else
			text->data[digits / 2] = (uint8_t)digit;
		digits++;
	}
	*len = digits / 2;
	return digits % 2 ? -EINVAL : 0;
}

static int read_file(const char *path, struct bytes *out)
{
	FILE *f = fopen(path, "re");
	int err = 0;

	if (!f)
		return -errno;
	out->data = malloc(FILE_MAX);
	if (out->data)
		out->len = fread(out->data, 1, FILE_MAX, f);
	if (!out->data)
		err = -ENOMEM;
	else if (ferror(f))
		err = -EIO;
	else if (!feof(f) && fgetc(f) != EOF)
		err = -EFBIG;
	fclose(f);
	return err;
}

/**
 * hex_parse - read bytes from hexadecimal text or from a file
 * @text: digits, with blanks and colons where one likes; @FILE reads such text from a file,
 *        @raw:FILE the file's bytes as they are
 * @out: set to the bytes, empty after an error; free it with bytes_free()
 *
 * Return: 0, -EINVAL for text that is not hexadecimal, or another -errno.
 */
int hex_parse(const char *text, struct bytes *out)
{
	static const char raw[] = "@raw:";
	_cleanup_bytes_ struct bytes bytes = { 0 };
	int err = 0;

	*out = (struct bytes){ 0 };
	if (!strncmp(text, raw, strlen(raw))) {
		err = read_file(text + strlen(raw), &bytes);
	} else if (*text == '@') {
		err = read_file(text + 1, &bytes);
	} else {
		bytes.data = (uint8_t *)strdup(text);
		bytes.len = strlen(text);
	}
	if (err || !bytes.data)
		return err ? err : -ENOMEM;
	if (strncmp(text, raw, strlen(raw)))
		err = hex_decode(&bytes, &bytes.len);
	if (!err) {
		*out = bytes;
		bytes = (struct bytes){ 0 };
	}
	return err;
}

/**
 * hex_print - print bytes on a line of their own
 * @name: what they are
 * @data: the bytes
 * @len: how many; none prints "none"
 */
void hex_print(const char *name, const uint8_t *data, size_t len)
{
	size_t i;

	printf("%s ", name);
	for (i = 0; i < len; i++)
		printf("%02x", data[i]);
	puts(len ? "" : "none");
	fflush(stdout);
}
