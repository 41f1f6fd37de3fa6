// SPDX-License-Identifier: GPL-2.0-or-later
/* See escape.h. */
#include "escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a character by its first one; 0: none begins by it. */
static size_t length_by(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc2)
		return 0;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* The character at @s, of @len bytes; not in the shortest form: 0. */
static unsigned int escape_decode(const unsigned char *s, size_t len)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = len == 1 ? *s : *s & (0x7fu >> len);

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[len] ? 0 : c;
}

/* Neither C0, DEL and C1, nor surrogates, nor the two that are no characters, nor signs that turn
 * the direction of the text around.
 */
static bool is_plain(unsigned int c)
{
	if (c < ' ')
		return c == '\n';
	return !(c >= 0x7f && c <= 0x9f) && !(c >= 0xd800 && c <= 0xdfff) && c <= 0x10ffff &&
	       (c & 0xfffe) != 0xfffe && !(c >= 0x202a && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069);
}

/* Bytes of the plain character at @s; 0: it is to be escaped. */
static size_t escape_plain(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = length_by(*s);

	return len && strnlen(text, len) == len && is_plain(escape_decode(s, len)) ? len : 0;
}

char *escape_copy(struct arena *a, const char *text)
{
	char *copy = arena_alloc(a, 4 * strlen(text) + 1), *to = copy;

	while (*text) {
		size_t len = escape_plain(text);

		if (len)
			to = mempcpy(to, text, len);
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
		text += len ? len : 1;
	}
	*to = '\0';
	return copy;
}

void escape_here(char *text, size_t cap)
{
	struct arena a = { 0 };
	const char *copy = escape_copy(&a, text);
	size_t len = strlen(copy);

	if (len >= cap) { /* not within a character */
		for (len = cap - 1; len && ((unsigned char)copy[len] & 0xc0) == 0x80; len--)
			;
	}
	memcpy(text, copy, len);
	text[len] = '\0';
	arena_free(&a);
}
